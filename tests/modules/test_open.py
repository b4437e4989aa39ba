"""A live Jupyter Server, started as the Hub starts it, with one student behind it."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import sync_playwright

from tests.modules.actors import COURSE, Student, Upstream, standing_upstream
from tests.modules.hub import Service, standing_service
from tools import ports

TOKEN = "the-server-s-own-token"
BASE = "/user/sam/"


@contextmanager
def running_server(student: Student, *, role: str) -> Iterator[str]:
    """The address of a server that has answered."""
    (port,) = ports.free(1)
    start = "from coursehub_lab.start import main; main()"
    with (student.home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-c", start, sys.executable, "-m", "jupyter", "lab"),
                *("--allow-root", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0"),
                f"--ServerApp.base_url={BASE}",
                f"--IdentityProvider.token={TOKEN}",
                f"--ServerApp.root_dir={student.home}",
            ],
            env=student.environment | {"COURSEHUB_ROLE": role},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}{BASE}"
    try:
        _wait_for(url, server, student.home / "server.log")
        yield url
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            httpx.get(f"{url}api", timeout=5)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory, prepared: Upstream) -> Iterator[Upstream]:
    with standing_upstream(prepared, tmp_path_factory.mktemp("host") / "upstream") as host:
        yield host


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Service]:
    with standing_service(tmp_path_factory.mktemp("hub") / "data", upstream) as standing:
        yield standing


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Student:
    home = tmp_path_factory.mktemp("home")
    return Student(name="sam", home=home, service_url=service.url)


@pytest.fixture(scope="module")
def server(student: Student) -> Iterator[str]:
    with running_server(student, role="student") as url:
        yield url


@pytest.fixture
def browser(server: str) -> Iterator[httpx.Client]:
    """The student's browser, logged in, without scripts."""
    headers = {"Authorization": f"token {TOKEN}"}
    with httpx.Client(base_url=server, headers=headers, timeout=30) as client:
        yield client


def landing(browser: httpx.Client, **query: str) -> httpx.Response:
    """Where a link leads in the end, as a browser without scripts follows it."""
    answer = browser.get("coursehub/open", params=query)
    deadline = time.monotonic() + 60
    while answer.status_code == 200 and time.monotonic() < deadline:
        again = re.search(r'http-equiv="refresh" content="\d+; url=([^"]+)"', answer.text)
        if again is None:
            break
        answer = browser.get(str(browser.base_url.join(unescape(again[1]))))
    return answer


def test_a_link_brings_the_module_and_opens_it(browser: httpx.Client, student: Student) -> None:
    answer = landing(browser, course=COURSE, module="one")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{BASE}lab/tree/intro/one/one.ipynb"
    assert student.path("one/one.ipynb").is_file()


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"module": "two"}, "intro/two"),
        ({"module": "two", "path": "README.md"}, "intro/README.md"),
        ({"path": "intro/two/table.csv"}, "intro/two/table.csv"),
        ({"module": "one", "path": "not/there.txt"}, "intro"),
        ({}, "intro"),
    ],
)
def test_a_link_leads_to_what_it_names_or_the_nearest_that_is_there(
    browser: httpx.Client, query: dict[str, str], place: str
) -> None:
    assert landing(browser, **query).headers["location"] == f"{BASE}lab/tree/{place}"


@pytest.mark.parametrize("path", ["../secret", "intro/../../secret", "a\\b", "intro/.git/config"])
def test_a_link_out_of_the_home_is_refused(browser: httpx.Client, path: str) -> None:
    assert browser.get("coursehub/open", params={"path": path}).status_code == 400


def test_while_a_delivery_waits_the_server_answers_and_the_page_shows_how_it_goes(
    browser: httpx.Client, upstream: Upstream
) -> None:
    landing(browser, module="one")
    upstream.publish({"two/table.csv": "a,b\n1,4\n"})
    upstream.silent.set()
    try:
        page = browser.get("coursehub/open", params={"course": COURSE, "module": "one"})
        assert browser.get("api/status").status_code == 200
        address = re.search(r'fetch\("([^"]+)"', page.text)
        assert address is not None
        progress = first_words(browser, str(browser.base_url.join(address[1])))
    finally:
        upstream.silent.clear()
    assert progress["is_running"]
    assert progress["messages"] == ["Looking for the course's materials."]
    assert landing(browser, module="one").status_code == 302


