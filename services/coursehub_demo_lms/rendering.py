"""Pages from templates, with everything in them escaped."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined


def page(template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The filled template as a reply."""
    return HTMLResponse(
        _environment().get_template(template).render(context),
        status_code=status,
        headers={"Cache-Control": "no-store"},
    )


def xml(template: str, *, status: int = 200, **context: Any) -> Response:
    """The filled template as an XML reply."""
    text = _environment().get_template(template).render(context)
    return Response(text, status_code=status, media_type="application/xml")


def auto_submit(
    action: str, fields: dict[str, str], *, saying: str, method: str = "post"
) -> HTMLResponse:
    """A page that sends these fields on by itself, or by its one button."""
    return page("auto_submit.html", action=action, fields=fields, saying=saying, method=method)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("coursehub_demo_lms"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = _points
    environment.filters["moment"] = _moment
    return environment


def _points(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _moment(timestamp: str) -> str:
    """A timestamp as people read it, in UTC; the page's time element keeps the whole."""
    return f"{datetime.fromisoformat(timestamp).astimezone(UTC):%Y-%m-%d %H:%M}"
