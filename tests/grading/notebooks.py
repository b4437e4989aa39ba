"""Notebooks as teachers write them and students hand them in."""

import json
from typing import Any


def cell(source: str, kind: str = "code", **nbgrader: Any) -> dict[str, Any]:
    """A cell; with a `grade_id`, one that nbgrader looks after."""
    metadata: dict[str, Any] = {}
    if nbgrader:
        flags = {"grade": False, "solution": False, "locked": False, "task": False}
        metadata["nbgrader"] = {"schema_version": 3, **flags, **nbgrader}
    made = {"cell_type": kind, "metadata": metadata, "source": source}
    return made if kind == "markdown" else {**made, "outputs": [], "execution_count": None}


def notebook(*cells: dict[str, Any] | str) -> bytes:
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    body = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {"kernelspec": spec},
        "cells": [cell(one) if isinstance(one, str) else one for one in cells],
    }
    return json.dumps(body).encode()


def source() -> bytes:
    """3 points for double (a hidden test among its tests), 2 for the data, 5 by hand."""
    return notebook(
        cell(
            "### BEGIN SOLUTION\ndef double(x):\n    return 2 * x\n### END SOLUTION",
            grade_id="double", solution=True,
        ),
        cell(
            "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(-3) == -6\n"
            "### END HIDDEN TESTS",
            grade_id="double-test", grade=True, locked=True, points=3,
        ),
        cell(
            "assert open('data.csv').read() == '1,2'",
            grade_id="data-test", grade=True, locked=True, points=2,
        ),
        cell("Explain.", "markdown", grade_id="why", grade=True, solution=True, points=5),
    )  # fmt: skip


def answered(released: bytes, *, double: str, why: str | None = None) -> bytes:
    """The released notebook with these answers."""
    body = json.loads(released)
    for one in body["cells"]:
        name = one["metadata"].get("nbgrader", {}).get("grade_id")
        if name == "double":
            one["source"] = double
        if name == "why" and why is not None:
            one["source"] = why
    return json.dumps(body).encode()


def from_a_newer_nbgrader(notebook: bytes) -> bytes:
    """The notebook, its cells marked as of a format that this nbgrader does not know."""
    body = json.loads(notebook)
    for one in body["cells"]:
        one["metadata"].get("nbgrader", {})["schema_version"] = 99
    return json.dumps(body).encode()
