"""
A person at a browser, without the browser: follows redirects, sends forms.

It does what a browser does with the pages that JupyterHub, an LMS and
Jupyter's servers answer with, so a class can be played over plain HTTP.
"""

import re
import time
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import quote, urljoin

import httpx

TIMEOUT_S: Final = 120.0
SPAWN_TIMEOUT_S: Final = 180.0
_MOST_FORMS: Final = 10


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes and what it carries."""

    action: str
    method: str
    fields: dict[str, str | list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    """The forms of a page, with what they send as they stand: no box that is not ticked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag == "input" and self.found and "name" in given:
            can_be_ticked = given.get("type") in {"checkbox", "radio"}
            if "checked" in given or not can_be_ticked:
                self.found[-1].fields[given["name"]] = given.get("value", "")


def forms(page: httpx.Response) -> list[Form]:
    """The forms of an HTML page."""
    parser = _Forms()
    parser.feed(page.text)
    return parser.found


def _text(page: httpx.Response) -> str:
    """What a page says, without its markup."""
    return " ".join(
        re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", page.text, flags=re.DOTALL).split()
    )


class Browser:
    """One person's browser: its cookies, the Hub and the LMS it visits."""

    def __init__(self, *, hub_url: str, lms_url: str) -> None:
        self.hub_url = hub_url
        self.lms_url = lms_url
        self.hub_name = ""
        self._token = ""
        self._client = httpx.Client(
            follow_redirects=True, timeout=TIMEOUT_S, headers={"Accept": "text/html,*/*;q=0.8"}
        )

    def close(self) -> None:
        """Forget the cookies and connections."""
        self._client.close()

    def get(self, url: str) -> httpx.Response:
        """The page at an address of the Hub's, redirects followed."""
        return self._client.get(urljoin(self.hub_url, url))

    def launch(self, *, person: str, course: str, link: str) -> httpx.Response:
        """Where a click on a link of the LMS ends, as that person."""
        return self.press(f"/launch/{quote(course)}/{quote(link)}", person=person)

    def press(self, path: str, **fields: str) -> httpx.Response:
        """
        Where a button of the LMS leads that sends these fields to that path.

        Each page on the way that only carries a form onwards is sent on, as
        its script would.
        """
        page = self._client.post(self.lms_url + path, data=fields)
        for _ in range(_MOST_FORMS):
            carrying = [
                form for form in forms(page) if {"id_token", "login_hint"} & set(form.fields)
            ]
            if not carrying:
                return page
            page = self.send(carrying[0], page)
        raise RuntimeError(f"the launch by {path} goes round in circles at {page.url}")

    def send(self, form: Form, page: httpx.Response, **headers: str) -> httpx.Response:
        """Where a form of that page leads; a GET's fields are its address's query."""
        url = urljoin(str(page.url), form.action)
        if form.method == "get":
            return self._client.get(url, params=form.fields, headers=headers)
        return self._client.post(url, data=form.fields, headers=headers)

    def log_in(self, name: str, password: str) -> None:
        """Through the Hub's own login page; RuntimeError when it is refused."""
        page = self.get("/hub/login?next=%2Fhub%2Fhome")
        login = next((form for form in forms(page) if "password" in form.fields), None)
        if login is None:
            raise RuntimeError(f"{page.url} asks for no password")
        login.fields.update(username=name, password=password)
        done = self.send(login, page)
        if "/login" in str(done.url):
            raise RuntimeError(f"the Hub refused {name}")
        self.hub_name = name

    def wait_for_server(self, page: httpx.Response) -> httpx.Response:
        """The page that a spawn leads to, once the server is up; or the Hub's refusal."""
        deadline = time.monotonic() + SPAWN_TIMEOUT_S
        while "/hub/spawn-pending/" in str(page.url) and page.is_success:
            if time.monotonic() > deadline:
                raise RuntimeError(f"no server after {SPAWN_TIMEOUT_S:.0f} s at {page.url}")
            time.sleep(0.5)
            page = self._client.get(str(page.url))
        return page

    def wait_for_delivery(self, page: httpx.Response) -> httpx.Response:
        """The page after the one that shows how the materials arrive."""
        deadline = time.monotonic() + SPAWN_TIMEOUT_S
        while page.url.path.endswith("/coursehub/open") and page.is_success:
            again = re.search(r'http-equiv="refresh" content="[\d.]+;\s*url=([^"]+)"', page.text)
            if again is None:
                raise RuntimeError(f"the materials did not arrive: {_text(page)}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"no materials after {SPAWN_TIMEOUT_S:.0f} s")
            time.sleep(0.3)
            page = self._client.get(urljoin(str(page.url), unescape(again[1])))
        return page

    def api(
        self, method: str, path: str, *, body: Any = None, form: dict[str, str] | None = None
    ) -> httpx.Response:
        """A call that a page's script would make on that path, with its anti-forgery token."""
        headers = {
            "Accept": "application/json",
            "X-XSRFToken": self._xsrf(path),
            "Referer": self.hub_url + path,
        }
        return self._client.request(
            method, self.hub_url + path, json=body, data=form, headers=headers
        )

    def _xsrf(self, path: str) -> str:
        """The `_xsrf` cookie that the browser would send to this path, the nearest one."""
        nearest = max(
            (
                cookie
                for cookie in self._client.cookies.jar
                if cookie.name == "_xsrf" and path.startswith(cookie.path)
            ),
            key=lambda cookie: len(cookie.path),
            default=None,
        )
        return (nearest.value or "") if nearest else ""

    def own_token(self) -> str:
        """A Hub API token of this person's own, made once as the Hub's token page does."""
        if not self._token:
            self.get("/hub/token")
            answer = self.api(
                "POST",
                f"/hub/api/users/{self.name()}/tokens",
                body={"note": "the tour", "expires_in": 3600},
            )
            answer.raise_for_status()
            self._token = answer.json()["token"]
        return self._token

    def name(self) -> str:
        """The person's name on the Hub, as coursehub's own page tells it to them."""
        if not self.hub_name:
            self.get("/services/coursehub/")
            answer = self.api("GET", "/services/coursehub/api/v1/me")
            answer.raise_for_status()
            self.hub_name = answer.json()["username"]
        return self.hub_name

    def server(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A call of this person's own server's API."""
        return self.api(method, f"/user/{self.name()}/{path}", **options)

    def submit_form(
        self, page: httpx.Response, action: str, **fields: str | list[str]
    ) -> httpx.Response:
        """Send the form of a page whose address ends in `action`, with these fields filled in."""
        for form in forms(page):
            if form.action.split("?")[0].endswith(action):
                form.fields.update(fields)
                return self.send(form, page)
        raise RuntimeError(f"{page.url} has no form that goes to {action}")
