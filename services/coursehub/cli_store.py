"""The database as commands open it."""

import getpass
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError

from coursehub import migrations
from coursehub.errors import CoursehubError, Invalid, Unreachable
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
    with told(), _reached(settings), closing(_store(settings)) as store:
        migrations.upgrade(store.engine)
        yield settings, store


def _store(settings: Settings) -> Store:
    """The database of the settings, not yet reached; Invalid for an address of none."""
    folder = settings.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as cause:
        raise Invalid(
            "no-folder",
            f"The folder {folder} cannot be made: {cause.strerror}. Say another by --data-dir or "
            "COURSEHUB_DATA_DIR.",
        ) from cause
    try:
        return Store(settings.database)
    except ModuleNotFoundError as cause:
        raise Invalid(
            "no-driver",
            f"COURSEHUB_DATABASE_URL needs the package {cause.name}, which is not installed; for "
            "PostgreSQL: pip install 'coursehub[postgres]'.",
        ) from cause
    except ArgumentError as cause:
        raise Invalid(
            "bad-database-url",
            "COURSEHUB_DATABASE_URL is no address of a database. One of PostgreSQL reads "
            "postgresql+psycopg://user:password@host/name.",
        ) from cause


@contextmanager
def _reached(settings: Settings) -> Iterator[None]:
    """A database that fails in the block is Unreachable, in words that hold no password."""
    try:
        yield
    except (OperationalError, InterfaceError) as cause:
        url = make_url(settings.database).render_as_string(hide_password=True)
        reason = str(cause.orig).strip().partition("\n")[0]
        raise Unreachable(
            "database-unreachable",
            f"The database {url} cannot be used: {reason}. Does it run, and is "
            "COURSEHUB_DATABASE_URL right?",
        ) from cause


def addressed(data_dir: Path | None) -> Settings:
    """The settings with this Hub's own addresses; a sentence ends the command if nobody knows."""
    settings = read_settings(data_dir)
    with told():
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


def who() -> str:
    """The account that gives the command, for the record of what it changes."""
    return f"{getpass.getuser()} (command line)"


@contextmanager
def told() -> Iterator[None]:
    """Our own errors in the block end the command with their sentence."""
    try:
        yield
    except CoursehubError as error:
        typer.secho(f"{error.message} [{error.code}]", err=True, fg="red")
        raise typer.Exit(1) from error


def _variable(name: str) -> str:
    """The variable of the environment that the setting is read from."""
    return name.upper() if name.upper().startswith("JUPYTERHUB_") else f"COURSEHUB_{name.upper()}"
