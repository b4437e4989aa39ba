"""
Which door opens which account.

An account that a launch made bears a mark, the group `coursehub-people`, and
opens to launches alone; every other account opens to launches only where the
service says that it is linked to the person.
"""

from datetime import UTC
from http import HTTPStatus
from typing import Any

from jupyterhub.metrics import TOTAL_USERS
from jupyterhub.utils import maybe_future
from tornado import web

from coursehub.vocabulary.courses import GRADERS_GROUP
from coursehub.vocabulary.launch import Welcome
from coursehub.vocabulary.people import PEOPLE_GROUP, is_no_older
from coursehub_auth import memberships
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.groups import groups_of, settle
from coursehub_auth.identity import is_grader


async def enter(authenticator: Any, handler: Any, name: str, welcome: Welcome) -> Any:
    """
    The Hub's user of that name, open to this launch, and in its groups.

    OfAnother where it is somebody's by another login.
    """
    join, leave = set(welcome.groups.join), set(welcome.groups.leave)
    user = handler.find_user(name)
    if user is None:
        user = _made(handler, name, groups={PEOPLE_GROUP, *join})
        await maybe_future(authenticator.add_user(user))
        return user
    is_linked = welcome.is_linked and name == welcome.hub_name
    present = groups_of(handler.db, user)
    if not (is_linked or _is_made_for(welcome, user, present)):
        raise OfAnother
    (leave if is_linked else join).add(PEOPLE_GROUP)
    settle(handler.db, user, present=present, join=join, leave=leave)
    return user


def _is_made_for(welcome: Welcome, user: Any, present: set[str]) -> bool:
    """Whether the account is by a launch of the person's, and was not left by somebody else."""
    if PEOPLE_GROUP not in present:
        return False
    if not welcome.tell_arrival:
        return True
    made = user.orm_user.created  # in UTC, without saying so
    return is_no_older(made and made.replace(tzinfo=UTC), named_at=welcome.named_at)


def _made(handler: Any, name: str, *, groups: set[str]) -> Any:
    """A new user of the Hub."""
    row = memberships.newcomer(handler.db, name, groups=groups)
    TOTAL_USERS.inc()
    return handler.users[row]


async def make_grader(authenticator: Any, handler: Any, name: str) -> None:
    """
    Nothing; there is a Hub user of that name among the graders, with no login of its own.

    One that coursehub did not make is not made a grader: it may be somebody's.
    """
    if not is_grader(name):
        authenticator.log.error("The service named a grader account %r", name)
        raise LaunchRefused("grader-misnamed", "The course's grader account is misnamed.")
    user = handler.find_user(name)
    if user is None:
        user = _made(handler, name, groups={GRADERS_GROUP})
        await maybe_future(authenticator.add_user(user))
    elif GRADERS_GROUP not in groups_of(handler.db, user):
        raise LaunchRefused(
            "grader-of-another",
            f"This course's grader server needs the Hub account {name}, and there is one that "
            "coursehub did not make. Ask this Hub's administrators to delete or rename it, then "
            "open the link again.",
        )


def is_closed(user: Any, name: str) -> bool:
    """
    Whether the name is a grader account's, which nobody logs in as.

    A Hub that taught with nbgrader before may have accounts of such names:
    those stay open to whom they belong.
    """
    return is_grader(name) and (user is None or GRADERS_GROUP in groups_of(user.db, user))


def is_marked(user: Any) -> bool:
    """Whether a launch made the account, so that no other door opens to it."""
    return user is not None and PEOPLE_GROUP in groups_of(user.db, user)


class NotByThisDoor(web.HTTPError):
    """The Hub's error page for someone at its own login, under the name of a person of an LMS."""

    jupyterhub_message = (
        "The account of this name was made by a launch from an LMS and opens from there alone. "
        "Open a link of your course instead. If both are yours, ask this Hub's administrators to "
        "link them. Code: account-of-lms."
    )

    def __init__(self) -> None:
        super().__init__(HTTPStatus.FORBIDDEN, reason="This account belongs to the LMS")


class OfAnother(LaunchRefused):
    """The account of that name was made by another login, and is not linked to the person."""

    def __init__(self) -> None:
        super().__init__(
            "account-of-another",
            "There is an account of your name on this Hub that was not made from your LMS. "
            "If it is yours, ask this Hub's administrators to link it to you.",
        )
