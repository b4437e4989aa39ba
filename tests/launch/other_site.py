"""An LMS on another site than the Hub, as a browser sees it: a course, a portal around it."""

from dataclasses import dataclass, field
from typing import Any

import jwt as pyjwt
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

COURSE = """<!doctype html><html lang="en"><title>A course in the LMS</title>
<link rel="icon" href="data:,">
<h1>A course in the LMS</h1>
<form method="post" action="{tool}" target="{target}">
<input type="hidden" name="ticket" value="{ticket}"><button>Add content</button></form>
<iframe name="tool" title="The tool" width="100%" height="700"></iframe></html>"""

PORTAL = """<!doctype html><html lang="en"><title>The school's portal</title>
<link rel="icon" href="data:,">
<iframe name="lms" title="The LMS" width="100%" height="900" src="{lms}"></iframe></html>"""

THANKS = '<!doctype html><html lang="en"><link rel="icon" href="data:,"><h1>Thank you</h1></html>'


@dataclass
class OtherSite:
    """An LMS on another site than the Hub, which notes what comes back."""

    url: str
    answers: list[dict[str, Any]] = field(default_factory=list)

    def app(self, tool: str) -> FastAPI:
        app = FastAPI()

        @app.get("/course")
        def course(ticket: str, target: str) -> HTMLResponse:
            return HTMLResponse(COURSE.format(tool=tool, ticket=ticket, target=target))

        @app.get("/portal")
        def portal(ticket: str) -> HTMLResponse:
            course = f"{self.url}/course?ticket={ticket}&amp;target=tool"
            return HTMLResponse(PORTAL.format(lms=course))

        @app.post("/return")
        async def back(request: Request) -> HTMLResponse:
            token = str((await request.form())["JWT"])
            self.answers.append(pyjwt.decode(token, options={"verify_signature": False}))
            return HTMLResponse(THANKS)

        return app
