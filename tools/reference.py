"""
The reference pages of docs/, written from the code: settings, commands and API.

Run it after changing any of them; tests/test_docs.py fails until it was.
"""

import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import typer
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic_core import PydanticUndefined
from traitlets import HasTraits, TraitType

import coursehub
from coursehub import app as composition
from coursehub.courses.rules.schema import schema
from coursehub.settings import Settings
from coursehub_auth import handlers
from coursehub_lab import app as lab

ROOT: Final = Path(__file__).resolve().parent.parent
DOCS: Final = ROOT / "docs"

# Who is configured by traits, in the order of the page.
PLACES: Final = {
    "coursehub_auth": "the Hub, at the door for LMSs",
    "coursehub_spawn": "the Hub, over the spawner",
    "coursehub_lab": "a person's server, in nbgrader_config.py",
}
READERS: Final = {
    "services/coursehub/hubconfig.py": "the Hub",
    "authenticators": "the Hub",
    "extensions/coursehub_spawn": "the Hub",
    "extensions/coursehub_lab": "a person's server",
}
# What the code cannot say of a variable; its name comes from the code.
VARIABLES: Final = {
    "COURSEHUB_COURSE": "The key of the course that the server was started for. Set at spawn.",
    "COURSEHUB_HUB_TOKEN": (
        "What the Hub proves itself with to the service. Where it is not set, `coursehub.setup(c)` "
        "makes one at each start."
    ),
    "COURSEHUB_ROLE": "`grader`, or the owner's role in the course. Set at spawn.",
    "COURSEHUB_SERVICE_URL": (
        "The service's address, prefix included, for a Hub that is configured without "
        "`coursehub.setup(c)`."
    ),
    "COURSEHUB_URL": "The service's address, prefix included. Set at spawn.",
    "JUPYTERHUB_API_TOKEN": "The server's own token, which the service asks the Hub about.",
    "JUPYTERHUB_ROOT_DIR": "The folder that the grader server opens; nbgrader's course is in it.",
    "JUPYTER_SERVER_ROOT": "The same, where `JUPYTERHUB_ROOT_DIR` is not set.",
    "XDG_DATA_HOME": "The folder under which receipts are kept, in place of `~/.local/share`.",
}
_READ: Final = re.compile(r'environ(?:\.get\(|\[)"(\w+_\w+)"(?!\] = )|"(COURSEHUB_[A-Z_]+)"')


def main() -> None:
    """Write the three pages anew, and the schema of course files."""
    (DOCS / "settings.md").write_text(settings())
    (DOCS / "commands.md").write_text(commands())
    (DOCS / "api.md").write_text(api())
    (DOCS / "course.schema.json").write_text(json.dumps(schema(), indent=2) + "\n")


def settings() -> str:
    """Tables of every setting: of the service, the one call, the traits and the environment."""
    rows = [
        "# Settings",
        "",
        "## The service",
        "",
        "Read once from the environment. In `jupyterhub_config.py` they are given by",
        '`coursehub.setup(c, environment={"COURSEHUB_…": "…"})`; those that begin with',
        "`JUPYTERHUB_` come from the Hub by themselves.",
        "",
        *_table("variable", (_of_field(*one) for one in Settings.model_fields.items())),
        "",
        "## The one call",
        "",
        f"`coursehub.setup{_signature(coursehub.setup)}`",
        "",
        inspect.getdoc(coursehub.setup) or "",
    ]
    for package, place in PLACES.items():
        rows += ["", f"## In {place}", "", *_table("trait", _traits(package))]
    rows += [
        "",
        "## What the Hub and people's servers read from the environment",
        "",
        *_table("variable", sorted(_variables()), second="read by"),
    ]
    return "\n".join(rows) + "\n"


def _signature(call: Any) -> inspect.Signature:
    """Names and defaults alone: how types are written differs from one Python to the next."""
    nothing = inspect.Parameter.empty
    found = inspect.signature(call)
    plain = [each.replace(annotation=nothing) for each in found.parameters.values()]
    return found.replace(parameters=plain, return_annotation=nothing)


def _table(
    first: str, lines: Iterable[tuple[str, str, str]], *, second: str = "default"
) -> list[str]:
    """Lines of name, default and sentence as a table."""
    shown = [f"| `{_cell(a)}` | {_cell(b)} | {_cell(c)} |" for a, b, c in lines]
    return [f"| {first} | {second} | what it is |", "|---|---|---|", *shown]


def _cell(text: str) -> str:
    """The text as a table's cell, which a bare bar would end (GitHub Flavored Markdown, 4.10)."""
    return text.replace("|", "\\|")


def _default(value: object) -> str:
    return f"`{value}`" if str(value).strip("*") else "(empty)"


def _of_field(name: str, field: Any) -> tuple[str, str, str]:
    variable = field.validation_alias or f"COURSEHUB_{name.upper()}"
    default = "" if field.default in (None, PydanticUndefined) else field.default
    return str(variable), _default(default), field.description or ""


def _traits(package: str) -> Iterator[tuple[str, str, str]]:
    """Every trait of the package's classes that a configuration file may set."""
    for found in _configurables(package):
        for name, trait in found.class_own_traits(config=True).items():
            yield f"c.{found.__name__}.{name}", _of_trait(trait), " ".join(trait.help.split())


