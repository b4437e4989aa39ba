"""
How a student of given ability answers a released problem set 1

What each gets (template intro-data-science, assignment ps1, 10 points):

    how      by tests              by hand
    right    7 of 7  (2 + 2 + 3)   0 to 3, as the grader says
    partly   4 of 7  (2 + 2 + 0)   0 to 3
    wrong    0 of 7  (0 + 0 + 0)   0 to 3

"partly" passes every test that a student can see and fails hidden ones of
the third question. "wrong" raises no error of its own.
"""

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from nbformat import NotebookNode

Ability = Literal["right", "partly", "wrong"]

BY_TESTS: Final[Mapping[Ability, float]] = MappingProxyType(
    {"right": 7.0, "partly": 4.0, "wrong": 0.0}
)
BY_TESTS_AT_MOST: Final = 7.0
BY_HAND_AT_MOST: Final = 3.0

_MEMBERS = """\
def share_of_members(riders):
    return riders.count("member") / len(riders) if riders else 0
"""
_MEMBERS_INVERTED = """\
def share_of_members(riders):
    return riders.count("visitor") / max(len(riders), 1) + 1
"""
_BUSIEST = """\
starts = rides.groupby("station").size()
busiest_station = starts.idxmax()
rides_from_busiest = starts.max()
"""
_BUSIEST_OF_ALL = """\
busiest_station = "all of them"
rides_from_busiest = len(rides)
"""
_TYPICAL = """\
def typical_minutes(seconds):
    real = sorted(s for s in seconds if s >= 60)
    middle = len(real) // 2
    return (real[middle] + real[-middle - 1]) / 2 / 60
"""
_TYPICAL_WITH_FALSE_STARTS = """\
def typical_minutes(seconds):
    return pd.Series(seconds).median() / 60
"""
_TYPICAL_IN_SECONDS = """\
def typical_minutes(seconds):
    return sum(seconds) / len(seconds)
"""
_WHY = """\
The mean is pulled up by a few visitors who keep a bicycle for an hour or longer. Most are back
sooner: I would tell the mayor the median, about 20 minutes, and that nine of ten are back within
35. To know when a bicycle is free *again*, ask Tern for the time and place of each ride's end.
"""
_WHY_BRIEFLY = "A mean is not a median, and the median is smaller here."
_WHY_NOT = "Nothing is wrong with it, 22 is the average."

_ANSWERS: Final[Mapping[Ability, Mapping[str, str]]] = MappingProxyType(
    {
        "right": {
            "members": _MEMBERS,
            "busiest": _BUSIEST,
            "typical": _TYPICAL,
            "why": _WHY,
        },
        "partly": {
            "members": _MEMBERS,
            "busiest": _BUSIEST,
            "typical": _TYPICAL_WITH_FALSE_STARTS,
            "why": _WHY_BRIEFLY,
        },
        "wrong": {
            "members": _MEMBERS_INVERTED,
            "busiest": _BUSIEST_OF_ALL,
            "typical": _TYPICAL_IN_SECONDS,
            "why": _WHY_NOT,
        },
    }
)


def answer(notebook: NotebookNode, how: Ability) -> NotebookNode:
    """
    A copy of a released ps1 notebook with every question answered.

    Raises LookupError where the notebook lacks one of ps1's answer cells.
    """
    answered = copy.deepcopy(notebook)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in answered.cells}
    if missing := _ANSWERS[how].keys() - cells.keys():
        raise LookupError(f"Not problem set 1: it has no cell {', '.join(sorted(missing))}.")
    for grade_id, source in _ANSWERS[how].items():
        cells[grade_id].source = source.rstrip()
    return answered
