"""What the parts of the exchange have in common."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader.exchange.abc import Exchange as AbstractExchange
from nbgrader.exchange.abc import ExchangeError
from nbgrader.utils import ignore_patterns
from traitlets import Bool, Float

from coursehub_lab.exchange.tars import BadFolder, beside, files_of, unpack
from coursehub_lab.service import Service, ServiceError

_TAR_OVERHEAD_BYTES = 4096


class Exchange(AbstractExchange):
    """An exchange that is the course service; failures are sentences."""

    path_includes_course = Bool(
        False,
        help="Whether an assignment's folder lies in a folder named after its course.",
    ).tag(config=True)

    timeout_s = Float(
        10.0,
        help="Seconds to wait for an answer; the student's server waits with it.",
    ).tag(config=True)

    transfer_timeout_s = Float(
        60.0,
        help="Seconds to wait for the next bytes of an upload or download.",
    ).tag(config=True)

    def fail(self, msg: str) -> NoReturn:
        """ExchangeError with the sentence, which is logged as well."""
        self.log.fatal(msg)
        raise ExchangeError(msg) from None

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """The service's and the disk's troubles as ExchangeError."""
        try:
            yield
        except (ServiceError, BadFolder) as trouble:
            self.fail(str(trouble))
        except OSError as trouble:
            why = trouble.strerror or type(trouble).__name__
            self.fail(f"A file could not be read or written ({why}). Nothing was handed over.")

    def service(self, *, transfer: bool = False) -> Service:
        """The course service, as this server's owner."""
        found = Service.from_environment()
        timeout_s = self.transfer_timeout_s if transfer else self.timeout_s
        return Service(base=found.base, token=found.token, timeout_s=timeout_s)

    def course_path(self, *parts: str, course: str = "") -> str:
        """The API's path of the course, and below it."""
        names = [quote(part, safe="") for part in (course or self.course(), *parts)]
        return "api/v1/courses/" + "/".join(names)

    def course(self) -> str:
        """The course that was asked for."""
        if not self.coursedir.course_id:
            self.fail("No course id specified. Re-run with --course flag.")
        return str(self.coursedir.course_id)

    def assignment(self) -> str:
        """The assignment that was asked for; empty for all."""
        name = str(self.coursedir.assignment_id)
        return "" if name == "*" else name

    def student(self) -> str:
        """The student who was asked for; empty for all."""
        name = str(self.coursedir.student_id)
        return "" if name == "*" else name

    def home_of(self, course: str, assignment: str) -> Path:
        """The folder of someone's own copy of an assignment."""
        base = Path(self.assignment_dir).absolute()
        return base / course / assignment if self.path_includes_course else base / assignment

    def written(self, received_at: str) -> str:
        """A moment of the service as nbgrader writes timestamps, in the configured zone."""
        try:
            zone = ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            self.fail(f"Invalid timezone: {self.timezone}")
        moment = datetime.fromisoformat(received_at).astimezone(zone)
        return str(moment.strftime(self.timestamp_format))

    def to_send(self, folder: Path) -> dict[str, Path]:
        """The folder's files as nbgrader's settings choose them; ExchangeError if too large."""
        files = files_of(
            folder,
            ignore=ignore_patterns(
                exclude=self.coursedir.ignore,
                include=self.coursedir.include,
                max_file_size=self.coursedir.max_file_size,
                log=self.log,
            ),
        )
        size = sum(path.stat().st_size for path in files.values())
        most = 1000 * self.coursedir.max_dir_size
        if size > most:
            self.fail(
                f"The folder {folder.name} holds {size / 1e6:,.0f} MB, more than the "
                f"{most / 1e6:,.0f} MB allowed. Remove what is not part of the work."
            )
        return files

    def download(self, path: str, into: Path, *, files: list[Mapping[str, Any]]) -> None:
        """The service's files, all of them or none, in a new folder or in place of an old one."""
        most = sum(int(file["size_bytes"]) + _TAR_OVERHEAD_BYTES for file in files)
        with tempfile.TemporaryFile() as archive, beside(into) as aside:
            self.service(transfer=True).download(
                path, archive, max_bytes=most + _TAR_OVERHEAD_BYTES
            )
            unpack(archive, aside)
            if into.exists():
                shutil.rmtree(into)
            aside.rename(into)
