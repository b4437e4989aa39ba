"""The one place that says which classes are nbgrader's exchange."""

from typing import Any

PARTS = {
    "exchange": "Exchange",
    "collect": "ExchangeCollect",
    "fetch_assignment": "ExchangeFetchAssignment",
    "fetch_feedback": "ExchangeFetchFeedback",
    "list": "ExchangeList",
    "release_assignment": "ExchangeReleaseAssignment",
    "release_feedback": "ExchangeReleaseFeedback",
    "submit": "ExchangeSubmit",
}


def use(c: Any) -> None:
    """The exchange over HTTP, switched on in nbgrader's configuration."""
    for trait, name in PARTS.items():
        setattr(c.ExchangeFactory, trait, f"coursehub_lab.exchange.{name}")
