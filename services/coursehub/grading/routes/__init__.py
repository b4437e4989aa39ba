"""Grading over HTTP."""

from coursehub.grading.routes import assignment, autograde, exchange, grader

routers = (exchange.api, autograde.api, assignment.pages, grader.pages)
