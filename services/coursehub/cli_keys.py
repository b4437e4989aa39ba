"""`coursehub keys ...`: the tool's own keys, by which LMSs know this Hub."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from coursehub.adapters.keys import CACHED, LONGEST_TOKEN, Listed, Rotation, State, ToolKeys
from coursehub.cli_store import DataDir, read_settings
from coursehub.errors import CoursehubError

_CACHED_HOURS: Final = CACHED.total_seconds() / 3600
_AFTERLIFE_HOURS: Final = (LONGEST_TOKEN + CACHED).total_seconds() / 3600
_MOST_HOURS: Final = 720.0

keys = typer.Typer(no_args_is_help=True, help="The tool's own keys, by which LMSs know this Hub.")


@contextmanager
def _ring(data_dir: Path | None) -> Iterator[ToolKeys]:
    """The keys of the service; our own errors end the command with their sentence."""
    settings = read_settings(data_dir)
    folder = settings.data_dir / "keys"
    try:
        yield ToolKeys(folder, passphrase=settings.key_passphrase.get_secret_value())
    except CoursehubError as error:
        typer.secho(f"{error.message} [{error.code}]", err=True, fg="red")
        typer.echo(f"The keys are looked for in {folder.absolute()}", err=True)
        raise typer.Exit(1) from error


@keys.command(
    "rotate",
    epilog="Once a term: `coursehub keys rotate`\n\n"
    "With two days' notice, for an LMS that keeps key sets long: "
    "`coursehub keys rotate --after 48`\n\n"
    "After a leak: `coursehub keys rotate --now --revoke`\n\n"
    "What happens next is printed, and told again by: `coursehub keys list`",
)
def rotate(
    *,
    after: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=_MOST_HOURS,
            help="Hours until the new key signs; LMSs read it meanwhile. "
            f"{_CACHED_HOURS:.0f} if not given.",
        ),
    ] = None,
    now: Annotated[
        bool,
        typer.Option(
            "--now",
            help="Sign with the new key at once, or with one that waits already. LMSs that keep "
            "an old key set may refuse the tool until they read it anew.",
        ),
    ] = False,
    revoke: Annotated[
        bool,
        typer.Option(
            "--revoke",
            help="For a leaked key, with --now: withdraw and delete every other key at once.",
        ),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """
    Change the key that the tool signs with; no restart, and nothing to do in an LMS.

    The new key is published at once, and signs when LMSs have had a day to read
    it. The old one stays published until no token can need it, and is then deleted.
    """
    if now and after is not None:
        raise typer.BadParameter("--now and --after exclude each other")
    if after is not None and math.isnan(after):
        raise typer.BadParameter("--after takes a number of hours")
    if revoke and not now:
        raise typer.BadParameter("--revoke goes with --now: it leaves no other key to sign with")
    hours = 0.0 if now else _CACHED_HOURS if after is None else after
    with _ring(data_dir) as ring:
        done = ring.rotate(after=timedelta(hours=hours), revoke=revoke)
        for line in _told(done, ring.listing(), hours=hours):
            typer.echo(line)


@keys.command("list", epilog="On another folder: `coursehub keys list --data-dir /srv/coursehub`")
def show(data_dir: DataDir = None) -> None:
    """Show every key with its state, since when and until when, and what happens next."""
    with _ring(data_dir) as ring:
        listed = ring.listing()
        for one in listed:
            typer.echo(f"{one.turn.state.value:8} {one.kid}\n{'':9}{_life(one)}")
        for fault in (one.fault for one in listed if one.fault):
            typer.secho(f"{fault.message} [{fault.code}]", err=True, fg="red")
        if any(one.fault for one in listed):
            raise typer.Exit(1)


def _told(done: Rotation, listed: tuple[Listed, ...], *, hours: float) -> Iterator[str]:
    """What a rotation did and what happens next."""
    yield f"{'The new key is' if done.made else 'The key that waited is'} {done.kid}"
    if hours:
        yield f"It is published now and signs from {_moment(done.signs_from)}, by itself."
    else:
        yield "It is published and signs from now on."
    if done.withdrawn:
        yield f"Withdrawn and deleted: {done.withdrawn}. What they signed is worthless."
    for one in listed:
        if one.turn.state is not State.NEXT and one.kid != done.kid:
            yield f"{one.kid} {_life(one)}"
    if hours < _CACHED_HOURS:
        yield "An LMS that keeps an older key set refuses the tool until it reads it anew."


def _life(one: Listed) -> str:
    """Since when and until when, in words."""
    since, until = _moment(one.turn.since), one.turn.until and _moment(one.turn.until)
    match one.turn.state:
        case State.NEXT:
            return f"published since {since}, signs from {until}"
        case State.ACTIVE if until is None:
            return f"signs since {since}, until the next rotation"
        case State.ACTIVE:
            return (
                f"signs since {since}, until {until}; "
                f"then published for {_AFTERLIFE_HOURS:.0f} hours more"
            )
        case _:
            return f"signed until {since}; published until {until}, then deleted"


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
