"""
nbgrader's own converters on the trusted side, one call at a time in a worker process.

nbgrader changes the working directory, the log and traitlets' singletons,
so it never runs inside the service. What goes wrong comes back as a `Problem`,
because an exception with two arguments does not survive the way between
processes.
"""

import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import nbformat
import structlog
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)

from coursehub.adapters.autograde.gradebook import (
    Turn,
    automatic,
    course_directory,
    notebooks_of,
    one_writer,
    put_back,
    read,
)
from coursehub.adapters.autograde.parcel import Desk, Parcel, Problem, Run, is_inside
from coursehub.adapters.autograde.rebuilding import rebuilt
from coursehub.ports import Grade

RunElsewhere = Callable[[Parcel], "Run | Problem"]
_MOST_FEEDBACK_BYTES = 100_000_000
_UNFINISHED = ".autograding"
log = structlog.get_logger(__name__)


class Stopped(Exception):
    """A problem on its way out of nbgrader's converter."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


def prepare_process() -> None:
    """nbgrader starts `alembic` by name, so this Python's programs must be on PATH."""
    os.environ["PATH"] = os.pathsep.join((f"{sys.prefix}/bin", os.environ.get("PATH", "")))


def grade(desk: Desk, files: Mapping[str, bytes], run: RunElsewhere) -> Grade | Problem:
    """
    The submission collected, autograded and in the gradebook.

    Where that fails, the version that was graded before stays as it was, in
    autograded/ and in the gradebook: its score stands, and so does its feedback.
    """
    problem = _unreadable(files)
    if problem:
        return problem
    with one_writer(desk.root) as turn:
        if problem := _ungenerated(desk) or _without_notebooks(desk, files):
            return problem
        _collect(desk, files)
        elsewhere, earlier = Elsewhere(run=run, turn=turn), automatic(desk)
        try:
            _convert(_autograde(desk, elsewhere))
        except Stopped as stopped:
            if earlier:
                put_back(desk, earlier)
            return elsewhere.problem or stopped.problem
        _finish(desk)
        return read(desk) or Problem(
            kind="invalid",
            code="not-graded",
            sentence="nbgrader finished without a score for this submission.",
        )


def feedback(desk: Desk) -> dict[str, bytes] | Problem:
    """Feedback files by path, generated from the gradebook as it is now."""
    with one_writer(desk.root):
        if not desk.folder("autograded").is_dir():
            return Problem(
                kind="invalid",
                code="not-graded",
                sentence="This submission is not graded yet: grade it, then release feedback.",
            )
        try:
            _convert(GenerateFeedback(coursedir=course_directory(desk), force=True))
        except Stopped as stopped:
            return stopped.problem
    folder = desk.folder("feedback")
    found = {str(p.relative_to(folder)): p for p in sorted(folder.rglob("*.html"))}
    if sum(path.stat().st_size for path in found.values()) > _MOST_FEEDBACK_BYTES:
        return Problem(kind="invalid", code="too-large", sentence="The feedback is too large.")
    return {name: path.read_bytes() for name, path in found.items()}


def prepare(desk: Desk) -> Problem | None:
    """The assignment in the gradebook and in release/, made from source/ if it is not there."""
    if (desk.root / "release" / desk.assignment).is_dir() and not _ungenerated(desk):
        return None
    if not (desk.root / "source" / desk.assignment).is_dir():
        return Problem(
            kind="invalid",
            code="no-source",
            sentence=f"There is no source/{desk.assignment} in the course's folder.",
        )
    with one_writer(desk.root):
        try:
            _convert(GenerateAssignment(coursedir=course_directory(desk), force=True))
        except Stopped as stopped:
            return stopped.problem
    return None


class Elsewhere(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """In place of nbgrader's Execute: the notebook runs in the sandbox, this side waits."""

    def __init__(self, *, run: RunElsewhere, turn: "Turn") -> None:
        super().__init__()
        self._run = run
        self._turn = turn
        self.problem: Problem | None = None

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        folder = Path(resources["metadata"]["path"])
        parcel = Parcel(notebook=_written(nb), files=_beside(folder))
        # No gradebook is open here, so another submission may have its turn.
        with self._turn.given_up():
            ran = self._run(parcel)
        if isinstance(ran, Problem):
            self.problem = ran
            raise Stopped(ran)
        return rebuilt(nb, ran), resources


def _written(notebook: Any) -> bytes:
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]  # nbformat is half typed
    return text.encode()


