"""A selection of links, from an LMS's request to the claims of our answer."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from coursehub.launch.actions import content_items, selections
from coursehub.launch.actions.offers import Choice, Kind
from coursehub.launch.actions.selections import Opened
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.vocabulary.launch import Launch
from tests.house.school import School

CLIENT = "coursehub"
HUB = "https://hub.example/hub/lti13/launch"
CHOICES = (
    Choice(kind=Kind.COURSE, name="", title="The whole course"),
    Choice(kind=Kind.MODULE, name="tables", title="Tables"),
    Choice(
        kind=Kind.ASSIGNMENT,
        name="ps1",
        title="Problem set 1",
        points=12.0,
        due_at=datetime(2027, 3, 1, 12, tzinfo=UTC),
    ),
)


def opened_by(launch: Launch, folder: Path) -> Opened:
    """The selection that the launch begins, in a service of its own."""
    store = Store(f"sqlite:///{folder / 'coursehub.sqlite'}")
    SQLModel.metadata.create_all(store.engine)
    school = School(store=store, settings=Settings(data_dir=folder), time=datetime.now(UTC))
    school.trust(launch.issuer, deployments=(launch.deployment_id,))
    try:
        return selections.find(store, school.receive(launch).ticket)
    finally:
        store.close()


def answer(opened: Opened) -> dict[str, Any]:
    """The claims with which we answer it, everything picked."""
    return content_items.answer(
        opened, CHOICES, launch_url=HUB, nonce="n" * 32, at=datetime.now(UTC)
    )
