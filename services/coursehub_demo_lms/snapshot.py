"""The optional file that lets a second start go on where the first one ended."""

import base64
import dataclasses
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from coursehub_demo_lms.keys import KeyRing
from coursehub_demo_lms.state import (
    Campus,
    Course,
    Grade,
    LineItem,
    Link,
    Member,
    Person,
    Window,
    member_json,
)
from coursehub_demo_lms.tool import Tool
from coursehub_demo_lms.tools import Message, Registration, Tools

FILE = "demo-lms.json"
FORMAT = 1


class Unreadable(Exception):  # named for what the file is
    """A snapshot that this version cannot read."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What outlives a stop. The switches do not: a new start behaves."""

    tools: Tools
    campus: Campus
    keys: KeyRing
    secret: bytes


def save(directory: Path, snapshot: Snapshot) -> None:
    """The snapshot on disk, whole or not at all, readable by its owner only."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps(_written(snapshot))
    handle, name = tempfile.mkstemp(dir=directory, prefix=f".{FILE}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(directory / FILE)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(directory: Path) -> Snapshot | None:
    """The snapshot in that directory; nothing if there is none yet."""
    path = directory / FILE
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["format"] != FORMAT:
            raise Unreadable(f"{path} was written by another version; move it away.")
        return _read(kept)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise Unreadable(f"{path} cannot be read; move it away to start afresh.") from cause


def _written(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "tool": dataclasses.asdict(snapshot.tools.configured.tool),
        "registered": [dataclasses.asdict(tool) for tool in snapshot.tools.registered.values()],
        "chosen": snapshot.tools.chosen,
        "keys": snapshot.keys.private(),
        "secret": base64.b64encode(snapshot.secret).decode(),
        "version": snapshot.campus.version,
        "courses": [_written_course(course) for course in snapshot.campus.courses.values()],
    }


def _written_course(course: Course) -> dict[str, Any]:
    return {
        "id": course.id,
        "label": course.label,
        "title": course.title,
        "deployment_id": course.deployment_id,
        "institution": course.institution,
        "next_number": course.next_number,
        "members": [member_json(member) for member in course.members.values()],
        "links": [dataclasses.asdict(link) for link in course.links.values()],
        "lineitems": [dataclasses.asdict(item) for item in course.lineitems.values()],
        "grades": [[*key, dataclasses.asdict(grade)] for key, grade in course.grades.items()],
    }


def _read(kept: dict[str, Any]) -> Snapshot:
    registered = [_read_registration(tool) for tool in kept.get("registered", [])]
    courses = [_read_course(course) for course in kept["courses"]]
    return Snapshot(
        tools=Tools(
            Registration(tool=_read_tool(kept["tool"])),
            {tool.client_id: tool for tool in registered},
            kept.get("chosen", ""),
        ),
        keys=KeyRing.restore(kept["keys"]),
        secret=base64.b64decode(kept["secret"]),
        campus=Campus(
            courses={course.id: course for course in courses}, version=int(kept["version"])
        ),
    )


def _read_tool(kept: dict[str, Any]) -> Tool:
    return Tool(**{**kept, "redirect_urls": tuple(kept["redirect_urls"])})


def _read_registration(kept: dict[str, Any]) -> Registration:
    messages = {message: Message(**said) for message, said in kept["messages"].items()}
    lists = {name: tuple(kept[name]) for name in ("scopes", "claims")}
    return Registration(**{**kept, **lists, "tool": _read_tool(kept["tool"]), "messages": messages})


def _read_course(kept: dict[str, Any]) -> Course:
    members = [_read_member(member) for member in kept.pop("members")]
    links = [_read_link(link) for link in kept.pop("links")]
    lineitems = [LineItem(**item) for item in kept.pop("lineitems")]
    grades = {(item, person): Grade(**grade) for item, person, grade in kept.pop("grades")}
    return Course(
        **kept,
        members={member.person.id: member for member in members},
        links={link.id: link for link in links},
        lineitems={item.id: item for item in lineitems},
        grades=grades,
    )


def _read_link(kept: dict[str, Any]) -> Link:
    windows = {name: Window(**kept.get(name, {})) for name in ("available", "submission")}
    return Link(**{**kept, **windows})


def _read_member(kept: dict[str, Any]) -> Member:
    names = ("id", "given_name", "family_name", "email")
    person = Person(**{name: kept[name] for name in names})
    return Member(person=person, role=kept["role"], status=kept["status"])