def _configurables(package: str) -> list[Any]:
    """The classes with traits that the package's modules define, by module and name."""
    start = import_module(package)
    names = [found.name for found in pkgutil.walk_packages(start.__path__, f"{package}.")]
    return [
        found
        for name in sorted(names)
        for _, found in inspect.getmembers(import_module(name), inspect.isclass)
        if issubclass(found, HasTraits) and found.__module__ == name
    ]


def _of_trait(trait: TraitType[Any, Any]) -> str:
    return _default(str(trait.default_value_repr()).strip("'"))


def _variables() -> set[tuple[str, str, str]]:
    """Each variable that the code of the Hub or of a person's server names, and who reads it."""
    return {
        (name, reader, _meaning(name))
        for place, reader in READERS.items()
        for path in _sources(ROOT / place)
        for found in _READ.finditer(path.read_text())
        for name in (found[1] or found[2],)
        if name in VARIABLES or name not in _settings()
    }


def _meaning(name: str) -> str:
    if name not in VARIABLES:
        raise SystemExit(f"{name} is read from the environment: say in VARIABLES what it is.")
    return VARIABLES[name]


def _settings() -> set[str]:
    return {_of_field(*one)[0] for one in Settings.model_fields.items()}


def _sources(place: Path) -> Iterable[Path]:
    return place.rglob("*.py") if place.is_dir() else (place,)


def commands() -> str:
    """Every program and command with its options, and what each says of itself."""
    rows = ["# Commands", "", "Each answers `--help` with its options."]
    for script in sorted(distribution("coursehub").entry_points.select(group="console_scripts")):
        program = script.load()
        rows += ["", f"## {script.name}", ""]
        if isinstance(program, typer.Typer):
            rows += _of(typer.main.get_command(program), script.name)
        else:
            rows.append((sys.modules[program.__module__].__doc__ or "").strip())
    return "\n".join(rows) + "\n"


def _of(command: Any, path: str) -> list[str]:
    """A command's line and those of its options, or the lines of a group's commands."""
    below = getattr(command, "commands", None)
    if below is not None:
        return [row for name, each in below.items() for row in _of(each, f"{path} {name}")]
    own = [_of_parameter(each) for each in command.params if each.name != "help"]
    return [f"- `{path}`: {_said(command.callback)}", *own]


def _of_parameter(parameter: Any) -> str:
    """An option or argument, with the default that is a value."""
    is_option = parameter.param_type_name == "option"
    names = [*parameter.opts, *parameter.secondary_opts] if is_option else [parameter.name.upper()]
    default = parameter.default
    plain = isinstance(default, str | int | float) and not isinstance(default, bool) and default
    shown = "".join((" (", _default(default), ")")) if plain else ""
    said = " ".join((getattr(parameter, "help", None) or "").split())
    return f"  - {', '.join(f'`{name}`' for name in names)}{shown}: {said}"


def _said(documented: Any) -> str:
    return " ".join((documented.__doc__ or "").split())


def api() -> str:
    """Every address of the service, of the Hub's door and of people's servers."""
    rows = [
        "# The API and the pages",
        "",
        "All below the service's prefix, `/services/coursehub`. Programs send a Hub token",
        "(`Authorization: token …`); errors are `application/problem+json` (RFC 9457), lists are",
        'pages `{"items": […], "next": cursor}` asked with `?limit=&after=`. The machine-readable',
        "form is at `api/v1/openapi.json`. What stands under `hub/` is for the Hub alone, and its",
        "list of LMSs comes whole.",
    ]
    for service, routers in composition.ROUTERS.items():
        rows += ["", f"## {service}", "", *_routes(routers)]
    rows += ["", "## whichever services run", "", *_routes(composition.EVER_THERE)]
    rows += ["", "## Below the Hub's own address, `/hub`", "", *_handled(_of_the_hub())]
    rows += ["", "## Below the address of a person's server", "", *_handled(_of_a_server())]
    return "\n".join(rows) + "\n"


def _routes(routers: Iterable[APIRouter]) -> Iterator[str]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                for method in sorted((route.methods or set()) - {"HEAD"}):
                    yield f"- `{method} {route.path}`: {_said(route.endpoint)}"


def _handled(found: Iterable[tuple[str, type]]) -> Iterator[str]:
    """A line for each method that a handler of Tornado's answers itself."""
    for path, handler in found:
        for method in ("get", "post"):
            if method in handler.__dict__:
                yield f"- `{method.upper()} {path}`: {_said(handler)}"


def _of_the_hub() -> Iterable[tuple[str, type]]:
    return (*handlers.HANDLERS, *handlers.LTI11_HANDLERS)


def _of_a_server() -> list[tuple[str, type]]:
    """What the server's extension adds to a server."""
    added: list[tuple[str, type]] = []
    web_app = SimpleNamespace(
        settings={"base_url": "/"}, add_handlers=lambda _, found: added.extend(found)
    )
    lab._load_jupyter_server_extension(SimpleNamespace(web_app=web_app))  # noqa: SLF001 - Jupyter's name
    return added


if __name__ == "__main__":
    main()
