"""
Nbgrader's assignment list, whose troubles are sentences.

Its pages and addresses are nbgrader's own. Behind them stands a manager that
answers a failure with the exchange's sentence, where nbgrader's shows a
traceback (submit), another text (list), or nothing at all (fetch).
"""

from collections.abc import Callable
from typing import Any

from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError, ExchangeFactory
from nbgrader.server_extensions import assignment_list as theirs
from nbgrader.server_extensions.assignment_list.handlers import AssignmentList as TheirList
from traitlets import TraitError

Answer = dict[str, Any]


class AssignmentList(TheirList):
    """The manager behind the assignment list's handlers."""

    # What a fetch failed with: its handler answers with the list that it asks for next.
    _trouble = ""

    def list_assignments(self, course_id: str | None = None) -> Answer:
        """Released assignments and one's submissions, or why they cannot be shown."""
        if self._trouble:
            trouble, self._trouble = self._trouble, ""
            return {"success": False, "value": trouble}
        return self._answer(lambda config: self._list(config, course_id))

    def list_courses(self) -> Answer:
        """The courses of this server's owner."""
        return self._answer(lambda config: sorted(self._part(config, "List").courses()))

    def fetch_assignment(self, course_id: str, assignment_id: str) -> Answer:
        """Whether it was fetched."""
        return self._remembered(self._run("FetchAssignment", course_id, assignment_id))

    def fetch_feedback(self, course_id: str, assignment_id: str) -> Answer:
        """Whether it was fetched."""
        return self._remembered(self._run("FetchFeedback", course_id, assignment_id))

    def submit_assignment(self, course_id: str, assignment_id: str) -> Answer:
        """Whether it was received."""
        return self._run("Submit", course_id, assignment_id)

    def _run(self, part: str, course_id: str, assignment_id: str) -> Answer:
        return self._answer(
            lambda config: self._part(
                config, part, course_id=course_id, assignment_id=assignment_id
            ).start()
        )

    def _list(self, config: Any, course_id: str | None) -> list[Answer]:
        wanted = {"course_id": course_id} if course_id else {}
        released = self._part(config, "List", **wanted).start()
        for entry in released:
            for each in [entry, *entry["notebooks"]]:
                each["path"] = self._from_root(each["path"])
        lister = self._part(config, "List", **wanted)
        lister.cached = True
        submitted = lister.start()
        for version in (version for entry in submitted for version in entry["submissions"]):
            for each in [version, *version["notebooks"]]:
                each["local_feedback_path"] = self._from_root(each["local_feedback_path"])
        return [*released, *submitted]

    def _part(self, config: Any, part: str, **wanted: str) -> Any:
        """One part of the exchange, made as nbgrader makes it."""
        coursedir = CourseDirectory(config=config)
        for name, value in wanted.items():
            setattr(coursedir, name, value)
        return getattr(ExchangeFactory(config=config), part)(
            coursedir=coursedir, authenticator=Authenticator(config=config), config=config
        )

    def _answer(self, work: Callable[[Any], object]) -> Answer:
        with self.get_assignment_dir_config() as config:
            try:
                return {"success": True, "value": work(config)}
            except (ExchangeError, TraitError) as trouble:
                return {"success": False, "value": str(trouble)}

    def _remembered(self, answer: Answer) -> Answer:
        self._trouble = "" if answer["success"] else str(answer["value"])
        return answer

    def _from_root(self, path: str | None) -> str | None:
        """A path as the file browser knows it."""
        return path.removeprefix(f"{self.root_dir}/") if path else path


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "coursehub_lab.exchange.assignment_list"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Nbgrader's extension, with this manager in place of its own."""
    theirs.load_jupyter_server_extension(server)
    manager = AssignmentList(parent=server)
    manager.root_dir = server.root_dir
    server.web_app.settings["assignment_list_manager"] = manager
