"""The database as commands open it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from coursehub import migrations
from coursehub.errors import CoursehubError
from coursehub.launch.actions.registration import whereabouts
from coursehub.settings import Settings
from coursehub.store import Store

DataDir = Annotated[
    Path | None,
    typer.Option(help="The service's folder, where it is not COURSEHUB_DATA_DIR."),
]


@contextmanager
def opened(data_dir: Path | None) -> Iterator[tuple[Settings, Store]]:
    """The database in its newest shape; our own errors end the command with their sentence."""
    settings = read_settings(data_dir)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = Store(settings.database)
    try:
        with _told():
            migrations.upgrade(store.engine)
            yield settings, store
    finally:
        store.close()


def addressed(data_dir: Path | None) -> Settings:
    """The settings with this Hub's own addresses; a sentence ends the command if nobody knows."""
    settings = read_settings(data_dir)
    with _told():
        return whereabouts.found(settings)


def read_settings(data_dir: Path | None) -> Settings:
    """The settings of the environment; one that cannot be used ends the command with its name."""
    try:
        return Settings() if data_dir is None else Settings(data_dir=data_dir)
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False, include_context=False, include_input=False):
            said = error["msg"].removeprefix("Value error, ").rstrip(".")
            typer.secho(f"{_variable(str(error['loc'][0]))}: {said}.", err=True, fg="red")
        raise typer.Exit(2) from wrong


@contextmanager
def _told() -> Iterator[None]:
    """Our own errors in the block end the command with their sentence."""
    try:
        yield
    except CoursehubError as error:
        typer.secho(f"{error.message} [{error.code}]", err=True, fg="red")
        raise typer.Exit(1) from error


def _variable(name: str) -> str:
    """The variable of the environment that the setting is read from."""
    return name.upper() if name.upper().startswith("JUPYTERHUB_") else f"COURSEHUB_{name.upper()}"