def _beside(folder: Path) -> dict[str, bytes]:
    """The submission's files and the assignment's own, without notebooks (they hold tests)."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb"
    }


def _autograde(desk: Desk, elsewhere: Elsewhere) -> Any:
    made = Autograde(coursedir=course_directory(desk), force=True)
    # nbgrader empties its destination before it begins, and again when it fails.
    made.coursedir.autograded_directory = _UNFINISHED
    made.autograde_preprocessors = [
        elsewhere,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    return made


def _finish(desk: Desk) -> None:
    """The new version takes the place of the one that was graded before."""
    made, place = desk.folder(_UNFINISHED), desk.folder("autograded")
    replaced = made.with_name(f".{desk.assignment}.replaced")
    shutil.rmtree(replaced, ignore_errors=True)
    if place.exists():
        place.rename(replaced)
    place.parent.mkdir(parents=True, exist_ok=True)
    made.rename(place)
    shutil.rmtree(replaced, ignore_errors=True)


def _convert(converter: Any) -> None:
    """Nothing, if it worked; `Stopped` with a reason otherwise (nbgrader only logs its own)."""
    heard = _Heard()
    converter.log = logging.Logger("nbgrader")  # noqa: LOG001  # its own, kept out of the service's
    converter.log.addHandler(heard)
    try:
        converter.start()
    except (NbGraderException, SystemExit) as cause:
        log.warning("nbgrader-stopped", exc_info=heard.error or cause)
        raise Stopped(
            Problem(
                kind="invalid",
                code="not-gradable",
                sentence="nbgrader could not process this notebook: open it in Jupyter, check "
                "that its cells are as they were given out, and submit it again.",
            )
        ) from cause


class _Heard(logging.Handler):
    """The error that nbgrader last complained of; its words name students and folders."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.error: BaseException | None = None

    def emit(self, _record: logging.LogRecord) -> None:
        # nbgrader catches what a notebook raises, logs it, and raises another error later.
        self.error = sys.exc_info()[1] or self.error


def _collect(desk: Desk, files: Mapping[str, bytes]) -> None:
    """submitted/<student>/<assignment>/ holds this submission and its time, nothing older."""
    folder = desk.folder("submitted")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    moment = desk.received_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    (folder / "timestamp.txt").write_text(moment)


def _unreadable(files: Mapping[str, bytes]) -> Problem | None:
    for path, content in files.items():
        if not is_inside(path):
            return Problem(
                kind="invalid",
                code="bad-path",
                sentence="A file of the submission has a path that leads out of it.",
            )
        if path.endswith(".ipynb") and "/" not in path and not _is_notebook(content):
            return Problem(
                kind="invalid",
                code="notebook-unreadable",
                sentence=f"{path} is no readable notebook: open and save it in Jupyter, then "
                "submit again.",
            )
    return None


def _is_notebook(content: bytes) -> bool:
    try:
        found = json.loads(content)
        nbformat.reads(content.decode(), as_version=4)  # type: ignore[no-untyped-call]  # nbformat is half typed
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
    return isinstance(found, dict) and isinstance(found.get("cells"), list)


def _ungenerated(desk: Desk) -> Problem | None:
    if notebooks_of(desk):
        return None
    return Problem(
        kind="invalid",
        code="assignment-not-generated",
        sentence=f"{desk.assignment} is not in the gradebook yet: generate the assignment in "
        "the course's grader server (nbgrader, Generate), then grade again.",
    )


def _without_notebooks(desk: Desk, files: Mapping[str, bytes]) -> Problem | None:
    wanted = [f"{name}.ipynb" for name in notebooks_of(desk)]
    if any(name in files for name in wanted):
        return None
    return Problem(
        kind="invalid",
        code="notebook-missing",
        sentence=f"The submission holds none of {', '.join(wanted)}: the notebook must keep "
        "the name it was given out with.",
    )
