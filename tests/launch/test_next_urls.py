"""Links that ltiauthenticator was set up with: the place is in the `next` of target or login."""

import json
import re
from base64 import urlsafe_b64decode
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ltiauthenticator.lti13.handlers import LTI13LoginInitHandler

from coursehub.launch import rules
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.launch import Context, Launch, Message

HUB = "https://hub.example"
PULL = "/hub/user-redirect/git-pull"
REPOSITORY = {"repo": "https://github.com/a/b", "branch": "main", "urlpath": "tree/b/1 & 2.ipynb"}
LINK = f"{PULL}?{urlencode(REPOSITORY)}"
COURSE = "/services/coursehub/courses/data8"


def led_to(target: str, *, next_url: str = "", base: str = "/") -> str:
    """Where a launch with that target lands, of a course on a Hub at that base path."""
    launch = Launch(
        issuer="https://lms.example",
        client_id="c",
        deployment_id="1",
        subject="7",
        nonce="n",
        expires_at=1,
        message_type=Message.RESOURCE_LINK,
        roles=(),
        target=target,
        context=Context(id="1"),
        next_url=next_url,
    )
    prefix = f"{base}services/coursehub/"
    return rules.landing(launch, CourseKey("data8"), prefix=prefix, hub_base=base)


def by_ltiauthenticator(**fields: str) -> str:
    """Where ltiauthenticator's own code goes on to after a login of those fields."""
    without_connection = {
        "__init__": lambda self: setattr(self, "application", SimpleNamespace(settings={})),
        "get_argument": lambda _self, name, default=None: fields.get(name, default),
    }
    handler = type("Login", (LTI13LoginInitHandler,), without_connection)()
    return str(json.loads(urlsafe_b64decode(handler.get_state()))["next_url"])


WRITTEN = {
    "escaped": f"{HUB}/hub?next={quote(LINK, safe='')}",
    "as it stands": f"{HUB}/hub?next={LINK}",
    "its query escaped": f"{HUB}/hub?next={quote(LINK, safe='/')}",
    "at the bare origin": f"{HUB}?next={quote(LINK, safe='')}",
    "with a slash": f"{HUB}/hub/?next={quote(LINK, safe='')}",
    "as LTI 1.1 had it": f"{HUB}/hub/lti/launch?custom_next={quote(LINK, safe='')}",
    "at the login's address": f"{HUB}/hub/lti13/oauth_login?next={quote(LINK, safe='')}",
    "a whole address": f"{HUB}/hub?next={quote(HUB + LINK, safe='')}",
}


@pytest.mark.parametrize("written", WRITTEN)
def test_a_link_of_ltiauthenticators_opens_what_it_opened_there(written: str) -> None:
    landed = urlsplit(led_to(WRITTEN[written]))
    before = urlsplit(by_ltiauthenticator(target_link_uri=WRITTEN[written]))
    assert landed.path == before.path == PULL
    # The link that was never escaped lost its own escapes there: a space and a & in a name.
    if written != "as it stands":
        assert parse_qs(landed.query) == parse_qs(before.query)
        assert parse_qs(landed.query) == {name: [value] for name, value in REPOSITORY.items()}
    assert parse_qs(landed.query)["repo"] == ["https://github.com/a/b"]
    assert parse_qs(landed.query)["branch"] == ["main"]


def test_a_name_of_any_script_is_opened() -> None:
    link = quote("/user/ann/lab/tree/\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} é.ipynb")
    assert led_to(f"{HUB}{link}") == link
    assert led_to(f"{HUB}/hub?next={quote(link, safe='')}") == link


def test_what_follows_a_plain_path_in_the_targets_query_is_not_part_of_it() -> None:
    assert led_to(f"{HUB}/hub?a=1&next=/hub/home&b=2") == "/hub/home"
    assert led_to(f"{HUB}/hub?context=next%3D/hub/home") == COURSE


def test_the_next_of_the_login_leads_there_too() -> None:
    landed = led_to(f"{HUB}/hub/lti13/launch", next_url=LINK)
    assert landed == by_ltiauthenticator(target_link_uri=f"{HUB}/hub", next=LINK) == LINK


def test_what_the_lms_signed_comes_before_what_the_login_asked() -> None:
    assert led_to(f"{HUB}/hub?next=/hub/home", next_url=LINK) == "/hub/home"
    assert led_to(f"{HUB}{LINK}", next_url="/hub/home") == LINK
    assert led_to(f"{HUB}/hub?next=https://evil.example/", next_url=LINK) == LINK