def first_words(browser: httpx.Client, address: str) -> dict[str, Any]:
    """How the delivery goes once its process has said something."""
    deadline = time.monotonic() + 30
    while True:
        progress: dict[str, Any] = browser.get(address).json()
        if progress["messages"] or time.monotonic() > deadline:
            return progress
        time.sleep(0.05)


def test_how_a_delivery_goes_is_told_to_the_servers_own_pages_alone(
    browser: httpx.Client,
) -> None:
    answer = browser.get("coursehub/open/progress", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_someone_who_is_not_logged_in_starts_nothing(server: str) -> None:
    answer = httpx.get(f"{server}coursehub/open", params={"course": COURSE}, timeout=30)
    assert answer.status_code == 302
    assert "/login" in answer.headers["location"]
    assert httpx.get(f"{server}coursehub/open/progress", timeout=30).status_code == 403


def test_while_the_service_is_down_the_page_says_so_and_opens_what_is_there(
    browser: httpx.Client, service: Service
) -> None:
    landing(browser, module="one")
    service.down = True
    try:
        page = landing(browser, course=COURSE, module="one")
    finally:
        service.down = False
    assert page.status_code == 200
    assert "The course service cannot answer now: try again in a minute." in page.text
    assert f'href="{BASE}lab/tree/intro/one/one.ipynb">Open what is there<' in page.text


def test_a_link_of_another_course_says_that_one_is_not_in_it(browser: httpx.Client) -> None:
    page = landing(browser, course="history", module="<b>")
    assert "There is no such course, or you are not in it." in page.text
    assert "<b>" not in page.text


def test_students_see_no_instructor_menus(browser: httpx.Client) -> None:
    off = lab_settings(browser)["disabledExtensions"]
    assert {
        "@jupyter/nbgrader:formgrader",
        "@jupyter/nbgrader:create-assignment",
        "@jupyter/nbgrader:course-list",
    } <= set(off)
    assert browser.get("formgrader").status_code == 404
    assert browser.get("assignments").status_code != 500


def lab_settings(browser: httpx.Client) -> dict[str, Any]:
    """What JupyterLab's page tells the lab in the browser."""
    page = browser.get("lab").text
    found = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found is not None
    settings: dict[str, Any] = json.loads(found[1])
    return settings


def test_a_grader_server_shows_formgrader_also_inside_the_lab(
    service: Service, tmp_path: Path
) -> None:
    grader = Student(name=f"grader-{COURSE}", home=tmp_path, service_url=service.url)
    headers = {"Authorization": f"token {TOKEN}"}
    with (
        running_server(grader, role="grader") as url,
        httpx.Client(base_url=url, headers=headers, timeout=30) as browser,
    ):
        assert not [n for n in lab_settings(browser)["disabledExtensions"] if "nbgrader" in n]
        formgrader = browser.get("formgrader", follow_redirects=True)
        assert formgrader.status_code == 200
        policy = formgrader.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy


@pytest.mark.browser
def test_the_page_shows_each_step_and_moves_on_by_itself(
    server: str, browser: httpx.Client, upstream: Upstream
) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    landing(browser, module="one")
    upstream.publish({"two/table.csv": "a,b\n1,5\n"})
    upstream.silent.set()
    try:
        with sync_playwright() as playwright:
            window = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = window.new_page(extra_http_headers={"Authorization": f"token {TOKEN}"})
            page.goto(f"{server}coursehub/open?course={COURSE}&path=intro/two/table.csv")
            page.get_by_text("Looking for the course's materials.").wait_for(timeout=30_000)
            upstream.silent.clear()
            page.wait_for_url(
                "**/lab/tree/intro/two/table.csv", timeout=60_000, wait_until="commit"
            )
            window.close()
    finally:
        upstream.silent.clear()
