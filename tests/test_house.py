"""The house keeps its shape: every service has the same rooms, and no stray file."""

import re
import subprocess
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from coursehub import model
from coursehub.vocabulary.scopes import SCOPES

ROOT = Path(__file__).resolve().parent.parent
SERVICE = ROOT / "services" / "coursehub"
SERVICES = ("launch", "roster", "courses", "modules", "grading", "quotas")
ROOMS = {"__init__", "rules", "actions", "routes"}
WINGS = {
    "services": {"coursehub", "coursehub_demo_lms"},
    "authenticators": {"coursehub_auth"},
    "extensions": {"coursehub_spawn", "coursehub_lab"},
    "course_templates": {"coursehub_templates"},
}
LONGEST_FILE = 300


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service: str) -> None:
    rooms = {path.stem for path in (SERVICE / service).iterdir() if path.name != "__pycache__"}
    assert rooms <= ROOMS, f"{service} has a room of its own: {sorted(rooms - ROOMS)}"
    assert {"actions", "routes"} <= rooms


def test_no_stray_file_lies_in_a_wing() -> None:
    for wing, packages in WINGS.items():
        found = {path.relative_to(ROOT / wing).parts[0] for path in tracked(wing)}
        assert found <= packages, f"{wing}/ holds more than its packages: {found - packages}"


def test_the_scopes_name_every_service_and_no_other() -> None:
    assert set(SCOPES) == set(SERVICES)


def test_no_file_has_outgrown_its_room() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("*.py")
        if "migrations/versions" not in str(path)
        and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert not long


def test_no_module_is_named_for_nothing_in_particular() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "misc", "data", "common"}
    assert not [path for path in tracked("*.py") if path.stem in vague]


def test_no_lock_log_or_document_names_a_registry_or_this_machine() -> None:
    hosts = re.compile(
        r"registry\.npmjs\.org|files\.pythonhosted\.org|pypi\.org/simple|deb\.debian\.org"
        r"|\"resolved\": *\"http|--(?:extra-)?index-url"
    )
    texts = (".json", ".txt", ".md", ".toml", ".yml", ".yaml", ".cfg", ".lock", ".log")
    guilty = [
        path.relative_to(ROOT)
        for path in tracked()
        if path.suffix in texts and hosts.search(path.read_text(errors="replace"))
    ]
    assert not guilty


def test_every_table_of_a_school_says_whose_it_is() -> None:
    """All but the few tables that stand above institutions carry the tenant's key."""
    assert model.__all__
    above = {"institution", "nonce"}
    without = {
        name
        for name, table in SQLModel.metadata.tables.items()
        if "institution_id" not in table.columns
    }
    assert without == above


def test_two_tests_of_one_file_never_share_a_name() -> None:
    for path in tracked("tests/*.py", "tests/**/*.py"):
        names = re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
        twice = {name for name in names if names.count(name) > 1}
        assert not twice, f"{path.name}: {twice}"
