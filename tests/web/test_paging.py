import base64

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.errors import Invalid
from coursehub.web.paging import MAX_LIMIT, Paging, cursor


def test_a_list_is_read_to_its_end_page_by_page(http: httpx.Client) -> None:
    seen: list[int] = []
    after: str | None = None
    while True:
        asked = {"limit": "50", **({"after": after} if after else {})}
        page = http.get("api/v1/numbers", params=asked).json()
        seen += page["items"]
        after = page["next"]
        if after is None:
            break

    assert seen == list(range(120))


def test_a_page_holds_fifty_unless_asked_otherwise(http: httpx.Client) -> None:
    assert len(http.get("api/v1/numbers").json()["items"]) == 50
    assert len(http.get("api/v1/numbers?limit=3").json()["items"]) == 3


@pytest.mark.parametrize("limit", ["0", "-1", str(MAX_LIMIT + 1), "many"])
def test_a_page_out_of_bounds_is_refused(http: httpx.Client, limit: str) -> None:
    assert http.get("api/v1/numbers", params={"limit": limit}).status_code == 422


def _raw(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    [
        "nonsense!",
        _raw("not json"),
        _raw('{"a": 1}'),
        _raw("[1]"),
        _raw('["n", "1"]'),
        _raw('["n", true]'),
        _raw('["n", 1, 2]'),
        _raw('["n", 1.5]'),
        _raw("[" * 300),
        "x" * 999,
    ],
)
def test_a_tampered_cursor_is_refused(http: httpx.Client, after: str) -> None:
    answer = http.get("api/v1/numbers", params={"after": after})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-cursor")


@given(st.text(max_size=50), st.integers(-(2**63) + 1, 2**63 - 1))
def test_a_cursor_gives_back_what_it_was_made_of(name: str, number: int) -> None:
    assert Paging(after=cursor((name, number))).position(str, int) == (name, number)


@given(st.text(max_size=100))
def test_no_cursor_at_all_breaks_the_reader(after: str) -> None:
    try:
        position = Paging(after=after).position(str, int)
    except Invalid:
        return
    assert position is not None
