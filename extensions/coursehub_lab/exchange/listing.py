"""What is released and what was handed in, in the shape that nbgrader's pages read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbgrader.exchange import abc

from coursehub_lab.exchange.base import Exchange
from coursehub_lab.exchange.fetch import has_all, is_same
from coursehub_lab.service import ServiceError

Entry = dict[str, Any]


class ExchangeList(Exchange, abc.ExchangeList):
    """`nbgrader list`: released assignments, or submissions with `--inbound` or `--cached`."""

    def init_src(self) -> None:
        pass

    def init_dest(self) -> None:
        pass

    def copy_files(self) -> None:
        pass

    def courses(self) -> list[str]:
        """The course that was asked for, or all courses of this server's owner."""
        if self.coursedir.course_id:
            return [self.course()]
        with self.speaking():
            return [str(each["course"]) for each in self.service().get("api/v1/me")["courses"]]

    def list_files(self) -> list[Entry]:
        if self.inbound or self.cached:
            return self._submitted()
        entries = self._released()
        self.log.info("Released assignments:")
        for entry in entries:
            fetched = " (already downloaded)" if entry["status"] == "fetched" else ""
            self.log.info("%s %s%s", entry["course_id"], entry["assignment_id"], fetched)
        return entries

    def remove_files(self) -> list[Entry]:
        """The releases that were taken back; submissions are never removed."""
        if self.inbound or self.cached:
            self.fail("Submissions are kept: they cannot be removed.")
        entries = self._released()
        for entry in entries:
            name = entry["assignment_id"]
            path = self.course_path("assignments", name, "release", course=entry["course_id"])
            with self.speaking():
                self.service().call("DELETE", path)
            self.log.info("Removed: %s %s", entry["course_id"], name)
            entry["status"] = "removed"
        return entries

    def _released(self) -> list[Entry]:
        entries = []
        for course in self.courses():
            with self.speaking():
                found = self.service().items(self.course_path("assignments", course=course))
            entries += [
                self._released_entry(course, each)
                for each in found
                if each["released_at"] and self.assignment() in {"", each["name"]}
            ]
        return entries

    def _released_entry(self, course: str, assignment: Mapping[str, Any]) -> Entry:
        home = self.home_of(course, assignment["name"])
        fetched = home.is_dir()
        notebooks = [(name, "") for name in assignment["notebooks"]]
        if fetched:
            notebooks = [(path.stem, str(path)) for path in sorted(home.glob("*.ipynb"))]
        return {
            "course_id": course,
            "assignment_id": assignment["name"],
            "status": "fetched" if fetched else "released",
            "path": str(home) if fetched else "",
            "notebooks": [{"notebook_id": name, "path": path} for name, path in notebooks],
            "due_at": assignment["due_at"],
        }

    def _submitted(self) -> list[Entry]:
        """One entry for each student and assignment, its versions in order of time."""
        grouped: dict[tuple[str, str, str], list[Entry]] = {}
        for course in self.courses():
            for each in self._submissions(course):
                key = (course, each["student"], each["assignment"])
                grouped.setdefault(key, []).append(self._submitted_entry(each))
        self.log.info("Submitted assignments:")
        for info in (info for versions in grouped.values() for info in versions):
            self.log.info(_line(info))
        return [
            {
                "course_id": course,
                "student_id": student,
                "assignment_id": assignment,
                "status": "submitted",
                "submissions": versions,
            }
            for (course, student, assignment), versions in sorted(grouped.items())
        ]

    def _submissions(self, course: str) -> list[Entry]:
        """Everybody's with `--inbound` for the staff, else one's own."""
        wanted = {"assignment": self.assignment(), "student": self.student()}
        path = self.course_path("submissions", course=course)
        with self.speaking():
            if self.inbound:
                try:
                    return self.service().items(path, params={**wanted, "all": "1"})
                except ServiceError as refusal:
                    if refusal.code != "staff-only":
                        raise
            return self.service().items(path, params={"assignment": wanted["assignment"]})

    def _submitted_entry(self, submission: Mapping[str, Any]) -> Entry:
        course, assignment = submission["course"], submission["assignment"]
        timestamp = self.written(submission["received_at"])
        home = self.home_of(course, assignment)
        folder = home / "feedback" / timestamp
        feedback = submission["feedback"]
        local = bool(feedback) and all((folder / file["path"]).is_file() for file in feedback)
        return {
            "course_id": course,
            "student_id": submission["student"],
            "assignment_id": assignment,
            "timestamp": timestamp,
            "status": "submitted",
            "path": str(home),
            "has_local_feedback": local,
            "has_exchange_feedback": bool(feedback),
            "feedback_updated": local and not has_all(folder, feedback),
            "local_feedback_path": str(folder) if local else None,
            "notebooks": [
                _notebook_entry(name, home, folder, feedback) for name in submission["notebooks"]
            ],
            "receipt_id": submission["id"],
            "late_s": submission["late_s"],
            "score": submission["score"],
        }


def _notebook_entry(name: str, home: Path, folder: Path, feedback: list[Entry]) -> Entry:
    page = folder / f"{name}.html"
    released = next((file for file in feedback if file["path"] == page.name), None)
    local = page.is_file()
    return {
        "notebook_id": name,
        "path": str(home / f"{name}.ipynb"),
        "has_local_feedback": local,
        "has_exchange_feedback": released is not None,
        "local_feedback_path": str(page) if local else None,
        "feedback_updated": local and released is not None and not is_same(page, released),
    }


def _line(info: Entry) -> str:
    text = "{course_id} {student_id} {assignment_id} {timestamp}".format(**info)
    if info["has_local_feedback"] and not info["feedback_updated"]:
        return f"{text} (feedback already fetched)"
    if info["has_exchange_feedback"]:
        return f"{text} (feedback ready to be fetched)"
    return f"{text} (no feedback available)"
