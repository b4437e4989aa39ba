"""The student's side: work handed in."""

import os
from collections.abc import Mapping
from typing import Any, BinaryIO

from nbgrader.exchange import abc

from coursehub_lab.exchange.base import Exchange
from coursehub_lab.exchange.receipts import Pending, keep
from coursehub_lab.exchange.tars import digest, packed
from coursehub_lab.service import ServiceError

_ATTEMPTS = 2


class ExchangeSubmit(Exchange, abc.ExchangeSubmit):
    """`nbgrader submit`: the assignment's folder sent to the service, a receipt kept."""

    def init_src(self) -> None:
        self.src_path = self.home_of(self.course(), self.assignment())
        self.coursedir.assignment_id = self.src_path.name
        if not self.src_path.is_dir():
            self.fail(
                f"There is no folder {self.src_path.name!r} here. "
                "Fetch the assignment first, and submit from the same place."
            )

    def init_dest(self) -> None:
        self.course()

    def copy_files(self) -> None:
        with self.speaking():
            files = self.to_send(self.src_path)
            self._compare(set(files))
            with packed(files) as archive:
                receipt = self._deliver(archive)
            kept = keep(receipt)
        self._show(receipt)
        self.log.info("Your receipt is kept in %s", kept)

    def _compare(self, submitted: set[str]) -> None:
        """A warning about notebooks missing or added since the release, or a failure if strict."""
        released = next(
            (
                {file["path"] for file in each["files"]}
                for each in self.service().items(self.course_path("assignments"))
                if each["name"] == self.assignment() and each["released_at"]
            ),
            None,
        )
        if released is None:
            self.fail(f"{self.assignment()} is not released in {self.course()} (or no longer).")
        expected, mine = _notebooks(released), _notebooks(submitted)
        if expected == mine:
            return
        comparison = "\n\t".join(
            [
                "Expected:",
                *(f"{name}: {'FOUND' if name in mine else 'MISSING'}" for name in sorted(expected)),
                "Submitted:",
                *(f"{name}: {'OK' if name in expected else 'EXTRA'}" for name in sorted(mine)),
            ]
        )
        if self.strict and expected - mine:
            self.fail(
                f"Assignment {self.assignment()} not submitted. There are missing notebooks "
                f"for the submission:\n{comparison}"
            )
        self.log.warning(
            "Possible missing notebooks and/or extra notebooks submitted for assignment %s:\n%s",
            self.assignment(),
            comparison,
        )

    def _deliver(self, archive: BinaryIO) -> Mapping[str, Any]:
        """The receipt; an attempt whose answer was lost is made again under the same key."""
        pending = Pending(self.course(), self.assignment(), digest(archive))
        headers = {
            "Idempotency-Key": pending.key(),
            "Content-Length": str(os.fstat(archive.fileno()).st_size),
        }
        path = self.course_path("assignments", self.assignment(), "submissions")
        for attempts_left in reversed(range(_ATTEMPTS)):
            archive.seek(0)
            try:
                receipt = self.service(transfer=True).upload("POST", path, archive, headers=headers)
                break
            except ServiceError as trouble:
                if 400 <= trouble.status < 500:  # noqa: PLR2004  refused, and will be again
                    pending.settled()
                    raise
                if not attempts_left:
                    raise
        pending.settled()
        return receipt

    def _show(self, receipt: Mapping[str, Any]) -> None:
        late = float(receipt["late_s"])
        self.log.info(
            "Submitted as: %s %s %s",
            receipt["course"],
            receipt["assignment"],
            self.written(receipt["received_at"]),
        )
        self.log.info("Receipt %s, %d file(s):", receipt["id"], len(receipt["files"]))
        for file in receipt["files"]:
            self.log.info("    %s  %s", file["sha256"][:16], file["path"])
        if late:
            self.log.warning("This is %s after the deadline; it was received.", _spoken(late))


def _notebooks(paths: set[str]) -> set[str]:
    return {path for path in paths if path.endswith(".ipynb")}


def _spoken(seconds: float) -> str:
    """A length of time in the largest unit that fits."""
    for unit, length_s in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length_s:
            count = int(seconds // length_s)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
