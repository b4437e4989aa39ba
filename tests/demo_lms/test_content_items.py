"""What becomes of picked items: links, gradebook columns, windows; and what is refused."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coursehub_demo_lms import snapshot
from coursehub_demo_lms.keys import KeyRing
from coursehub_demo_lms.snapshot import Snapshot
from tests.demo_lms import newcomer
from tests.demo_lms.actors import Lms, form_of
from tests.demo_lms.newcomer import KEY, TOOL, configuration, registered
from tests.demo_lms.test_deep_linking import CLAIM, DL, LINK, answer, send, titles
from tests.demo_lms.test_registration import claims_of

ADA, LEARNER = "1001", "1010"
WINDOW = {"startDateTime": "2026-09-01T08:00:00Z", "endDateTime": "2036-09-08T23:59:00+02:00"}
WHOLE = {
    "type": "ltiResourceLink",
    "title": "Problem set 4",
    "text": "Four questions on sampling.",
    "custom": {"assignment": "ps4", "due": "$ResourceLink.submission.endDateTime"},
    "lineItem": {"scoreMaximum": 20, "label": "PS4", "resourceId": "ps4", "tag": "homework"},
    "available": WINDOW,
    "submission": {"endDateTime": WINDOW["endDateTime"]},
    "iframe": {"height": 890},
}


def sent(lms: Lms, *items: dict[str, Any], **changes: Any) -> Any:
    return send(lms, lms.tool.sign(answer(lms, **{f"{DL}content_items": list(items)}, **changes)))


def course(lms: Lms) -> dict[str, Any]:
    found: dict[str, Any] = lms.http.get("/api/courses").json()["courses"][0]
    return found


def hours_from_now(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def test_a_picked_item_brings_its_column_and_its_windows(lms: Lms) -> None:
    reply = sent(lms, WHOLE)
    assert reply.status_code == 200
    assert "Problem set 4 (20 points, due" in reply.text
    link = course(lms)["links"][-1]
    assert link["available"] == {"starts": WINDOW["startDateTime"], "ends": WINDOW["endDateTime"]}
    assert link["submission"]["ends"] == WINDOW["endDateTime"]
    item = lms.http.get("/api/gradebook/data8-autumn").json()["line_items"][-1]
    assert (item["label"], item["maximum"], item["link"]) == ("PS4", 20, link["id"])
    assert (item["resource_id"], item["tag"], item["ends"]) == (
        "ps4",
        "homework",
        WINDOW["endDateTime"],
    )
    page = lms.http.get(f"/courses/data8-autumn?as={ADA}").text
    assert "2036-09-08 21:59 UTC" in page
    assert "Four questions on sampling." in page


def test_the_column_is_found_by_the_grade_service(lms: Lms) -> None:
    sent(lms, WHOLE)
    asked = "/ags/data8-autumn/lineitems?type_id=1&resource_id=ps4"
    (item,) = lms.http.get(asked, headers=lms.bearer()).json()
    assert (item["scoreMaximum"], item["tag"]) == (20, "homework")
    assert item["endDateTime"] == WINDOW["endDateTime"]


def test_a_student_launches_a_picked_link_with_its_deadline(lms: Lms) -> None:
    sent(lms, WHOLE)
    link = course(lms)["links"][-1]["id"]
    claims = claims_of(lms.launched(LEARNER, link))
    assert claims[f"{CLAIM}custom"] == {"assignment": "ps4", "due": WINDOW["endDateTime"]}
    ags = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert "lineitem" in ags


def test_several_items_are_added_in_their_order(lms: Lms) -> None:
    sent(lms, *({**LINK, "title": f"Part {number}"} for number in (1, 2, 3)))
    assert titles(lms)[-3:] == ["Part 1", "Part 2", "Part 3"]


def test_an_empty_answer_adds_nothing_and_shows_what_the_tool_says(lms: Lms) -> None:
    before = titles(lms)
    reply = sent(lms, **{f"{DL}errormsg": "Nothing was picked."})
    assert reply.status_code == 200
    assert "Nothing was picked." in reply.text
    assert titles(lms) == before


@pytest.mark.parametrize(
    ("available", "status"),
    [
        ({"startDateTime": hours_from_now(1)}, 403),
        ({"endDateTime": hours_from_now(-1)}, 403),
        ({"startDateTime": hours_from_now(-1), "endDateTime": hours_from_now(1)}, 200),
    ],
)
def test_learners_open_a_link_only_while_it_is_available(
    lms: Lms, available: dict[str, str], status: int
) -> None:
    sent(lms, {**LINK, "available": available})
    link = course(lms)["links"][-1]["id"]
    path = f"/launch/data8-autumn/{link}"
    assert lms.http.post(path, data={"person": LEARNER}).status_code == status
    assert lms.http.post(path, data={"person": ADA}).status_code == 200


def test_a_review_leads_where_its_column_says(lms: Lms) -> None:
    review = {"url": f"{lms.tool.url}/hub/review", "custom": {"view": "answers"}}
    sent(lms, {**LINK, "lineItem": {"scoreMaximum": 12, "submissionReview": review}})
    item = lms.http.get("/api/gradebook/data8-autumn").json()["line_items"][-1]
    headers = lms.bearer() | {"Content-Type": "application/vnd.ims.lis.v1.score+json"}
    score = {
        "userId": LEARNER,
        "timestamp": "2026-11-22T10:00:00.000Z",
        "activityProgress": "Submitted",
        "gradingProgress": "PendingManual",
    }
    url = item["url"].replace("/lineitem?", "/lineitem/scores?")
    assert lms.http.post(url, json=score, headers=headers).status_code == 200
    begun = form_of(
        lms.http.post(
            f"/courses/data8-autumn/review/{item['id']}", data={"person": ADA, "about": LEARNER}
        )
    )["fields"]
    assert begun["target_link_uri"] == review["url"]
    arrived = form_of(lms.http.post("/auth", data=lms.auth_request(begun)))["fields"]
    assert claims_of(arrived)[f"{CLAIM}custom"]["view"] == "answers"


@pytest.mark.parametrize(
    "change",
    [
        {"available": {"startDateTime": "tomorrow"}},
        {"available": {"startDateTime": "2026-09-01T08:00:00"}},
        {"available": {"startDateTime": 1}},
        {"available": {"startDateTime": "2026-09-02T08:00Z", "endDateTime": "2026-09-01T08:00Z"}},
        {"submission": {"endDateTime": "2026-13-01T08:00:00Z"}},
        {"submission": "2026-09-01T08:00:00Z"},
        {"lineItem": {"label": "no maximum"}},
        {"lineItem": {"scoreMaximum": "20"}},
        {"lineItem": {"scoreMaximum": -1}},
        {"lineItem": {"scoreMaximum": 5, "tag": 7}},
        {"lineItem": {"scoreMaximum": 5, "submissionReview": {"url": "https://evil.example/"}}},
        {"url": "javascript:alert(1)"},
        {"url": "http://127.0.0.1:port/"},
        {"url": "/hub/relative"},
        {"type": "link", "url": "https://example.org"},
        {"type": "file"},
        {"title": "t" * 600},
    ],
)
def test_one_wrong_item_among_right_ones_adds_none(lms: Lms, change: dict[str, Any]) -> None:
    before = titles(lms)
    assert sent(lms, LINK, {**LINK, **change}).status_code == 400
    assert titles(lms) == before


def test_what_does_not_fit_is_refused_as_a_whole(lms: Lms) -> None:
    for _ in range(4):
        assert sent(lms, *[LINK] * 100).status_code == 200
    before = titles(lms)
    assert sent(lms, *[LINK] * 100).status_code == 409
    assert titles(lms) == before


def test_data_has_to_come_back_to_the_letter(lms: Lms) -> None:
    claims = answer(lms)
    data = claims[f"{DL}data"]
    # The last letter of 43 carries two bits that mean nothing: another spelling, same bytes.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = letters[letters.index(data[-1]) ^ 1]
    for wrong in (data[:-1] + other, data + "=", f" {data}", [data], {"data": data}):
        reply = send(lms, lms.tool.sign(claims | {f"{DL}data": wrong}))
        assert (reply.status_code, reply.json()["code"]) == (400, "bad-data")
    assert send(lms, lms.tool.sign(claims)).status_code == 200


@pytest.mark.parametrize("aud", [["https://else.example"], [], None])
def test_an_answer_to_somebody_else_is_refused(lms: Lms, aud: Any) -> None:
    assert send(lms, lms.tool.sign(answer(lms, aud=aud))).status_code == 400


def test_an_answer_for_a_whole_day_is_refused(lms: Lms) -> None:
    now = int(time.time())
    reply = send(lms, lms.tool.sign(answer(lms, iat=now, exp=now + 86_400)))
    assert reply.json()["code"] == "bad-times"


def test_a_used_nonce_is_refused_for_another_request_too(lms: Lms) -> None:
    assert send(lms, lms.tool.sign(answer(lms, nonce="mine"))).status_code == 200
    assert send(lms, lms.tool.sign(answer(lms, nonce="mine"))).status_code == 409


def test_a_registered_tools_links_stay_its_own(lms: Lms, tool_url: str) -> None:
    said = registered(lms, tool_url)
    _, fields = newcomer.launched(lms, ADA, "/courses/data8-autumn/deep-linking")
    request = claims_of(fields)
    picked = {
        "iss": said["client_id"],
        f"{CLAIM}deployment_id": said[TOOL]["deployment_id"],
        f"{DL}data": request[f"{DL}deep_linking_settings"]["data"],
        f"{DL}content_items": [{**LINK, "url": f"{tool_url}/ps3"}],
    }
    first_tools = answer_of_first_tool(lms)
    stolen = first_tools | {f"{DL}data": picked[f"{DL}data"]}
    assert send(lms, lms.tool.sign(stolen)).json()["code"] == "bad-data"
    reply = send(lms, lms.tool.sign(first_tools | picked, key=KEY))
    assert reply.status_code == 200, reply.text
    link = course(lms)["links"][-1]["id"]
    lms.http.post("/tools/coursehub-demo/choose")
    begun, _ = newcomer.launched(lms, LEARNER, f"/launch/data8-autumn/{link}")
    assert begun["client_id"] == said["client_id"]
    assert begun["target_link_uri"] == f"{tool_url}/ps3"
    lms.http.post(f"/tools/{said['client_id']}/remove")
    gone = lms.http.post(f"/launch/data8-autumn/{link}", data={"person": LEARNER})
    assert (gone.status_code, gone.json()["code"]) == (409, "tool-gone")


def answer_of_first_tool(lms: Lms) -> dict[str, Any]:
    """An answer to a request that the configured tool got."""
    chosen = lms.platform.tools.chosen
    lms.http.post("/tools/coursehub-demo/choose")
    claims = answer(lms)
    lms.http.post(f"/tools/{chosen}/choose")
    return claims


def test_windows_are_known_after_a_restart(lms: Lms, tmp_path: Path) -> None:
    sent(lms, WHOLE)
    platform = lms.platform
    keys = KeyRing(platform.keys.keys)
    kept = Snapshot(tools=platform.tools, campus=platform.campus, keys=keys, secret=b"s")
    snapshot.save(tmp_path, kept)
    loaded = snapshot.load(tmp_path)
    assert loaded is not None
    before = platform.campus.course("data8-autumn")
    assert loaded.campus.course("data8-autumn").links == before.links
    assert loaded.campus.course("data8-autumn").lineitems == before.lineitems


def test_a_tool_without_deep_linking_is_not_asked(lms: Lms, tool_url: str) -> None:
    messages = [{"type": "LtiResourceLinkRequest"}]
    registered(lms, tool_url, **{TOOL: configuration(tool_url, messages=messages)})
    reply = lms.http.post("/courses/data8-autumn/deep-linking", data={"person": ADA})
    assert reply.json()["code"] == "message-not-taken"
