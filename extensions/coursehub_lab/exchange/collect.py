"""The teacher's side: submissions collected."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange import abc

from coursehub_lab.exchange.base import Exchange


class ExchangeCollect(Exchange, abc.ExchangeCollect):
    """`nbgrader collect`: each student's counted submission in submitted/<student>/."""

    def init_src(self) -> None:
        wanted = {"all": "1", "assignment": self.assignment()}
        if self.student():
            wanted["student"] = self.student()
        with self.speaking():
            found = self.service(transfer=True).items(
                self.course_path("submissions"), params=wanted
            )
        self.counted: dict[str, Mapping[str, Any]] = {}
        for each in found:
            earlier = self.counted.get(each["student"])
            # The list is by time: the last counts, or the last that was not late.
            if earlier and self.before_duedate and each["late_s"] and not earlier["late_s"]:
                continue
            self.counted[each["student"]] = each

    def init_dest(self) -> None:
        self.course()

    def copy_files(self) -> None:
        count = len(self.counted)
        where = f"'{self.assignment()}' for course '{self.course()}'"
        if not count:
            self.log.warning("No submissions of %s to collect", where)
        else:
            self.log.info("Processing %d submissions of %s", count, where)
        for student, submission in sorted(self.counted.items()):
            self._collect(student, submission)

    def _collect(self, student: str, submission: Mapping[str, Any]) -> None:
        step = self.coursedir.submitted_directory
        folder = Path(self.coursedir.format_path(step, student, self.assignment()))
        if not self._wanted(student, submission, folder):
            return
        path = self.course_path("submissions", submission["id"], "files")
        with self.speaking():
            self.download(path, folder, files=submission["files"])
            stamp = folder / "timestamp.txt"
            stamp.write_text(self.written(submission["received_at"]), encoding="utf-8")

    def _wanted(self, student: str, submission: Mapping[str, Any], folder: Path) -> bool:
        """Whether the submission is to replace what was collected, if anything was."""
        what = f"{student} {self.assignment()}"
        if not folder.is_dir():
            self.log.info("Collecting submission: %s", what)
            return True
        # Nbgrader's own reading gives moments without a zone, in UTC.
        received_at = datetime.fromisoformat(submission["received_at"]).astimezone(UTC)
        new = received_at.replace(tzinfo=None)
        old = self.coursedir.get_existing_timestamp(str(folder))
        if (self.update and (old is None or new > old)) or (self.before_duedate and old != new):
            self.log.info("Updating submission: %s", what)
            return True
        advice = (
            "No newer submission to collect"
            if self.update
            else ("Submission already exists, use --update to update")
        )
        self.log.info("%s: %s", advice, what)
        return False
