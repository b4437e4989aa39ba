"""LMSs written down in a file, read strictly: several at once, as often as one likes."""

import tomllib
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from coursehub.errors import Invalid
from coursehub.launch.actions.platforms import NewPlatform
from coursehub.launch.actions.registration import adding
from coursehub.vocabulary.addresses import LONGEST

LARGEST_FILE_BYTES: Final = 200_000

Line = Annotated[str, StringConstraints(max_length=LONGEST, strip_whitespace=True)]


class _Item(BaseModel):
    """One LMS; ids are text: in YAML, put quotes around a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    institution: Line
    client_id: Line
    family: Line = ""
    at: Line = ""
    name: Line = ""
    issuer: Line = ""
    auth_login_url: Line = ""
    token_url: Line = ""
    key_set_url: Line = ""
    deployments: Annotated[list[Line], Field(max_length=1000)] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    platforms: Annotated[list[_Item], Field(min_length=1, max_length=1000)]


def parse(text: str, *, registered_by: str) -> tuple[NewPlatform, ...]:
    """The LMSs of a YAML or TOML file; Invalid with the place of what cannot be understood."""
    if len(text) > LARGEST_FILE_BYTES:
        raise Invalid("file-too-large", "A file of platforms holds 200 kB at most.")
    try:
        found = _File.model_validate(_loaded(text))
    except ValidationError as cause:
        first = cause.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise Invalid("bad-platforms", f"{place}: {first['msg']}.") from cause
    return tuple(_new(item, registered_by) for item in found.platforms)


def _loaded(text: str) -> Any:
    """What the file says; TOML where it begins a table, YAML otherwise."""
    try:
        if text.lstrip().startswith("[["):
            return tomllib.loads(text)
        return yaml.safe_load(text)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError) as cause:
        where = str(cause).replace("\n", " ")[:200]
        raise Invalid("bad-platforms", f"The file is neither YAML nor TOML: {where}") from cause


def _new(item: _Item, registered_by: str) -> NewPlatform:
    known = adding.guessed(item.family, at=item.at, client_id=item.client_id) if item.family else {}
    return NewPlatform(
        institution=item.institution,
        issuer=item.issuer or known.get("issuer", ""),
        client_id=item.client_id,
        deployment_ids=tuple(item.deployments),
        auth_login_url=item.auth_login_url or known.get("auth_login_url", ""),
        token_url=item.token_url or known.get("token_url", ""),
        key_set_url=item.key_set_url or known.get("key_set_url", ""),
        name=item.name or adding.named(item.family, item.issuer or known.get("issuer", "")),
        registered_by=registered_by,
    )
