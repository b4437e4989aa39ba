"""The class of the demo: its course, its people, and what they have done so far."""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from demo.browser import Browser
from demo.stage import Stage

COURSE: Final = "data8"
CONTEXT: Final = "data8-autumn"
INSTRUCTOR: Final = "1001"
GIT_TIMEOUT_S: Final = 60


@dataclass(slots=True)
class Classroom:
    """One class on a stage: everybody's browser, kept from step to step."""

    stage: Stage
    browsers: dict[str, Browser] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The instructor's own copy of the course."""
        return self.stage.folder / "course"

    @property
    def materials_url(self) -> str:
        """Where the modules' repository is served."""
        return f"{self.stage.git_url}/intro-data-science.git"

    def browser(self, person: str) -> Browser:
        """The browser of a person of the LMS."""
        if person not in self.browsers:
            self.browsers[person] = Browser(hub_url=self.stage.hub_url, lms_url=self.stage.lms_url)
        return self.browsers[person]

    def launch(self, person: str, link: str) -> httpx.Response:
        """Where a person's click on a link of the course ends."""
        return self.browser(person).launch(person=person, course=CONTEXT, link=link)

    def service(self, person: str, method: str, path: str, **options: Any) -> httpx.Response:
        """A call of the service's API with a person's own token; `type` is the content's."""
        headers = {"Authorization": f"token {self.browser(person).own_token()}"}
        if kind := options.pop("type", ""):
            headers["Content-Type"] = kind
        return httpx.request(
            method,
            f"{self.stage.hub_url}/services/coursehub/api/v1/{path}",
            headers=headers,
            timeout=120,
            **options,
        )

    def lms(self, method: str, path: str, **options: Any) -> Any:
        """What the LMS answers a script of its administrator."""
        answer = httpx.request(method, f"{self.stage.lms_url}{path}", timeout=30, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def make_course(self) -> None:
        """
        A course from the template, its materials pushed to the git server.

        It is made aside and stands all at once, so an interrupted beginning
        leaves nothing that the next one stumbles over. Nothing to do when it
        is there.
        """
        if self.folder.exists():
            return
        aside = self.stage.folder / "course.new"
        upstream = self.stage.folder / "git" / "intro-data-science.git"
        for unfinished in (aside, upstream):
            shutil.rmtree(unfinished, ignore_errors=True)
        self.stage.coursehub("course", "new", str(aside))
        git("init", "-q", "--bare", "-b", "main", str(upstream))
        git("-C", str(upstream), "config", "http.receivepack", "true")
        git("init", "-q", "-b", "main", str(aside / "materials"))
        git("-C", str(aside / "materials"), "remote", "add", "origin", self.materials_url)
        _push(aside / "materials", "The materials of the course")
        aside.rename(self.folder)

    def push(self, subject: str) -> None:
        """The instructor's copy of the materials, committed and pushed upstream."""
        _push(self.folder / "materials", subject)

    def apply_course(self) -> str:
        """What `coursehub course apply` said."""
        said = self.stage.coursehub(
            "course", "apply", COURSE, str(self.folder / "course.yml"),
            "--materials", self.materials_url,
        )  # fmt: skip
        return said.splitlines()[-1]

    def close(self) -> None:
        """Close every browser."""
        for browser in self.browsers.values():
            browser.close()


def _push(materials: Path, subject: str) -> None:
    git("-C", str(materials), "add", "-A")
    git("-C", str(materials), "commit", "-q", "-m", subject)
    git("-C", str(materials), "push", "-q", "origin", "main")


def git(*arguments: str) -> None:
    """One git command as the demo's instructor; RuntimeError with its words when it fails."""
    done = subprocess.run(
        ["git", "-c", "user.name=Ada Lovelace", "-c", "user.email=ada@university.example",
         "-c", "commit.gpgsign=false", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=GIT_TIMEOUT_S,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"git {arguments[0]} failed: {done.stderr.strip()}")
