"""Amounts as a course file writes them: memory, money, shares and lengths of time."""

import re
from decimal import Decimal
from typing import Any, Final

from coursehub.vocabulary.limits import UNITS
from coursehub.vocabulary.terms import Length

LARGEST_MEMORY_BYTES: Final = 10**15
LARGEST_MICROUSD: Final = 10**15
LONGEST_DAYS: Final = 3650
WHOLE: Final = 100.0
_MEMORY: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([KMGTkmgt])")
_SHARE: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?) ?%")
_MONEY: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(?: ?USD)?")
_LENGTH: Final = re.compile(r"([0-9]{1,5}) ?(weeks?|w|days?|d|hours?|h|minutes?|min|m)")
_SECONDS: Final = {"h": 3600, "m": 60}
_DAYS: Final = {"w": 7, "d": 1}


def length_text(length: Length) -> str:
    """The length as a course file writes it."""
    if length.days:
        return _counted(length.days, "day")
    if length.seconds and length.seconds % 3600 == 0:
        return _counted(length.seconds // 3600, "hour")
    return _counted(length.seconds // 60, "minute")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" + ("" if number == 1 else "s")


def length(written: Any) -> Length:
    """A length such as `2 days`, `12 hours` or `15 minutes`; ValueError for anything else."""
    if isinstance(written, Length):
        return written
    found = _LENGTH.fullmatch(written.strip().lower()) if isinstance(written, str) else None
    if not found:
        raise ValueError("write a length of time like 2 days, 12 hours or 15 minutes")
    number, unit = int(found[1]), found[2][0]
    if unit in _DAYS:
        if number * _DAYS[unit] > LONGEST_DAYS:
            raise ValueError("ten years is the longest time there is here")
        return Length(days=number * _DAYS[unit])
    return Length(seconds=number * _SECONDS[unit])


def memory_bytes(text: str) -> int:
    """Bytes of an amount like `1.5G` (powers of ten); ValueError for anything else."""
    found = _MEMORY.fullmatch(text)
    if not found:
        raise ValueError(f"{text[:40]!r} is no amount of memory; write one like 512M or 2G")
    amount = int(Decimal(found[1]) * UNITS[found[2].upper()])
    if not 0 < amount <= LARGEST_MEMORY_BYTES:
        raise ValueError(f"{text!r} must be at least a byte and at most 1000T")
    return amount


def percent(written: Any) -> float:
    """Percent of a share such as `10%`; ValueError for anything else."""
    found = _SHARE.fullmatch(written) if isinstance(written, str) else None
    if not found or float(found[1]) > WHOLE:
        raise ValueError("write a share like 10%, from 0% to 100%")
    return float(found[1])


def percent_text(share: float) -> str:
    """The share as a course file writes it."""
    return f"{share:g}%"


def microusd(written: Any) -> int:
    """Micro-USD of an amount such as `500 USD`; ValueError for anything else."""
    if isinstance(written, int | float) and not isinstance(written, bool):
        written = f"{written:.6f}".rstrip("0").rstrip(".") if written >= 0 else ""
    found = _MONEY.fullmatch(written) if isinstance(written, str) else None
    if not found:
        raise ValueError("write an amount like 500 USD; the ledger counts in US dollars")
    return int(Decimal(found[1]) * 1_000_000)


def money_text(amount_microusd: int) -> str:
    """The amount as a course file writes it."""
    return f"{(Decimal(amount_microusd) / 1_000_000).normalize():f} USD"
