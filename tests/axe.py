"""What axe-core finds wrong with a page, as sentences."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[1] / ".cache/axe/axe.min.js"


def violations(page: Page) -> list[str]:
    """Every violation with where it is; empty for a page that all can use."""
    assert AXE.is_file(), "axe-core is missing: run `python tools/vendor.py`"
    # Evaluated by the debugger, so the page's own Content-Security-Policy stays in force.
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {violation['help']} at {node['target']}: {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    wide: bool = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return wide
