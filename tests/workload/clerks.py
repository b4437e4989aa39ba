"""Who else is there: students who hand in, assistants who mark. Nothing of it is counted."""

from dataclasses import dataclass
from typing import Final

import httpx

from tests.exchange.actors import tar_of
from tests.grading.campus import ScriptedGrader, grade

TA: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
_TAR: Final = {"content-type": "application/x-tar"}


@dataclass(frozen=True)
class Student:
    """Someone with a browser and a notebook."""

    name: str
    http: httpx.Client

    def submits(self, course: str, assignment: str) -> None:
        path = f"api/v1/courses/{course}/assignments/{assignment}/submissions"
        tar = tar_of({f"{assignment}.ipynb": b"{}"})
        sent = self.http.post(path, content=tar, headers={"x-hub-name": self.name, **_TAR})
        assert sent.status_code == 201, sent.text

    def sees_modules(self, course: str) -> list[dict[str, str]]:
        found = self.http.get(f"api/v1/courses/{course}/modules", headers={"x-hub-name": self.name})
        assert found.status_code == 200, found.text
        items: list[dict[str, str]] = found.json()["items"]
        return items

    def has_feedback(self, course: str, assignment: str) -> bool:
        answer = self.http.get(
            f"api/v1/courses/{course}/submissions",
            params={"assignment": assignment},
            headers={"x-hub-name": self.name},
        )
        (own,) = answer.json()["items"]
        given = self.http.get(
            f"api/v1/courses/{course}/submissions/{own['id']}/feedback",
            headers={"x-hub-name": self.name},
        )
        return b"for " + self.name.encode() in given.content


@dataclass(frozen=True)
class Assistant:
    """A TA, who marks the question of the students of one section in formgrader."""

    grader: ScriptedGrader

    def marks(self, students: tuple[str, ...], points: float) -> None:
        self.grader.grades.update({name: grade(points) for name in students})

    def has_not_marked(self, students: tuple[str, ...]) -> None:
        self.grader.grades.update({name: grade(5, needs_manual=True) for name in students})
