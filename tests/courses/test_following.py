"""A course file in the course's own git repository, over a real git server."""

import asyncio
import errno
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from coursehub.adapters.git import GitRepos
from coursehub.courses.actions import applying, following
from coursehub.courses.actions.applying import Wish
from coursehub.courses.rules.difference import Side
from coursehub.errors import Conflict, CoursehubError, Invalid, Missing, Refused, Unreachable
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.model.course_file import CourseFileVersion
from coursehub.settings import Settings
from coursehub.store import EVERYONE
from coursehub.vocabulary.courses import CourseKey
from tests.courses.test_applying import HEAD
from tests.house.school import School
from tests.modules.actors import Upstream
from tests.modules.conftest import prepared, upstream

__all__ = ["prepared", "upstream"]

KEY = CourseKey("data-8")
ROBOT = Wish(origin="repository", is_administrator=False)
PS1 = HEAD + "assignments: [{name: ps1, title: One, points: 10}]\n"


@dataclass
class Author:
    """Ada, who pushes her course file; the service looks at it."""

    school: School
    upstream: Upstream
    repos: GitRepos

    def pushes(self, text: str) -> None:
        self.upstream.publish({"course.yml": text})

    def looks(self) -> int:
        (one,) = following.followed(self.school.store)

        async def look() -> int:
            return await following.look(self.school.store, self.repos, self.school, one, ROBOT)

        return asyncio.run(look())

    def error(self) -> str:
        (one,) = following.followed(self.school.store)
        return one.error

    def title(self) -> str:
        return str(self.school.rows(Course)[0].title)


@pytest.fixture
def ada(school: School, upstream: Upstream, tmp_path: Path) -> Author:
    school.come("t1")
    settings = Settings(
        data_dir=tmp_path / "data", allow_private_repositories=True, repository_timeout_s=60
    )
    author = Author(school, upstream, GitRepos(settings))
    following.follow(
        school.store, KEY, url=upstream.url, path="course.yml", protocols=settings.protocols
    )
    return author


def test_a_file_is_applied_when_it_changes_in_its_repository(ada: Author) -> None:
    ada.pushes(PS1)
    assert ada.looks() > 0
    assert ada.title() == "Data 8"
    assert ada.looks() == 0
    ada.pushes(PS1.replace("Data 8", "Data Eight"))
    assert ada.looks() == 1
    assert ada.title() == "Data Eight"
    assert [row.origin for row in ada.school.rows(CourseFileVersion)] == ["repository"] * 2


def test_a_faulty_file_is_told_and_the_course_stays_as_it_is(ada: Author) -> None:
    ada.pushes(PS1)
    ada.looks()
    ada.pushes(PS1.replace("points: 10", "pionts: 10"))
    with pytest.raises(Invalid):
        ada.looks()
    assert "line 4" in ada.error()
    assert "is it points?" in ada.error()
    ada.pushes(PS1.replace("points: 10", "points: 11"))
    assert ada.looks() == 1
    assert ada.error() == ""


def test_a_look_that_ends_unexpectedly_is_told_and_done_again(
    ada: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.pushes(PS1)
    with monkeypatch.context() as ill:
        ill.setattr(ada.repos, "text", full_disk)
        with pytest.raises(OSError, match="No space"):
            ada.looks()
    assert "ended unexpectedly" in ada.error()
    assert ada.looks() > 0
    assert (ada.error(), ada.title()) == ("", "Data 8")


async def full_disk(*_: object, **__: object) -> str:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_clash_waits_until_somebody_says_which_holds(ada: Author) -> None:
    ada.pushes(PS1)
    ada.looks()
    with ada.school.store.writing(EVERYONE) as session:
        row = session.exec(select(Assignment)).one()
        row.points = 11
        session.add(row)
    text = PS1.replace("points: 10", "points: 12")
    ada.pushes(text)
    with pytest.raises(Conflict):
        ada.looks()
    assert "ps1 points is 11 here and 12 in the file" in ada.error()
    applying.apply(ada.school.store, KEY, text, Wish(otherwise=Side.PAGE))
    assert ada.looks() == 0
    assert ada.error() == ""


def test_a_git_server_that_is_down_leaves_the_course_as_it_is(ada: Author) -> None:
    ada.pushes(PS1)
    ada.looks()
    ada.upstream.down = True
    with pytest.raises(Unreachable):
        ada.looks()
    assert ada.error()
    ada.upstream.down = False
    assert ada.looks() == 0
    assert ada.error() == ""


def test_a_file_that_is_not_in_the_repository_is_told(ada: Author) -> None:
    with pytest.raises(Missing, match="no file course"):
        ada.looks()
    ada.upstream.publish({"course.yml/inner": "x"})
    with pytest.raises(Missing, match="is no file"):
        ada.looks()


def test_a_pushed_file_never_changes_where_people_are_listed(ada: Author) -> None:
    source = "{kind: canvas, url: https://canvas.example, course: '7', secret: canvas}"
    ada.pushes(PS1 + f"roster: {{sources: [lti, {source}]}}\n")
    with pytest.raises(Refused, match="administrator"):
        ada.looks()
    assert ada.school.rows(Assignment) == []


@pytest.mark.parametrize(
    ("url", "path"),
    [("git.example/x", "course.yml"), ("https://u:p@git.example/x", "course.yml"),
     ("https://git.example/x", "../course.yml"), ("https://git.example/x", "/etc/passwd")],
)  # fmt: skip
def test_an_address_or_a_path_that_is_none_is_refused(ada: Author, url: str, path: str) -> None:
    with pytest.raises(Invalid):
        following.follow(ada.school.store, KEY, url=url, path=path, protocols=frozenset({"https"}))


def test_a_course_follows_no_more_and_stays_as_it_is(ada: Author) -> None:
    ada.pushes(PS1)
    ada.looks()
    following.leave(ada.school.store, KEY)
    assert following.followed(ada.school.store) == []
    assert ada.title() == "Data 8"
    with pytest.raises(CoursehubError, match="follows no repository"):
        following.leave(ada.school.store, KEY)
