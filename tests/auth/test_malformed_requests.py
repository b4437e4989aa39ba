"""Requests that no LMS sends: each is a page in words, and one line of the log."""

import pytest

from tests.auth.actors import CLIENT_ID, Platform
from tests.auth.browsing import Browser
from tests.auth.live import LiveHub

pytestmark = pytest.mark.hub

FORM = "application/x-www-form-urlencoded"
PAGES = ("oauth_login", "oauth_callback", "enter")


def told(hub: LiveHub, before: str) -> list[str]:
    """What the log says of launches since then; never a traceback."""
    said = hub.log.removeprefix(before)
    assert "Traceback" not in said, said
    return [line for line in said.splitlines() if "LTI launch refused" in line]


@pytest.mark.parametrize("page", PAGES)
def test_a_form_of_too_many_fields_is_refused_in_one_line(
    hub: LiveHub, browser: Browser, page: str
) -> None:
    before = hub.log
    many = "&".join(f"a{number}=" for number in range(2001))
    reply = browser.http.post(
        f"{hub.hub_url}lti13/{page}", content=many, headers={"Content-Type": FORM}
    )
    assert reply.status_code == 400
    assert "Code: form-malformed." in reply.text
    assert [line.rpartition("refused: ")[2] for line in told(hub, before)] == ["form-malformed ()"]


def test_an_address_of_too_many_fields_is_refused(hub: LiveHub, browser: Browser) -> None:
    before = hub.log
    many = "&".join(f"a{number}=" for number in range(2001))
    reply = browser.http.get(f"{hub.hub_url}lti13/oauth_login?{many}")
    assert reply.status_code == 400
    told(hub, before)


NONSENSE = {
    "half an escape": (FORM, b"state=%&iss=%C3&id_token=%zz"),
    "no UTF-8": (FORM, b"state=%FF&iss=%FF&entry=%FF"),
    "raw bytes": (FORM, b"state=\xff\xfe\x00&iss=\xff"),
    "a NUL": (FORM, b"state=a%00.b&iss=a%00&login_hint=%00&target_link_uri=%00&entry=%00"),
    "no ASCII": (FORM, "state=é.é&iss=é&login_hint=é&target_link_uri=é".encode()),
    "a broken multipart": ("multipart/form-data; boundary=x", b"--x\r\nno headers"),
    "no boundary": ("multipart/form-data", b"--x--"),
    "another charset": (f"{FORM}; charset=utf-16", "state=a&iss=b".encode("utf-16")),
    "no known charset": (f"{FORM}; charset=\xff", b"state=a&iss=b"),
    "JSON": ("application/json", b'{"state": '),
    "names without end": (FORM, b"&".join(b"%FF" * 1000 for _ in range(50))),
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", NONSENSE)
def test_a_body_that_cannot_be_read_is_refused_in_words(
    hub: LiveHub, browser: Browser, page: str, kind: str
) -> None:
    before = hub.log
    media_type, body = NONSENSE[kind]
    reply = browser.http.post(
        f"{hub.hub_url}lti13/{page}",
        content=body,
        headers={b"Content-Type": media_type.encode("latin1")},
    )
    assert reply.status_code in {400, 401, 403}
    told(hub, before)


def test_a_packed_body_is_refused_in_words(hub: LiveHub, browser: Browser) -> None:
    before = hub.log
    for page in PAGES:
        packed = {"Content-Type": FORM, "Content-Encoding": "gzip"}
        reply = browser.http.post(f"{hub.hub_url}lti13/{page}", content=b"state=a", headers=packed)
        assert reply.status_code in {400, 401, 403}
    told(hub, before)


@pytest.mark.parametrize(
    "cookies",
    [
        b"; ".join(b"coursehub-lti-%d=x" % number for number in range(500)),
        b"; ".join(b"coursehub-lti-\xe9%d=\xff" % number for number in range(20)),
        b"; ".join(b"coursehub-lti-a\t%d=x" % number for number in range(20)),
        b"; ".join(b'coursehub-lti-"%d=\\"x' % number for number in range(20)),
        b"=; ;;=; coursehub-lti-; \xff",
    ],
)
def test_cookies_of_any_kind_and_number_do_a_login_no_harm(
    hub: LiveHub, browser: Browser, platform: Platform, cookies: bytes
) -> None:
    before = hub.log
    fields = {
        "iss": platform.issuer,
        "login_hint": "x",
        "target_link_uri": f"{hub.hub_url}lti13/launch",
        "client_id": CLIENT_ID,
    }
    reply = browser.http.post(
        f"{hub.hub_url}lti13/oauth_login", data=fields, headers={b"Cookie": cookies}
    )
    assert reply.status_code == 303
    assert told(hub, before) == []
    for page in PAGES[1:]:
        reply = browser.http.post(
            f"{hub.hub_url}lti13/{page}", data={"state": "x"}, headers={b"Cookie": cookies}
        )
        assert reply.status_code in {400, 401, 403}
    told(hub, before)
