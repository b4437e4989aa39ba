"""
A service that syncs the course and stops at a step, to be killed there.

`python -m tests.roster.victim DATABASE STEP`; it writes `there` when it is at the step.
"""

import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from coursehub.adapters.memory import MemoryHub
from coursehub.ports import Member
from coursehub.roster.actions import carrying, groups, plans
from coursehub.settings import Settings
from coursehub.store import Store
from tests.house.school import School
from tests.roster.class_of import Class, member


def there(*_: object, **__: object) -> NoReturn:
    """Never; the killer is told, and comes."""
    sys.stdout.write("there\n")
    sys.stdout.flush()
    time.sleep(600)
    raise AssertionError("nobody came")


class Stopping(list[Member]):
    """A list that is read as far as its fifth line."""

    def __iter__(self) -> Any:
        yield from (member(f"s{number}") for number in range(5))
        there()


def main(database: str, step: str) -> None:
    school = School(store=Store(database), settings=Settings(data_dir=Path()), hub=MemoryHub())
    course = Class(school)
    course.lists(member("t1"), *(member(f"s{number}") for number in range(200)))
    match step:
        case "reading":
            for url in course.lms.rosters:
                course.lms.rosters[url] = Stopping()
        case "joining":
            carrying.forgive = there
        case "keeping":
            plans.keep = there
        case "groups":
            groups.align = there
    course.sync()


if __name__ == "__main__":
    main(*sys.argv[1:])
