"""
Picking what an LMS links to (LTI Deep Linking 2.0): pages for a frame of the LMS.

Each form carries the selection's ticket, which is all the proof there is: no
cookie of ours arrives in another site's frame.
"""

import secrets
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from coursehub.launch.actions import content_items, offers, selections
from coursehub.launch.actions.offers import Choice
from coursehub.launch.actions.selections import Opened
from coursehub.web import framing
from coursehub.web.house import House, InHouse
from coursehub.web.pages import page

pages = APIRouter(tags=["lti"], include_in_schema=False)

MOST: Final = 100
"""Links in one answer: more than a course has, and few enough for any LMS."""
_HERE: Final = "/deep-linking"


class Step(StrEnum):
    """Which button of the pages was pressed."""

    PICK = "pick"
    REVIEW = "review"
    ADD = "add"
    CANCEL = "cancel"


class Asked(BaseModel):
    """The fields of the pages' forms; `pick` names choices, `most` the lines to show."""

    ticket: Annotated[str, Field(max_length=100)]
    step: Step = Step.PICK
    pick: list[str] = []
    q: Annotated[str, Field(max_length=100)] = ""
    most: Annotated[int, Field(ge=1, le=1000)] = offers.AT_ONCE

    @property
    def keys(self) -> tuple[str, ...]:
        """What is chosen, each thing once."""
        return tuple(dict.fromkeys(self.pick))


def _opened(
    request: Request, house: InHouse, ticket: Annotated[str, Form(max_length=100)]
) -> Opened:
    """The ticket's selection; from here on the LMS may frame the answer, a refusal too."""
    found = selections.find(house.store, ticket)
    framing.allow(request, *found.lms_addresses)
    selections.check_open(found, house.clock.now())
    return found


@pages.get(_HERE)
def where_to_start(request: Request) -> Response:
    """What someone finds who comes here by hand."""
    return page(request, "launch/selection_start.html")


@pages.post(_HERE)
def select(
    request: Request,
    house: InHouse,
    asked: Annotated[Asked, Form()],
    opened: Annotated[Opened, Depends(_opened)],
) -> Response:
    """The list to pick from, what was picked, or the answer on its way to the LMS."""
    if asked.step is Step.CANCEL:
        return _answer(request, house, opened, ())
    if not content_items.takes_links(opened):
        return _page(request, "selection_useless", opened, asked)
    problem = _problem(opened, asked)
    if asked.step is Step.PICK or problem:
        return _list(request, house, opened, asked, problem)
    choices = offers.chosen(house.store, opened, asked.keys)
    if asked.step is Step.ADD:
        return _answer(request, house, opened, choices)
    return _page(
        request,
        "selection_review",
        opened,
        asked,
        choices=choices,
        columns={choice.key for choice in choices if content_items.has_column(opened, choice)},
    )


def _problem(opened: Opened, asked: Asked) -> str:
    """Why what was chosen cannot be sent; empty where it can."""
    if asked.step is Step.PICK:
        return ""
    if not asked.keys:
        return "Nothing is chosen yet."
    if len(asked.keys) > 1 and not opened.request.accept_multiple:
        return "Your LMS takes one link at a time."
    if len(asked.keys) > MOST:
        return f"These are {len(asked.keys)} links; at most {MOST} go at once."
    return ""


def _list(request: Request, house: House, opened: Opened, asked: Asked, problem: str) -> Response:
    found = offers.offer(
        house.store, opened, search=asked.q.strip(), keys=asked.keys, most=asked.most
    )
    return _page(
        request,
        "selection",
        opened,
        asked,
        found=found,
        more=asked.most + offers.AT_ONCE,
        problem=problem,
        status_code=422 if problem else 200,
    )


def _answer(
    request: Request, house: House, opened: Opened, choices: tuple[Choice, ...]
) -> Response:
    """A form that carries the signed answer to the LMS; the selection is over."""
    at = house.clock.now()
    base = f"{house.settings.public_url.rstrip('/')}{house.settings.hub_base_url}"
    claims = content_items.answer(
        opened,
        choices,
        launch_url=f"{base}hub/lti13/launch",
        nonce=secrets.token_urlsafe(24),
        at=at,
    )
    token = house.keys.sign(claims)
    selections.close(house.store, opened, at)
    return page(
        request,
        "launch/selection_answer.html",
        selection=opened,
        choices=choices,
        token=token,
    )


def _page(request: Request, name: str, opened: Opened, asked: Asked, **context: Any) -> Response:
    return page(request, f"launch/{name}.html", selection=opened, asked=asked, **context)


routers = (pages,)
