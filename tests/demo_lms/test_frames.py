"""Tools in frames, and the storage that stands in for their cookies."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from coursehub_demo_lms.app import build
from coursehub_demo_lms.keys import KeyRing
from coursehub_demo_lms.tool import Tool
from tests.browser import browser  # noqa: F401  # a fixture
from tests.demo_lms import framed_tool
from tests.demo_lms.actors import Lms, Stage, TinyTool, address, form_of, free_socket, served

STORE = "coursehub_demo_lms_storage"
FILL = """async (store) => {
  for (let number = 0; number < 500; number++)
    await ask(store, { subject: "lti.put_data", message_id: "m", key: `k${number}`, value: "v" });
}"""
COURSE = "/courses/data8-autumn?as=1001"


@pytest.fixture(scope="module")
def framed_url() -> Iterator[str]:
    """A tool on another site than the platform, as browsers see it."""
    bound = free_socket()
    url = address(bound).replace("127.0.0.1", "localhost")
    with served(framed_tool.app(url), bound):
        yield url


@pytest.fixture
def lms(lms: Lms, stage: Stage, framed_url: str, platform_keys: KeyRing) -> Lms:
    """The platform with that tool."""
    tool = Tool(
        client_id="framed",
        login_url=f"{framed_url}/login",
        redirect_urls=(f"{framed_url}/callback",),
        jwks_url=f"{framed_url}/jwks",
        target_url=f"{framed_url}/start",
    )
    stage.app = build(issuer=stage.url, tool=tool, keys=KeyRing(list(platform_keys.keys)))
    lms.platform = stage.app.state.platform
    return lms


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:  # noqa: F811  # the fixture above
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def ask(lms: Lms, page: Page, framed_url: str) -> Callable[..., dict[str, Any]]:
    """Asks the course page, or its storage, from the tool's frame."""
    frames: list[Frame] = []

    def ask(subject: str, *, to: str = STORE, **message: Any) -> dict[str, Any]:
        if not frames:
            page.goto(f"{lms.url}{COURSE}&frame=1")
            frames.append(tool_frame(page, f"{framed_url}/ask"))
        sent = {"subject": subject, "message_id": "m-1"} | message
        found: dict[str, Any] = frames[0].evaluate("([to, sent]) => ask(to, sent)", [to, sent])
        return found

    return ask


def tool_frame(page: Page, url: str) -> Frame:
    frame = page.frame(name="tool")
    assert frame is not None
    frame.goto(url)
    return frame


def begun(lms: Lms, **fields: str) -> dict[str, str]:
    form = {"person": "1001", **fields}
    found: dict[str, str] = form_of(lms.http.post("/launch/data8-autumn/data8-home", data=form))[
        "fields"
    ]
    return found


def test_a_framed_login_names_the_frame_of_the_storage(lms: Lms) -> None:
    assert begun(lms, frame="1")["lti_storage_target"] == STORE
    lms.switch(storage="parent")
    assert begun(lms, frame="1")["lti_storage_target"] == "_parent"
    lms.switch(storage="off")
    assert "lti_storage_target" not in begun(lms, frame="1")


def test_a_login_in_a_window_names_no_storage(lms: Lms) -> None:
    assert "lti_storage_target" not in begun(lms)


def test_links_open_in_windows_unless_the_query_or_a_switch_says_frames(lms: Lms) -> None:
    def framed(path: str) -> bool:
        return 'name="tool"' in lms.http.get(path).text

    assert not framed(COURSE)
    assert framed(f"{COURSE}&frame=1")
    lms.switch(frames=True)
    assert framed(COURSE)
    assert not framed(f"{COURSE}&frame=0")


def test_the_storage_frame_is_there_only_where_the_switch_puts_it(lms: Lms) -> None:
    assert lms.http.get("/lti-storage").status_code == 200
    for place in ("parent", "off"):
        lms.switch(storage=place)
        assert lms.http.get("/lti-storage").status_code == 404
        assert "/lti-storage" not in lms.http.get(f"{COURSE}&frame=1").text


@pytest.mark.browser
@pytest.mark.parametrize("place", ["frame", "parent"])
def test_a_tool_without_cookies_finds_its_state_again(lms: Lms, page: Page, place: str) -> None:
    lms.switch(storage=place, frames=True)
    page.goto(f"{lms.url}{COURSE}")
    page.get_by_role("button", name="Open Course home").click()
    expect(
        page.frame_locator("iframe[name=tool]").get_by_text("iframe state was kept")
    ).to_be_visible(timeout=60_000)


