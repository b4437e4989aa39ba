from pathlib import Path

import pytest
from pydantic import ValidationError

from coursehub.settings import Settings


def test_settings_are_read_from_the_environment_and_frozen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COURSEHUB_DEFAULT_SEATS", "7")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/jh/services/coursehub/")
    settings = Settings()
    assert settings.default_seats == 7
    assert settings.for_user_servers == "http://127.0.0.1:10101/jh/services/coursehub/"
    with pytest.raises(ValidationError):
        settings.default_seats = 8


@pytest.mark.parametrize(
    ("given", "public"),
    [
        ("", "https://hub.example:8443"),
        ("http://127.0.0.1:8000", "https://hub.example:8443"),
        ("https://other.example", "https://other.example"),
    ],
)
def test_the_hub_itself_says_where_it_is_unless_somebody_else_did(
    monkeypatch: pytest.MonkeyPatch, given: str, public: str
) -> None:
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_HUB_URL", "https://hub.example:8443/jh/hub/")
    monkeypatch.setenv("COURSEHUB_PUBLIC_URL", given)
    monkeypatch.setenv("COURSEHUB_COOKIE_SECURE", "false")
    assert Settings().public_url == public
    assert Settings().cookie_secure is (public == "https://hub.example:8443")
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_HUB_URL", "")
    assert Settings().public_url == given


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEHUB_HUB_TOKEN", "whisper-one")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "whisper-two")
    settings = Settings()
    assert settings.hub_token.get_secret_value() == "whisper-one"
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "whisper" not in shown


def test_everything_lies_in_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert settings.database == f"sqlite:///{tmp_path}/coursehub.sqlite"
    assert settings.blobs == f"file://{tmp_path}/blobs"
    assert settings.course_root("data8") == tmp_path / "graders/data8"
    there = settings.model_copy(update={"database_url": "postgresql://db/x", "blobs_url": "s3://b"})
    assert (there.database, there.blobs) == ("postgresql://db/x", "s3://b")


def test_a_setting_that_is_no_number_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEHUB_DEFAULT_SEATS", "many")
    with pytest.raises(ValidationError, match="default_seats"):
        Settings()


def test_every_setting_says_what_it_is_for() -> None:
    assert not [name for name, field in Settings.model_fields.items() if not field.description]
