"""Grading over HTTP."""

from coursehub.grading.routes import assignment, autograde, exchange, grader, review

routers = (exchange.api, autograde.api, assignment.pages, review.pages, grader.pages)
