"""The text of a course file: plain YAML, each value with its place in the lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from coursehub.errors import Invalid

LARGEST_BYTES: Final = 1_000_000
DEEPEST: Final = 20

Path = tuple[str | int, ...]
"""Where a value stands: `("assignments", 0, "due")`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the text: where it begins, counted from 1, and its characters."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file's text, what it says, and where each key and value of it stands."""

    text: str
    content: dict[Any, Any]
    keys: Mapping[Path, Span]
    values: Mapping[Path, Span]

    def between(self, *path: str | int) -> str:
        """What parts the value of that path from a key that is put after it."""
        if self.text[self.values[path[:-1]].start] == "{":
            return ", "
        return "\n" + " " * (self.keys[path].column - 1)

    def place(self, path: Path) -> Span:
        """Where the value of that path stands, or the nearest one around it."""
        while path not in self.values:
            path = path[:-1]
        return self.values[path]


def read(text: str) -> Written:
    """The text, understood as YAML; Invalid with line and column for what is not."""
    if len(text) > LARGEST_BYTES:
        raise Invalid("course-file-too-large", "A course file may hold 1 MB at most.")
    try:
        _check_events(text)
        loader = _Loader(text)
        root = loader.get_single_node()
        content = loader.construct_document(root) if root else None
    except yaml.YAMLError as cause:
        raise Invalid("course-file-not-yaml", f"The file is not YAML: {_where(cause)}") from cause
    if not isinstance(content, dict):
        raise Invalid("course-file-empty", "The file must hold `title:`, `slug:` and `term:`.")
    keys, values = dict[Path, Span](), dict[Path, Span]()
    for path, key, node in _walk(root, ()):
        values[path] = _span(node)
        if key is not None:
            keys[path] = _span(key)
    return Written(text=text, content=content, keys=keys, values=values)


def rewritten(written: Written, changes: Mapping[Path, str]) -> str:
    """
    The text with other words for these values; every other letter of it stays.

    Of two values, one within the other, the outer one's words hold.
    """
    text, kept = written.text, len(written.text) + 1
    inside = {path for path in changes if any(path[:n] in changes for n in range(len(path)))}
    spans = [_exchange(written, path, changes[path]) for path in changes.keys() - inside]
    for start, end, new in sorted(spans, reverse=True):
        assert end <= kept, "values stand beside each other"  # noqa: S101 - as the YAML has it
        text, kept = text[:start] + new + text[end:], start
    return text


def _exchange(written: Written, path: Path, new: str) -> tuple[int, int, str]:
    """Where the new words go; a list that has lines of its own moves up to its key."""
    value, key = written.values[path], written.keys.get(path)
    if key is not None and value.line > key.line:
        return key.end, value.end, f": {new}"
    return value.start, value.end, new


def _walk(node: Any, path: Path) -> Iterator[tuple[Path, yaml.Node | None, yaml.Node]]:
    """Every value with its path, and its key where it has one."""
    if not path:
        yield path, None, node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, str(key.value)), key, value
            yield from _walk(value, (*path, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield (*path, number), None, value
            yield from _walk(value, (*path, number))


def _span(node: yaml.Node) -> Span:
    first = node.start_mark
    return Span(line=first.line + 1, column=first.column + 1, start=first.index, end=_end(node))


def _end(node: yaml.Node) -> int:
    """Where the value ends; YAML's own mark of a block is past the comments after it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
    return int(node.end_mark.index)


class _Loader(yaml.SafeLoader):
    """Plain YAML in which nothing is said twice, and a faulty value has a place."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; YAMLError for a key that stands in it twice."""
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        first: dict[str, yaml.ScalarNode] = {}
        for key in keys:
            if first.setdefault(key.value, key) is not key:
                raise _faulty(f"{key.value!r} stands twice", key.start_mark)
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """The value; YAMLError for a day or a number that there is not."""
        try:
            return super().construct_object(node, deep=deep)
        except ValueError as cause:
            raise _faulty(f"there is no such value ({cause})", node.start_mark) from cause


def _check_events(text: str) -> None:
    """Nothing; YAMLError where a few lines would unfold into more than memory or stack holds."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _faulty("anchors and aliases (& and *) are not used here", event.start_mark)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _faulty(f"there are more than {DEEPEST} levels", event.start_mark)


def _faulty(problem: str, place: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=place)


def _where(cause: yaml.YAMLError) -> str:
    mark = getattr(cause, "problem_mark", None)
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{place}{getattr(cause, 'problem', None) or 'it cannot be read'}."
