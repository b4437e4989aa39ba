"""What lies inside this Hub, and what only looks as if."""

import pytest

from coursehub_auth.addresses import is_path_inside, lies_inside

ORIGIN = "https://hub.example"


@pytest.mark.parametrize(
    "url",
    [
        "https://hub.example",
        "https://hub.example/",
        "https://hub.example/base/hub/lti13/launch",
        "https://HUB.example:443/base/hub/x?course=1#top",
        "https://hub.example/base",
        "https://hub.example/base?next=/base/hub/home",
        "https://hub.example?next=/base/hub/home",
    ],
)
def test_addresses_of_this_hub(url: str) -> None:
    assert lies_inside(url, origin=ORIGIN, base_url="/base/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/base/hub/",
        "//hub.example/base/hub/",
        "http://hub.example/base/hub/",
        "https://hub.example:444/base/hub/",
        "https://hub.example:x/base/hub/",
        "https://hub.example:99999/base/hub/",
        "https://hub.example.evil.example/base/hub/",
        "https://hub.example@evil.example/base/hub/",
        "https://me@hub.example/base/hub/",
        "https://evil.example\\@hub.example/base/hub/",
        "https://hub.example/other/hub/",
        "https://hub.example/base/../other/",
        "https://hub.example/bas",
        "https://hub.example/based",
        "https://hub.example/other?next=/base/hub/home",
        "https://hub.example/base/%2e%2e/other/",
        "https://hub.example/base/\nx",
        "https://[hub.example/base/",
        "javascript://hub.example/base/%0aalert(1)",
    ],
)
def test_addresses_elsewhere(url: str) -> None:
    assert not lies_inside(url, origin=ORIGIN, base_url="/base/")


@pytest.mark.parametrize("path", ["/", "/hub/user-redirect/coursehub/open?course=a&module=../b"])
def test_paths_to_land_on(path: str) -> None:
    assert is_path_inside(path, base_url="/")


@pytest.mark.parametrize(
    "path",
    ["", "hub/", "//evil.example/", "/\\evil.example/", "/hub/ x", "/\t/evil.example", "/a/../b"],
)
def test_paths_never_to_land_on(path: str) -> None:
    assert not is_path_inside(path, base_url="/")
