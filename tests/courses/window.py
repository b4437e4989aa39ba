"""An instructor's window on the settings of a course that its file has set up."""

import dataclasses
import html
import re
from typing import Any

import pytest

from coursehub.courses.actions import applying
from coursehub.courses.actions.applying import Wish
from coursehub.vocabulary.courses import CourseKey
from tests.courses.whole import WHOLE
from tests.roster.office import Office

KEY = CourseKey("data-8")
HOME = f"courses/{KEY}/settings"
_FIELD = re.compile(
    r'<input (?=[^>]*name="(?P<name>[^"]+)")(?=[^>]*?(?:value="(?P<value>[^"]*)")?)[^>]*>'
    r'|<textarea [^>]*name="(?P<area>[^"]+)"[^>]*>(?P<text>.*?)</textarea>'
    r'|<select [^>]*name="(?P<select>[^"]+)".*?</select>',
    re.DOTALL,
)


@dataclasses.dataclass
class Window:
    """What the instructor sees and sends."""

    office: Office

    def read(self, path: str = HOME) -> str:
        return self.office.read(path)

    def form(self, path: str) -> dict[str, str]:
        """What a browser would send of the page's form, were its button pressed at once."""
        answer = self.office.http.get(path)
        assert answer.status_code == 200, answer.text
        return fields(answer.text)

    def fills_in(self, path: str, /, **words: str) -> str:
        """The page after the form was changed and sent; dots of names are written `__`."""
        sent = self.form(path) | {key.replace("__", "."): value for key, value in words.items()}
        return self.sends(path, sent)

    def sends(self, path: str, sent: dict[str, str], *, status: int = 200) -> str:
        answer = self.office.http.post(path, data=sent, follow_redirects=True)
        shown = " ".join(html.unescape(answer.text.partition("<main")[2]).split())
        assert answer.status_code == status, shown[:500]
        return shown

    def rows(self, table: Any) -> list[Any]:
        return self.office.course.school.rows(table)

    def applies(self, text: str = WHOLE, **wish: Any) -> int:
        store = self.office.course.school.store
        return len(applying.apply(store, KEY, text, Wish(by="ada", **wish)).changes)


def fields(page: str) -> dict[str, str]:
    """The page's fields as a browser sends them: ticks that are not set are left out."""
    found = dict[str, str]()
    for field in _FIELD.finditer(page):
        whole = field.group(0)
        if field["area"]:
            found[field["area"]] = html.unescape(field["text"])
        elif field["select"]:
            picked = re.search(r'<option value="([^"]*)" selected', whole)
            found[field["select"]] = html.unescape(picked[1]) if picked else ""
        elif 'type="checkbox"' not in whole or " checked" in whole:
            value = re.search(r' value="([^"]*)"', whole)
            found[html.unescape(field["name"])] = html.unescape(value[1]) if value else ""
    return found


@pytest.fixture
def window(office: Office) -> Window:
    opened = Window(office)
    opened.applies()
    return opened
