"""
Hub user names, and their templates: alternatives, tried in order, of fields in braces.

`{login_id} | {email_local} | {sub}` takes the LMS's login name, else what
stands before the @ of the e-mail address, else the subject.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from string import Formatter
from typing import Final, Protocol

from coursehub.vocabulary.courses import slug
from coursehub.vocabulary.people import HubName

LONGEST_NAME: Final = 30
FIELDS: Final = (
    "login_id",
    "email",
    "email_local",
    "sub",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "person_sourcedid",
)
_LISTED: Final = frozenset({"email", "email_local", "sub", "name"})
"""The fields that a roster tells as a launch does."""
_OUR_OWN: Final = ("grader-", "coursehub-")
_CUSTOM: Final = "custom."
_KNOWN: Final = f"{', '.join(f'{{{name}}}' for name in FIELDS)} and {{custom.NAME}}"


class Said(Protocol):
    """What an LMS says of somebody, in a launch or on its list."""

    @property
    def subject(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def custom(self) -> Mapping[str, str]: ...
    @property
    def claims(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OnList:
    """What a list says of somebody: less than a launch does."""

    subject: str
    email: str = ""
    name: str = ""
    custom: Mapping[str, str] = dataclasses.field(default_factory=dict)
    claims: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One way to make a name; it serves where each of its fields says something."""

    text: str
    fields: tuple[str, ...]

    def filled(self, launch: Said) -> str:
        """The text with the launch's values; empty where a field is."""
        values = [value_of(launch, field) for field in self.fields]
        if not all(values):
            return ""
        left = iter(values)
        parts = Formatter().parse(self.text)
        return "".join(said + (next(left) if field else "") for said, field, _, _ in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsernameTemplate:
    """The alternatives, best first."""

    alternatives: tuple[Alternative, ...]


def parse(text: str) -> UsernameTemplate:
    """The template of the text; ValueError, in a sentence for administrators, for any other."""
    return UsernameTemplate(
        alternatives=tuple(_alternative(part.strip()) for part in text.split("|"))
    )


def value_of(launch: Said, field: str) -> str:
    """
    What the launch says in the field; empty where it says nothing.

    An LMS that knows no such variable sends its name as it stands (`$User.username`,
    LTI 1.3 core 5.4.6.1), which is nobody's.
    """
    if field.startswith(_CUSTOM):
        said = launch.custom.get(field.removeprefix(_CUSTOM), "")
    else:
        said = _claim(launch, field)
    return "" if said.startswith("$") else said.strip()


def hub_names(launch: Said, template: UsernameTemplate) -> Iterator[HubName]:
    """
    Names to try for a new person, best first, without end.

    Made by the first alternative of the template that the launch can fill, at
    last from the subject. `Bob` and `bob` give the same first choice; the
    second of them gets `bob-2`.
    """
    texts = (*(each.filled(launch) for each in template.alternatives), launch.subject, "person")
    base = next(name for text in texts if (name := slug(text, longest=LONGEST_NAME)))
    if is_our_own(base):
        base = slug(f"p-{base}", longest=LONGEST_NAME)
    return (HubName(name) for name in numbered(base, longest=LONGEST_NAME))


def further_names(taken: HubName) -> Iterator[HubName]:
    """Names to try for someone whose own is taken, without end."""
    return (HubName(name) for name in islice(numbered(taken, longest=LONGEST_NAME), 1, None))


def can_name_ahead(listed: OnList, template: UsernameTemplate) -> bool:
    """Whether a list says enough to give the name that the person's first launch would."""
    first = template.alternatives[0]
    return _LISTED.issuperset(first.fields) and bool(first.filled(listed))


def is_our_own(name: str) -> bool:
    """
    Whether coursehub keeps the name for accounts and groups of its own.

    `grader` too: the second of that name would be `grader-2`, course 2's own account.
    """
    return f"{name.lower()}-".startswith(_OUR_OWN)


def numbered(base: str, *, longest: int) -> Iterator[str]:
    """The base, then the base with 2, 3, ... behind it, none too long."""
    yield base
    for number in count(2):
        name = f"{base[: longest - len(f'-{number}')].rstrip('-')}-{number}"
        if name != base:
            yield name


def _claim(launch: Said, field: str) -> str:
    match field:
        case "sub":
            return launch.subject
        case "email":
            return launch.email
        case "email_local":
            return launch.email.partition("@")[0]
        case "name":
            return launch.name
        case "login_id":
            # Ours; Canvas's in LTI 1.1; then what the LMS says by a claim of its own.
            asked = (launch.custom.get("login_id"), launch.custom.get("canvas_user_login_id"))
            said = (value for value in asked if value and not value.startswith("$"))
            return next(said, launch.claims.get("login_id", ""))
        case _:
            return launch.claims.get(field, "")


def _alternative(text: str) -> Alternative:
    try:
        parts = list(Formatter().parse(text))
    except ValueError as cause:
        raise ValueError(f"In the template of user names, {text!r} has a stray brace.") from cause
    fields = tuple(field for _, field, _, _ in parts if field is not None)
    if any(said or conversion for _, _, said, conversion in parts) or "" in fields:
        raise ValueError(
            f"In the template of user names, {text!r} may hold nothing but names between braces."
        )
    for field in fields:
        if field not in FIELDS and not (field.startswith(_CUSTOM) and field != _CUSTOM):
            raise ValueError(
                f"The template of user names asks for {{{field}}}, which is not known. "
                f"Known are {_KNOWN}."
            )
    if not fields:
        raise ValueError(
            f"In the template of user names, {text!r} holds no field: everyone would be called so."
        )
    return Alternative(text=text, fields=fields)
