"""Grading over HTTP."""

from coursehub.grading.routes import autograde, exchange

routers = (exchange.api, autograde.api)
