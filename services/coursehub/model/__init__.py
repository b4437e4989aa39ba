"""The tables. Importing this package makes all of them known to SQLModel's metadata."""

from coursehub.model import assignment, course, grading, institution, ledger, module, privacy, quota

__all__ = ["assignment", "course", "grading", "institution", "ledger", "module", "privacy", "quota"]
