"""The table of docs/workload.md, as a test reads it."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "workload.md"
COLUMNS: Final = ("by hand", "rudaux", "Grader-Service", "coursehub today", "coursehub's aim")
TOTAL: Final = "In all"


@dataclass(frozen=True, slots=True)
class Cell:
    """How many actions, and how many of them at a moment that someone must remember."""

    actions: int
    remembered: int = 0


def rows() -> dict[str, dict[str, Cell]]:
    """The cells by task and column, but for the last line."""
    return {task: cells for task, cells in _lines().items() if task != TOTAL}


def total(column: str) -> Cell:
    """What the last line says of a column."""
    return _lines()[TOTAL][column]


@cache
def _lines() -> dict[str, dict[str, Cell]]:
    text = PAGE.read_text().partition("\n| task | by hand |")[2].partition("\n\n")[0]
    found: dict[str, dict[str, Cell]] = {}
    for line in text.splitlines()[2:]:
        task, *cells = (part.strip().strip("*") for part in line.strip("|").split("|"))
        found[task] = dict(zip(COLUMNS, map(_cell, cells), strict=True))
    return found


def _cell(written: str) -> Cell:
    """`36 (12)` is 36 actions, 12 of them to remember."""
    match = re.fullmatch(r"(\d+)(?: \((\d+)\))?", written)
    assert match, f"{written!r} is no cell"
    return Cell(int(match[1]), int(match[2] or 0))
