"""
A file of comma-separated values, as somebody's spreadsheet or system wrote it: text, then rows.

Whatever a cell holds is text here, a formula too.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import charset_normalizer

from coursehub.adapters.rosters.reading import MOST_PEOPLE
from coursehub.errors import Invalid

MOST_BYTES: Final = 20_000_000
SEPARATORS: Final = (",", ";", "\t", "|")
_MOST_ROWS: Final = 2 * MOST_PEOPLE
_MOST_CELLS: Final = 2_000  # a gradebook has a column for each assignment
_MOST_OF_A_ROW: Final = 200_000
_MARKS: Final = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
# A guess among all encodings takes Windows-1252 for Windows-1250, and pairs of its letters for
# Chinese: what has zero bytes is UTF-16 without its mark, and nothing else is.
_WIDE: Final = ["utf_16_le", "utf_16_be"]
_NARROW: Final = ["cp1252"]
_MESS: Final = 1.0  # the library's own 0.2 is for prose: it refuses short lists of accented names
_SPREADSHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_DIRECTIVE: Final = re.compile(r"sep=(.)\r?\n")  # Excel's own first line
_KEPT_AS_TEXT: Final = re.compile(r'="([^"]*)"')  # how exports keep an id's leading zeros


@dataclass(frozen=True, slots=True)
class Row:
    """A row, and the line of the file in which it begins."""

    line: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return sum(map(bool, self.cells))


def text_of(content: bytes) -> str:
    """The file's text, whatever it is encoded in; Invalid where it is no text."""
    if len(content) > MOST_BYTES:
        raise Invalid("roster-file-size", f"The file is larger than {MOST_BYTES // 10**6} MB.")
    if content.startswith(_SPREADSHEETS):
        raise Invalid("roster-file", "This is a spreadsheet or an archive: save it as CSV first.")
    text = _decoded(content)
    if text is None or "\0" in text:
        raise Invalid("roster-file", "This file is no text: save the list as CSV, in UTF-8.")
    return text


def _decoded(content: bytes) -> str | None:
    named = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(named)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text or named != "utf-8":
        return text
    likely = _WIDE if b"\0" in content else _NARROW
    best = charset_normalizer.from_bytes(content, cp_isolation=likely, threshold=_MESS).best()
    return str(best) if best else None


def separator_of(text: str) -> str:
    """The separator that the file itself names; empty where it names none."""
    named = _DIRECTIVE.match(text)
    return named[1] if named and named[1] in SEPARATORS else ""


def rows(text: str, *, separator: str) -> Iterator[Row]:
    """The rows that hold anything; Invalid, with the line, where the quotation marks are wrong."""
    source = _Lines(text)
    reader = csv.reader(source, delimiter=separator, strict=True)
    for number in range(_MOST_ROWS):
        line = source.begin()
        try:
            cells = tuple(map(_cell, next(reader)))
        except StopIteration:
            return
        except csv.Error as cause:
            raise Invalid(
                "roster-line",
                f"Line {line} cannot be read: a quotation mark is missing, or too much stands "
                "between two of them.",
            ) from cause
        if len(cells) > _MOST_CELLS:
            raise Invalid("roster-line", f"Line {line} has more than {_MOST_CELLS:,} cells.")
        if any(cells) and not (number == 0 and _DIRECTIVE.match(f"{separator.join(cells)}\n")):
            yield Row(line, cells)
    raise Invalid("roster-file-size", f"The file has more than {_MOST_ROWS:,} lines.")


class _Lines:
    """The text's lines, of which one row may take so many characters and no more."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self._number = 0
        self._left = _MOST_OF_A_ROW

    def begin(self) -> int:
        """The number of the line in which the next row begins."""
        self._left = _MOST_OF_A_ROW
        return self._number + 1

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._number += 1
        self._left -= len(line)
        if self._left < 0:
            raise Invalid("roster-line", f"Line {self._number} is longer than any person's.")
        return line


def _cell(raw: str) -> str:
    """A cell's text on one line, without what no name or id holds."""
    kept = _KEPT_AS_TEXT.fullmatch(raw.strip())
    shown = "".join(one if one.isprintable() else " " for one in (kept[1] if kept else raw))
    return " ".join(shown.split())
