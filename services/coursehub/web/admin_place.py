"""Where a page of the Hub's administration stands, and the other pages of it."""

from coursehub.web.pages import Crumb, Tab

_PAGES = (("Platforms", "admin/platforms"), ("People", "admin/people"))


def crumbs(*below: Crumb) -> tuple[Crumb, ...]:
    """The way from the administration's first page; `below` are the steps further down."""
    first = Crumb(label="Administration", path=_PAGES[0][1] if below else None)
    return (first, *below)


def tabs(current: str) -> tuple[Tab, ...]:
    """The administration's pages."""
    return tuple(Tab(label=label, path=path, current=label == current) for label, path in _PAGES)
