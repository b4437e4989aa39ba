"""Canvas, Moodle, OneRoster and an LTI platform, by their recorded shapes."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response

from coursehub.ports import PlatformAccess, RosterAddress
from coursehub.vocabulary.roster import SourceKind
from tests.rosters.far_side import TOKEN, Asked, FarSide, shape


class Canvas(FarSide):
    kind = SourceKind.CANVAS

    def page_number(self, asked: Asked) -> int | None:
        if asked.path != "/api/v1/courses/412/enrollments":
            return None
        bookmark = dict(asked.query).get("page", "bookmark:1")
        return int(bookmark.removeprefix("bookmark:"))

    def page(self, asked: Asked, number: int, *, following: int) -> Response:
        here, last = self.slice_of(number)
        link = f"{self.url}{asked.path}?page=bookmark:{following}&per_page=100"
        return self.linked(here, asked, "" if last and self.fault != "same" else link)

    def other(self, asked: Asked) -> Response:
        if asked.path == "/api/v1/courses/412/sections":
            return self.linked(shape("canvas_sections"), asked)
        return JSONResponse({"errors": [{"message": "no such resource"}]}, 404)

    def listed(self) -> list[dict[str, Any]]:
        def change(one: dict[str, Any], number: int) -> None:
            one["id"], one["user_id"] = str(20_000 + number), str(10_000 + number)

        recorded = shape("canvas_enrollments")
        return [*recorded, *self.students(recorded[8], change)]

    def refusal(self) -> Response:
        challenge = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}
        return JSONResponse(shape("canvas_invalid_token"), 401, headers=challenge)

    @property
    def subjects(self) -> set[str]:
        return {one["user_id"] for one in self.listed() if one["type"] != "StudentViewEnrollment"}


@dataclass
class Moodle(FarSide):
    old: bool = False
    """Without the option `onlysuspended`, which is then not heard."""
    failure: str = ""

    name = "Moodle"
    kind = SourceKind.MOODLE

    def knows(self, asked: Asked) -> bool:
        return asked.form.get("wstoken") == TOKEN

    def refusal(self) -> Response:
        return JSONResponse(shape("moodle_invalidtoken"))

    def options(self, asked: Asked) -> dict[str, str]:
        form, found = asked.form, {}
        for number in range(9):
            if name := form.get(f"options[{number}][name]"):
                found[name] = form[f"options[{number}][value]"]
        return found

    def page_number(self, asked: Asked) -> int | None:
        if self.failure or asked.path != "/webservice/rest/server.php":
            return None
        start, most = (int(self.options(asked)[one]) for one in ("limitfrom", "limitnumber"))
        return start // most + 1

    def page(self, asked: Asked, number: int, *, following: int) -> Response:
        listed, suspended = self.listed(), shape("moodle_suspended")
        if "onlysuspended" in self.options(asked):
            listed = [*listed, *suspended] if self.old else suspended
        last = number * self.page_size
        return JSONResponse(listed[last - self.page_size : last])

    def other(self, asked: Asked) -> Response:
        return JSONResponse(shape(f"moodle_{self.failure}"))

    def listed(self) -> list[dict[str, Any]]:
        def change(one: dict[str, Any], number: int) -> None:
            one["id"] = 10_000 + number

        recorded = shape("moodle_users")
        return [*recorded, *self.students(recorded[6], change)]

    @property
    def subjects(self) -> set[str]:
        return {str(one["id"]) for one in [*self.listed(), *shape("moodle_suspended")]}


@dataclass
class OneRoster(FarSide):
    version: str = "11"
    paging: str = "link"
    short_of: int = 0
    """How many more people than it gives the total counts."""
    expires_in: int = 3600
    tokens: list[dict[str, str]] = field(default_factory=list)

    name = "The OneRoster source"
    kind = SourceKind.ONEROSTER
    course = "class-412"

    @property
    def root(self) -> str:
        return {"11": "/ims/oneroster/v1p1", "12": "/ims/oneroster/rostering/v1p2"}[self.version]

    def address(self, sealed_secret: str) -> RosterAddress:
        return RosterAddress(
            kind=self.kind,
            url=f"{self.url}{self.root}",
            course=self.course,
            client_id="hub",
            token_url=f"{self.url}/token",
            sealed_secret=sealed_secret,
        )

    def knows(self, asked: Asked) -> bool:
        if asked.path == "/token":
            return True
        return asked.headers.get("authorization") == f"Bearer bearer-{len(self.tokens)}"

    def refusal(self) -> Response:
        said = {"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": TOKEN}
        return JSONResponse(said, 401)

    def page_number(self, asked: Asked) -> int | None:
        if not asked.path.endswith("/enrollments"):
            return None
        return int(dict(asked.query)["offset"]) // self.page_size + 1

    def page(self, asked: Asked, number: int, *, following: int) -> Response:
        start = 0 if self.fault == "same" else int(dict(asked.query)["offset"])
        here = self.listed()[start : start + self.page_size]
        more = start + self.page_size < len(self.listed())
        return self._paged(asked, {"enrollments": here}, more=more, following=following)

    def _paged(self, asked: Asked, body: Any, *, more: bool, following: int) -> Response:
        total = str(len(self.listed()) + self.short_of)
        if self.paging == "total":
            return JSONResponse(body, headers={"X-Total-Count": total})
        if self.paging == "none":
            return JSONResponse(body)
        offset = (following - 1) * self.page_size
        link = f"{self.url}{asked.path}?limit={self.page_size}&offset={offset}"
        return self.linked(body, asked, link if more else "")

    def other(self, asked: Asked) -> Response:
        path, start = asked.path, dict(asked.query).get("offset", "0")
        if path == "/token":
            return self._token(asked)
        if path == f"{self.root}/classes/class-412":
            return JSONResponse(shape(f"oneroster{self.version}_class"))
        for kind in ("students", "teachers"):
            if path == f"{self.root}/classes/class-412/{kind}":
                body = shape(f"oneroster{self.version}_{kind}")
                body["users"] += self._users() if kind == "students" else []
                return JSONResponse(body if start == "0" else {"users": []})
        if path == f"{self.root}/users/p-tariq":
            return JSONResponse(shape(f"oneroster{self.version}_user"))
        return JSONResponse({"imsx_codeMajor": "failure"}, 404)

    def _token(self, asked: Asked) -> Response:
        if asked.headers["authorization"] != f"Basic {b64encode(f'hub:{TOKEN}'.encode()).decode()}":
            return JSONResponse({"error": "invalid_client"}, 401)
        self.tokens.append(asked.form)
        body = {"access_token": f"bearer-{len(self.tokens)}", "token_type": "Bearer"}
        return JSONResponse({**body, "expires_in": self.expires_in})

    def _users(self) -> list[dict[str, Any]]:
        def change(one: dict[str, Any], number: int) -> None:
            one["sourcedId"] = f"crowd-{number}"

        return self.students(shape(f"oneroster{self.version}_students")["users"][0], change)

    def listed(self) -> list[dict[str, Any]]:
        def change(one: dict[str, Any], number: int) -> None:
            one["sourcedId"] = f"enr-{1000 + number}"
            one["user"]["sourcedId"] = f"crowd-{number}"

        recorded = shape(f"oneroster{self.version}_enrollments")["enrollments"]
        return [*recorded, *self.students(recorded[1], change)]

    def people_of(self, body: Any) -> list[Any]:
        found: list[Any] = body["enrollments"]
        return found

    @property
    def subjects(self) -> set[str]:
        return {one["user"]["sourcedId"] for one in self.listed()}


@dataclass
class Platform(FarSide):
    """An LTI platform that keeps differences; its links drop every filter."""

    differences: str = ""
    refuses: bool = False

    name = "The LMS"
    kind = SourceKind.LTI

    def address(self, sealed_secret: str) -> RosterAddress:
        token_url = f"{self.url}/token"
        access = PlatformAccess(issuer=self.url, client_id="hub", token_url=token_url)
        return RosterAddress(kind=self.kind, url=f"{self.url}/members", access=access)

    def knows(self, asked: Asked) -> bool:
        return not self.refuses

    def refusal(self) -> Response:
        return JSONResponse({"error": "invalid_client"}, 401)

    def page_number(self, asked: Asked) -> int | None:
        if asked.path != "/members":
            return None
        return int(dict(asked.query).get("page", "1"))

    def page(self, asked: Asked, number: int, *, following: int) -> Response:
        here, last = self.slice_of(number)
        body = {**shape("nrps_members"), "members": here}
        more = not last or self.fault == "same"
        reply = self.linked(body, asked, f"{self.url}/members?page={following}" if more else "")
        if self.differences and last:
            reply.raw_headers.append((b"link", self.differences.encode()))
        return reply

    def other(self, asked: Asked) -> Response:
        if asked.path == "/token":
            return JSONResponse({"access_token": "t", "token_type": "Bearer", "expires_in": 3600})
        if asked.path == "/since/1":
            gone = {"user_id": "77ab-bo", "status": "Deleted", "roles": ["Learner"]}
            came = {"user_id": "new-1", "roles": ["Learner"], "name": "Nia Okoye"}
            reply = JSONResponse({**shape("nrps_members"), "members": [gone, came]})
            reply.raw_headers.append((b"link", b'</since/2>; rel="differences"'))
            return reply
        return Response(status_code=404)

    def listed(self) -> list[dict[str, Any]]:
        def change(one: dict[str, Any], number: int) -> None:
            one["user_id"] = f"crowd-{number}"

        recorded = shape("nrps_members")["members"]
        return [*recorded, *self.students(recorded[2], change)]

    def people_of(self, body: Any) -> list[Any]:
        found: list[Any] = body["members"]
        return found

    @property
    def subjects(self) -> set[str]:
        return {one["user_id"] for one in self.listed()}
