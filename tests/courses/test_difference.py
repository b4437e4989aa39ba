"""The three-way difference, over any settings."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coursehub.courses.rules.difference import Side, difference
from coursehub.courses.rules.file import parse
from coursehub.courses.rules.settings import file_of, settings_of
from coursehub.courses.rules.writing import text_of
from tests.courses.whole import WHOLE

PLACES = st.one_of(
    st.tuples(st.sampled_from(["title", "image"])),
    st.tuples(st.just("assignments"), st.sampled_from("ab"), st.sampled_from(["due", "points"])),
    st.tuples(
        st.just("assignments"),
        st.sampled_from("ab"),
        st.just("extensions"),
        st.sampled_from("pq"),
        st.sampled_from(["by", "reason"]),
    ),
    st.tuples(st.just("exams"), st.sampled_from("ab"), st.sampled_from(["starts", "ends"])),
    st.tuples(st.just("extensions"), st.sampled_from("pq"), st.sampled_from(["by", "reason"])),
)
Chosen = dict[tuple[str, ...], Any]


def with_names(settings: Chosen) -> Chosen:
    """The settings, in which every thing has its name."""
    things = {place[:n] for place in settings for n in (2, 4) if len(place) > n}
    return {**settings, **{(*thing, "name"): thing[-1] for thing in things}}


NUMBERS: st.SearchStrategy[Chosen] = st.dictionaries(PLACES, st.integers(1, 3), max_size=12)
SETTINGS = NUMBERS.map(with_names)


@given(SETTINGS, SETTINGS, SETTINGS)
def test_without_a_clash_every_change_of_either_side_is_in_the_course(
    base: Chosen,
    page: Chosen,
    file: Chosen,
) -> None:
    found = difference(base, page, file)
    for place, value in found.settings.items():
        assert value in (page.get(place), file.get(place))
    clashed = [clash.place for clash in found.clashes]
    for place in page.keys() & file.keys():
        if not any(place[: len(clash)] == clash for clash in clashed):
            mine, theirs, last = page[place], file[place], base.get(place)
            assert found.settings[place] == (
                mine if last == theirs else theirs if last == mine else mine
            )


@given(SETTINGS, SETTINGS)
def test_a_file_that_was_applied_changes_nothing_more(page: Chosen, file: Chosen) -> None:
    first = difference(page, page, file)
    assert not first.clashes
    again = difference(file, first.settings, file)
    assert not again.changes
    assert not again.clashes


@given(SETTINGS, SETTINGS, SETTINGS, st.sampled_from(Side))
def test_a_clash_that_was_decided_is_none_any_more(
    base: Chosen,
    page: Chosen,
    file: Chosen,
    side: Side,
) -> None:
    first = difference(base, page, file, otherwise=side)
    assert not first.clashes
    again = difference(file, first.settings, file)
    assert not again.changes


@given(SETTINGS, SETTINGS, SETTINGS)
def test_no_assignment_of_the_course_is_ever_lost(
    base: Chosen,
    page: Chosen,
    file: Chosen,
) -> None:
    found = difference(base, page, file)
    here = {place[:2] for place in page if place[0] == "assignments" and len(place) == 3}
    assert here <= {place[:2] for place in found.settings}


def test_a_files_settings_make_the_same_file_again() -> None:
    settings = settings_of(parse(WHOLE))
    assert settings_of(file_of(settings, slug="data8")) == settings


def test_a_course_that_is_written_is_read_as_the_same() -> None:
    file = parse(WHOLE)
    text = text_of(file, like=file)
    assert settings_of(parse(text)) == settings_of(file)
    assert "due: week 3 friday" in text
    assert "{}" not in text
