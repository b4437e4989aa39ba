"""What a new file changes, and where it and the page have both changed the same thing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from coursehub.courses.rules.settings import Place, Settings

_STAY: Final = frozenset({"modules", "assignments"})
_ITEMS: Final = {"modules": 2, "assignments": 2, "exams": 2, "staff": 2, "extensions": 2}
_OWN: Final = 3
"""Keys to a setting of a thing's own: its kind, its name, the setting."""
_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})
_INNER: Final = frozenset({"extensions", "extra_time"})


class Side(StrEnum):
    """Which of two changes holds."""

    FILE = "file"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A setting, or a whole thing, that a file changes; None where there is none on a side."""

    place: Place
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A setting that the file and the page have both changed since the last file."""

    place: Place
    last: Any
    page: Any
    file: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    What becomes of a course by a new file.

    `settings` are those after it; of each clash the page's, unless somebody
    said otherwise. `staying` are modules and assignments that the file no longer
    names: people may have work in them.
    """

    settings: Settings
    changes: tuple[Change, ...]
    clashes: tuple[Clash, ...] = ()
    staying: tuple[Place, ...] = ()


def difference(
    base: Settings,
    page: Settings,
    file: Settings,
    *,
    choices: Mapping[Place, Side] | None = None,
    otherwise: Side | None = None,
) -> Difference:
    """
    The three-way difference: `base` is what the last file said, `page` what holds now.

    What the file alone has changed is taken, what the page alone has changed
    stays. A clash is decided by `choices`, or by `otherwise`; with neither it
    is told and nothing of it changes.
    """
    picked = choices or {}
    merged, changes, clashes = dict[Place, Any](), list[Change](), list[Clash]()
    staying = _staying(page, file)
    for item in _items(base, page, file):
        one = _decided(item, base, page, file, stays=item.place[:2] in staying)
        if isinstance(one, Clash):
            side = picked.get(one.place, otherwise)
            if side is None:
                clashes.append(one)
            one = file if side is Side.FILE else page
        before, after = item.of(page), item.of(one)
        merged.update(after)
        if before != after:
            changes.append(
                Change(place=item.place, before=_shown(item, before), after=_shown(item, after))
            )
    return Difference(
        settings=merged,
        changes=tuple(changes),
        clashes=tuple(clashes),
        staying=tuple(sorted(staying)),
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """Settings that come and go together: a thing with a name, or one setting alone."""

    place: Place
    places: tuple[Place, ...]

    def of(self, side: Settings) -> dict[Place, Any]:
        """Those of them that the side has."""
        return {place: side[place] for place in self.places if place in side}


def _items(base: Settings, page: Settings, file: Settings) -> Iterable[_Item]:
    """Every setting; those of a thing that one side lacks are together."""
    groups = dict[Place, list[Place]]()
    for place in dict.fromkeys((*file, *page, *base)):
        groups.setdefault(_thing(place), []).append(place)
    for thing, places in groups.items():
        sides = [any(place in side for place in places) for side in (page, file)]
        if all(sides) or thing == ():
            yield from (_Item(place, (place,)) for place in places)
        else:
            yield _Item(thing, tuple(places))


def _thing(place: Place) -> Place:
    """The named thing that a setting is of; empty for one of the course itself."""
    for depth in range(len(place) - 1, 0, -1):
        if place[depth - 1] in _INNER and depth < len(place):
            return place[: depth + 1]
    return place[:2] if place[0] in _ITEMS and len(place) > 2 else ()  # noqa: PLR2004 - kind, name


def _staying(page: Settings, file: Settings) -> set[Place]:
    """The modules and assignments of the page that the file does not name."""
    here, there = ({place[:2] for place in side if len(place) == _OWN} for side in (page, file))
    return {thing for thing in here - there if thing[0] in _STAY}


def _decided(
    item: _Item, base: Settings, page: Settings, file: Settings, *, stays: bool
) -> Settings | Clash:
    """The side whose word holds for these settings, or that both have changed them."""
    last, ours, theirs = item.of(base), item.of(page), item.of(file)
    if stays or theirs in (ours, last):
        return page
    if ours == last:
        return file
    return Clash(
        place=item.place,
        last=_shown(item, last),
        page=_shown(item, ours),
        file=_shown(item, theirs),
    )


def _shown(item: _Item, side: Settings) -> Any:
    """The value, or those of the thing by their names; None where there is none."""
    if item.places == (item.place,):
        return side.get(item.place)
    depth = len(item.place)
    return {
        ".".join(place[depth:]): value for place, value in side.items() if value not in _NOTHING
    } or None
