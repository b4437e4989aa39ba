"""When a mirror is old."""

from datetime import datetime, timedelta


def is_due(tried_at: datetime | None, *, now: datetime, after_s: float) -> bool:
    """Whether upstream is to be asked again; a failure counts as asked."""
    return tried_at is None or now - tried_at >= timedelta(seconds=after_s)
