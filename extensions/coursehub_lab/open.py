"""
`coursehub/open?course=KEY&module=NAME`: materials brought up to date, then opened.

The page shows how it goes and moves on by itself, with scripts (it asks
`coursehub/open/progress`) and without (it loads itself again).
"""

import asyncio
import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_escape, url_path_join
from tornado import web

from coursehub.vocabulary.repositories import is_safe_path
from coursehub_lab.deliveries import Deliveries, Delivery
from coursehub_lab.page import progress_page

_COURSE: Final = re.compile(r"[a-z0-9-]{1,40}")
_AT_ONCE_S: Final = 1.0
"""A delivery that takes no longer than this shows no page at all."""


class _Opening(JupyterHandler):
    """What both handlers know of the request."""

    @property
    def deliveries(self) -> Deliveries:
        known: Deliveries = self.settings["coursehub_deliveries"]
        return known

    @property
    def home(self) -> Path:
        return Path(self.settings["server_root_dir"]).expanduser().absolute()

    @property
    def asked(self) -> dict[str, str]:
        """The course, module and path of the query, checked."""
        course = self.get_query_argument("course", os.environ.get("COURSEHUB_COURSE", ""))
        path = self.get_query_argument("path", "").strip("/")
        if not _COURSE.fullmatch(course):
            raise web.HTTPError(400, reason="This link names no course")
        if path and not is_safe_path(path):
            raise web.HTTPError(400, reason="This link leads outside your home")
        module = self.get_query_argument("module", "")
        return {"course": course, "module": module, "path": path}

    def place(self, delivery: Delivery) -> str:
        """The address in JupyterLab of what was asked for, or of the nearest that is there."""
        there = _nearest(self.home, _target(delivery.modules, self.asked))
        return url_path_join(self.base_url, "lab", "tree", url_escape(there))

    def fault(self, delivery: Delivery) -> str:
        """What the person has to know before they go on; empty if nothing."""
        module = self.asked["module"]
        if delivery.error or not module or _named(delivery.modules, module):
            return delivery.error
        return f"This course has no module {module!r}: open what is there, or ask your instructor."


class OpenHandler(_Opening):
    """The page, or the redirect once everything is there."""

    @web.authenticated
    async def get(self) -> None:
        asked = self.asked
        delivery = self.deliveries.get(self.get_query_argument("delivery", ""))
        if delivery is None or delivery.course != asked["course"]:
            delivery = self.deliveries.begin(asked["course"], self.home)
        if delivery.task is not None:
            await asyncio.wait({delivery.task}, timeout=_AT_ONCE_S)
        fault = "" if delivery.is_running else self.fault(delivery)
        if not delivery.is_running and not fault:
            self.redirect(self.place(delivery))
            return
        await self._show(delivery, fault=fault)

    async def _show(self, delivery: Delivery, *, fault: str) -> None:
        asked = {name: value for name, value in self.asked.items() if value}
        own = url_path_join(self.base_url, "coursehub", "open")
        query = urlencode({**asked, "delivery": delivery.id})
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "same-origin")
        self.finish(
            progress_page(
                messages=delivery.messages,
                fault=fault,
                again=f"{own}?{query}",
                progress=f"{own}/progress?{query}",
                retry=f"{own}?{urlencode(asked)}",
                place=self.place(delivery),
            )
        )


class ProgressHandler(_Opening, APIHandler):
    """How a delivery goes, as JSON, for this server's own pages alone."""

    @web.authenticated
    async def get(self) -> None:
        if self.request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise web.HTTPError(403, reason="Only this server's own pages may ask this")
        delivery = self.deliveries.get(self.get_query_argument("delivery", ""))
        if delivery is None:
            raise web.HTTPError(404, reason="This delivery is long over")
        self.set_header("Cache-Control", "no-store")
        self.finish({"messages": delivery.messages, "is_running": delivery.is_running})


def _named(modules: list[dict[str, str]], name: str) -> dict[str, str] | None:
    return next((module for module in modules if module.get("name") == name), None)


def _target(modules: list[dict[str, str]], asked: dict[str, str]) -> str:
    """
    The path in the home that a link means.

    A path beside a module is within that module's repository; alone, it is
    within the home. With neither, it is the folder of the course's first module.
    """
    module = _named(modules, asked["module"])
    if module is not None:
        return f"{module['folder']}/{asked['path'] or module['path']}"
    if asked["path"] or not modules:
        return asked["path"]
    return modules[0]["folder"]


def _nearest(home: Path, target: str) -> str:
    """The path itself, or the nearest folder above it that exists within the home."""
    root = home.resolve()
    if target and not is_safe_path(target):
        return ""
    for path in (home / target, *(home / target).parents):
        if path == home:
            break
        if path.exists() and path.resolve().is_relative_to(root):
            return path.relative_to(home).as_posix()
    return ""
