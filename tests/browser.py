"""
A real browser for tests: Debian's Chromium, driven by Playwright.

`from tests.browser import browser` in a conftest.py makes the fixture known.
"""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Playwright loses frames of other sites that change their process quickly.
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process",
)
# Five seconds, Playwright's own patience, are too few where several browsers share a core.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """
    One Chromium for a file of tests; each test opens contexts of its own.

    Not for the whole run: while Playwright's synchronous API is in use the
    thread has a running event loop, and other tests could not use asyncio.
    """
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        try:
            yield started
        finally:
            started.close()


def chromium() -> str:
    """Where the browser's program is."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.fail("No chromium here: install Debian's package of that name.")
    return found
