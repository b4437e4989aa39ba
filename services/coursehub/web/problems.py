"""
What went wrong, told once: problem+json to programs (RFC 9457), a page to people.

Every error of the service ends here. What is unexpected is logged under the
request's id and answered without details.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from coursehub.errors import CoursehubError
from coursehub.web import login, pages
from coursehub.web.identity import NotLoggedIn
from coursehub.web.middleware import protect
from coursehub.web.place import is_page_load, request_id, route_template, wants_page

log = structlog.get_logger("coursehub.web")

MEDIA_TYPE: Final = "application/problem+json"


class FieldError(BaseModel):
    """What is wrong with one field of what was sent."""

    field: str
    message: str


class Problem(BaseModel):
    """
    What went wrong (RFC 9457).

    `code` is stable, for programs; `detail` a sentence that says what to do.
    `retry_after_s` is there where waiting helps, `errors` where fields are wrong.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    retry_after_s: int | None = None
    errors: list[FieldError] | None = None


_SENTENCES: Final = {
    400: ("bad-request", "The request could not be understood."),
    403: ("forbidden", "This is not allowed."),
    404: ("no-such-page", "There is nothing at this address."),
    405: ("no-such-method", "This address does not take that kind of request."),
    413: ("too-large", "This is larger than coursehub accepts here."),
}
_UNEXPECTED: Final = (
    "Something went wrong on coursehub's side. Nothing half-done was kept. Try again; if it "
    "happens once more, tell the Hub's administrators the request id."
)


def install(app: FastAPI) -> None:
    """Every error of `app` answered in the one form."""
    app.add_exception_handler(CoursehubError, _expected)
    app.add_exception_handler(NotLoggedIn, _not_logged_in)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(Exception, _unexpected)


def answer(
    request: Request,
    *,
    status: int,
    code: str,
    detail: str,
    retry_after_s: int | None = None,
    headers: Mapping[str, str] | None = None,
    errors: list[FieldError] | None = None,
) -> Response:
    """The problem as this reader wants it: JSON or a page."""
    problem = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id(request.scope),
        retry_after_s=retry_after_s,
        errors=errors or None,
    ).model_dump(exclude_none=True)
    if wants_page(request):
        response = _page(request, problem)
    else:
        response = JSONResponse(problem, status, media_type=MEDIA_TYPE)
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    response.headers.update(headers or {})
    return response


def lead_on(request: Request, sentence: str) -> None:
    """Nothing; should the request fail, its page says this in place of the usual ways on."""
    request.state.way_on = sentence


def _page(request: Request, problem: dict[str, Any]) -> Response:
    """The problem in the shell: what happened, what to do next, a way back."""
    again = f"{request.url.path}?{request.url.query}".rstrip("?")
    return pages.page(
        request,
        "problem.html",
        status_code=problem["status"],
        problem=problem,
        again=again if request.method == "GET" else None,
        way_on=getattr(request.state, "way_on", ""),
    )


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, CoursehubError)  # noqa: S101 - what it is registered for
    log.info("refused", code=error.code, status=error.status, route=route_template(request.scope))
    return answer(
        request,
        status=error.status,
        code=error.code,
        detail=error.message,
        retry_after_s=error.retry_after_s,
    )


async def _not_logged_in(request: Request, _error: Exception) -> Response:
    if is_page_load(request):
        return login.begin(request)
    return answer(
        request,
        status=401,
        code="not-logged-in",
        detail="Log in to the Hub first, or send a Hub token.",
        # htmx loads the whole page again, which leads to the login.
        headers={"WWW-Authenticate": 'Bearer realm="coursehub"', "HX-Refresh": "true"},
    )


async def _invalid(request: Request, error: Exception) -> Response:
    """What is wrong with which field; the values that were sent are not repeated."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    errors = [
        FieldError(field=".".join(str(part) for part in found["loc"][1:]), message=found["msg"])
        for found in error.errors()
    ]
    named = ", ".join(dict.fromkeys(item.field for item in errors if item.field))
    detail = f"Some of what was sent cannot be accepted: {named}." if named else _SENTENCES[400][1]
    return answer(request, status=422, code="invalid", detail=detail, errors=errors)


async def _unstorable(request: Request, _error: Exception) -> Response:
    """PostgreSQL takes no text with a NUL, and says so only when it is asked."""
    detail = "Some of what was sent holds signs that cannot be stored or looked for."
    return answer(request, status=422, code="unstorable", detail=detail)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    status = error.status_code
    code, detail = _SENTENCES.get(status, (f"http-{status}", HTTPStatus(status).phrase + "."))
    return answer(request, status=status, code=code, detail=detail, headers=error.headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected error", route=route_template(request.scope), exc_info=error)
    response = answer(request, status=500, code="unexpected", detail=_UNEXPECTED)
    protect(response.headers, request.scope)
    return response
