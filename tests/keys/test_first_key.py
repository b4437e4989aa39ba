"""The tool's key at its first use, and what is signed with it."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from coursehub.adapters.keys import ToolKeys
from tests.keys.holders import Watch, files, published, signer


@pytest.fixture
def a_careless_umask() -> Iterator[None]:
    """An account that gives away what it writes, as many do."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("a_careless_umask")
def test_the_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = ToolKeys(folder).public_jwks()
    assert ToolKeys(folder).public_jwks() == first
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (name,) = files(folder)
    assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_the_public_key_set_holds_nothing_private(tmp_path: Path) -> None:
    (key,) = ToolKeys(tmp_path / "keys").public_jwks()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}
    assert (key["use"], key["alg"]) == ("sig", "RS256")


def test_services_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    with ThreadPoolExecutor(4) as pool:
        kids = set(pool.map(lambda _: ToolKeys(folder).signing().kid, range(4)))
    assert len(kids) == 1
    assert len(files(folder)) == 1


def test_an_older_installations_key_stays_as_it_is(tmp_path: Path) -> None:
    old = RSAKey.generate_key(2048)
    (tmp_path / "tool.pem").write_bytes(old.as_pem(private=True))
    (tmp_path / "tool.pem").chmod(0o600)
    keys = ToolKeys(tmp_path)
    assert published(keys) == [old.thumbprint()]
    signed = jwt.decode(keys.sign(Watch().claims()), old, algorithms=["RS256"])
    assert signed.header == {"typ": "JWT", "alg": "RS256", "kid": old.thumbprint()}
    assert files(tmp_path) == {"tool.pem"}


def test_other_files_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    strangers = {"receipt.jwk", "tool.pem.bak", "tool-old.pem", "toolbox.pem"}
    strangers.add(f"tool-20271332T000000.000000Z-{'a' * 43}.pem")
    for name in strangers:
        (tmp_path / name).write_text("not a key")
    keys = ToolKeys(tmp_path)
    (kid,) = published(keys)
    assert signer(keys.sign(Watch().claims())) == kid
    assert strangers < files(tmp_path)


@pytest.mark.parametrize("life_s", [3601, 0, -5])
def test_nothing_is_signed_that_outlives_the_retired_keys(tmp_path: Path, life_s: int) -> None:
    with pytest.raises(ValueError, match="an hour at most"):
        ToolKeys(tmp_path / "keys").sign(Watch().claims(life_s=life_s))
