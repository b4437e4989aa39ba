"""The JSON Schema of a course file, for editors that complete and check it while one types."""

from typing import Any, Final

from coursehub.courses.rules.file import CourseFile

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12), with what each key means."""
    return {
        "$schema": DIALECT,
        **CourseFile.model_json_schema(mode="validation"),
        "title": "coursehub course file",
    }
