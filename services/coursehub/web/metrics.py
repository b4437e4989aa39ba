"""Figures for Prometheus, with labels that cannot grow: route templates, methods, classes."""

from dataclasses import dataclass
from typing import Final, Self

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from coursehub.web.identity import ReadsMetrics

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

router = APIRouter(tags=["operations"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters:
    """The counters of one running service, in a registry of its own."""

    registry: CollectorRegistry
    requests: Counter
    duration: Histogram

    @classmethod
    def new(cls) -> Self:
        """Meters that stand at zero."""
        registry = CollectorRegistry()
        return cls(
            registry=registry,
            requests=Counter(
                "coursehub_http_requests",
                "Requests answered.",
                ("method", "route", "status"),
                registry=registry,
            ),
            duration=Histogram(
                "coursehub_http_request_duration_seconds",
                "Time to answer.",
                ("method", "route"),
                registry=registry,
                buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
            ),
        )

    def saw(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        method = method if method in _METHODS else "other"
        self.requests.labels(method, route, f"{status // 100}xx").inc()
        self.duration.labels(method, route).observe(seconds)


@router.get("/metrics", dependencies=[ReadsMetrics], include_in_schema=False)
def metrics(request: Request) -> Response:
    """Every figure, in Prometheus's text format."""
    meters: Meters = request.app.state.meters
    return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)


routers = (router,)
