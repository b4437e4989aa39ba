"""`coursehub platform ...`: the LMSs that this Hub trusts."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from coursehub.adapters.clock import SystemClock
from coursehub.adapters.guarded import GuardedHttp
from coursehub.cli_store import DataDir, addressed, opened
from coursehub.launch.actions import deployments, platforms
from coursehub.launch.actions.platforms import Listed, NewPlatform
from coursehub.launch.actions.registration import adding, files, links, metadata
from coursehub.launch.actions.registration.ourselves import ourselves
from coursehub.model.institution import PlatformState
from coursehub.settings import Settings
from coursehub.vocabulary.families import FAMILIES

BY_HAND: Final = "the command line"

platform = typer.Typer(no_args_is_help=True, help="The LMSs that this Hub trusts.")
deployment = typer.Typer(no_args_is_help=True, help="Parts of an LMS whose launches are let in.")
platform.add_typer(deployment, name="deployment")

Number = Annotated[int, typer.Argument(help="The LMS's number, as `platform list` has it.")]
DeploymentId = Annotated[str, typer.Argument(help="The deployment id, as the LMS shows it.")]


@platform.command(
    "add",
    epilog="Moodle: `coursehub platform add --family moodle --at https://moodle.school.edu "
    "--client-id ID --deployment 1 --institution 'Lakeside College'`\n\n"
    "Several at once: `coursehub platform add --file platforms.yml --dry-run`",
)
def add(  # noqa: PLR0913 - a command's options
    issuer: Annotated[str, typer.Argument(help="The LMS's issuer, if --family is not given.")] = "",
    *,
    family: Annotated[str, typer.Option(help=f"Kind of LMS: {', '.join(FAMILIES)}.")] = "",
    at: Annotated[str, typer.Option(help="The LMS's own address, for --family.")] = "",
    client_id: Annotated[str, typer.Option(help="Client id that the LMS gave the tool.")] = "",
    institution: Annotated[str, typer.Option(help="The school that the LMS belongs to.")] = "",
    deployment: Annotated[
        list[str] | None, typer.Option(help="Deployment id; may be repeated.")
    ] = None,
    auth_login_url: Annotated[str, typer.Option(help="Authorization endpoint.")] = "",
    token_url: Annotated[str, typer.Option(help="Token endpoint.")] = "",
    key_set_url: Annotated[str, typer.Option(help="The LMS's public keys (JWKS).")] = "",
    file: Annotated[Path | None, typer.Option(help="Several, as YAML or TOML.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Trust an LMS. Addresses left out come from --family, or its OpenID configuration."""
    if file is not None and (issuer or family):
        raise typer.BadParameter("--file names everything; leave the rest out")
    with opened(data_dir) as (settings, store):
        if file is not None:
            wanted = files.parse(_text(file), registered_by=BY_HAND)
        else:
            known = adding.guessed(family, at=at, client_id=client_id) if family else {}
            wanted = (
                NewPlatform(
                    institution=institution,
                    issuer=issuer or known.get("issuer", ""),
                    client_id=client_id,
                    deployment_ids=tuple(deployment or ()),
                    auth_login_url=auth_login_url or known.get("auth_login_url", ""),
                    token_url=token_url or known.get("token_url", ""),
                    key_set_url=key_set_url or known.get("key_set_url", ""),
                    name=adding.named(family, issuer or known.get("issuer", "")),
                    registered_by=BY_HAND,
                ),
            )
        complete = asyncio.run(_completed(settings, wanted))
        for new, changed in platforms.register_all(store, complete, dry_run=dry_run):
            would = "would be registered" if dry_run else "is registered"
            typer.echo(
                f"{new.issuer} {would} for {new.institution}."
                if changed
                else f"{new.issuer} for {new.institution}: Nothing to change."
            )


@platform.command("list")
def listed(data_dir: DataDir = None) -> None:
    """Show every LMS that this Hub knows, those that wait for approval first."""
    with opened(data_dir) as (_, store):
        rows = platforms.listing(store)
        if not rows:
            typer.echo("No LMS is registered yet: coursehub platform link --help")
            return
        table = Table("No.", "Institution", "LMS", "LTI", "Client id", "State", "Deployments")
        for one in rows:
            waiting = f" (+{len(one.seen)} to approve)" if one.seen else ""
            table.add_row(
                str(one.id),
                one.institution,
                one.platform.issuer,
                one.platform.version,
                one.platform.client_id,
                one.platform.state.value,
                ", ".join(one.deployments) + waiting,
            )
        Console().print(table)


@platform.command("show")
def show(number: Number, data_dir: DataDir = None) -> None:
    """Show all that is known of one LMS."""
    with opened(data_dir) as (_, store):
        for label, value in _facts(platforms.show(store, number)):
            typer.echo(f"{label + ':':16} {value}")


