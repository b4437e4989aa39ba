"""
Proof that a request with a session cookie was made by one of our own pages.

On a Hub, other people's servers share our origin, so a cookie alone proves
nothing: each unsafe request, and each read that is made by a script, carries
the session's token (OWASP, "Cross-Site Request Forgery Prevention", the
HMAC-based token pattern). Requests with an Authorization header need none.
identity.viewer calls this wherever a cookie says who is asking, so that no
route can forget it.
"""

import hmac
from typing import Final

from fastapi import Depends, Request
from starlette.datastructures import FormData

from coursehub.errors import Refused
from coursehub.web.session import csrf_token, sent_token

FIELD: Final = "csrf_token"
HEADER: Final = "X-CSRF-Token"
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


async def from_our_form(request: Request) -> None:
    """Nothing; Refused unless the request carries its session's token."""
    if sent_token(request):
        return
    expected = csrf_token(request)
    sent = request.headers.get(HEADER) or await _field(request)
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Refused(
            "csrf",
            "This did not come from one of coursehub's own pages, or the page was too old. "
            "Open the page again and repeat what you did.",
        )


def needs_proof(request: Request) -> bool:
    """Whether a cookie alone is not enough: for any change, and for a read by a script."""
    if request.method not in _READS:
        return True
    # Fetch Metadata (W3C): a page load says "navigate"; old browsers and programs say nothing.
    return request.headers.get("sec-fetch-mode", "navigate") != "navigate"


async def _field(request: Request) -> str:
    if not request.headers.get("content-type", "").lower().startswith(_FORMS):
        return ""
    form: FormData = await request.form()
    sent = form.get(FIELD)
    return sent if isinstance(sent, str) else ""


FromOurForm = Depends(from_our_form)
