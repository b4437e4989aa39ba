"""Materials: everyone's copy, and the meeting of two changes."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx

from demo.classroom import Classroom
from demo.steps import opening
from demo.steps.expecting import Unexpected, answered, expect, until

STUDENTS: Final = ("1010", "1011", "1012")
FOLDER: Final = "intro-data-science"
NOTEBOOK: Final = f"{FOLDER}/01-tables/tables.ipynb"
THEIR_CELL: Final = "exercise-1-answer"
OUR_CELL: Final = "median"
DELIVERY_S: Final = 90.0


def three_launch(room: Classroom) -> str:
    """Three servers start at the same time, each with the module in its home."""
    at_once = ThreadPoolExecutor(len(STUDENTS))
    try:
        pages = list(at_once.map(lambda person: open_module(room, person), STUDENTS))
    finally:
        # Whoever interrupts the tour does not wait for servers that are to end.
        at_once.shutdown(wait=False, cancel_futures=True)
    for person, page in zip(STUDENTS, pages, strict=True):
        answered(page)
        cells = _cells(room, person)
        expect(OUR_CELL in cells, f"{NOTEBOOK} of {person} has no cell {OUR_CELL}")
    known = opening.groups_agree(room)
    expect(
        known[opening.STUDENTS] == {room.browser(person).name() for person in STUDENTS},
        f"the Hub's group of students holds {known[opening.STUDENTS]}",
    )
    return f"{len(STUDENTS)} servers run, {NOTEBOOK} is in each home, and the Hub's groups agree"


def fix(room: Classroom) -> str:
    """After the next launch, a student's edit and the instructor's fix are both there."""
    person = STUDENTS[0]
    _edit(room, person, THEIR_CELL, "# my own words\nanswer = 42")
    path = room.folder / "materials" / "01-tables" / "tables.ipynb"
    notebook = json.loads(path.read_text())
    _cell(notebook, OUR_CELL)["source"] += "\n# mended by the instructor"
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    room.push("Mend the median")
    answered(open_module(room, person))
    cells = until(
        lambda: _both(_cells(room, person)),
        seconds=DELIVERY_S,
        otherwise="the fix and the student's edit are not both there",
    )
    return f"both changes are in one notebook of {len(cells)} cells"


def open_module(room: Classroom, person: str) -> httpx.Response:
    """Where the click on the week's module ends, once the materials are delivered."""
    browser = room.browser(person)
    page = browser.wait_for_server(room.launch(person, "data8-tables"))
    return browser.wait_for_delivery(page)


def _both(cells: dict[str, str]) -> dict[str, str] | None:
    mine = "# my own words" in cells.get(THEIR_CELL, "")
    ours = "# mended by the instructor" in cells.get(OUR_CELL, "")
    return cells if mine and ours else None


def _cells(room: Classroom, person: str) -> dict[str, str]:
    notebook = _read(room, person)
    return {cell["id"]: cell["source"] for cell in notebook["cells"]}


def _read(room: Classroom, person: str) -> Any:
    answer = room.browser(person).server("GET", f"api/contents/{NOTEBOOK}?content=1")
    return answered(answer).json()["content"]


def _edit(room: Classroom, person: str, cell: str, source: str) -> None:
    notebook = _read(room, person)
    _cell(notebook, cell)["source"] = source
    answered(
        room.browser(person).server(
            "PUT", f"api/contents/{NOTEBOOK}", body={"type": "notebook", "content": notebook}
        )
    )


def _cell(notebook: Any, cell_id: str) -> Any:
    cell = next((cell for cell in notebook["cells"] if cell["id"] == cell_id), None)
    if cell is None:
        raise Unexpected(f"the notebook has no cell {cell_id}")
    if isinstance(cell["source"], list):
        cell["source"] = "".join(cell["source"])
    return cell
