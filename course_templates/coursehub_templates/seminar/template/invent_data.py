"""Writes the archive of Skerrow anew: invented, and the same on each run."""
# ruff: noqa: INP001 - a script of its own, no part of a package

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
VILLAGES = ["Northhaven", "Kirkness", "Sandwick Bay", "Upper Mills"]
FROM = [0.38, 0.17, 0.30, 0.15]  # the chance of each village, in that order
WORK = {
    "m": (["fisher", "farm hand", "carpenter", "weaver"], [0.45, 0.35, 0.12, 0.08]),
    "f": (["weaver", "servant", "fish curer", "farm hand"], [0.34, 0.30, 0.22, 0.14]),
}
NOT_RECORDED = "not recorded"
# The truth behind the blanks: equally many had work, and the clerk wrote down fewer of hers.
IDLE, LEFT_OUT = 0.08, {"m": 0.04, "f": 0.60}
BAD_YEARS = [1867, 1884]  # the herring failed
# The truth behind the chest: a letter with money was kept three times as often.
WITH_MONEY, KEPT = 0.35, {True: 0.30, False: 0.10}

OPENINGS = [
    "I take up my pen to let you know that I am well.",
    "Your letter of the spring has reached me at last.",
    "It is a long time since I wrote, and I am sorry for it.",
    "I hope these lines find you all in good health.",
]
CLOSINGS = [
    "Remember me to everybody in the village.",
    "Write soon, and tell me all the news.",
    "I remain your loving child.",
    "Keep this letter for the little ones.",
]
SENTENCES = {
    "work": [
        "The work at the mill is hard and the hours are long.",
        "I have found work on the docks until the winter.",
        "The master is pleased with my work and gives me Sunday free.",
        "There is no work in the yards this month.",
    ],
    "money": [
        "I send you two pounds with this letter.",
        "Put the money towards the rent and a pair of boots.",
        "My wages are better now, and I can send money every quarter.",
        "Tell me whether the money I sent at harvest came safely.",
    ],
    "longing": [
        "I think of home whenever the wind is from the north.",
        "I would give much to see the island once more.",
        "I dreamt of home again, and of the boats coming in.",
        "Nobody here has ever heard of our island.",
    ],
    "weather": [
        "The winter has been mild and the river did not freeze.",
        "We have had rain for three weeks together.",
        "The summer here is hotter than you would believe.",
    ],
}


def register(*, seed: int, first: int, last: int, count: int) -> pd.DataFrame:
    """Who left, as the harbour's clerk wrote it down, in order of time."""
    rng = np.random.default_rng(seed)
    years = np.arange(first, last + 1)
    weight = np.ones(len(years))
    for bad in BAD_YEARS:
        weight += np.where((years >= bad) & (years < bad + 4), 4.0, 0.0)
    sex = rng.choice(["f", "m"], count, p=[0.46, 0.54])
    table = pd.DataFrame(
        {
            "year": rng.choice(years, count, p=weight / weight.sum()),
            "village": rng.choice(VILLAGES, count, p=FROM),
            "sex": sex,
            "age": np.clip(rng.gamma(9.0, 2.8, count), 14, 71).astype(int),
            "occupation": [occupation(rng, each) for each in sex],
        }
    )
    return table.sort_values("year", kind="stable", ignore_index=True)


def occupation(rng: np.random.Generator, sex: str) -> str:
    """What the clerk wrote of one person."""
    kinds, chances = WORK[sex]
    work = str(rng.choice(kinds, p=chances))
    unseen = rng.random() < IDLE or rng.random() < LEFT_OUT[sex]
    return NOT_RECORDED if unseen else work


def letters(*, seed: int, count: int) -> pd.DataFrame:
    """Letters home: money comes in with the years away, and longing goes."""
    rng = np.random.default_rng(seed)
    away = rng.integers(0, 16, count)
    chances = {
        "work": np.full(count, 0.7),
        "money": 0.08 + 0.045 * away,
        "longing": 0.85 - 0.045 * away,
        "weather": np.full(count, 0.45),
    }
    about = {theme: rng.random(count) < chance for theme, chance in chances.items()}
    texts = [letter(rng, [theme for theme in about if about[theme][row]]) for row in range(count)]
    table = pd.DataFrame(
        {
            "year": rng.integers(1868, 1896, count),
            "years_away": away,
            "village": rng.choice(VILLAGES, count, p=FROM),
            "text": texts,
        }
    )
    return table.sort_values("year", kind="stable", ignore_index=True)


def letter(rng: np.random.Generator, themes: list[str]) -> str:
    """One letter: a sentence or two on each theme, in no order."""
    said = [
        sentence
        for theme in themes
        for sentence in rng.choice(SENTENCES[theme], rng.integers(1, 3), replace=False)
    ]
    middle = [str(each) for each in rng.permutation(said)]
    return " ".join([str(rng.choice(OPENINGS)), *middle, str(rng.choice(CLOSINGS))])


def post(*, seed: int, count: int) -> pd.DataFrame:
    """Every letter that the island's post office gave out, and whether it is in the chest."""
    rng = np.random.default_rng(seed)
    money = rng.random(count) < WITH_MONEY
    kept = rng.random(count) < np.where(money, KEPT[True], KEPT[False])
    table = pd.DataFrame(
        {
            "year": rng.integers(1868, 1896, count),
            "money_order": np.where(money, "yes", "no"),
            "in_chest": np.where(kept, "yes", "no"),
        }
    )
    return table.sort_values("year", kind="stable", ignore_index=True)


def tables() -> dict[str, pd.DataFrame]:
    """Every table of the course, by the path it is kept at."""
    return {
        "materials/01-register/data/register.csv": register(
            seed=21, first=1851, last=1910, count=900
        ),
        "materials/02-letters/data/letters.csv": letters(seed=22, count=220),
        "materials/03-keeping/data/post.csv": post(seed=23, count=1200),
        "assignments/source/response1/register.csv": register(
            seed=24, first=1860, last=1899, count=260
        ),
        "assignments/source/response2/letters.csv": letters(seed=25, count=90),
    }


if __name__ == "__main__":
    for path, table in tables().items():
        table.to_csv(HERE / path, index=False)