@pytest.mark.browser
def test_without_storage_a_tool_is_told_so(lms: Lms, page: Page, framed_url: str) -> None:
    lms.switch(storage="off", frames=True)
    page.goto(f"{lms.url}{COURSE}")
    page.get_by_role("button", name="Open Course home").click()
    shown = page.frame_locator("iframe[name=tool]")
    expect(shown.get_by_text("no storage")).to_be_visible(timeout=60_000)
    frame = tool_frame(page, f"{framed_url}/ask")
    asked = {"subject": "lti.capabilities", "message_id": "1"}
    said = frame.evaluate("(asked) => ask('_parent', asked)", asked)
    assert said["supported_messages"] == [{"subject": "lti.capabilities"}]
    put = {"subject": "lti.put_data", "message_id": "2", "key": "k", "value": "v"}
    said = frame.evaluate("(put) => ask('_parent', put)", put)
    assert said["error"]["code"] == "unsupported_subject"


@pytest.mark.browser
def test_the_course_page_says_where_the_storage_is(ask: Callable[..., dict[str, Any]]) -> None:
    said = ask("lti.capabilities", to="_parent")
    assert said["subject"] == "lti.capabilities.response"
    assert said["supported_messages"] == [
        {"subject": "lti.capabilities"},
        {"subject": "lti.get_data", "frame": STORE},
        {"subject": "lti.put_data", "frame": STORE},
    ]
    refused = ask("lti.put_data", to="_parent", key="k", value="v")
    assert refused["error"]["code"] == "unsupported_subject"


@pytest.mark.browser
def test_what_is_kept_is_found_changed_and_removed(ask: Callable[..., dict[str, Any]]) -> None:
    assert ask("lti.get_data", key="a")["value"] is None
    put = ask("lti.put_data", key="a", value="1")
    assert put == {
        "subject": "lti.put_data.response",
        "message_id": "m-1",
        "key": "a",
        "value": "1",
    }
    assert ask("lti.get_data", key="a")["value"] == "1"
    ask("lti.put_data", key="a", value=None)
    assert ask("lti.get_data", key="a")["value"] is None


@pytest.mark.browser
@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"key": ""}, "bad_request"),
        ({"key": 7}, "bad_request"),
        ({"key": "k" * 4097}, "bad_request"),
        ({"key": "k", "value": {"a": 1}}, "bad_request"),
        ({"key": "k", "value": "v" * 4097}, "storage_exhausted"),
        ({"key": "k", "value": "v", "message_id": 5}, "bad_request"),
        ({"key": "k", "value": "v", "subject": "lti.fetch"}, "unsupported_subject"),
    ],
)
def test_a_message_that_is_wrong_is_told_why(
    ask: Callable[..., dict[str, Any]], message: dict[str, Any], code: str
) -> None:
    said = ask("lti.put_data", **message) if "subject" not in message else ask(**message)
    assert said["error"]["code"] == code
    assert ask("lti.get_data", key="k")["value"] is None


@pytest.mark.browser
def test_the_storage_has_an_end(ask: Callable[..., dict[str, Any]], page: Page) -> None:
    ask("lti.put_data", key="k1", value="v")
    frame = page.frame(name="tool")
    assert frame is not None
    frame.evaluate(FILL, STORE)
    assert ask("lti.put_data", key="more", value="v")["error"]["code"] == "storage_exhausted"
    assert "error" not in ask("lti.put_data", key="k1", value="changed")


@pytest.mark.browser
def test_a_page_that_is_no_tools_is_refused(lms: Lms, page: Page, tool: TinyTool) -> None:
    """The tiny tool's origin is not registered with this platform."""
    page.goto(f"{lms.url}{COURSE}&frame=1")
    frame = tool_frame(page, f"{tool.url}/services/coursehub/lti/jwks.json")
    frame.evaluate(f"() => {{ {framed_tool.ASK} }}")
    put = {"subject": "lti.put_data", "message_id": "1", "key": "k", "value": "v"}
    said = frame.evaluate("([to, put]) => ask(to, put)", [STORE, put])
    assert said["error"]["code"] == "wrong_origin"


@pytest.mark.browser
def test_a_framed_course_page_is_no_wider_than_a_phone(lms: Lms, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{lms.url}{COURSE}&frame=1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