def test_on_a_hub_below_a_base_path_the_places_are_below_it() -> None:
    link = f"/jhub{LINK}"
    for front in ("/jhub", "/jhub/", "/jhub/hub", ""):
        target = f"{HUB}{front}?next={quote(link, safe='')}"
        assert led_to(target, base="/jhub/") == link
        assert led_to(f"{HUB}{front}", base="/jhub/", next_url=link) == link
        assert led_to(f"{HUB}{front}", base="/jhub/") == f"/jhub{COURSE}"
        for outside in (LINK, "/jhubs/hub/home", "/hub/home", "/jhub/../hub/home"):
            elsewhere = f"{HUB}{front}?next={quote(outside, safe='')}"
            assert led_to(elsewhere, base="/jhub/") == f"/jhub{COURSE}"


ELSEWHERE = [
    "//evil.example",
    "//evil.example/hub/home",
    "///evil.example/hub/home",
    "/\\evil.example",
    "\\\\evil.example",
    "/%5Cevil.example",
    "/%255Cevil.example",
    "/%2F/evil.example",
    "/%2Fevil.example",
    "/%252Fevil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "\n//evil.example",
    " //evil.example",
    "/hub/home\r\nSet-Cookie: a=b",
    "/hub/home?a=\r\nSet-Cookie: a=b",
    "/hub/home%0d%0aSet-Cookie: a=b",
    "/hub/\x00",
    "/hub/\x7f",
    "https://evil.example/hub/home",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example/hub/home",
    "http://hub.example/hub/home",
    "https://hub.example.evil.example/hub/home",
    "https://hub.example@evil.example/hub/home",
    "https://hub.example:444/hub/home",
    "https://[evil/hub/home",
    "javascript:alert(1)",
    "data:text/html,x",
    "hub/home",
    "?next=/hub/home",
    "/hub/../../etc",
    "/hub/%2e%2e/x",
    "/hub/%252e%252e/x",
    "/",
    "/hub",
    "/hub/lti13/oauth_login?iss=x",
    "/hub/lti/launch",
    "/hub?next=/hub/home",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_next_that_is_no_place_of_this_hub_leads_to_the_course(url: str) -> None:
    for front in ("/hub", "/hub/lti13/launch", ""):
        assert led_to(f"{HUB}{front}", next_url=url) == COURSE
        assert led_to(f"{HUB}{front}?next={quote(url, safe='')}") == COURSE


PIECES = st.sampled_from(
    [
        *(
            "/",
            "//",
            "\\",
            "%2F",
            "%5c",
            "%252f",
            "..",
            ".",
            "%2e",
            ":",
            "?",
            "#",
            "&",
            "=",
            "%",
            "@",
        ),
        *("\t", "\n", "%0a", "\x00", " ", ";", "\N{FULLWIDTH SOLIDUS}"),
        *("hub", "/hub/", "/jhub/", "next=", "custom_next=", HUB),
        *("https:", "https://", "javascript:", "evil.example", "hub.example"),
    ]
)
ADDRESSES = st.lists(PIECES | st.text(max_size=5), max_size=8).map("".join)


@given(
    said=ADDRESSES,
    asked=ADDRESSES,
    escaped=st.booleans(),
    base=st.sampled_from(["/", "/jhub/"]),
    front=st.sampled_from(["", "hub", "hub/", "hub/lti13/launch", "hub/lti/launch"]),
)
def test_whatever_next_says_the_landing_is_a_path_of_this_hub(
    said: str, asked: str, escaped: bool, base: str, front: str
) -> None:
    written = quote(said, safe="") if escaped else said
    path = led_to(f"{HUB}{base}{front}?next={written}", next_url=asked, base=base)
    parts = urlsplit(path)
    assert (parts.scheme, parts.netloc) == ("", "")
    assert re.fullmatch(r"[!-\[\]-~]+", path), "no backslash, blank or control character"
    read = parts.path
    for _ in range(len(path)):
        assert read.startswith(base)
        assert not read.startswith("//")
        assert "\\" not in read
        assert not re.search(r"[\x00-\x1f\x7f]", read)
        assert not {".", ".."} & set(read.split("/"))
        read = unquote(read)


@given(
    path=st.text("abcé /-_.~", min_size=1, max_size=20).map(lambda name: f"/user/a{name}z"),
    fields=st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=4),
)
def test_a_link_that_is_escaped_once_arrives_as_it_was(path: str, fields: dict[str, str]) -> None:
    link = quote(path) + (f"?{urlencode(fields)}" if fields else "")
    if {".", ".."} & set(path.split("/")):
        return
    assert led_to(f"{HUB}/hub?next={quote(link, safe='')}") == link
    assert led_to(f"{HUB}/hub", next_url=link) == link
