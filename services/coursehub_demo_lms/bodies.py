"""JSON in and out under the media types that the LTI services fix."""

import json
from typing import Any, NoReturn, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.forms import media_type

Body = TypeVar("Body", bound=BaseModel)


def media_json(
    media: str, value: Any, *, status: int = 200, next_page: str = "", differences: str = ""
) -> Response:
    """The value as that media type, with links to the next page and to differences, if any."""
    links = {"next": next_page, "differences": differences}
    told = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items() if url)
    headers = {"Link": told} if told else {}
    return Response(json.dumps(value), status_code=status, media_type=media, headers=headers)


async def read_json(request: Request, model: type[Body], *, media: str) -> Body:
    """The body as that model; anything else is refused with what is wrong."""
    if media_type(request) != media:
        raise Refusal(415, "wrong-media-type", f"Send the body as {media}.")
    try:
        return model.model_validate(parsed(await request.body()))
    except ValidationError as cause:
        raise Refusal(400, "bad-body", sentence(cause)) from cause


def parsed(body: bytes) -> Any:
    """The value that the JSON says."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as cause:
        raise Refusal(400, "bad-json", "The body is not JSON.") from cause


def require_accept(request: Request, media: str) -> None:
    """Refuses an asker whose Accept header shuts out the one media type there is."""
    accepted = request.headers.get("accept", "*/*")
    offered = {part.split(";")[0].strip().lower() for part in accepted.split(",")}
    if offered.isdisjoint({media, "application/*", "*/*"}):
        raise Refusal(406, "not-acceptable", f"Ask for {media}.")


def sentence(error: ValidationError) -> str:
    """The first thing wrong, without the value that was sent."""
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the body"
    return f"{place}: {first['msg']}."


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