@platform.command("link")
def link(
    *,
    institution: Annotated[str, typer.Option(help="The school that the LMS belongs to.")],
    hours: Annotated[float, typer.Option(help="How long it may be used.")] = links.LIFE_HOURS,
    data_dir: DataDir = None,
) -> None:
    """Make a link by which one LMS registers itself, once; it is printed and kept nowhere."""
    settings = addressed(data_dir)
    with opened(data_dir) as (_, store):
        made = links.make(
            store, SystemClock(), settings, institution=institution, by=BY_HAND, hours=hours
        )
        typer.echo(made.url)
        typer.echo(
            f"Link {made.id} works once, until {made.expires_at:%Y-%m-%d %H:%M} UTC. Paste it in "
            "the LMS, then approve what registers: coursehub platform list",
            err=True,
        )


@platform.command("revoke")
def revoke(
    number: Annotated[int, typer.Argument(help="The link's number, told when it was made.")],
    data_dir: DataDir = None,
) -> None:
    """Withdraw a registration link that nobody has used."""
    with opened(data_dir) as (_, store):
        gone = links.revoke(store, SystemClock(), number)
        typer.echo("The link is withdrawn." if gone else "Nothing to change.")


@platform.command("approve")
def approve(number: Number, data_dir: DataDir = None) -> None:
    """Let in an LMS that registered itself."""
    with opened(data_dir) as (_, store):
        _say(platforms.approve(store, number), "Its launches are let in.")


@platform.command("refuse")
def refuse(number: Number, data_dir: DataDir = None) -> None:
    """Forget an LMS that registered itself and waits."""
    with opened(data_dir) as (_, store):
        _say(platforms.refuse(store, number), "The registration is gone.")


@platform.command("off")
def off(number: Number, data_dir: DataDir = None) -> None:
    """Refuse an LMS's launches; its people and their work stay."""
    with opened(data_dir) as (_, store):
        changed = platforms.switch(store, number, PlatformState.OFF)
        _say(changed, "Its launches are refused.")


@platform.command("on")
def on(number: Number, data_dir: DataDir = None) -> None:
    """Let in the launches of an LMS that was switched off."""
    with opened(data_dir) as (_, store):
        changed = platforms.switch(store, number, PlatformState.ACTIVE)
        _say(changed, "Its launches are let in.")


@platform.command("remove")
def remove(number: Number, data_dir: DataDir = None) -> None:
    """Forget an LMS that nobody has come from."""
    with opened(data_dir) as (_, store):
        _say(platforms.remove(store, number), "The LMS is removed.")


@platform.command("urls")
def urls(data_dir: DataDir = None) -> None:
    """Show the addresses of this Hub that an LMS asks for."""
    for label, url in ourselves(addressed(data_dir)).rows:
        typer.echo(f"{label}:\n    {url}")


@deployment.command("add")
def add_deployment(number: Number, deployment_id: DeploymentId, data_dir: DataDir = None) -> None:
    """Let in the launches of one deployment."""
    with opened(data_dir) as (_, store):
        _say(deployments.add(store, number, deployment_id), "Its launches are let in.")


@deployment.command("remove")
def remove_deployment(
    number: Number, deployment_id: DeploymentId, data_dir: DataDir = None
) -> None:
    """Refuse the launches of one deployment."""
    with opened(data_dir) as (_, store):
        _say(deployments.remove(store, number, deployment_id), "Its launches are refused.")


async def _completed(
    settings: Settings, wanted: tuple[NewPlatform, ...]
) -> tuple[NewPlatform, ...]:
    outside = GuardedHttp(
        timeout_s=settings.request_timeout_s, allow_private=settings.allow_private_platforms
    )
    return tuple([await adding.completed(outside, new) for new in wanted])


def _facts(one: Listed) -> Iterator[tuple[str, str]]:
    row = one.platform
    yield "LMS", one.title
    yield "Institution", one.institution
    yield "State", row.state.value
    yield "Issuer", row.issuer
    yield "Client id", row.client_id
    yield "Product", row.product or "unknown"
    yield "Login", row.auth_login_url
    yield "Tokens", row.token_url
    yield "Keys", row.key_set_url
    yield "Deployments", ", ".join(one.deployments) or "none"
    yield "To approve", ", ".join(one.seen) or "none"
    yield "Not offered", (", ".join(metadata.withheld(row.scopes)) if row.scopes else "") or "-"
    yield "Registered", f"{row.registered_at:%Y-%m-%d %H:%M} UTC by {row.registered_by or '-'}"
    yield "People", str(one.people)
    yield "Last launch", f"{one.last_launch:%Y-%m-%d %H:%M} UTC" if one.last_launch else "never"


def _say(changed: bool, sentence: str) -> None:
    typer.echo(sentence if changed else "Nothing to change.")


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as text:  # no more of it than what may be too much
            return text.read(files.LARGEST_FILE_BYTES + 1)
    except (OSError, UnicodeDecodeError) as cause:
        raise typer.BadParameter(f"{file} cannot be read as text") from cause
