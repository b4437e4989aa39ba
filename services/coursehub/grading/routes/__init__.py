"""Grading over HTTP."""

from coursehub.grading.routes import exchange

routers = (exchange.api,)
