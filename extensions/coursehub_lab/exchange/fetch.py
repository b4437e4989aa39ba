"""The student's side: assignments and feedback fetched."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbgrader.exchange import abc

from coursehub_lab.exchange.base import Exchange
from coursehub_lab.exchange.tars import beside, files_of


class ExchangeFetchAssignment(Exchange, abc.ExchangeFetchAssignment):
    """`nbgrader fetch_assignment`: a released assignment in a folder of one's own."""

    def init_src(self) -> None:
        self.course()

    def init_dest(self) -> None:
        self.dest_path = self.home_of(self.course(), self.assignment())
        if self.dest_path.is_dir() and not self.replace_missing_files:
            self.fail(f"You already have a copy of {self.assignment()}, in {self.dest_path.name}/.")

    def copy_files(self) -> None:
        with self.speaking():
            if self.dest_path.is_dir():
                self._replace_missing()
            else:
                self._download(self.dest_path)
        self.log.info("Fetched as: %s %s", self.course(), self.assignment())

    def _download(self, into: Path) -> None:
        name = self.assignment()
        found = self.service().items(self.course_path("assignments"))
        released = next((each for each in found if each["name"] == name), None)
        if released is None or not released["released_at"]:
            names = ", ".join(each["name"] for each in found if each["released_at"]) or "none yet"
            self.fail(f"{name} is not released in {self.course()}. Released are: {names}.")
        path = self.course_path("assignments", name, "release")
        self.download(path, into, files=released["files"])

    def _replace_missing(self) -> None:
        """Files that are gone come again; a file that is there is the student's and stays."""
        with beside(self.dest_path) as aside:
            self._download(aside)
            for name, fresh in files_of(aside, ignore=lambda _folder, _names: []).items():
                mine = self.dest_path / name
                if not mine.exists():
                    self.log.warning("Replacing missing file '%s'", name)
                    mine.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(fresh, mine)


class ExchangeFetchFeedback(Exchange, abc.ExchangeFetchFeedback):
    """`nbgrader fetch_feedback`: feedback on one's own submissions, version by version."""

    def init_src(self) -> None:
        wanted = {"assignment": self.assignment()} if self.assignment() else {}
        with self.speaking():
            self.submissions = self.service().items(self.course_path("submissions"), params=wanted)

    def init_dest(self) -> None:
        self.waiting = [each for each in self.submissions if each["has_feedback"]]
        if not self.waiting:
            self.log.warning("There is no feedback on %s yet.", self.assignment() or "anything")

    def copy_files(self) -> None:
        for submission in self.waiting:
            home = self.home_of(self.course(), submission["assignment"])
            folder = home / "feedback" / self.written(submission["received_at"])
            if has_all(folder, submission["feedback"]):
                continue
            path = self.course_path("submissions", submission["id"], "feedback")
            with self.speaking():
                self.download(path, folder, files=submission["feedback"])
            self.log.info("Fetched feedback: %s", folder)


def has_all(folder: Path, files: list[Mapping[str, Any]]) -> bool:
    """Whether each of the files is in the folder, byte for byte."""
    return all(is_same(folder / file["path"], file) for file in files)


def is_same(path: Path, file: Mapping[str, Any]) -> bool:
    """Whether the file is there with the bytes that the service has."""
    if not path.is_file() or path.stat().st_size != file["size_bytes"]:
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == str(file["sha256"])
