"""
Templates of Hub user names: alternatives, tried in order, of fields in braces.

`{login_id} | {email_local} | {sub}` takes the LMS's login name, else what
stands before the @ of the e-mail address, else the subject.
"""

from dataclasses import dataclass
from string import Formatter
from typing import Final

from coursehub.vocabulary.launch import Launch

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
_CUSTOM: Final = "custom."
_KNOWN: Final = f"{', '.join(f'{{{name}}}' for name in FIELDS)} and {{custom.NAME}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One way to make a name; it serves where each of its fields says something."""

    text: str
    fields: tuple[str, ...]

    def filled(self, launch: Launch) -> str:
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


def value_of(launch: Launch, field: str) -> str:
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


def _claim(launch: Launch, field: str) -> str:
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
