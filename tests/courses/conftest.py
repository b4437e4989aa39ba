from tests.databases import database_url
from tests.house.school import school, settings, store

__all__ = ["database_url", "school", "settings", "store"]
