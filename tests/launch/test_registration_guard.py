"""What an outsider's address can make this Hub do: very little."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from coursehub.adapters.guarded import GuardedHttp
from coursehub.errors import CoursehubError
from coursehub.ports import Said
from coursehub.vocabulary.addresses import is_public
from tests.launch.strangers import GOOD, Heard, stranger


@pytest.fixture(scope="module")
def server() -> Iterator[Heard]:
    with stranger() as heard:
        yield heard


def ask(url: str, *, timeout_s: float = 30, allow_private: bool = True) -> Said:
    http = GuardedHttp(timeout_s=timeout_s, allow_private=allow_private)
    return asyncio.run(http.get(url))


def refused(url: str, *, timeout_s: float = 30, allow_private: bool = True) -> str:
    with pytest.raises(CoursehubError) as told:
        ask(url, timeout_s=timeout_s, allow_private=allow_private)
    assert "?" not in told.value.message
    return told.value.code


def test_an_allowed_server_is_asked_and_its_json_is_read(server: Heard) -> None:
    assert ask(f"{server.url}/good?x=1") == Said(status=200, json=GOOD)
    path, headers = server.asked[-1]
    assert path == "/good?x=1"
    assert headers["Host"] == f"127.0.0.1:{server.port}"
    assert headers["Accept-Encoding"] == "identity"


def test_a_body_and_a_token_arrive_as_they_were_given(server: Heard) -> None:
    http = GuardedHttp(timeout_s=30, allow_private=True)
    asyncio.run(http.post(f"{server.url}/good", {"a": "ö"}, bearer="t0ken"))
    assert json.loads(server.bodies[-1]) == {"a": "ö"}
    assert server.asked[-1][1]["Authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("redirect", "address-moved"),
        ("page", "answer-unreadable"),
        ("deep", "answer-unreadable"),
        ("huge", "answer-too-large"),
        ("endless", "answer-too-large"),
        ("gzip-bomb", "answer-unreadable"),
        ("headers", "lms-unreachable"),
        ("nothing", "lms-unreachable"),
    ],
)
def test_a_hostile_answer_ends_in_a_sentence(server: Heard, kind: str, code: str) -> None:
    assert refused(f"{server.url}/{kind}?secret=1") == code


def test_an_answer_drop_by_drop_is_not_waited_for(server: Heard) -> None:
    """No single wait is long, the whole is."""
    assert refused(f"{server.url}/drip", timeout_s=0.5) == "lms-unreachable"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0.0.0.0/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
    ],
)
def test_a_private_address_is_refused_however_it_is_written(url: str) -> None:
    assert refused(url, allow_private=False) == "address-private"


@pytest.mark.parametrize(
    "url",
    [
        "http://lms.example/",
        "http://127.0.0.1/",
        "ftp://lms.example/",
        "file:///etc/passwd",
        "https://user:pw@lms.example/",
        "https://lms.example/#x",
        "https://lms.example/a b",
        "https://lms.example\\@evil.example/",
        "https://",
        "https://[broken",
        "https://lms.example:99999/",
        "https://lms.exämple/",
        "//lms.example/",
        "",
    ],
)
def test_an_address_of_the_wrong_form_is_refused_before_its_name_is_looked_up(url: str) -> None:
    async def never(host: str, _port: int) -> tuple[str, ...]:
        raise AssertionError(host)

    http = GuardedHttp(timeout_s=5, resolve=never)
    with pytest.raises(CoursehubError) as told:
        asyncio.run(http.get(url))
    assert told.value.code == "address-refused"


def test_plain_http_stays_on_this_machine_even_where_private_addresses_are_allowed() -> None:
    assert refused("http://10.0.0.1/") == "address-refused"


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async def two(_host: str, _port: int) -> tuple[str, ...]:
        return ("93.184.216.34", "10.0.0.1")

    http = GuardedHttp(timeout_s=5, resolve=two)
    for call in (http.get("https://lms.example/"), http.admit("https://lms.example/")):
        with pytest.raises(CoursehubError) as told:
            asyncio.run(call)
        assert told.value.code == "address-private"


def test_a_name_is_looked_up_once_and_the_connection_goes_where_it_was_judged(
    server: Heard,
) -> None:
    asked = []

    async def rebound(host: str, _port: int) -> tuple[str, ...]:
        """A closed door first, then the server: a name with two addresses."""
        asked.append(host)
        return ("127.0.0.2", "127.0.0.1") if len(asked) == 1 else ("10.0.0.1",)

    http = GuardedHttp(timeout_s=30, allow_private=True, resolve=rebound)
    answer = asyncio.run(http.get(f"http://localhost:{server.port}/good"))
    assert answer.json == GOOD
    assert asked == ["localhost"]
    assert server.asked[-1][1]["Host"] == f"localhost:{server.port}"


def test_a_name_that_nobody_knows_is_said_not_to_answer() -> None:
    async def unknown(_host: str, _port: int) -> tuple[str, ...]:
        raise OSError("no such name")

    http = GuardedHttp(timeout_s=5, resolve=unknown)
    for call in (http.get("https://lms.example/"), http.admit("https://lms.example/")):
        with pytest.raises(CoursehubError) as told:
            asyncio.run(call)
        assert told.value.code == "lms-unreachable"


def test_a_proxy_of_the_environment_is_not_asked(
    server: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(f"{server.url}/good").json == GOOD


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("64:ff9b::808:808", True),
        ("::ffff:8.8.8.8", True),
        ("192.88.99.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("198.18.0.1", False),
        ("192.0.2.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::808:808", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::", False),
        ("::7f00:1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_what_is_public_is_public_behind_every_wrapping(address: str, public: bool) -> None:
    assert is_public(address) is public
