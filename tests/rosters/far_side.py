"""Services that list people: each speaks as its vendor's does, and misbehaves as told."""

import asyncio
import copy
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from coursehub.ports import RosterAddress
from coursehub.vocabulary.roster import SourceKind

SHAPES = Path(__file__).parent / "shapes"
TOKEN = "a-good-token"
FIVE_MB = "x" * 5_000_000


def shape(name: str) -> Any:
    return json.loads((SHAPES / f"{name}.json").read_text())


@dataclass
class Asked:
    """A request, as the far side heard it."""

    method: str
    path: str
    query: list[tuple[str, str]]
    form: dict[str, str]
    headers: dict[str, str]
    url: str


@dataclass
class FarSide:
    """
    One service with one course.

    `fault` is what becomes of page `fault_page` of the people's list, and
    `busy` how many requests are first told to come later. `crowd` is how many
    plain students it has beside the people of its recorded shape.
    """

    url: str
    fault: str = ""
    fault_page: int = 2
    busy: int = 0
    busy_status: int = 429
    remaining: str = ""
    crowd: int = 0
    page_size: int = 5
    asked: list[Asked] = field(default_factory=list)

    name = "Canvas"
    kind = SourceKind.CANVAS
    course = "412"

    def address(self, sealed_secret: str) -> RosterAddress:
        return RosterAddress(
            kind=self.kind, url=self.url, course=self.course, sealed_secret=sealed_secret
        )

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/{path:path}", methods=["GET", "POST"])
        async def every(request: Request) -> Response:
            body = (await request.body()).decode()
            asked = Asked(
                method=request.method,
                path=request.url.path,
                query=request.query_params.multi_items(),
                form=dict(parse_qsl(body)),
                headers=dict(request.headers),
                url=str(request.url).replace(request.url.path, request.scope["raw_path"].decode()),
            )
            self.asked.append(asked)
            return await self._answer(asked)

        return app

    async def _answer(self, asked: Asked) -> Response:
        if self.busy > 0 and asked.path != "/token":
            self.busy -= 1
            return self.too_busy()
        if not self.knows(asked):
            return self.refusal()
        number = self.page_number(asked)
        if number is None:
            return self.other(asked)
        if self.fault == "same" and number >= self.fault_page:
            return self.page(asked, 1, following=number + 1)
        if number != self.fault_page or not self.fault:
            return self.page(asked, number, following=number + 1)
        return await self._spoiled(asked, number)

    async def _spoiled(self, asked: Asked, number: int) -> Response:
        if self.fault == "slow":
            await asyncio.sleep(2)
        if self.fault == "large":
            return Response(b" " * 21_000_000)
        if self.fault == "error":
            return Response(f"failed with {TOKEN}", 500)
        page = self.page(asked, number, following=number + 1)
        if self.fault == "cut":
            return Response(bytes(page.body)[:-40], headers={"content-type": "application/json"})
        if self.fault == "fat":
            body = json.loads(bytes(page.body))
            self.fatten(self.people_of(body)[0])
            return JSONResponse(body)
        return page

    def too_busy(self) -> Response:
        if self.busy_status == 403:
            return Response(
                "403 Forbidden (Rate Limit Exceeded)\n",
                403,
                headers={"X-Rate-Limit-Remaining": "0.0"},
            )
        return Response(status_code=self.busy_status, headers={"Retry-After": "0"})

    def linked(self, body: Any, asked: Asked, following: str = "") -> Response:
        headers = {"X-Request-Cost": "0.2"}
        if self.remaining:
            headers["X-Rate-Limit-Remaining"] = self.remaining
        links = [f'<{asked.url}>; rel="current"']
        if following:
            links.append(f'<{following}>; rel="next"')
        return JSONResponse(body, headers={**headers, "Link": ",".join(links)})

    def slice_of(self, number: int) -> tuple[list[Any], bool]:
        listed = self.listed()
        last = number * self.page_size
        return listed[last - self.page_size : last], last >= len(listed)

    def students(self, template: dict[str, Any], change: Any) -> list[dict[str, Any]]:
        found = []
        for number in range(self.crowd):
            one = copy.deepcopy(template)
            change(one, number)
            found.append(one)
        return found

    def knows(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == f"Bearer {TOKEN}"

    def people_of(self, body: Any) -> list[Any]:
        found: list[Any] = body
        return found

    def fatten(self, entry: dict[str, Any]) -> None:
        entry["picture"] = FIVE_MB

    def refusal(self) -> Response:
        raise NotImplementedError

    def page_number(self, asked: Asked) -> int | None:
        raise NotImplementedError

    def page(self, asked: Asked, number: int, *, following: int) -> Response:
        raise NotImplementedError

    def other(self, asked: Asked) -> Response:
        raise NotImplementedError

    def listed(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    @property
    def subjects(self) -> set[str]:
        """Whom a whole reading lists."""
        raise NotImplementedError
