"""The course file in the API: what runs now, what a file would change, and the change."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from coursehub.courses.actions import applying, changing
from coursehub.courses.actions.applying import Wish
from coursehub.courses.rules import telling
from coursehub.courses.rules.difference import Change, Clash, Difference, Side
from coursehub.courses.rules.text import LARGEST_BYTES
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsInstructor, IsStaff, Membership

api = APIRouter(prefix="/api/v1", tags=["courses"])
routers = (api,)

YAML: Final = "application/yaml"
FileText = Annotated[str, Body(media_type=YAML, max_length=LARGEST_BYTES)]
Keep = Annotated[
    Side | None, Query(description="Whose change holds where file and page have both changed.")
]


class FileAnswer(PlainTextResponse):
    """A course file, to be kept under its name."""

    media_type = YAML


class SettingChange(BaseModel):
    """A setting that a file changes, in words and as values; null where a side has none."""

    place: tuple[str, ...]
    words: str
    before: Any
    after: Any


class SettingClash(BaseModel):
    """A setting that the file and the page have both changed since the last file."""

    place: tuple[str, ...]
    last: Any
    page: Any
    file: Any


class Applied(BaseModel):
    """What a file changed; `staying` are modules and assignments that it no longer names."""

    changes: list[SettingChange]
    staying: list[tuple[str, ...]]


class Planned(Applied):
    """What a file would change; `seen` of its applying takes `mark`, `remarks` may surprise."""

    clashes: list[SettingClash]
    remarks: list[str]
    mark: str


@api.get("/courses/{course}/file", response_class=FileAnswer)
def exported(membership: IsStaff, house: InHouse) -> FileAnswer:
    """What runs now, as a course file."""
    text = applying.export(house.store, membership.course_key)
    return FileAnswer(text, headers={"content-disposition": 'attachment; filename="course.yml"'})


@api.post("/courses/{course}/file/plan")
def plan(membership: IsInstructor, house: InHouse, text: FileText) -> Planned:
    """What this file would change; nothing is changed."""
    wish = wish_of(house, membership, origin="upload")
    found = applying.plan(house.store, membership.course_key, text, wish)
    return Planned(
        changes=_changes(found.difference.changes),
        staying=list(found.difference.staying),
        clashes=[_clash(one) for one in found.difference.clashes],
        remarks=list(found.remarks),
        mark=found.mark,
    )


@api.put("/courses/{course}/file")
def apply(
    membership: IsInstructor,
    house: InHouse,
    text: FileText,
    *,
    keep: Keep = None,
    seen: Annotated[str, Query(max_length=64, description="The mark of the plan seen.")] = "",
) -> Applied:
    """What changed so that the course is as this file says."""
    wish = wish_of(house, membership, origin="upload", otherwise=keep, seen=seen)
    done: Difference = applying.apply(house.store, membership.course_key, text, wish)
    return Applied(changes=_changes(done.changes), staying=list(done.staying))


def wish_of(house: House, membership: Membership, **wish: Any) -> Wish:
    """
    How an instructor's file is applied: with this Hub's protocols, and no administrator's.

    A file that says of no repository means the one that the course's modules are from.
    """
    return Wish(
        by=membership.hub_name,
        materials=changing.now(house.store, membership.course_key).materials,
        protocols=house.settings.protocols,
        is_administrator=False,
        **wish,
    )


def _changes(found: Sequence[Change]) -> list[SettingChange]:
    return [
        SettingChange(
            place=one.place, words=telling.change(one), before=one.before, after=one.after
        )
        for one in found
    ]


def _clash(one: Clash) -> SettingClash:
    return SettingClash(place=one.place, last=one.last, page=one.page, file=one.file)
