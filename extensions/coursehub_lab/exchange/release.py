"""The teacher's side: assignments and feedback given out."""

import fnmatch
from pathlib import Path
from urllib.parse import urlencode

from nbgrader.exchange import abc

from coursehub_lab.exchange.base import Exchange
from coursehub_lab.exchange.tars import BadFolder, packed
from coursehub_lab.service import ServiceError


class ExchangeReleaseAssignment(Exchange, abc.ExchangeReleaseAssignment):
    """`nbgrader release_assignment`: release/<assignment>/ sent to the service."""

    def init_src(self) -> None:
        self.src_path = Path(self._folder(self.coursedir.release_directory))
        if self.src_path.is_dir():
            return
        if Path(self._folder(self.coursedir.source_directory)).is_dir():
            self.fail(
                f"{self.assignment()} has no release version yet: "
                "run `nbgrader generate_assignment` first."
            )
        self.fail(f"There is no assignment {self.assignment()!r} in this course's folder.")

    def init_dest(self) -> None:
        self.course()

    def copy_files(self) -> None:
        with self.speaking(), packed(self.to_send(self.src_path)) as archive:
            try:
                self.service(transfer=True).upload(
                    "PUT",
                    self.course_path("assignments", self.assignment(), "release"),
                    archive,
                    headers={} if self.force else {"If-None-Match": "*"},
                )
            except ServiceError as refusal:
                if refusal.code != "already-released":
                    raise
                self.fail(
                    f"{self.assignment()} is released already; add --force to release it again."
                )
        self.log.info("Released as: %s %s", self.course(), self.assignment())

    def _folder(self, step: str) -> str:
        return str(self.coursedir.format_path(step, ".", self.assignment()))


class ExchangeReleaseFeedback(Exchange, abc.ExchangeReleaseFeedback):
    """`nbgrader release_feedback`: each student's feedback sent to the service."""

    def init_src(self) -> None:
        self.folders = {
            student: folder
            for student, folder in self._feedback_folders().items()
            if not self._excluded(student)
        }
        if not self.folders:
            self.log.warning(
                "There is no feedback on %s yet: run `nbgrader generate_feedback` first.",
                self.assignment(),
            )

    def init_dest(self) -> None:
        self.course()

    def copy_files(self) -> None:
        failed = []
        for student, folder in self.folders.items():
            try:
                self._release(student, folder)
            except (ServiceError, BadFolder) as trouble:
                self.log.error("%s: %s", student, trouble)  # noqa: TRY400  a sentence will do
                failed.append(student)
            else:
                self.log.info("Feedback released: %s %s", student, self.assignment())
        if failed:
            self.fail(f"Feedback could not be released to {', '.join(failed)}.")

    def _release(self, student: str, folder: Path) -> None:
        """Feedback carries its submission's time, so that it lands on that version alone."""
        path = self.course_path("assignments", self.assignment(), "feedback", student)
        received_at = self.coursedir.get_existing_timestamp(str(folder))
        if received_at is not None:
            path += "?" + urlencode({"received_at": f"{received_at.isoformat()}+00:00"})
        with packed({page.name: page for page in sorted(folder.glob("*.html"))}) as archive:
            self.service(transfer=True).upload("PUT", path, archive)

    def _feedback_folders(self) -> dict[str, Path]:
        """Folders with feedback by student; their place follows the directory structure."""
        root = self.coursedir.format_path(self.coursedir.feedback_directory, "*", self.assignment())
        before, _, after = str(root).partition("*")
        return {
            name: folder
            for name in sorted(path.name for path in Path(before).glob("*") if path.is_dir())
            if any((folder := Path(f"{before}{name}{after}")).glob("*.html"))
        }

    def _excluded(self, student: str) -> bool:
        excluded = str(self.coursedir.student_id_exclude).split(",")
        return student in excluded or not fnmatch.fnmatch(student, self.student() or "*")
