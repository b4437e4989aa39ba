"""`coursehub ...`: the service itself, and what an administrator does by hand."""

import json
import sys
from pathlib import Path
from typing import Annotated

import copier
import typer
import uvicorn

from coursehub import cli_lti11, cli_people
from coursehub.cli_keys import keys
from coursehub.cli_platform import platform
from coursehub.cli_roster import roster
from coursehub.cli_store import DataDir, opened
from coursehub.courses.actions import applying
from coursehub.courses.rules import file as course_file
from coursehub.courses.rules.text import LARGEST_BYTES
from coursehub.errors import CoursehubError
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.scopes import SERVICES
from coursehub_templates import folder as template_folder
from coursehub_templates import names as template_names

app = typer.Typer(no_args_is_help=True, help="Courses on any JupyterHub.", add_completion=False)
db = typer.Typer(no_args_is_help=True, help="The database.")
course = typer.Typer(no_args_is_help=True, help="Courses and their files.")
platform.command("add-lti11", epilog=cli_lti11.EPILOG)(cli_lti11.add)
platform.command("names", epilog=cli_people.NAMES_EPILOG)(cli_people.platform_names)
app.add_typer(db, name="db")
app.add_typer(platform, name="platform")
app.add_typer(course, name="course")
app.add_typer(cli_people.people, name="people")
app.add_typer(cli_people.institution, name="institution")
app.add_typer(keys, name="keys")
app.add_typer(roster, name="roster")


@app.command()
def serve(
    data_dir: DataDir = None,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Run this service alone: {', '.join(SERVICES)}.")
    ] = None,
) -> None:
    """Run the service; JupyterHub starts this by itself after coursehub.setup(c)."""
    # The whole service takes seconds to import, which no other command needs.
    from coursehub import app as composition  # noqa: PLC0415

    if unknown := set(only or ()) - set(SERVICES):
        raise typer.BadParameter(f"no such service: {', '.join(sorted(unknown))}")
    with opened(data_dir) as (settings, store):
        application = composition.build(settings, store, services=tuple(only or SERVICES))
        host, port = composition.listening(settings)
        uvicorn.run(
            application, host=host, port=port, log_config=None, access_log=False,
            # h11 bounds a request's headers; httptools, taken where it is installed, does not.
            http="h11", proxy_headers=False, server_header=False, timeout_graceful_shutdown=5,
        )  # fmt: skip


@db.command("upgrade")
def db_upgrade(data_dir: DataDir = None) -> None:
    """Bring the database to the newest shape (the service does so at every start)."""
    with opened(data_dir) as (settings, _):
        where = settings.database_url.partition("@")[2] or settings.data_dir
        typer.echo(f"The database in {where} is up to date.")


@course.command("new")
def course_new(
    target: Annotated[Path, typer.Argument(help="Folder to make.")],
    template: Annotated[str, typer.Option(help=f"{', '.join(template_names())}.")] = (
        "intro-data-science"
    ),
    answers: Annotated[str, typer.Option(help="Answers to its questions, as JSON.")] = "{}",
) -> None:
    """Make a new course from a template; asks what it needs to know."""
    if template not in template_names():
        raise typer.BadParameter(f"there is no template {template!r}")
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
def course_check(file: Annotated[Path, typer.Argument(help="The course.yml.")]) -> None:
    """Say whether a course file can be understood."""
    try:
        found = _read(file)
    except CoursehubError as error:
        typer.secho(f"{error.message} [{error.code}]", err=True, fg="red")
        raise typer.Exit(1) from error
    typer.echo(
        f"{found.title}: {len(found.modules)} modules, {len(found.assignments)} assignments."
    )


@course.command("apply")
def course_apply(
    key: Annotated[str, typer.Argument(help="The course's key, as its page's address has it.")],
    file: Annotated[Path, typer.Argument(help="The course.yml.")],
    materials: Annotated[str, typer.Option(help="Git address of the modules.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Make a course as its file says; what is so already is left alone."""
    with opened(data_dir) as (settings, store):
        found, sources = _read(file), file.parent / "assignments"
        applying.check_sources(found, sources)
        applied = applying.apply(
            store, CourseKey(key), found, materials=materials, protocols=settings.protocols
        )
        placed = applying.place_sources(settings, CourseKey(key), found, sources)
        typer.echo(
            f"{found.title}: {applied.modules} modules, {applied.assignments} assignments; "
            + (f"{applied.changed} changed" if applied.changed else "nothing to change")
            + (f", sources placed: {', '.join(placed)}." if placed else ".")
        )


def _read(file: Path) -> course_file.CourseFile:
    try:
        with file.open(encoding="utf-8") as text:  # no more of it than what may be too much
            return course_file.parse(text.read(LARGEST_BYTES + 1))
    except (OSError, UnicodeDecodeError) as cause:
        raise typer.BadParameter(f"{file} cannot be read as text") from cause
