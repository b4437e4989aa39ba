"""Who may frame our pages, and how a frame is told from a window."""

from dataclasses import replace

import pytest

from coursehub_auth.frames import (
    ancestors,
    asker,
    is_framed,
    is_from,
    known,
    origin_of,
    policy,
    signed,
)
from tests.auth.actors import claims_of_a_selection
from tests.auth.test_verify import EXPECTED, good

HUB = "https://hub.example"


def test_the_browser_says_what_is_a_frame() -> None:
    assert is_framed({"Sec-Fetch-Dest": "iframe"})
    assert not is_framed({"Sec-Fetch-Dest": "document"}, document_target="iframe")


def test_of_a_silent_browser_the_signed_launch_says_it() -> None:
    assert is_framed({}, document_target="iframe")
    assert not is_framed({}, document_target="window")
    assert not is_framed({})


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site", "Origin": HUB}, False),
        ({"Sec-Fetch-Site": "none", "Origin": HUB}, False),
        ({"Origin": HUB}, True),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
def test_only_what_our_own_page_sent_is_ours(headers: dict[str, str], ours: bool) -> None:
    assert is_from(HUB, headers) is ours


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://LMS.example:443/mod?x=1", "https://lms.example"),
        ("http://lms.example:80", "http://lms.example"),
        ("https://lms.example:8443/", "https://lms.example:8443"),
        ("http://[::1]:9000/", "http://[::1]:9000"),
        ("https://user@lms.example/", "https://lms.example"),
        ("null", ""),
        ("", ""),
        ("urn:lms", ""),
        ("https://lms.example; script-src *", ""),
        ("https://lms.example:port/", ""),
        ("https://[x", ""),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_the_registration_and_its_subdomains_may_frame_us() -> None:
    assert ancestors(known(EXPECTED.registration)) == "https://lms.example https://*.lms.example"


def test_machines_without_a_domain_have_no_subdomains() -> None:
    here = ("http://127.0.0.1:8000/a", "http://localhost:1/", "http://[::1]:2/")
    assert ancestors(here) == "http://127.0.0.1:8000 http://localhost:1 http://[::1]:2"


def test_nobody_known_means_nobody() -> None:
    assert ancestors(("", "urn:lms")) == "'none'"


def test_signed_addresses_may_frame_us_too() -> None:
    school = "https://canvas.school.example"
    launch = good(launch_presentation={"return_url": f"{school}/back", "document_target": "iframe"})
    assert f"{school}/back" in signed(launch)
    assert "https://canvas.school.example" in ancestors(signed(launch)).split()
    assert "https://dl.example/return?course=1" in signed(
        claims_of_a_selection("https://dl.example")
    )


def test_odd_claims_name_nobody() -> None:
    assert signed(good(launch_presentation="x", tool_platform={"url": 7})) == signed(good())


def test_the_page_that_asked_is_known_by_origin_or_referrer() -> None:
    assert asker({"Origin": "https://a.example"}) == "https://a.example"
    assert asker({"Origin": "null", "Referer": "https://b.example/x"}) == "https://b.example"
    assert asker({}) == ""


def test_no_registration_writes_a_directive_of_its_own() -> None:
    odd = replace(EXPECTED.registration, issuer="https://x.example; script-src *")
    assert "script-src *" not in policy(framed_by=ancestors(known(odd)))


def test_a_page_may_do_what_it_needs_and_no_more() -> None:
    assert policy(framed_by="https://lms.example") == (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors https://lms.example"
    )
    assert "script-src" not in policy(framed_by="*", scripts=False)
