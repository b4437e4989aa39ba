from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.courses.rules import amounts, dates
from coursehub.courses.rules.dates import Calendar, WeekDay, moment
from coursehub.vocabulary.limits import memory_text
from coursehub.vocabulary.terms import Holiday, after

TORONTO = ZoneInfo("America/Toronto")
READING_WEEK = Holiday(date(2027, 2, 15), date(2027, 2, 19), "Reading week")
GOOD_FRIDAY = Holiday(date(2027, 3, 26), date(2027, 3, 26))
TERM = Calendar(starts=date(2027, 1, 12), zone=TORONTO, holidays=(READING_WEEK, GOOD_FRIDAY))


def at(written: object, calendar: Calendar = TERM) -> str:
    return calendar.resolve(moment(written), default=dates.END_OF_DAY).isoformat()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("week 1 monday 09:00", "2027-01-11T09:00:00-05:00"),  # the day before the term's first
        ("week 3 friday 23:59", "2027-01-29T23:59:00-05:00"),
        ("Week 3  Fri at 9:05", "2027-01-29T09:05:00-05:00"),
        ("week 3 friday", "2027-01-29T23:59:00-05:00"),
        ("week 5 friday", "2027-02-12T23:59:00-05:00"),
        ("week 6 monday", "2027-02-22T23:59:00-05:00"),  # reading week is not counted
        ("week 10 friday", "2027-03-29T23:59:00-04:00"),  # Good Friday: the Monday after
        ("week 10 saturday", "2027-03-27T23:59:00-04:00"),
        ("2027-03-26 10:00", "2027-03-26T10:00:00-04:00"),  # a given day is meant, holiday or not
    ],
)
def test_a_week_and_a_day_name_a_moment_and_skip_holidays(written: str, meant: str) -> None:
    assert at(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2027-03-13 23:59", datetime(2027, 3, 14, 4, 59, tzinfo=UTC)),
        ("2027-03-14 23:59", datetime(2027, 3, 15, 3, 59, tzinfo=UTC)),  # clocks went forward
        ("2027-03-14 02:30", datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),  # there is no 2:30
        ("2027-11-06 23:59", datetime(2027, 11, 7, 3, 59, tzinfo=UTC)),
        ("2027-11-07 01:30", datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),  # the first of two
        ("2027-11-07 23:59", datetime(2027, 11, 8, 4, 59, tzinfo=UTC)),  # clocks went back
        ("2027-11-07T01:30:00.123-05:00", datetime(2027, 11, 7, 6, 30, tzinfo=UTC)),  # the second
    ],
)
def test_the_wall_clock_holds_when_clocks_change(written: str, meant: datetime) -> None:
    assert TERM.resolve(moment(written), default=dates.END_OF_DAY).astimezone(UTC) == meant


def test_no_servers_zone_moves_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    import time as clock  # noqa: PLC0415 - the C library's zone is changed

    meant = at("week 3 friday 23:59")
    for zone in ("Asia/Tokyo", "Pacific/Honolulu"):
        monkeypatch.setenv("TZ", zone)
        clock.tzset()
        assert at("week 3 friday 23:59") == meant
    monkeypatch.undo()
    clock.tzset()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("week 3 firday", "is it friday?"),
        ("week 3 xyz", "no day of the week"),
        ("week 0 monday", "weeks 1 to 60"),
        ("week 61 monday", "weeks 1 to 60"),
        ("week three monday", "write a moment"),
        ("week 3 monday 25:00", "no such time"),
        ("2027-02-30", "no such moment"),
        ("2027-02-28 24:01", "no such"),
        ("20270228", "write a moment"),
        ("2027-W05-1", "write a moment"),
        ("tomorrow", "write a moment"),
        (20270228, "write a moment"),
        (None, "write a moment"),
        ([], "write a moment"),
        ("week \u0663 friday", "write a moment"),
    ],
)
def test_what_is_no_moment_is_told_so(written: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        moment(written)


DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))
ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)


@given(DAYS, st.integers(1, 30), st.integers(0, 6), st.lists(DAYS, max_size=8), ZONES)
def test_a_week_and_day_of_a_term_are_never_a_holiday_and_keep_their_weekday_otherwise(
    starts: date, week: int, day: int, free: list[date], zone: ZoneInfo
) -> None:
    calendar = Calendar(starts=starts, zone=zone, holidays=tuple(Holiday(d, d) for d in free))
    found = calendar.day(WeekDay(week, day))
    assert not calendar.is_holiday(found)
    moved = calendar.is_holiday(calendar.monday(week) + timedelta(days=day))
    assert moved or calendar.placed(found) == WeekDay(week, day)


@given(st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)), ZONES)  # noqa: DTZ001 - of the wall
def test_a_moment_that_is_written_is_read_as_the_same(wall: datetime, zone: ZoneInfo) -> None:
    real = wall.replace(microsecond=0, tzinfo=UTC)
    calendar = Calendar(starts=date(2027, 1, 11), zone=zone)
    written = str(calendar.written(real))
    assert calendar.resolve(moment(written), default=time(0)).astimezone(UTC) == real


@pytest.mark.parametrize(
    ("written", "later"),
    [
        ("1 day", "2027-03-14T23:59:00-04:00"),  # 23 hours, and the same time on the wall
        ("24 hours", "2027-03-15T00:59:00-04:00"),
        ("2 days", "2027-03-15T23:59:00-04:00"),
        ("1 week", "2027-03-20T23:59:00-04:00"),
        ("15 minutes", "2027-03-14T00:14:00-05:00"),
        ("3h", "2027-03-14T03:59:00-04:00"),  # over the hour that there is not
    ],
)
def test_days_are_of_the_calendar_and_hours_of_the_clock(written: str, later: str) -> None:
    due = datetime(2027, 3, 13, 23, 59, tzinfo=TORONTO)
    assert after(due, amounts.length(written)).isoformat() == later


@pytest.mark.parametrize("written", ["2", "two days", "-1 day", "2 dogs", "99999 days", 5, None])
def test_what_is_no_length_of_time_is_told_so(written: object) -> None:
    with pytest.raises(ValueError, match=r"length of time|longest"):
        amounts.length(written)


@given(st.integers(1, 10**15))
def test_an_amount_of_memory_that_is_written_is_read_as_the_same(size: int) -> None:
    written = memory_text(size)
    assert size < 1000 or amounts.memory_bytes(written) == size


@given(st.integers(0, 10**15 - 1))
def test_an_amount_of_money_that_is_written_is_read_as_the_same(amount: int) -> None:
    assert amounts.microusd(amounts.money_text(amount)) == amount


@pytest.mark.parametrize("written", ["10", 10, "110%", "-1%", "ten%", None])
def test_what_is_no_share_is_told_so(written: object) -> None:
    with pytest.raises(ValueError, match="10%"):
        amounts.percent(written)


@pytest.mark.parametrize("written", ["5 EUR", "-1", "1e9", -3, None, True, "a lot"])
def test_what_is_no_amount_of_dollars_is_told_so(written: object) -> None:
    with pytest.raises(ValueError, match="500 USD"):
        amounts.microusd(written)
