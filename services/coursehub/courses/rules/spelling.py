"""The nearest valid spelling of what somebody wrote."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(written: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; empty where none is near."""
    words = {word.lower(): word for word in known}
    found = get_close_matches(written[:100].lower(), words, n=1, cutoff=0.6)
    return words[found[0]] if found else ""
