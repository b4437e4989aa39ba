"""Writes what the camp at Little Orrin measured and found: invented, and the same on each run."""
# ruff: noqa: INP001 - a script of its own, no part of a package

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
HOURS_BETWEEN_TIDES = 12.4
# What lies on the beach: how often, and how heavy it is, in grams.
FINDS = {
    "shell": (0.42, 12),
    "driftwood": (0.22, 340),
    "plastic": (0.20, 55),
    "sea glass": (0.12, 9),
    "rope": (0.04, 620),
}
GROUPS = ["Crabs", "Gulls", "Seals", "Urchins"]
SECRETS = [
    ("MEET AT THE JETTY AT NINE", 3),
    ("THE COOK HAS HIDDEN THE WAFFLES", 7),
    ("LOOK UNDER THE RED BOAT", 11),
]
LETTERS = 26
STORM = 4


def tides(*, seed: int, hours: int) -> pd.DataFrame:
    """The depth of the water at the jetty, every hour."""
    rng = np.random.default_rng(seed)
    hour = np.arange(hours)
    depth = 2.1 + 1.4 * np.sin(2 * np.pi * (hour - 2) / HOURS_BETWEEN_TIDES)
    return pd.DataFrame({"hour": hour, "depth_m": (depth + rng.normal(0, 0.05, hours)).round(2)})


def finds(*, seed: int, days: int, count: int) -> pd.DataFrame:
    """What four groups brought back from the beach; the day after the storm has more plastic."""
    rng = np.random.default_rng(seed)
    names, usual = list(FINDS), np.array([chance for chance, _ in FINDS.values()])
    stormy = np.where([name == "plastic" for name in names], usual * 3, usual)
    chances = {True: stormy / stormy.sum(), False: usual}
    day = np.sort(rng.integers(1, days + 1, count))
    thing = [str(rng.choice(names, p=chances[bool(each == STORM)])) for each in day]
    grams = [max(1, round(float(rng.lognormal(np.log(FINDS[name][1]), 0.5)))) for name in thing]
    return pd.DataFrame(
        {"day": day, "group": rng.choice(GROUPS, count), "thing": thing, "grams": grams}
    )


def messages() -> str:
    """Each secret on a line: how far its letters are moved, then the letters."""
    return "".join(f"{by} {moved(text, by)}\n" for text, by in SECRETS)


def moved(text: str, by: int) -> str:
    """The text with each letter moved on in the alphabet."""
    return "".join(
        chr((ord(sign) - ord("A") + by) % LETTERS + ord("A")) if sign.isalpha() else sign
        for sign in text
    )


def tables() -> dict[str, pd.DataFrame]:
    """Every table of the course, by the path it is kept at."""
    return {
        "materials/07-tables/data/finds.csv": finds(seed=31, days=7, count=240),
        "assignments/source/tides/tides.csv": tides(seed=32, hours=48),
        "assignments/source/beach/finds.csv": finds(seed=33, days=6, count=150),
    }


if __name__ == "__main__":
    for path, table in tables().items():
        table.to_csv(HERE / path, index=False)
    (HERE / "assignments/source/codes/messages.txt").write_text(messages(), encoding="utf-8")
