"""
The notebook that was sent, with the outputs that came back, and nothing else of theirs.

Sources, metadata and the number of cells are the trusted side's own, so that
code which ran in the sandbox cannot change a test, its points or its place.
"""

import copy
from typing import Any

import nbformat
from nbformat import NotebookNode

from coursehub.adapters.autograde.parcel import CellRun, Run

_MOST_OUTPUTS = 2_000
_MOST_COUNT = 1_000_000
_KEYS = {
    "stream": ({"name", "text"}, set()),
    "error": ({"ename", "evalue", "traceback"}, set()),
    "display_data": ({"data"}, {"metadata"}),
    "execute_result": ({"data"}, {"metadata", "execution_count"}),
}


def rebuilt(sent: NotebookNode, run: Run) -> NotebookNode:
    """
    The sent notebook with checked outputs.

    A code cell without an answer, or with one that is no notebook output,
    carries an error that says why; nbgrader gives no points for it.
    """
    notebook = copy.deepcopy(sent)
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        ran = run.cells.get(index)
        if ran is None:
            cell.outputs = [_error("NotRunError", run.cut_short or "Not run.")]
            cell.execution_count = None
            continue
        cell.outputs = _checked(ran)
        cell.execution_count = _count(ran.execution_count)
    return notebook


def _checked(ran: CellRun) -> list[NotebookNode]:
    outputs = [_output(raw) for raw in ran.outputs[:_MOST_OUTPUTS]]
    kept = [output for output in outputs if output is not None]
    if len(kept) < len(ran.outputs):
        kept.append(_error("OutputError", "A part of this cell's output was no notebook output."))
    return kept


def _output(raw: Any) -> NotebookNode | None:
    """One output made anew of the keys that nbformat 4 knows; None where it is malformed."""
    if not isinstance(raw, dict) or raw.get("output_type") not in _KEYS:
        return None
    kind = raw["output_type"]
    needed, allowed = _KEYS[kind]
    if not needed <= raw.keys():
        return None
    fields = {key: raw[key] for key in (*needed, *allowed) if key in raw}
    if "execution_count" in fields:
        fields["execution_count"] = _count(fields["execution_count"])
    made = {"output_type": kind, **_defaults(kind), **fields}
    return _node(made) if _is_valid(made) else None


def _defaults(kind: str) -> dict[str, Any]:
    if kind == "execute_result":
        return {"metadata": {}, "execution_count": None}
    return {"metadata": {}} if kind == "display_data" else {}


def _is_valid(output: dict[str, Any]) -> bool:
    try:
        nbformat.validate(output, ref="output", version=4, version_minor=5)
    except (nbformat.ValidationError, RecursionError):
        return False
    return True


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 < value < _MOST_COUNT
    return value if is_count else None


def _error(name: str, text: str) -> NotebookNode:
    traceback = [f"{name}: {text}"]
    return _node({"output_type": "error", "ename": name, "evalue": text, "traceback": traceback})


def _node(output: dict[str, Any]) -> NotebookNode:
    made: NotebookNode = nbformat.from_dict(output)  # type: ignore[no-untyped-call]  # nbformat is half typed
    return made
