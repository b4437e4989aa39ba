"""The instructor: each public method is one action, and counts itself."""

import functools
import io
import subprocess
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config
from typer.testing import CliRunner

import coursehub
from coursehub.cli import app
from tests.workload import course as plan
from tests.workload.campus import Campus, lms_course, member

P = ParamSpec("P")
R = TypeVar("R")


class Kind(StrEnum):
    COMMAND = "command"
    FORM = "form"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that the instructor did; `remembered` where a date alone called for it."""

    task: str
    kind: Kind
    name: str
    remembered: bool


def action(
    kind: Kind, *, remembered: bool = False
) -> Callable[
    [Callable[Concatenate["Instructor", P], R]], Callable[Concatenate["Instructor", P], R]
]:
    """A method that is one action: it cannot be called without being counted."""

    def counting(
        method: Callable[Concatenate["Instructor", P], R],
    ) -> Callable[Concatenate["Instructor", P], R]:
        @functools.wraps(method)
        def counted(self: "Instructor", /, *given: P.args, **named: P.kwargs) -> R:
            assert self.task, "an action belongs to a task of the table"
            done = Action(task=self.task, kind=kind, name=method.__name__, remembered=remembered)
            self.done.append(done)
            return method(self, *given, **named)

        return counted

    return counting


@dataclass
class Instructor:
    """Ada, at her desk and in her browser."""

    campus: Campus
    name: str = "ada"
    task: str = ""
    done: list[Action] = field(default_factory=list)

    @contextmanager
    def at(self, task: str) -> Iterator[None]:
        """The task of the table that the actions within belong to."""
        self.task, before = task, self.task
        yield
        self.task = before

    def counted(self) -> dict[str, tuple[int, int]]:
        """By task: how many actions, and how many of them at a moment to remember."""
        every = Counter(one.task for one in self.done)
        kept = Counter(one.task for one in self.done if one.remembered)
        return {task: (number, kept[task]) for task, number in every.items()}

    @property
    def folder(self) -> Path:
        return self.campus.folder / "my-course"

    @property
    def file(self) -> Path:
        return self.folder / "course.yml"

    # In the LMS

    @action(Kind.FORM)
    def adds_the_link(self, course: str, label: str) -> None:
        """The tool's link, in a course of the LMS."""
        self.campus.lms.courses[course] = lms_course(course, label)
        self.campus.lms.courses[course].enrol(member(self.name, "Instructor"))

    @action(Kind.FORM)
    def copies_the_course(self, course: str, *, into: str, label: str) -> None:
        """The LMS's own copy: its links come along, its people do not."""
        copy = lms_course(into, label)
        copy.links = deepcopy(self.campus.lms.courses[course].links)
        copy.enrol(member(self.name, "Instructor"))
        self.campus.lms.courses[into] = copy

    @action(Kind.FORM)
    def follows_the_link(self, course: str) -> None:
        self.campus.come(self.name, course=course)

    # At a terminal

    @action(Kind.COMMAND)
    def makes_the_folder(self) -> None:
        self._types("new", str(self.folder), data=False)

    @action(Kind.COMMAND)
    def applies(self, course: str) -> str:
        return self._types("apply", course, str(self.file))

    @action(Kind.COMMAND)
    def publishes_the_materials(self) -> None:
        """One line: the folder made a repository, committed and pushed."""
        self._git("init", "-q", "-b", "main")
        self._git("remote", "add", "origin", self.campus.materials.as_uri())
        self._push("The materials of the course", "README.md")

    @action(Kind.COMMAND, remembered=True)
    def pushes_the_module(self, week: int) -> None:
        """One line, in the module's week and not before: what is pushed, students have."""
        folder = self.folder / "materials" / plan.module(week)
        folder.mkdir()
        (folder / "notes.md").write_text(f"Week {week}\n")
        self._push(f"Week {week}", plan.module(week))

    @action(Kind.COMMAND)
    def pushes_a_fix(self, week: int) -> None:
        (self.folder / "materials" / plan.module(week) / "notes.md").write_text("Corrected\n")
        self._push("A correction", plan.module(week))

    # Files and forms

    @action(Kind.FORM)
    def makes_a_repository(self) -> None:
        """On the git server's page: an empty one."""
        self._git("init", "-q", "--bare", "-b", "main", str(self.campus.materials), at=Path("/"))

    @action(Kind.FILE)
    def writes_the_course_file(self, assistants: tuple[str, ...]) -> None:
        self.file.write_text(plan.course_file(self.campus.materials.as_uri(), assistants))

    @action(Kind.FORM)
    def gives_more_time(self, course: str, person: str, *, week: int = 0) -> None:
        """To one person: for that week's assignment, or standing where it is none."""
        of = f"assignments {plan.assignment(week)}" if week else ""
        self._sends(f"courses/{course}/settings/extensions", person=person, of=of, by="2 days")

    @action(Kind.FORM)
    def begins_the_next_term(self, course: str, *, starts: str, into: str) -> None:
        self._sends(f"courses/{course}/settings/next-term", starts=starts, into=into)

    @action(Kind.FORM)
    def archives(self, course: str) -> None:
        self._sends(f"courses/{course}/settings/archive")

    @action(Kind.FILE)
    def has_submissions_graded_on_arrival(self) -> None:
        """A setting in jupyterhub_config.py."""
        file = self.campus.folder / "jupyterhub_config.py"
        file.write_text(
            "coursehub.setup(c, environment={'COURSEHUB_AUTOGRADE_ON_SUBMIT': 'true'})\n"
        )
        c = Config()
        exec(file.read_text(), {"c": c, "coursehub": coursehub})
        (service,) = c.JupyterHub.services
        self.campus.started_anew(service["environment"])

    @action(Kind.FORM)
    def generates(self, course: str, assignment: str) -> None:
        """Formgrader's button: the students' version made, by nbgrader."""
        config = Config()
        config.CourseDirectory.root = str(self._root(course))
        made = NbGraderAPI(config=config).generate_assignment(assignment)
        assert made["success"], made["log"]

    @action(Kind.FORM, remembered=True)
    def releases(self, course: str, assignment: str) -> None:
        """Formgrader's button, which sends that version to the service."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for path in sorted((self._root(course) / "release" / assignment).iterdir()):
                tar.add(path, path.name)
        done = self.campus.http.put(
            f"api/v1/courses/{course}/assignments/{assignment}/release",
            content=packed.getvalue(),
            headers={"x-hub-name": self.name, "content-type": "application/x-tar"},
        )
        assert done.status_code == 200, done.text

    @action(Kind.FORM, remembered=True)
    def sends_scores(self, course: str, assignment: str) -> None:
        self._sends(f"courses/{course}/assignments/{assignment}/scores")

    @action(Kind.FORM, remembered=True)
    def releases_feedback(self, course: str, assignment: str) -> None:
        self._sends(f"courses/{course}/assignments/{assignment}/feedback")

    def _sends(self, path: str, **words: str) -> None:
        done = self.campus.http.post(
            path, data=words, headers={"x-hub-name": self.name, "accept": "text/html"}
        )
        assert done.status_code == 303, done.text

    def _root(self, course: str) -> Path:
        return self.campus.settings.course_root(course) / "course"

    def _types(self, *words: str, data: bool = True) -> str:
        place = ("--data-dir", str(self.campus.settings.data_dir)) if data else ()
        done = CliRunner().invoke(
            app, ["course", *words, *place], env={"COURSEHUB_REPOSITORY_PROTOCOLS": "file"}
        )
        assert done.exit_code == 0, done.output
        return done.output

    def _push(self, subject: str, path: str) -> None:
        self._git("add", path)
        self._git("commit", "-q", "-m", subject)
        self._git("push", "-q", "origin", "main")

    def _git(self, *words: str, at: Path | None = None) -> None:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@north.example")
        subprocess.run(
            ["git", *who, "-c", "commit.gpgsign=false", *words],
            cwd=at or self.folder / "materials", check=True, capture_output=True, timeout=60,
        )  # fmt: skip
