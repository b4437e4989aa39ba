"""Whatever we take for an address of this Hub, a browser goes to this Hub with it."""

import ipaddress
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coursehub_auth.addresses import is_path_inside, is_safe_return, lies_inside
from tests.auth.browser_urls import Browser, browser

ORIGIN = "https://hub.desk.example"
BASE = "/base/"
HERE = f"{ORIGIN}{BASE}hub/lti13/launch"
EXAMPLES = 1000

# Characters that parsers of URLs disagree about, and some that look like others.
ODD = st.sampled_from(
    [
        *"/\\@:?#%.;&=[]|^ \t\n\r\0\x0b\x7f\x85K",
        *"\u3000\u2028\u3002\uff0e\uff0f\uff20\uff1a\uff4b",
        *"\u00ad\u200d\ufeff\u00df\u0130\u0131",
    ]
)
SCHEMES = st.sampled_from(
    ["https", "http", "HTTPS", "", "javascript", "data", "ftp", "file", "wss", "view-source:https"]
)
SLASHES = st.sampled_from([":", "://", ":/", ":///", "//", "/", ":\\\\", "\\\\", ":/\\", ""])
USERS = st.sampled_from(
    ["", "", "", "me@", ":@", "hub.desk.example@", "hub.desk.example:443@", "@"]
)
HOSTS = st.sampled_from(
    [
        "hub.desk.example",
        "HUB.DESK.example",
        "hub.desK.example",
        "hub.desk.example.",
        "hub.desk.example.evil.example",
        "evil.example",
        "hub%2edesk.example",
        "\uff48\uff55\uff42.desk.example",
        "hub\u3002desk.example",
        "hub.desk.example\\.evil.example",
        "evil.example\\hub.desk.example",
        "evil.example#hub.desk.example",
        "evil.example?hub.desk.example",
        "[::1]",
        "127.1",
        "2130706433",
        "localhost",
        "x.localhost",
        "",
    ]
)
PORTS = st.sampled_from(
    ["", "", "", ":443", ":0443", ":", ":80", ":8443", ":\u0664\u0664\u0663", ":4_43", ":-1"]
)
SEGMENTS = st.sampled_from(
    [
        "base",
        "hub",
        "",
        ".",
        "..",
        "%2e",
        "%2E.",
        ".%2e",
        "..;x",
        "%252e%252e",
        "%2f",
        "..\\",
        "\\",
        "%5c",
        "..%2f",
    ]
) | st.text(ODD, max_size=3)
PATHS = st.lists(SEGMENTS, max_size=6).map("/".join).map("/{}".format)
IN_BASE = PATHS.map(lambda path: f"/base{path}")
ENDS = st.sampled_from(["", "?x=/../..", "#//evil.example", "?\\", "#@evil.example", ";x"])
WHOLE = st.tuples(SCHEMES, SLASHES, USERS, HOSTS, PORTS, PATHS | IN_BASE, ENDS).map("".join)
NEAR = st.tuples(st.just("https://"), USERS, HOSTS, PORTS, PATHS | IN_BASE, ENDS).map("".join)
OURS = st.tuples(st.just(ORIGIN), PORTS, PATHS | IN_BASE, ENDS).map("".join)


@st.composite
def disturbed(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """One of these with something odd put anywhere in it."""
    text = draw(texts)
    place = draw(st.integers(0, len(text)))
    return text[:place] + draw(st.text(ODD, max_size=2)) + text[place:]


URLS = WHOLE | NEAR | OURS | disturbed(NEAR) | disturbed(OURS) | st.text()
BASES = st.sampled_from(["/", BASE])


@pytest.fixture(scope="module")
def reader() -> Iterator[Browser]:
    with browser() as found:
        yield found


@settings(max_examples=EXAMPLES)
@given(URLS, BASES)
@example(f"{ORIGIN}{BASE}hub/lti13/launch?course=1#top", BASE)
@example("https://hub.desk.example:443", BASE)
def test_what_lies_inside_is_on_this_hub_for_a_browser_too(
    reader: Browser, url: str, base: str
) -> None:
    if not lies_inside(url, origin=ORIGIN, base_url=base):
        return
    read = reader.reads(url, base="https://elsewhere.example/")
    assert read
    assert read.origin == ORIGIN
    assert read.pathname == "/" or read.pathname.startswith(base)


@settings(max_examples=EXAMPLES)
@given(PATHS | IN_BASE | disturbed(PATHS | IN_BASE) | OURS, ENDS, BASES)
@example("/base/hub/user-redirect/coursehub/open?course=a&module=../b", "", BASE)
def test_a_path_to_land_on_stays_on_this_hub_for_a_browser_too(
    reader: Browser, path: str, end: str, base: str
) -> None:
    if not is_path_inside(path + end, base_url=base):
        return
    read = reader.reads(path + end, base=HERE)
    assert read
    assert read.origin == ORIGIN
    assert read.pathname.startswith(base)


@settings(max_examples=EXAMPLES)
@given(URLS)
@example("http://localhost:8000/return")
@example("http://127.0.0.1/return")
def test_an_answer_goes_by_https_or_stays_on_this_machine(reader: Browser, url: str) -> None:
    if not is_safe_return(url):
        return
    read = reader.reads(url, base="http://elsewhere.example/")
    assert read is None or read.protocol == "https:" or is_this_machine(read.hostname)


def is_this_machine(hostname: str) -> bool:
    if hostname == "localhost" or hostname.endswith(".localhost"):
        return True
    return ipaddress.ip_address(hostname.strip("[]")).is_loopback


@pytest.mark.parametrize("url", [f"{ORIGIN}{BASE}hub/", f"{ORIGIN}:443{BASE}", ORIGIN])
def test_a_browser_and_we_agree_on_the_plain_ones(reader: Browser, url: str) -> None:
    """So the properties above are about more than refusals."""
    assert lies_inside(url, origin=ORIGIN, base_url=BASE)
    read = reader.reads(url, base=HERE)
    assert read
    assert read.origin == ORIGIN
