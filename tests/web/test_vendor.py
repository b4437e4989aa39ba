import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_lock_names_versions_and_hashes_but_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())

    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all("resolved" not in entry for entry in packages.values())
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())


def test_every_version_is_exact() -> None:
    named = json.loads((ROOT / "package.json").read_text())

    versions = {**named["dependencies"], **named["devDependencies"]}.values()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
