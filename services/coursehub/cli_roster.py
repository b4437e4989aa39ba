"""`coursehub roster ...`: what a course's listings would change, carried out and undone."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, Self

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from sqlmodel import select

from coursehub.adapters.clock import SystemClock
from coursehub.cli_store import DataDir, opened, who
from coursehub.errors import Missing
from coursehub.model.course import Course
from coursehub.model.roster import RosterStep, RosterSync
from coursehub.roster.actions import joining, listing, plans, problems, readings, settling, sync
from coursehub.roster.actions import staff as staffing
from coursehub.roster.actions.hearing import Lists
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import Stage

MOST: Final = 500
GROUPS: Final = "The Hub's groups follow within a minute."

roster = typer.Typer(no_args_is_help=True, help="Who is in a course, as its LMS lists them.")

Key = Annotated[str, typer.Argument(help="The course's key, as its address has it.")]
Number = Annotated[
    int | None,
    typer.Option(help="The sync's number, as `roster history` has it; else the latest."),
]


@roster.command("plan", epilog="See it, then do it: `coursehub roster apply data-8`")
def plan(course: Key, *, data_dir: DataDir = None) -> None:
    """Read the LMS's list and show what it would change; nothing is changed."""
    with opened(data_dir) as (settings, store):
        made = asyncio.run(_planned(settings, store, CourseKey(course)))
        _, steps = plans.show(
            store, made.institution_id, made.course_id, made.id or 0, limit=MOST + 1
        )
        unread = listing.unread(store, made.institution_id, made.id or 0)
        strangers = readings.unplaced(store, made.institution_id, made.id or 0)
    if made.error:
        typer.echo(made.error)
    for each in unread:
        typer.secho(f"{each.title}: {each.error}", err=True, fg="yellow")
    for one in strangers[:MOST]:
        typer.echo(f"Not placed: {one.name} {one.email} ({one.source}): {one.why}")
    if not steps:
        typer.echo(f"{made.listed} listed, {made.unchanged} unchanged: nothing to change.")
        return
    _print(steps)
    typer.echo(f"{made.listed} listed, {made.waiting} to change, {made.unchanged} unchanged.")
    typer.echo(f"The next sync does it. To do it now: coursehub roster apply {course}")


@roster.command("apply")
def apply(course: Key, *, number: Number = None, data_dir: DataDir = None) -> None:
    """Carry out what waits in a plan, as `roster plan` or the course's page showed it."""
    _decide(plans.apply, course, number, data_dir, verb="done")


@roster.command("undo")
def undo(course: Key, *, number: Number = None, data_dir: DataDir = None) -> None:
    """Undo what a sync did; later syncs do not do it again until somebody says so."""
    _decide(plans.undo, course, number, data_dir, verb="undone")


@roster.command("contexts")
def contexts(course: Key, *, data_dir: DataDir = None) -> None:
    """Show the LMS courses that feed a course; each is a section where there are several."""
    with opened(data_dir) as (_, store):
        found = joining.sources(store, CourseKey(course))
    if not found:
        typer.echo("No LMS course feeds it: it was joined to another, or nobody has opened it yet.")
        return
    table = Table("Number", "LMS course", "Section", "LMS", "Lists people", "Joined from")
    for each in found:
        lists = "yes" if each.lists_people else "no"
        table.add_row(
            str(each.number), each.title, each.section or "-", each.lms, lists, each.own_course
        )
    Console().print(table)


