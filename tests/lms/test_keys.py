import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from coursehub.adapters.keys import ToolKeys


def test_the_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = ToolKeys(folder).public_jwks()
    assert ToolKeys(folder).public_jwks() == first
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "tool.pem").stat().st_mode) == 0o600


def test_the_public_key_set_holds_nothing_private(tmp_path: Path) -> None:
    (key,) = ToolKeys(tmp_path / "keys").public_jwks()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}
    assert (key["use"], key["alg"]) == ("sig", "RS256")


def test_services_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    with ThreadPoolExecutor(4) as pool:
        kids = set(pool.map(lambda _: ToolKeys(folder).signing().kid, range(4)))
    assert len(kids) == 1
