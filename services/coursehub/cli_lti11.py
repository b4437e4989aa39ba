"""`coursehub platform add-lti11`: an LMS that speaks LTI 1.1, by a shared secret."""

from pathlib import Path
from typing import Annotated

import typer

from coursehub.adapters.consumers import SignedConsumers
from coursehub.cli_store import DataDir, addressed, opened
from coursehub.launch.actions import consumers
from coursehub.launch.actions.consumers import LONGEST_SECRET, NewConsumer
from coursehub.launch.actions.registration.ourselves import ourselves

EPILOG = (
    "An old Moodle: `coursehub platform add-lti11 'Old Moodle' --institution 'Lakeside College'`"
    "\n\nWith a key and a secret that are in use already: `coursehub platform add-lti11 Moodle "
    "--institution 'Lakeside College' --key lakeside --secret-file secret.txt`"
    "\n\nThe Hub needs `c.LtiDoor.lti11 = True` as well: docs/lms/lti11.md says why."
)


def add(
    name: Annotated[str, typer.Argument(help="What the LMS is called.")],
    *,
    institution: Annotated[str, typer.Option(help="The school that the LMS belongs to.")],
    key: Annotated[str, typer.Option(help="Consumer key; made if not given.")] = "",
    secret_file: Annotated[
        Path | None, typer.Option(help="File with the shared secret; made if not given.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Trust an LMS by LTI 1.1. What to enter in it, with the secret, is printed this once."""
    given = _first_line(secret_file) if secret_file else ""
    ours = ourselves(addressed(data_dir))
    with opened(data_dir) as (settings, store):
        made = consumers.register(
            store,
            SignedConsumers(settings.data_dir / "keys"),
            NewConsumer(
                institution=institution,
                name=name,
                key=key,
                secret=given,
                registered_by="the command line",
            ),
        )
    typer.echo("Enter in the LMS, as an external tool of LTI 1.1:")
    typer.echo(f"Launch URL:    {ours.lti11_launch_url}")
    typer.echo(f"Consumer key:  {made.key}")
    typer.echo(f"Shared secret: {'as in the file' if given else made.secret}")
    if not made.is_new:
        typer.echo("The key was known; the secret before this one is worthless from now on.")


def _first_line(file: Path) -> str:
    """What the file says, to a bound, without the blanks around it."""
    try:
        with file.open(encoding="utf-8") as text:
            found = text.read(LONGEST_SECRET + 2).strip()
    except (OSError, UnicodeDecodeError) as cause:
        raise typer.BadParameter(f"{file} cannot be read as text") from cause
    if not found:
        raise typer.BadParameter(f"{file} is empty")
    return found
