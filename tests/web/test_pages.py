from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from coursehub.web import formats
from coursehub.web.pages import url
from tests.web.actors import settings


def test_what_people_type_never_becomes_markup(http: httpx.Client) -> None:
    shown = http.get("hello", params={"name": "<img src=x onerror=alert(1)>"}).text

    assert "<img src=x" not in shown
    assert "&lt;img src=x" in shown


def test_what_people_search_for_never_becomes_markup(http: httpx.Client) -> None:
    shown = http.get("parts", params={"q": '"><script>x'}).text

    assert '"><script>x' not in shown


def test_a_list_is_searched_and_paged_without_scripts(http: httpx.Client) -> None:
    shown = http.get("parts", params={"q": "alan"}).text

    assert "Alan Turing 2" in shown
    assert "Ada Lovelace" not in shown
    assert ">5 people</span>" in shown


def test_a_next_page_keeps_what_was_searched_for(http: httpx.Client) -> None:
    shown = http.get("parts", params={"q": "a"}).text

    assert "?q=a&amp;after=" in shown


def test_a_static_file_may_be_kept_as_long_as_its_address_names_its_content(
    http: httpx.Client,
) -> None:
    page = http.get("parts").text
    address = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]

    file = http.get(http.base_url.join(address))

    assert file.headers["content-type"].startswith("text/css")
    assert "immutable" in file.headers["cache-control"]


@pytest.mark.parametrize("path", ["static/../pages.py", "static/%2e%2e/pages.py", "static/"])
def test_static_files_end_at_their_folder(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 404


def test_links_lie_under_the_prefix(tmp_path: Path) -> None:
    assert url(settings(tmp_path), "courses/data8") == "/base/services/coursehub/courses/data8"


@pytest.mark.parametrize(
    ("microusd", "written"),
    [
        (12_300, "$0.0123"),
        (1_200_000, "$1.20"),
        (0, "$0.00"),
        (100_000, "$0.10"),
        (35_137_360_000, "$35,137.36"),
        (-1_500_000, "-$1.50"),
        (None, formats.NOTHING),
    ],
)
def test_money_is_written_as_people_write_it(microusd: int | None, written: str) -> None:
    assert formats.money(microusd) == written


def test_a_moment_is_written_in_the_course_s_own_zone() -> None:
    due = datetime(2026, 3, 5, 22, 59, tzinfo=UTC)

    assert formats.moment(due, "Europe/Berlin") == (
        '<time datetime="2026-03-05T23:59:00+01:00">5 Mar 2026, 23:59 CET</time>'
    )
    assert formats.field_moment(due, "Europe/Berlin") == "2026-03-05T23:59"


def test_a_size_is_written_in_units_of_ten() -> None:
    assert formats.size(1_500_000_000) == "1.5 GB"
    assert formats.size(250_000_000) == "250 MB"
