"""The documents tell the truth: everything that can be set, typed or asked is in them."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer
from fastapi.routing import APIRoute, iter_route_contexts
from typer.models import OptionInfo

from coursehub import app as composition
from coursehub import cli
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub_demo_lms import cli as lms
from tools import reference

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def commands(group: typer.Typer, path: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every command as it is typed, and the function behind it."""
    for command in group.registered_commands:
        if command.callback:
            yield f"{path} {command.name or command.callback.__name__}", command.callback
    for below in group.registered_groups:
        if below.typer_instance:
            yield from commands(below.typer_instance, f"{path} {below.name}")


COMMANDS = [*commands(cli.app, "coursehub"), *commands(lms.app, "coursehub-demo-lms")]


def options(callback: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    """Each option's name as it is typed, and the sentence of its help."""
    for name, hint in get_type_hints(callback, include_extras=True).items():
        for found in getattr(hint, "__metadata__", ()):
            if isinstance(found, OptionInfo):
                typed = found.param_decls or (f"--{name.replace('_', '-')}",)
                yield typed[-1].partition("/")[0], " ".join((found.help or "").split())


def sources(*places: str) -> Iterator[ast.Module]:
    for place in places:
        for path in (ROOT / place).rglob("*.py"):
            yield ast.parse(path.read_text())


def traits() -> Iterator[tuple[str, str]]:
    """Class and name of whatever is marked `config=True` in what runs in Hub and servers."""
    for module in sources("authenticators", "extensions"):
        for owner in ast.walk(module):
            if isinstance(owner, ast.ClassDef):
                for line in owner.body:
                    if isinstance(line, ast.Assign) and "config=True" in ast.unparse(line):
                        yield owner.name, ast.unparse(line.targets[0])


def variables() -> set[str]:
    """The names of our own variables in the environment, wherever the code speaks of one."""
    return {
        found.value
        for module in sources("services", "authenticators", "extensions")
        for found in ast.walk(module)
        if isinstance(found, ast.Constant)
        and isinstance(found.value, str)
        and re.fullmatch("COURSEHUB_[A-Z_]+", found.value)
    }


@pytest.mark.parametrize("page", ["settings", "commands", "api"])
def test_the_reference_pages_are_as_the_code_is(page: str) -> None:
    written = (DOCS / f"{page}.md").read_text()
    assert written == getattr(reference, page)(), "run: python tools/reference.py"


def test_every_setting_is_documented() -> None:
    page = (DOCS / "settings.md").read_text()
    missing = []
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"COURSEHUB_{name.upper()}")
        if f"`{variable}`" not in page or str(field.description) not in page:
            missing.append(variable)
    assert not missing


def test_every_trait_of_the_hub_and_of_peoples_servers_is_documented() -> None:
    page = (DOCS / "settings.md").read_text()
    found = [f"c.{owner}.{name}" for owner, name in traits()]
    assert "c.LtiDoor.clock_skew_s" in found
    assert not [
        name for name in found if not re.search(rf"^\| `{name}` \| .+ \| \w", page, re.MULTILINE)
    ]


def test_every_variable_of_the_environment_is_documented() -> None:
    page = (DOCS / "settings.md").read_text()
    assert not {name for name in variables() if f"| `{name}` |" not in page}


def test_every_command_is_documented_with_its_options() -> None:
    page = (DOCS / "commands.md").read_text()
    missing = []
    for typed, callback in COMMANDS:
        block = page.partition(f"\n- `{typed}`: ")[2].partition("\n- ")[0]
        missing += [typed] if not block else []
        missing += [
            f"{typed} {option}"
            for option, said in options(callback)
            if f"`{option}`" not in block or not said or said not in block
        ]
    assert not missing


def test_every_program_is_documented() -> None:
    page = (DOCS / "commands.md").read_text()
    programs = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert not [name for name in programs if f"\n## {name}\n" not in page]


def test_every_route_is_documented(tmp_path: Path) -> None:
    page = (DOCS / "api.md").read_text()
    given: dict[str, Any] = {"data_dir": tmp_path, "JUPYTERHUB_API_TOKEN": "a-token"}
    settings = Settings(**given)
    store = Store(settings.database)
    served = [
        f"{method} {str(route.path).removeprefix(settings.prefix.rstrip('/'))}"
        for route in iter_route_contexts(composition.build(settings, store).routes)
        if isinstance(route.original_route, APIRoute)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]
    store.close()
    assert "GET /health/live" in served
    assert not [line for line in served if f"`{line}`: " not in page]


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert not broken


def test_every_numbered_case_names_a_test_that_exists() -> None:
    tests = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    for page in (DOCS / "cases").glob("*.md"):
        cases = re.findall(r"^\d+\. .+(?:\n(?!\d+\. |\n|#).+)*", page.read_text(), re.MULTILINE)
        assert cases, f"{page.name} numbers no cases"
        for case in cases:
            named = re.findall(r"`(test_\w+)`", case)
            assert named, f"{page.name}: no test is named in: {case[:80]}"
            assert set(named) <= tests, f"{page.name}: {set(named) - tests} does not exist"


@pytest.mark.parametrize("target", ["demo", "tour", "test", "check"])
def test_the_readme_and_the_makefile_agree(target: str) -> None:
    assert f"make {target}" in (ROOT / "README.md").read_text()
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_readmes_configuration_is_the_one_that_the_demo_runs() -> None:
    readme = (ROOT / "README.md").read_text()
    config = (ROOT / "demo" / "jupyterhub_config.py").read_text()
    for line in (r"^import coursehub$", r"^coursehub\.setup\(\s*c\b"):
        assert re.search(line, readme, re.MULTILINE)
        assert re.search(line, config, re.MULTILINE)


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (DOCS / "decisions").glob("*.md")]
    assert numbers
    assert all(number.isdigit() for number in numbers)
    assert len(set(numbers)) == len(numbers)
