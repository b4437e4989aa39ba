"""How pages write moments, figures and money."""

from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

NOTHING: Final = "\N{EN DASH}"
"""What stands where there is no value."""

_MICRO: Final = 1_000_000
_CENT: Final = 10_000
_GB: Final = 1_000_000_000
_MB: Final = 1_000_000


def moment(value: datetime | None, zone: str | tzinfo = UTC) -> str:
    """A moment in a zone, as "20 Mar 2026, 23:59 CET"; an en dash for none."""
    if value is None:
        return NOTHING
    local = _in_zone(value, zone)
    name = local.tzname() or "UTC"
    # %d would write "05 Mar".
    text = f"{local.day} {local:%b %Y, %H:%M} {name}"
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), text)


def field_moment(value: datetime | str | None, zone: str | tzinfo = UTC) -> str:
    """A moment as a datetime-local field takes it; what a person typed stays as it is."""
    if isinstance(value, datetime):
        return f"{_in_zone(value, zone):%Y-%m-%dT%H:%M}"
    return value or ""


def day(value: datetime | None, zone: str | tzinfo = UTC) -> str:
    """The day of a moment in a zone, as "20 Mar 2026"; an en dash for none."""
    if value is None:
        return NOTHING
    local = _in_zone(value, zone)
    return Markup('<time datetime="{}">{}</time>').format(
        local.date().isoformat(), f"{local.day} {local:%b %Y}"
    )


def number(value: float | None, digits: int = 0) -> str:
    """A figure with its thousands apart, as "1,234"; an en dash for none."""
    return NOTHING if value is None else f"{value:,.{digits}f}"


def money(microusd: int | None) -> str:
    """Micro-USD as "$1.20", "$0.0123", or "$0.000022" below 0.1 cents; a dash for none."""
    if microusd is None:
        return NOTHING
    sign, amount = ("-" if microusd < 0 else ""), abs(microusd)
    digits = 2
    if 0 < amount < 10 * _CENT:
        digits = 4 if amount >= _CENT // 10 else 6
    return f"{sign}${amount / _MICRO:,.{digits}f}"


def size(value_bytes: int | None) -> str:
    """Bytes as "1.5 GB" (10^9) or "250 MB"; an en dash for none."""
    if value_bytes is None:
        return NOTHING
    if value_bytes >= _GB:
        return f"{value_bytes / _GB:.4g} GB"
    return f"{value_bytes / _MB:,.0f} MB" if value_bytes >= _MB else f"{value_bytes:,} bytes"


def _in_zone(value: datetime, zone: str | tzinfo) -> datetime:
    return value.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
