"""
Nbgrader's exchange over HTTP: eight parts of its ExchangeFactory, and no shared directory.

Who someone is, the Hub's token says; what they may do, the service.
"""

from coursehub_lab.exchange.base import Exchange
from coursehub_lab.exchange.collect import ExchangeCollect
from coursehub_lab.exchange.fetch import ExchangeFetchAssignment, ExchangeFetchFeedback
from coursehub_lab.exchange.listing import ExchangeList
from coursehub_lab.exchange.release import ExchangeReleaseAssignment, ExchangeReleaseFeedback
from coursehub_lab.exchange.submit import ExchangeSubmit

__all__ = [
    "Exchange",
    "ExchangeCollect",
    "ExchangeFetchAssignment",
    "ExchangeFetchFeedback",
    "ExchangeList",
    "ExchangeReleaseAssignment",
    "ExchangeReleaseFeedback",
    "ExchangeSubmit",
]
