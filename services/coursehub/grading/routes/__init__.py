"""Grading over HTTP."""

from coursehub.grading.routes import autograde, exchange, grader

routers = (exchange.api, autograde.api, grader.pages)
