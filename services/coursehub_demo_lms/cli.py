"""The command that starts the demo LMS."""

import logging
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from coursehub_demo_lms.app import DEFAULT_TOOL_URL, build
from coursehub_demo_lms.snapshot import Unreadable, load
from coursehub_demo_lms.tool import Tool

MAX_CONNECTIONS = 1000

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="A small strict LTI 1.3 platform to try a JupyterHub with.",
)


@app.callback()
def main() -> None:
    """A small strict LTI 1.3 platform to try a JupyterHub with."""


@app.command()
def serve(  # noqa: PLR0913  # each is an option of the command
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 9000,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on. Anyone who reaches it can be anyone in it."),
    ] = "127.0.0.1",
    url: Annotated[
        str, typer.Option(help="This LMS's own address as others see it; also its LTI issuer.")
    ] = "",
    tool_url: Annotated[
        str,
        typer.Option(
            help=f"The Hub; the tool's LTI addresses follow. (default: {DEFAULT_TOOL_URL})"
        ),
    ] = "",
    client_id: Annotated[
        str, typer.Option(help="The tool's client id. (default: coursehub-demo)")
    ] = "",
    login_url: Annotated[str, typer.Option(help="Login initiation address, if another.")] = "",
    redirect_url: Annotated[str, typer.Option(help="Redirect address, if another.")] = "",
    jwks_url: Annotated[str, typer.Option(help="The tool's key set address, if another.")] = "",
    target_url: Annotated[str, typer.Option(help="Target link address, if another.")] = "",
    state: Annotated[
        Path | None,
        typer.Option(help="Folder that keeps keys, people and grades from one start to the next."),
    ] = None,
    log_requests: Annotated[bool, typer.Option(help="One line per request.")] = False,
) -> None:
    """Serves the demo LMS until it is interrupted."""
    logging.basicConfig(
        level=logging.INFO if log_requests else logging.WARNING, format="%(asctime)s %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    issuer = (url or f"http://{host}:{port}").rstrip("/")
    wanted = Tool(
        client_id=client_id,
        login_url=login_url,
        redirect_urls=(redirect_url,) if redirect_url else (),
        jwks_url=jwks_url,
        target_url=target_url,
    )
    try:
        tool = wanted.completed_by(known_tool(state, tool_url))
        application = build(issuer=issuer, tool=tool, state_dir=state)
    except Unreadable as cause:
        typer.echo(str(cause), err=True)
        raise typer.Exit(1) from cause
    typer.echo(f"Demo LMS on {issuer}  (tool: {tool.login_url}, client id {tool.client_id})")
    # uvicorn's own access log would print queries, and with them hints and nonces.
    uvicorn.run(
        application,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        limit_concurrency=MAX_CONNECTIONS,
    )


def known_tool(state: Path | None, tool_url: str) -> Tool:
    """The Hub at that address; without one, the tool of the last start, or the usual one."""
    kept = load(state) if state and not tool_url else None
    return kept.tools.configured.tool if kept else Tool.of_hub(tool_url or DEFAULT_TOOL_URL)
