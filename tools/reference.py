"""
The reference pages of docs/, written from the code: settings, commands and API.

Run it after changing any of them; tests/test_docs.py fails until it was.
"""

from pathlib import Path
from typing import Final

import typer
from fastapi.routing import APIRoute
from pydantic_core import PydanticUndefined

from coursehub import app as composition
from coursehub import cli
from coursehub.settings import Settings

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"


def main() -> None:
    """Write the three pages anew."""
    (DOCS / "settings.md").write_text(settings())
    (DOCS / "commands.md").write_text(commands())
    (DOCS / "api.md").write_text(api())


def settings() -> str:
    """A table of every setting of the service."""
    rows = [
        "# Settings of the service",
        "",
        "Read once from the environment. In `jupyterhub_config.py` they are given by",
        '`coursehub.setup(c, environment={"COURSEHUB_…": "…"})`; those that begin with',
        "`JUPYTERHUB_` come from the Hub by themselves.",
        "",
        "| variable | default | what it is |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        variable = field.validation_alias or f"COURSEHUB_{name.upper()}"
        default = "" if field.default in (None, PydanticUndefined) else str(field.default)
        shown = f"`{default}`" if default.strip("*") else "(empty)"
        rows.append(
            f"| `{_cell(str(variable))}` | {_cell(shown)} | {_cell(field.description or '')} |"
        )
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    """The text as a table's cell, which a bare bar would end (GitHub Flavored Markdown, 4.10)."""
    return text.replace("|", "\\|")


def commands() -> str:
    """Every command with what it says of itself."""
    rows = ["# Commands", "", "Each answers `--help` with its options.", ""]
    rows += _of(cli.app, "coursehub")
    return "\n".join(rows) + "\n"


def _of(group: typer.Typer, path: str) -> list[str]:
    rows = []
    for command in group.registered_commands:
        callback = command.callback
        if callback is None:
            continue
        said = " ".join((callback.__doc__ or "").split())
        rows.append(f"- `{path} {command.name or callback.__name__}`: {said}")
    for below in group.registered_groups:
        if below.typer_instance is not None:
            rows += _of(below.typer_instance, f"{path} {below.name}")
    return rows


def api() -> str:
    """Every route of every service."""
    rows = [
        "# The API and the pages",
        "",
        "All below the service's prefix, `/services/coursehub`. Programs send a Hub token",
        "(`Authorization: token …`); errors are `application/problem+json` (RFC 9457), lists are",
        'pages `{"items": […], "next": cursor}` asked with `?limit=&after=`. The machine-readable',
        "form is at `api/v1/openapi.json`. What stands under `hub/` is for the Hub alone.",
    ]
    for service, routers in composition.ROUTERS.items():
        rows += ["", f"## {service}", ""]
        for router in routers:
            for route in router.routes:
                if isinstance(route, APIRoute):
                    said = " ".join((route.endpoint.__doc__ or "").split())
                    methods = sorted((route.methods or set()) - {"HEAD"})
                    rows += [f"- `{method} {route.path}`: {said}" for method in methods]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
