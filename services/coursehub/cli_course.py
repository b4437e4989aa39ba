"""`coursehub course ...`: a course from its file, and from one term to the next."""

import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import copier
import typer

from coursehub.adapters.clock import SystemClock
from coursehub.cli_store import DataDir, opened, told, who
from coursehub.courses.actions import applying, archiving, following, history, sources, terms
from coursehub.courses.rules import dates, fields, remarks, schema, telling
from coursehub.courses.rules.difference import Difference, Side
from coursehub.courses.rules.file import CourseFile, checked
from coursehub.courses.rules.text import LARGEST_BYTES, read
from coursehub.settings import Settings
from coursehub.vocabulary.courses import CourseKey
from coursehub_templates import descriptions as template_descriptions
from coursehub_templates import folder as template_folder
from coursehub_templates import names as template_names

course = typer.Typer(no_args_is_help=True, help="Courses and their files.")

Key = Annotated[str, typer.Argument(help="The course's key, as its page's address has it.")]
File = Annotated[Path, typer.Argument(help="The course.yml.")]
Materials = Annotated[
    str, typer.Option(help="Git address of the modules, where the file has no `materials:`.")
]
Keep = Annotated[
    Side | None,
    typer.Option(help="Whose change holds where the file and the page both changed something."),
]
# An empty line between them, or the terminal's help would make one paragraph of all.
_TEMPLATES = "\n\n".join(f"{name}: {line}." for name, line in template_descriptions().items())


@course.command("new")
def new(
    target: Annotated[Path, typer.Argument(help="Folder to make.")],
    template: Annotated[str, typer.Option(help=_TEMPLATES)] = template_names()[0],
    answers: Annotated[str, typer.Option(help="Answers to its questions, as JSON.")] = "{}",
) -> None:
    """Make a new course from a template; asks what it needs to know."""
    if template not in template_names():
        there = ", ".join(template_names())
        raise typer.BadParameter(f"there is no template {template!r}; there are: {there}")
    if target.exists() and any(target.iterdir()):
        raise typer.BadParameter(f"{target} is there already and not empty")
    try:
        given = json.loads(answers)
        copier.run_copy(
            str(template_folder(template)), target, data=given, quiet=True,
            defaults=not sys.stdin.isatty(), unsafe=False,
        )  # fmt: skip
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(f"The course is in {target}. Next: push its materials/ to a git server.")


@course.command("check")
def check(file: File) -> None:
    """Say whether a course file can be understood, and what may surprise in it."""
    with told():
        found, faults = checked(read(_text(file)))
    for fault in faults:
        typer.secho(f"{file}: {fault}", err=True, fg="red")
    if found is None or faults:
        raise typer.Exit(1)
    typer.echo(_summary(found))
    _say(remarks.remarks(found))


@course.command("plan", epilog="See it, then do it: `coursehub course apply data-8 course.yml`")
def plan(
    key: Key, file: File, materials: Materials = "", keep: Keep = None, data_dir: DataDir = None
) -> None:
    """Show what a file would change in a course; nothing is changed."""
    with opened(data_dir) as (settings, store):
        text = _text(file)
        found = applying.plan(store, CourseKey(key), text, _wish(settings, materials, keep))
        _show(found.difference)
        _say(found.remarks)
    if found.difference.clashes:
        raise typer.Exit(1)


