"""`coursehub roster sources ...`: the lists of a course's people beside the LMS's own."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from coursehub.adapters.blobs import FsspecBlobs
from coursehub.adapters.clock import SystemClock
from coursehub.adapters.rosters import ListFiles, SourceSecrets
from coursehub.cli_store import DataDir, opened
from coursehub.ports import RosterAddress
from coursehub.roster.actions import source_keeping, sources
from coursehub.roster.actions.hearing import LARGEST_FILE_BYTES
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.roster import SourceKind

SHOWN: Final = 10

Key = Annotated[str, typer.Argument(help="The course's key, as its address has it.")]
Kind = Annotated[SourceKind, typer.Argument(help="What kind of list it is.")]
Url = Annotated[str, typer.Option(help="The root of the source's API, like https://canvas.edu.")]
ClientId = Annotated[str, typer.Option(help="The id of the OAuth 2 client (OneRoster).")]
TokenUrl = Annotated[str, typer.Option(help="Where OAuth 2 tokens are from (OneRoster).")]


def show(course: Key, *, data_dir: DataDir = None) -> None:
    """Show the lists of a course's people, the highest authority first."""
    with opened(data_dir) as (_, store):
        found = sources.of_course(store, CourseKey(course))
    if not found.others:
        typer.echo("The LMS's own list alone.")
        return
    table = Table("Authority", "Number", "List", "State")
    rows = {
        each.rank: (str(each.number), each.title, each.fault or "ready") for each in found.others
    }
    if found.lti_rank is not None:
        rows[found.lti_rank] = ("-", "the LMS's own list", "ready")
    for rank, row in sorted(rows.items()):
        table.add_row(str(rank + 1), *row)
    Console().print(table)


def add(  # noqa: PLR0913 - a command has as many parameters as options
    course: Key,
    kind: Kind,
    *,
    url: Url = "",
    source_course: Annotated[str, typer.Option(help="The source's id of the course.")] = "",
    secret: Annotated[str, typer.Option(help="The name of its secret: roster secret.")] = "",
    client_id: ClientId = "",
    token_url: TokenUrl = "",
    first: Annotated[bool, typer.Option("--first", help="With the highest authority.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Let another list say who is in a course; see what it changes by `roster plan`."""
    address = RosterAddress(
        kind=kind, url=url, course=source_course, client_id=client_id, token_url=token_url
    )
    with opened(data_dir) as (_, store):
        number = source_keeping.add(store, CourseKey(course), address, secret=secret, first=first)
    typer.echo(f"List {number} is added. To see whom it changes: coursehub roster plan {course}")


def remove(
    course: Key,
    number: Annotated[int, typer.Argument(help="The list's, as `roster sources` has it.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Take a list away; who is on no other one leaves by later syncs."""
    with opened(data_dir) as (_, store):
        source_keeping.remove(store, CourseKey(course), number)
    typer.echo(f"Taken away. To see whom that changes: coursehub roster plan {course}")


def upload(
    course: Key,
    file: Annotated[Path, typer.Argument(help="The file, as Canvas, Moodle or Banner write it.")],
    *,
    kind: Annotated[SourceKind | None, typer.Option(help="Else by its name: zip or not.")] = None,
    source_course: Annotated[str, typer.Option(help="Which class, where it holds several.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Let a file list a course's people, in place of the last one."""
    is_zip = file.suffix.lower() == ".zip"
    of_kind = kind or (SourceKind.ONEROSTER_CSV if is_zip else SourceKind.CSV)
    with opened(data_dir) as (settings, store):
        listed = source_keeping.upload(
            store, ListFiles(), FsspecBlobs(settings.blobs), CourseKey(course),
            source_keeping.Uploaded(
                kind=of_kind, name=file.name, content=_content(file), course=source_course,
                at=SystemClock().now(),
            ),
        )  # fmt: skip
    typer.echo(f"{len(listed.members)} people. Columns:")
    for meaning, column in sorted(listed.columns.items()):
        typer.echo(f"  {meaning}: {column}")
    for line in listed.skipped[:SHOWN]:
        typer.echo(line)
    if len(listed.skipped) > SHOWN:
        typer.echo(f"And {len(listed.skipped) - SHOWN} more lines like these.")
    typer.echo(f"To see whom it changes: coursehub roster plan {course}")


def secret(
    name: Annotated[str, typer.Argument(help="What courses call it.")],
    kind: Kind,
    *,
    url: Url,
    client_id: ClientId = "",
    token_url: TokenUrl = "",
    institution: Annotated[str, typer.Option(help="Whose it is, where there are several.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Keep the token of a source, sealed; it is asked for, or read from standard input."""
    token = typer.prompt("Token", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    address = RosterAddress(kind=kind, url=url, client_id=client_id, token_url=token_url)
    with opened(data_dir) as (settings, store):
        sealed = SourceSecrets(settings.data_dir / "keys").seal(address, token.strip())
        source_keeping.keep_secret(store, institution, name, address, sealed=sealed)
    typer.echo(f"Kept as {name}, for {url} alone.")


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            return content.read(LARGEST_FILE_BYTES + 1)
    except OSError as cause:
        raise typer.BadParameter(f"{file} cannot be read: {cause.strerror}") from cause
