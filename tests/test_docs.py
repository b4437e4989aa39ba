"""The documents tell the truth: everything that can be set, typed or asked is in them."""

import re
from pathlib import Path

import pytest
import typer
from fastapi.routing import APIRoute

from coursehub import app as composition
from coursehub.cli import app
from coursehub.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def commands(group: typer.Typer, path: str = "coursehub") -> list[str]:
    own = [
        f"{path} {command.name or command.callback.__name__}"
        for command in group.registered_commands
        if command.callback
    ]
    return own + [
        line
        for below in group.registered_groups
        if below.typer_instance
        for line in commands(below.typer_instance, f"{path} {below.name}")
    ]


def test_every_setting_is_documented() -> None:
    page = (DOCS / "settings.md").read_text()
    missing = []
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"COURSEHUB_{name.upper()}")
        if f"`{variable}`" not in page or str(field.description) not in page:
            missing.append(variable)
    assert not missing


def test_every_command_is_documented() -> None:
    page = (DOCS / "commands.md").read_text()
    assert not [line for line in commands(app) if f"`{line}" not in page]


def test_every_route_is_documented() -> None:
    page = (DOCS / "api.md").read_text()
    missing = [
        f"{method} {route.path}"
        for routers in composition.ROUTERS.values()
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted((route.methods or set()) - {"HEAD"})
        if f"`{method} {route.path}`" not in page
    ]
    assert not missing


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
