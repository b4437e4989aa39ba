"""Writes every table of the course anew: invented, and the same on each run."""
# ruff: noqa: INP001 - a script of its own, no part of a package

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
STATIONS = pd.DataFrame(
    [
        ("Harbour", "Shore", 24, 2),
        ("Lighthouse", "Shore", 12, 6),
        ("Old Town", "Centre", 20, 14),
        ("Market", "Centre", 18, 12),
        ("Central Station", "Centre", 30, 9),
        ("Riverside", "East", 14, 5),
        ("University", "Hill", 26, 48),
        ("Hillcrest", "Hill", 10, 81),
    ],
    columns=["station", "district", "docks", "elevation_m"],
)
# Chances of setting out from each station, in the order above.
MEMBERS_FROM = [0.10, 0.03, 0.14, 0.11, 0.28, 0.10, 0.18, 0.06]
VISITORS_FROM = [0.31, 0.20, 0.19, 0.13, 0.08, 0.05, 0.02, 0.02]
MEMBERS, MORNINGS, FALSE_STARTS, WET_DAYS = 0.68, 0.5, 0.05, 0.3  # shares of all
SATURDAY = 5


def rides(*, seed: int, first_day: str, days: int, count: int) -> pd.DataFrame:
    """Rides in order of time: members commute, visitors see the shore."""
    rng = np.random.default_rng(seed)
    member = rng.random(count) < MEMBERS
    minute = minutes_of(rng, member=member, days=days)
    names = STATIONS["station"].to_numpy()
    station = np.where(
        member,
        rng.choice(names, count, p=MEMBERS_FROM),
        rng.choice(names, count, p=VISITORS_FROM),
    )
    seconds = rng.lognormal(np.where(member, 6.3, 7.1), 0.45)
    false_start = rng.random(count) < FALSE_STARTS
    seconds = np.where(false_start, rng.uniform(5, 59, count), seconds)
    table = pd.DataFrame(
        {
            "started": pd.Timestamp(first_day) + pd.to_timedelta(minute, unit="min"),
            "station": station,
            "rider": np.where(member, "member", "visitor"),
            "seconds": np.maximum(seconds.astype(int), 5),
        }
    )
    return table.sort_values("started", kind="stable", ignore_index=True)


def minutes_of(rng: np.random.Generator, *, member: np.ndarray, days: int) -> np.ndarray:
    """The minute, counted from the first midnight, at which each ride starts."""
    count = len(member)
    morning = rng.random(count) < MORNINGS
    commute = np.where(morning, rng.normal(8.2, 0.9, count), rng.normal(17.4, 1.1, count))
    hour = np.clip(np.where(member, commute, rng.normal(13.8, 2.7, count)), 5, 23.5)
    return (rng.integers(0, days, count) * 24 * 60 + hour * 60).astype(int)


def commutes(*, seed: int, per_route: int) -> pd.DataFrame:
    """Minutes on the old road and on the new lane, which is 8% faster in truth."""
    rng = np.random.default_rng(seed)
    road = rng.lognormal(np.log(19.0), 0.28, per_route)
    lane = rng.lognormal(np.log(19.0 * 0.92), 0.24, per_route)
    table = pd.DataFrame(
        {
            "route": ["road"] * per_route + ["lane"] * per_route,
            "minutes": np.concatenate([road, lane]).round(1),
        }
    )
    return table.sample(frac=1, random_state=seed, ignore_index=True)


def days(*, seed: int, first_day: str, count: int) -> pd.DataFrame:
    """One row a day: 60 + 14 rides per degree, less 11 per mm of rain, more at weekends."""
    rng = np.random.default_rng(seed)
    date = pd.date_range(first_day, periods=count)
    season = np.cos(2 * np.pi * (date.day_of_year.to_numpy() - 205) / 365)
    temperature = 14 + 8 * season + rng.normal(0, 2.6, count)
    rain = np.where(rng.random(count) < WET_DAYS, rng.exponential(5, count), 0.0)
    weekend = date.day_of_week.to_numpy() >= SATURDAY
    mean = 60 + 14 * temperature - 11 * rain + 45 * weekend
    return pd.DataFrame(
        {
            "date": date,
            "temperature_c": temperature.round(1),
            "rain_mm": rain.round(1),
            "weekend": weekend,
            "rides": np.maximum(rng.normal(mean, 28), 0).astype(int),
        }
    )


def tables() -> dict[str, pd.DataFrame]:
    """Every table of the course, by the path it is kept at."""
    return {
        "materials/01-tables/data/stations.csv": STATIONS,
        "materials/01-tables/data/rides.csv": rides(
            seed=1, first_day="2025-06-02", days=14, count=1500
        ),
        "materials/02-distributions/data/commutes.csv": commutes(seed=12, per_route=250),
        "materials/03-prediction/data/days.csv": days(seed=3, first_day="2024-07-01", count=365),
        "assignments/source/ps1/rides.csv": rides(
            seed=4, first_day="2025-09-01", days=7, count=400
        ),
        "assignments/source/ps2/days.csv": days(seed=5, first_day="2025-07-01", count=120),
    }


if __name__ == "__main__":
    for path, table in tables().items():
        table.to_csv(HERE / path, index=False)
