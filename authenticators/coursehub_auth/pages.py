"""Our pages of a launch: one in the Hub's own look, and small ones that may stand in a frame."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

FRONT_DOOR = """\
{% extends "page.html" %}
{% block title %}Open this from your course{% endblock %}
{% block main %}
<div class="container">
  <h1>Open this from your course</h1>
  <p>This address opens your course's notebooks when you follow a link in your learning
  management system (LMS). Go to your course there and open the link again.</p>
  {% if user %}
  <p><a href="{{ base_url }}home">Go to your server</a></p>
  {% endif %}
</div>
{% endblock %}
"""
SCRIPT, STYLE = "launch.js", "launch.css"
WITHOUT_SCRIPTS = frozenset({"refused"})
_MEDIA_TYPES = {SCRIPT: "text/javascript; charset=utf-8", STYLE: "text/css; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file of our pages, and the digest that its address changes by."""

    content: bytes
    media_type: str
    digest: str


def page(name: str, *, assets: str, **said: Any) -> str:
    """The page of that name; `assets` is the path that its script and style are under."""
    return (
        _environment()
        .get_template(f"{name}.html")
        .render(
            style=_address(STYLE, under=assets),
            script=_address(SCRIPT, under=assets) if has_scripts(name) else "",
            assets=assets,
            **said,
        )
    )


def has_scripts(name: str) -> bool:
    """Whether the page of that name has our script, which each can do without."""
    return name not in WITHOUT_SCRIPTS


@lru_cache(maxsize=1)
def assets() -> Mapping[str, Asset]:
    """The script and the style of our pages, by name."""
    folder = files(__package__) / "static"
    return {name: _asset((folder / name).read_bytes(), of) for name, of in _MEDIA_TYPES.items()}


def _asset(content: bytes, media_type: str) -> Asset:
    digest = hashlib.sha256(content).hexdigest()[:16]
    return Asset(content=content, media_type=media_type, digest=digest)


def _address(name: str, *, under: str) -> str:
    return f"{under}{name}?v={assets()[name].digest}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(__package__ or ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
