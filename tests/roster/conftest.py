import pytest

from tests.databases import database_url
from tests.house.school import School, school, settings, store
from tests.roster.class_of import CONTEXT, Class

__all__ = ["database_url", "school", "settings", "store"]


@pytest.fixture
def course(school: School) -> Class:
    """A course that one person, t1, has opened."""
    school.come("t1", context=CONTEXT)
    return Class(school)
