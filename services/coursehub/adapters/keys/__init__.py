"""The tool's own keys: one that signs, those that are published, and how they change."""

from coursehub.adapters.keys.ring import Listed, Rotation, ToolKeys
from coursehub.adapters.keys.timetable import CACHED, LONGEST_TOKEN, State

__all__ = ["CACHED", "LONGEST_TOKEN", "Listed", "Rotation", "State", "ToolKeys"]
