"""`coursehub people ...` and `coursehub institution ...`: who is whom on the Hub."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from coursehub.adapters.clock import SystemClock
from coursehub.adapters.hub import HubApi
from coursehub.cli_store import DataDir, opened, who
from coursehub.errors import Refused
from coursehub.launch.actions import linking, templates, trust
from coursehub.launch.actions import people as actions
from coursehub.ports import Hub
from coursehub.settings import Settings

MOST: Final = 200

people = typer.Typer(no_args_is_help=True, help="The people of LMSs, and their accounts here.")
institution = typer.Typer(no_args_is_help=True, help="The schools that LMSs belong to.")

Number = Annotated[int, typer.Argument(help="The person's number, as `people list` has it.")]


@people.command("list", epilog="Look for someone: `coursehub people list ada@school.edu`")
def people_list(
    search: Annotated[
        str, typer.Argument(help="Part of a name, e-mail, subject, Hub name or institution.")
    ] = "",
    data_dir: DataDir = None,
) -> None:
    """Show who came from an LMS or is on a roster, and their accounts."""
    with opened(data_dir) as (_, store):
        rows, total = actions.listing(store, search=search, limit=MOST)
    if not rows:
        typer.echo("Nobody is called that." if search else "Nobody has come from an LMS yet.")
        return
    table = Table("No.", "Name", "E-mail", "Institution", "Issuer", "Subject", "On the Hub")
    for row in rows:
        account = f"{row.hub_name} (linked)" if row.is_linked else row.hub_name
        table.add_row(
            str(row.id), row.name, row.email, row.institution, row.issuer, row.subject, account
        )
    Console().print(table)
    if total > len(rows):
        typer.echo(f"{total - len(rows)} more: look for a part of the name.")


@people.command(
    "link",
    epilog="Number 12 of `coursehub people list` is ada, who logs in here by GitHub: "
    "`coursehub people link 12 ada`\n\n"
    "The Hub is asked about the account, so JUPYTERHUB_API_TOKEN must hold a token of an "
    "administrator (the Hub's page Token makes one), and JUPYTERHUB_API_URL the Hub's API, "
    "where it is not http://127.0.0.1:8081/hub/api.",
)
def people_link(
    person: Number,
    account: Annotated[str, typer.Argument(help="The account on this Hub.")],
    *,
    admin: Annotated[
        bool, typer.Option("--admin", help="An administrator's account is meant.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Let a person's launches enter an account that the Hub had before."""
    with opened(data_dir) as (settings, store):

        async def link(hub: Hub) -> None:
            await linking.link(
                store, hub, SystemClock(), person, account, by=who(), is_admin_meant=admin
            )

        _with_hub(settings, link)
    typer.echo(f"Their next launch enters the account {account}.")


@people.command(
    "unlink", epilog="Number 12 has its own account again: `coursehub people unlink 12`"
)
def people_unlink(person: Number, *, data_dir: DataDir = None) -> None:
    """Undo a link: the person has the name again that they had before."""
    with opened(data_dir) as (settings, store):

        async def unlink(hub: Hub) -> None:
            await linking.unlink(store, hub, SystemClock(), person, by=who())

        _with_hub(settings, unlink)
    typer.echo("The link is undone.")


@institution.command("list")
def institution_list(data_dir: DataDir = None) -> None:
    """Show every institution, and the domains whose addresses it trusts."""
    with opened(data_dir) as (_, store):
        rows = trust.listing(store)
    if not rows:
        typer.echo("There is no institution yet: coursehub platform add --help")
        return
    table = Table("Institution", "Slug", "Trusted domains")
    for row in rows:
        table.add_row(row.name, row.slug, ", ".join(row.domains))
    Console().print(table)


@institution.command(
    "trust",
    epilog="`coursehub institution trust 'Lakeside College' lakeside.edu cs.lakeside.edu`\n\n"
    "No domain at all ends the trust: `coursehub institution trust 'Lakeside College'`",
)
def institution_trust(
    name: Annotated[str, typer.Argument(help="The institution's name or slug.")],
    domains: Annotated[
        list[str] | None, typer.Argument(help="All the domains, subdomains by name.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Let addresses of these domains lead to accounts that the Hub has, and of no others."""
    with opened(data_dir) as (_, store):
        kept = trust.trust(store, name, domains or [])
    typer.echo(f"{kept.name} trusts {', '.join(kept.domains) or 'no domain'}.")


def platform_names(
    platform: Annotated[int, typer.Argument(help="The LMS's number, as `platform list` has it.")],
    template: Annotated[str, typer.Argument(help="The template; an empty one is the Hub's.")],
    data_dir: DataDir = None,
) -> None:
    """Name new people of one LMS by a template of its own; nobody's name changes."""
    with opened(data_dir) as (_, store):
        templates.choose(store, platform, template)
    typer.echo("New people of this LMS are named by it." if template else "The Hub's is used.")


NAMES_EPILOG: Final = "`coursehub platform names 2 '{login_id} | {email_local} | {sub}'`"


def _with_hub(settings: Settings, work: Callable[[Hub], Awaitable[None]]) -> None:
    """Nothing; the work is done with the Hub, asked by the environment's token."""
    if not settings.hub_api_token.get_secret_value():
        raise Refused(
            "no-hub-token",
            "The Hub must be asked about the account: set JUPYTERHUB_API_TOKEN to a token of an "
            "administrator, or use the page of people under Administration.",
        )

    async def run() -> None:
        hub = HubApi(settings)
        try:
            await work(hub)
        finally:
            await hub.close()

    asyncio.run(run())
