"""Forms filled in: what is typed becomes settings, and what is not touched stays."""

from datetime import date, datetime, time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coursehub.courses.rules.dates import Moment
from coursehub.courses.rules.file import CourseFile
from coursehub.courses.rules.filling_in import shown, typed
from coursehub.courses.rules.forms import FORMS, Form
from coursehub.courses.rules.settings import file_of, part_of, settings_of

NAMES = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,8}\Z")
LINES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
TITLES = LINES.filter(lambda words: bool(words.strip()))
MOMENTS = st.one_of(
    st.none(),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001 - of the wall
        lambda at: Moment(at.date(), at.time().replace(microsecond=0))
    ),
)
LENGTHS = st.one_of(st.none(), st.integers(0, 400).map("{} days".format),
                    st.integers(0, 900).map("{} minutes".format))  # fmt: skip
SHARES = st.integers(0, 100).map("{}%".format)
LATE = st.fixed_dictionaries(
    {"grace": LENGTHS, "per_day": SHARES, "at_most": SHARES, "closes": LENGTHS}
)
MEMORY = st.one_of(st.just(""), st.integers(1, 10**12).map(lambda n: f"{n}K"))
QUOTAS = st.fixed_dictionaries(
    {
        "memory": MEMORY,
        "disk": MEMORY,
        "cpu": st.one_of(st.none(), st.floats(0.01, 1024, allow_nan=False)),
        "gpu": st.one_of(st.none(), st.integers(0, 8)),
    }
)
ASSIGNMENTS = st.fixed_dictionaries(
    {
        "title": TITLES,
        "points": st.floats(0, 1000, allow_nan=False),
        "release": MOMENTS,
        "due": MOMENTS,
        "late": st.one_of(st.none(), LATE),
        "notebooks": st.lists(NAMES, max_size=3),
        "line_item": st.fixed_dictionaries({"label": LINES, "shown": st.booleans()}),
    }
)
HOLIDAYS = st.lists(
    st.tuples(st.dates(date(2026, 1, 1), date(2027, 12, 1)), TITLES).map(
        lambda one: {"days": f"{one[0]}", "name": one[1]}
    ),
    max_size=3,
)

DOLLARS = st.one_of(st.none(), st.integers(0, 10**8).map(lambda cents: cents / 100))


@st.composite
def courses(draw: st.DrawFn) -> CourseFile:
    """A course of which every form has something to show."""
    named = draw(st.dictionaries(NAMES, ASSIGNMENTS, min_size=1, max_size=3))
    content: dict[str, Any] = {
        "title": draw(TITLES),
        "slug": "data-8",
        "term": {
            "starts": date(2027, 1, 11),
            "time_zone": draw(st.sampled_from(["UTC", "America/Toronto", "Asia/Kolkata"])),
            "holidays": draw(HOLIDAYS),
        },
        "late": draw(LATE),
        "assignments": [{"name": name, **one} for name, one in named.items()],
        "exams": [
            {
                "name": "final",
                "title": draw(TITLES),
                "starts": Moment(date(2027, 4, 1), time(10)),
                "ends": Moment(date(2027, 4, 1), time(12, 30)),
                "assignments": draw(st.lists(st.sampled_from(sorted(named)), max_size=2)),
                "quota": draw(QUOTAS),
            }
        ],
        "quotas": {"student": draw(QUOTAS), "ta": draw(QUOTAS)},
        "budget": {
            "total": draw(st.one_of(st.none(), st.floats(0, 1e6).map(lambda n: round(n, 2))))
        },
    }
    return CourseFile.model_validate(content)


def names(form: Form, file: CourseFile) -> list[str]:
    return [item.name for item in getattr(file, form.key)] if form.is_named else [""]


@given(courses())
def test_whatever_the_course_a_form_that_is_not_touched_means_the_same(file: CourseFile) -> None:
    settings = settings_of(file)
    for form in FORMS.values():
        for name in names(form, file):
            sent = {key: words.replace("\n", "\r\n") for key, words in
                    shown(form, settings, name).items() if words}  # fmt: skip
            place = form.place(name)
            kept = {at: value for at, value in settings.items() if at[: len(place)] != place}
            after = settings_of(
                file_of({**kept, **typed(form, settings, name, sent)}, slug="data-8")
            )
            assert part_of(after, place) == part_of(settings, place)


@given(courses(), st.data())
def test_whatever_is_typed_nothing_but_the_forms_own_settings_changes(
    file: CourseFile, data: st.DataObject
) -> None:
    settings = settings_of(file)
    form = data.draw(st.sampled_from(list(FORMS.values())))
    name = names(form, file)[0] if names(form, file) else "new"
    fields = st.sampled_from([field.name for field in form.fields])
    words = data.draw(st.dictionaries(st.one_of(fields, st.text()), st.text(max_size=20)))
    place = form.place(name)
    assert all(at[: len(place)] == place for at in typed(form, settings, name, words))
