"""Whom the service and the Hub ask for an LMS's sake, and by which way."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from coursehub import outbound
from coursehub.outbound import JudgedTransport, PrivateAddress
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.kept import Documents
from coursehub_auth.keysets import KeySets
from tests.auth.certificates import self_signed
from tests.launch.strangers import Heard, stranger


@pytest.fixture
def server() -> Iterator[Heard]:
    with stranger() as heard:
        yield heard


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The certificate of lms.example, which this machine trusts."""
    chain = self_signed(tmp_path / "chain.pem", name_of_host="lms.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    outbound._ssl_context.cache_clear()
    yield chain
    outbound._ssl_context.cache_clear()


async def here(_host: str, _port: int) -> tuple[str, ...]:
    return ("127.0.0.1",)


def ask(*urls: str, allow_private: bool = True) -> list[int]:
    """The status of each answer, asked of one client, for which every name is this machine."""

    async def asked() -> list[int]:
        transport = JudgedTransport(allow_private=allow_private, resolve=here)
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=30) as client:
            return [(await client.get(url)).status_code for url in urls]

    return asyncio.run(asked())


def test_a_name_of_this_network_is_not_asked(server: Heard) -> None:
    with pytest.raises(PrivateAddress, match="COURSEHUB_ALLOW_PRIVATE_PLATFORMS"):
        ask(f"http://lms.example:{server.port}/good", allow_private=False)
    assert server.asked == []


def test_a_judged_server_hears_the_name_that_was_asked_for(server: Heard) -> None:
    assert ask(f"http://lms.example:{server.port}/good?x=1") == [200]
    ((path, headers),) = server.asked
    assert (path, headers["Host"]) == ("/good?x=1", f"lms.example:{server.port}")


def test_a_certificate_must_be_of_the_name_that_was_asked_for(trusted: Path) -> None:
    """Of that name, not of the address; nor does another name use the connection."""
    with stranger(trusted) as server:
        good = f"https://lms.example:{server.port}/good"
        assert ask(good, good) == [200, 200]
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            ask(good, f"https://evil.example:{server.port}/good")
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            ask(f"https://127.0.0.1:{server.port}/good")


def test_a_proxy_of_the_environment_is_asked_where_there_is_one(
    server: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks the name up, and its administrator judges."""
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{server.port}")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert ask("http://lms.example/good", allow_private=False) == [200]
    ((path, _),) = server.asked
    assert path == "http://lms.example/good"
    with pytest.raises(PrivateAddress):
        ask("http://inside.example/good", allow_private=False)


def test_a_key_set_inside_this_network_is_not_read(server: Heard) -> None:
    async def key() -> None:
        transport = JudgedTransport(allow_private=False)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            documents = Documents(None, log=logging.getLogger("key sets"))
            await KeySets(client, timeout_s=30, documents=documents).key(server.url, "k")

    with pytest.raises(LaunchRefused) as told:
        asyncio.run(key())
    assert told.value.code == "key-set-private"
    assert "COURSEHUB_ALLOW_PRIVATE_PLATFORMS" in told.value.message
    assert server.asked == []
