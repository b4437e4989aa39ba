"""
The git server that materials come from: git's own http-backend, on loopback.

`python -m demo.upstream FOLDER PORT` serves the bare repositories in FOLDER;
anyone on this machine may pull and push, so it is for a demo alone.
"""

import re
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from coursehub.errors import CoursehubError, Missing
from coursehub.web.git_backend import backend

LARGEST_PUSH_BYTES = 200_000_000


def build(folder: Path) -> FastAPI:
    """The server over the repositories of a folder."""
    app = FastAPI(openapi_url=None)

    @app.get("/")
    def root() -> Response:
        names = sorted(path.name for path in folder.glob("*.git"))
        return PlainTextResponse("\n".join(names) + "\n")

    @app.api_route("/{name}.git/{path:path}", methods=["GET", "POST"])
    async def repository(request: Request, name: str, path: str) -> Response:
        if not re.fullmatch(r"[a-z0-9-]+", name):
            raise Missing("no-such-repository", "There is no such repository.")
        return await backend(
            request, folder / f"{name}.git", path,
            receive_pack=True, body_max_bytes=LARGEST_PUSH_BYTES,
        )  # fmt: skip

    @app.exception_handler(CoursehubError)
    async def refuse(_: Request, error: Exception) -> Response:
        status = error.status if isinstance(error, CoursehubError) else 500
        return PlainTextResponse(f"{error}\n", status)

    return app


def main() -> None:
    """Serve until stopped."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    uvicorn.run(build(folder), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
