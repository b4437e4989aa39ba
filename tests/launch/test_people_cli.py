"""What an administrator types about people and trust; accounts are asked of a real HTTP Hub."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coursehub.cli import app
from coursehub.launch.actions import people
from coursehub.settings import Settings
from coursehub.store import Store
from tests.auth.actors import Answer, Served
from tests.house.school import School

ACCOUNTS = {"bob": {"admin": False, "groups": []}, "boss": {"admin": True, "groups": []}}
TOKEN = "an-administrators-token"


@pytest.fixture
def hub() -> Iterator[str]:
    """The address of a Hub's API that knows bob and an administrator."""

    def answer(_method: str, path: str, headers: dict[str, str], _body: bytes) -> Answer:
        if headers.get("authorization") != f"token {TOKEN}":
            return 403, "application/json", {}
        kind, name, *_ = path.removeprefix("/hub/api/").split("/")
        if kind == "groups":
            return 200, "application/json", {"name": name, "users": []}
        found = ACCOUNTS.get(name)
        return (200 if found else 404), "application/json", {"name": name, **(found or {})}

    served = Served(answer)
    yield f"{served.url}/hub/api"
    served.stop()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a service where Ann came from the LMS."""
    folder = tmp_path / "data"
    assert run("db", "upgrade", data=folder).exit_code == 0
    school = opened(folder)
    school.trust()
    school.come("77", email="ann@north.example", name="Ann Lee")
    school.store.close()
    return folder


def opened(folder: Path) -> School:
    settings = Settings(data_dir=folder)
    return School(store=Store(settings.database), settings=settings)


def run(*words: str, data: Path, hub: str = "", **environment: str) -> Result:
    given = {"COLUMNS": "200", **environment}
    if hub:
        given |= {"JUPYTERHUB_API_URL": hub, "JUPYTERHUB_API_TOKEN": TOKEN}
    return CliRunner().invoke(app, [*words, "--data-dir", str(data)], env=given)


def said(result: Result, *parts: str, code: int = 0) -> None:
    plain = " ".join(result.output.split())
    assert result.exit_code == code, result.output
    assert not [part for part in parts if part not in plain], result.output
    assert "Traceback" not in result.output


def test_people_are_listed_and_looked_for(data: Path) -> None:
    said(run("people", "list", data=data), "Ann Lee", "ann@north.example", "moodle", "77")
    said(run("people", "list", "ann@", data=data), "Ann Lee")
    said(run("people", "list", "zoe", data=data), "Nobody is called that.")


def test_before_anyone_came_the_list_says_so(tmp_path: Path) -> None:
    said(run("people", "list", data=tmp_path), "Nobody has come from an LMS yet.")
    said(run("institution", "list", data=tmp_path), "There is no institution yet")


def test_a_person_is_linked_and_unlinked_and_both_are_on_record(data: Path, hub: str) -> None:
    said(run("people", "link", "1", "bob", data=data, hub=hub), "enters the account bob.")
    said(run("people", "list", data=data), "bob (linked)")
    said(run("people", "unlink", "1", data=data, hub=hub), "The link is undone.")
    school = opened(data)
    _, changes = people.one(school.store, 1)
    school.store.close()
    assert [(each.before, each.after) for each in changes] == [("bob", "ann"), ("ann", "bob")]
    assert all(each.by.endswith("(command line)") for each in changes)


def test_an_administrators_account_needs_a_word_of_its_own(data: Path, hub: str) -> None:
    refused = run("people", "link", "1", "boss", data=data, hub=hub)
    said(refused, "Confirm that it is meant.", "[account-of-an-admin]", code=1)
    said(run("people", "link", "1", "boss", "--admin", data=data, hub=hub), "account boss.")


def test_without_the_hubs_word_nothing_is_linked(data: Path, hub: str) -> None:
    alone = run("people", "link", "1", "bob", data=data, JUPYTERHUB_API_TOKEN="")
    said(alone, "set JUPYTERHUB_API_TOKEN", code=1)
    said(run("people", "link", "1", "nobody", data=data, hub=hub), "no account of that", code=1)
    said(run("people", "link", "9", "bob", data=data, hub=hub), "no such person", code=1)


def test_trusted_domains_are_named_listed_and_taken_back(data: Path) -> None:
    said(
        run("institution", "trust", "North College", "north.example", "b.north.example", data=data),
        "North College trusts b.north.example, north.example.",
    )
    said(run("institution", "list", data=data), "north.example")
    said(run("institution", "trust", "north-college", data=data), "trusts no domain.")
    said(run("institution", "trust", "North College", "*", data=data), "is not a domain", code=1)
    said(run("institution", "trust", "East", "e.example", data=data), "No institution", code=1)


def test_an_lms_may_name_its_people_in_its_own_way(data: Path) -> None:
    said(run("platform", "names", "1", "m-{sub}", data=data), "are named by it")
    school = opened(data)
    assert school.come("5", nonce="a") == "m-5"
    assert school.come("77", email="ann@north.example", nonce="b") == "ann"
    school.store.close()
    said(run("platform", "names", "1", "{user}", data=data), "Known are {login_id}", code=1)
    said(run("platform", "names", "9", "{sub}", data=data), "No LMS has this number", code=1)
    said(run("platform", "names", "1", "", data=data), "The Hub's is used.")


def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    said(
        run("people", "list", data=tmp_path, COURSEHUB_USERNAME_TEMPLATE="{user}"),
        "COURSEHUB_USERNAME_TEMPLATE: The template of user names asks for {user}",
        code=2,
    )


def test_examples_stand_in_the_help() -> None:
    shown = CliRunner().invoke(app, ["people", "link", "--help"], env={"COLUMNS": "200"}).output
    assert "coursehub people link 12 ada" in " ".join(shown.split())