@roster.command("join", epilog="Two sections, one course: `coursehub roster join data-8 data-8-2`")
def join(
    course: Key,
    other: Annotated[str, typer.Argument(help="The course whose LMS courses join it.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Let the LMS courses of another course feed this one, as sections of it."""
    with opened(data_dir) as (_, store):
        joined = joining.join(store, CourseKey(course), CourseKey(other))
    noun = "LMS course feeds" if joined == 1 else "LMS courses feed"
    typer.echo(f"{joined} {noun} {course} from now on; {other} keeps its people and their work.")
    typer.echo(f"To see who joins: coursehub roster plan {course}")
    typer.echo(f"To take it back: coursehub roster part {course} NUMBER, with the number that")
    typer.echo(f"coursehub roster contexts {course} shows.")


@roster.command("part")
def part(
    course: Key,
    number: Annotated[int, typer.Argument(help="The LMS course's, as `roster contexts` has it.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Let an LMS course that was joined feed the course that it fed before."""
    with opened(data_dir) as (_, store):
        own = joining.part(store, CourseKey(course), number)
    typer.echo(
        f"It feeds {own} again. Those whom it alone listed leave {course} at the next syncs;"
    )
    typer.echo(f"to see who: coursehub roster plan {course}")


@roster.command("problems")
def show_problems(course: Key, *, data_dir: DataDir = None) -> None:
    """Show the people whom the Hub does not take, why, and when it is asked again."""
    with opened(data_dir) as (_, store):
        found = _course(store, course)
        rows = problems.listed(store, found.institution_id, found.id or 0)
    if not rows:
        typer.echo("The Hub has taken everybody of the course who has been there.")
        return
    table = Table("Name", "On the Hub", "Why", "Tries", "Next")
    for row in rows:
        when = f"{row.next_at:%Y-%m-%d %H:%M} UTC"
        table.add_row(row.name, row.hub_name or "-", row.reason, str(row.tries), when)
    Console().print(table)


@roster.command("history")
def history(
    course: Key,
    *,
    staff: Annotated[
        bool, typer.Option("--staff", help="Who became staff or ceased to be, instead.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Show the syncs that changed something, wait or failed, the latest first."""
    with opened(data_dir) as (_, store):
        found = _course(store, course)
        if staff:
            _print_staff(staffing.changes(store, found.institution_id, found.id or 0))
            return
        rows = plans.history(store, found.institution_id, found.id or 0, before=None, limit=50)
    if not rows:
        typer.echo("Nothing has changed yet.")
        return
    table = Table("Sync", "When", "Joined", "Left", "Changed", "Waiting", "By", "State")
    for row in rows:
        when = f"{row.started_at:%Y-%m-%d %H:%M} UTC"
        state = "undone" if row.undone_at else row.error or ("done" if row.applied_at else "waits")
        figures = (row.joined, row.left, row.changed, row.waiting)
        by = row.undone_by or row.applied_by or row.by or "the schedule"
        table.add_row(str(row.id), when, *map(str, figures), by, state)
    Console().print(table)


def _print_staff(rows: list[staffing.Changed]) -> None:
    if not rows:
        typer.echo("Nobody has become staff of the course yet.")
        return
    table = Table("When", "Who", "From", "To", "Source", "By")
    for row in rows:
        when = f"{row.at:%Y-%m-%d %H:%M} UTC"
        by = row.by or ("-" if row.source == "launch" else "the schedule")
        table.add_row(when, row.name, row.before or "-", row.after or "-", row.source, by)
    Console().print(table)


async def _planned(settings: Settings, store: Store, course: CourseKey) -> RosterSync:
    # The adapters take seconds to import, which the other commands do without.
    from coursehub import app as composition  # noqa: PLC0415

    house = composition.furnish(settings, store)
    try:
        lists = Lists(house.rosters, house.roster_files, house.blobs)
        with Watched() as watch:
            wish = settling.Wish(
                largest_share=settings.roster_leave_share, only_plan=True, by=who(), watcher=watch
            )
            return await sync.sync(
                store, house.lms, house.hub, house.clock,
                course=course, wish=wish, others=lists,
            )  # fmt: skip
    finally:
        await house.lms.close()
        await house.rosters.close()
        await house.hub.close()


class Watched:
    """How far a sync is, on a terminal."""

    def __init__(self) -> None:
        self._bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(),
            transient=True, disable=not sys.stderr.isatty(), console=Console(stderr=True),
        )  # fmt: skip
        self._task = self._bar.add_task("")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, stage: Stage, done: int, goal: int) -> None:
        self._bar.update(self._task, description=stage.words, completed=done, total=goal or None)


def _chosen(store: Store, course: str, number: int | None) -> RosterSync:
    """The sync of that number, or the latest that changed something or waits."""
    found = _course(store, course)
    if number is not None:
        return plans.show(store, found.institution_id, found.id or 0, number, limit=1)[0]
    rows = plans.history(store, found.institution_id, found.id or 0, before=None, limit=1)
    if not rows:
        raise Missing("no-plan", f"Nothing was planned yet: coursehub roster plan {course}")
    return rows[0]


def _course(store: Store, key: str) -> Course:
    with store.reading(EVERYONE) as session:
        found = session.exec(select(Course).where(Course.key == key)).first()
    if found is None:
        raise Missing("no-such-course", f"There is no course {key} here.")
    return found


def _print(steps: list[RosterStep]) -> None:
    table = Table("Name", "What", "From", "To")
    for step in steps[:MOST]:
        table.add_row(
            step.name or step.subject,
            step.kind.words,
            _place(step.before, step.sections_before),
            _place(step.after, step.sections_after),
        )
    Console().print(table)
    if len(steps) > MOST:
        typer.echo("And more: the course's page shows all of them.")


def _place(role: Role | None, sections: tuple[str, ...]) -> str:
    return ", ".join((role, *sections)) if role else "-"


def _decide(
    action: Callable[..., plans.Outcome],
    course: str,
    number: int | None,
    data_dir: Path | None,
    *,
    verb: str,
) -> None:
    """Nothing; the plan is carried out or undone, and what came of it is said."""
    with opened(data_dir) as (_, store):
        chosen = _chosen(store, course, number)
        outcome = action(
            store, SystemClock(), chosen.institution_id, chosen.course_id, chosen.id or 0, by=who()
        )
    left = f", {outcome.overtaken} left as they have changed since" if outcome.overtaken else ""
    typer.echo(f"{outcome.done} {verb}{left}. {GROUPS}")
