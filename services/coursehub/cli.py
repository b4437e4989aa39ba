"""`coursehub ...`: the service itself, and what an administrator does by hand."""

from typing import Annotated

import typer
import uvicorn

from coursehub import cli_lti11, cli_people, cli_sources
from coursehub.cli_course import course
from coursehub.cli_keys import keys
from coursehub.cli_platform import platform
from coursehub.cli_roster import roster
from coursehub.cli_store import DataDir, opened
from coursehub.vocabulary.scopes import SERVICES

app = typer.Typer(no_args_is_help=True, help="Courses on any JupyterHub.", add_completion=False)
db = typer.Typer(no_args_is_help=True, help="The database.")
platform.command("add-lti11", epilog=cli_lti11.EPILOG)(cli_lti11.add)
platform.command("names", epilog=cli_people.NAMES_EPILOG)(cli_people.platform_names)
app.add_typer(db, name="db")
app.add_typer(platform, name="platform")
app.add_typer(course, name="course")
app.add_typer(cli_people.people, name="people")
app.add_typer(cli_people.institution, name="institution")
app.add_typer(keys, name="keys")
for name, command in (
    ("sources", cli_sources.show),
    ("add-source", cli_sources.add),
    ("remove-source", cli_sources.remove),
    ("upload", cli_sources.upload),
    ("secret", cli_sources.secret),
):
    roster.command(name)(command)
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