@course.command("apply")
def apply(
    key: Key, file: File, *, materials: Materials = "", keep: Keep = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Make a course as its file says, after showing what changes."""
    with opened(data_dir) as (settings, store):
        text, folder = _text(file), file.parent / "assignments"
        wish = _wish(settings, materials, keep)
        planned = applying.plan(store, CourseKey(key), text, wish)
        found, ahead = planned.file, planned.difference
        sources.check_sources(found, folder)
        _show(ahead)
        if ahead.changes and not ahead.clashes and not yes and sys.stdin.isatty():
            typer.confirm("Make it so?", abort=True)
        done = applying.apply(store, CourseKey(key), text, replace(wish, seen=planned.mark))
        placed = sources.place_sources(settings, CourseKey(key), found, folder)
        number = len(done.changes)
        typer.echo(
            f"{_summary(found)[:-1]}; "
            + (f"{number} changed" if number else "nothing to change")
            + (f", sources placed: {', '.join(placed)}." if placed else ".")
        )


@course.command("export")
def export(
    key: Key,
    output: Annotated[Path | None, typer.Option(help="File to write; else it is shown.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write what runs now as a course file."""
    with opened(data_dir) as (_, store):
        _give(applying.export(store, CourseKey(key)), output)


@course.command("rollover", epilog="coursehub course rollover data-8 --starts 2027-09-06")
def rollover(
    key: Key,
    *,
    starts: Annotated[str, typer.Option(help="First day of the new term, as 2027-09-06.")],
    ends: Annotated[str, typer.Option(help="Its last day; else as many weeks as before.")] = "",
    holiday: Annotated[
        list[str] | None,
        typer.Option(help="A day without teaching, or two: 2027-10-11/2027-10-15."),
    ] = None,
    into: Annotated[str, typer.Option(help="The new term's course, once opened in the LMS.")] = "",
    output: Annotated[Path | None, typer.Option(help="File to write; else it is shown.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Move a course to a new term: its dates, not its people."""
    with opened(data_dir) as (settings, store), told():
        moved = terms.next_term(
            store, CourseKey(key), starts=_day("starts", starts),
            ends=_day("ends", ends) if ends else None,
            holidays=tuple(_holiday(each) for each in holiday or ()),
        )  # fmt: skip
        for one in moved.moved:
            why = f" ({one.why})" if one.why else ""
            typer.echo(f"{one.place}: {one.before} → {one.after}{why}", err=True)
        if not into:
            _give(moved.text, output)
            return
        wish = _wish(settings, "", None, origin="rollover")
        done = terms.begin(
            store, settings, old=CourseKey(key), new=CourseKey(into), text=moved.text, wish=wish
        )
    typer.echo(f"{into} is the next term of {key}: {len(done.changes)} changed.")


@course.command("follow", epilog="coursehub course follow data-8 https://git.example.edu/data8.git")
def follow(
    key: Key,
    repository: Annotated[str, typer.Argument(help="Its git address.")] = "",
    path: Annotated[str, typer.Option(help="The file's path in it.")] = "course.yml",
    stop: Annotated[bool, typer.Option("--stop", help="Follow it no more.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Apply a course's file whenever it changes in its git repository; or show how that goes."""
    with opened(data_dir) as (settings, store):
        if stop:
            following.leave(store, CourseKey(key))
            typer.echo(f"{key} follows no repository any more, and stays as it is.")
        elif repository:
            following.follow(
                store, CourseKey(key), url=repository, path=path, protocols=settings.protocols
            )
            typer.echo(f"{key} follows {path} of {repository}: within minutes, and at each push.")
        else:
            found = [one for one in following.followed(store) if one.course == key]
            _say(
                f"{one.path} of {one.url} at {one.commit[:12] or 'no commit yet'}: "
                + (one.error or "applied.")
                for one in found
            )
            if not found:
                typer.echo(f"{key} follows no repository.")


@course.command("history", epilog="coursehub course history data-8 --limit 20")
def show_history(
    key: Key,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    data_dir: DataDir = None,
) -> None:
    """Show who changed what in a course, the latest first."""
    with opened(data_dir) as (_, store):
        rows = history.of(store, CourseKey(key), limit=limit)
    for row in rows:
        typer.echo(
            f"{row.changed_at:%Y-%m-%d %H:%M} {row.by or '(by itself)'} ({row.origin}): "
            f"{row.place}: {row.before} → {row.after}"
        )
    if not rows:
        typer.echo(f"Nothing of {key} has been changed yet.")


@course.command("archive")
def archive(key: Key, *, data_dir: DataDir = None) -> None:
    """End a course whose term is over; files, submissions and scores stay."""
    with opened(data_dir) as (_, store):
        archiving.archive(store, SystemClock(), CourseKey(key))
    typer.echo(f"{key} is archived. To take that back: coursehub course restore {key}")


@course.command("restore")
def restore(key: Key, *, data_dir: DataDir = None) -> None:
    """Let an archived course run again."""
    with opened(data_dir) as (_, store):
        archiving.restore(store, CourseKey(key))
    typer.echo(f"{key} runs again.")


@course.command("schema")
def show_schema(
    output: Annotated[Path | None, typer.Option(help="File to write; else it is shown.")] = None,
) -> None:
    """Write the JSON Schema of course files, for your editor."""
    _give(json.dumps(schema.schema(), indent=2) + "\n", output)


def _wish(
    settings: Settings, materials: str, keep: Side | None, origin: str = "command"
) -> applying.Wish:
    return applying.Wish(
        origin=origin, by=who(), materials=materials, protocols=settings.protocols, otherwise=keep
    )


def _summary(found: CourseFile) -> str:
    return f"{found.title}: {len(found.modules)} modules, {len(found.assignments)} assignments."


def _show(found: Difference) -> None:
    """Nothing; what changes, stays and clashes is said, a line each."""
    _say(telling.change(one) for one in found.changes)
    for place in found.staying:
        typer.echo(f"{telling.place(place)} is not in the file: it stays, with people's work.")
    if found.clashes:
        typer.secho(telling.clashes(found.clashes), err=True, fg="red")
        typer.echo("With --keep file or --keep page you say it here.", err=True)
    elif not found.changes:
        typer.echo("Nothing to change.")


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _give(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    typer.echo(f"Written to {output}.")


def _day(name: str, written: str) -> date:
    try:
        return _only_day(dates.moment(written))
    except ValueError as error:
        raise typer.BadParameter(f"--{name}: write a date like 2027-09-06") from error


def _only_day(moment: dates.Moment) -> date:
    if not isinstance(moment.day, date) or moment.at:
        raise ValueError("not a date")
    return moment.day


def _holiday(written: str) -> Any:
    try:
        return fields.holiday(written)
    except ValueError as error:
        raise typer.BadParameter(f"--holiday: {error}") from error


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as text:  # no more of it than what may be too much
            return text.read(LARGEST_BYTES + 1)
    except (OSError, UnicodeDecodeError) as cause:
        raise typer.BadParameter(f"{file} cannot be read as text") from cause
