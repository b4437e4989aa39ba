"""Form fields, read strictly: each name once, the right media type, no more than needed."""

from urllib.parse import parse_qsl

from fastapi import Request

from coursehub_demo_lms.errors import Refusal

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 50


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a form-encoded body."""
    if media_type(request) != FORM:
        raise Refusal(415, "form-expected", f"Send the body as {FORM}.")
    try:
        return single_fields((await request.body()).decode())
    except UnicodeDecodeError as cause:
        raise Refusal(400, "bad-form", "The form is not UTF-8.") from cause


def query_fields(request: Request) -> dict[str, str]:
    """The fields of the query string."""
    return single_fields(request.url.query)


def single_fields(encoded: str) -> dict[str, str]:
    """Names and values; a name sent twice is refused, for nobody could say which one counts."""
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as cause:
        raise Refusal(400, "bad-form", "The form cannot be read.") from cause
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Refusal(400, "field-repeated", "A field was sent more than once.")
    return fields


def media_type(request: Request) -> str:
    """The media type of the body, without its parameters."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()
