"""What a course has used, for its staff."""

from datetime import datetime

from coursehub.model.spending import Spending, spent
from coursehub.store import Store


def course_usage(store: Store, *, institution_id: int, course_id: int, at: datetime) -> Spending:
    """What the course has cost until `at`, running servers included."""
    with store.reading(institution_id) as session:
        return spent(session, course_id, at=at)
