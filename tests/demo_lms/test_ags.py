"""Line items, scores and results, and every score that must not count."""

from typing import Any

import httpx
import pytest

from coursehub_demo_lms.standard import (
    MEDIA_LINEITEM,
    MEDIA_SCORE,
    SCOPE_LINEITEM,
    SCOPE_LINEITEM_READ,
    SCOPE_RESULT_READ,
    SCOPE_SCORE,
)
from tests.demo_lms.actors import Lms

ITEMS = "/ags/data8-autumn/lineitems"
WITH_TYPE = f"{ITEMS}?type_id=1"
AT = "2026-11-22T10:00:00.000Z"


class Grader:
    """A tool at work on one line item."""

    def __init__(self, lms: Lms) -> None:
        self.lms = lms
        self.headers = lms.bearer()
        self.learner: str = lms.person()["id"]
        self.item: str = self.listed()[0]["id"]

    def listed(self, **filters: Any) -> list[dict[str, Any]]:
        params = {"type_id": "1"} | filters
        found: list[dict[str, Any]] = self.lms.http.get(
            ITEMS, params=params, headers=self.headers
        ).json()
        return found

    def create(self, **body: Any) -> httpx.Response:
        headers = self.headers | {"Content-Type": MEDIA_LINEITEM}
        return self.lms.http.post(WITH_TYPE, json=body, headers=headers)

    def score(self, *, timestamp: str = AT, media: str = MEDIA_SCORE, **changes: Any) -> Any:
        body = {
            "userId": self.learner,
            "timestamp": timestamp,
            "scoreGiven": 4,
            "scoreMaximum": 5,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
        } | changes
        sent = {name: value for name, value in body.items() if value is not None}
        url = self.item.replace("/lineitem?", "/lineitem/scores?")
        headers = self.headers | {"Content-Type": media}
        return self.lms.http.post(url, json=sent, headers=headers)

    def results(self, **params: Any) -> Any:
        url = httpx.URL(self.item.replace("/lineitem?", "/lineitem/results?"))
        return self.lms.http.get(url.copy_merge_params(params), headers=self.headers)


@pytest.fixture
def grader(lms: Lms) -> Grader:
    return Grader(lms)


def test_a_score_stands_in_results_and_gradebook_on_the_columns_scale(grader: Grader) -> None:
    reply = grader.score(comment="Well argued.")
    assert reply.status_code == 200
    (result,) = grader.results().json()
    assert (result["resultScore"], result["resultMaximum"]) == (8, 10)
    assert result["scoreOf"] == grader.item
    assert grader.lms.http.get(reply.json()["resultUrl"], headers=grader.headers).json() == [result]
    (grade,) = grader.lms.http.get("/api/gradebook/data8-autumn").json()["grades"]
    assert (grade["person"], grade["points"], grade["comment"]) == (
        grader.learner,
        8,
        "Well argued.",
    )
    page = grader.lms.http.get("/courses/data8-autumn/gradebook").text
    assert "Well argued." in page


@pytest.mark.parametrize("late", [AT, "2026-11-22T10:59:59.900+01:00"])
def test_a_score_that_is_not_newer_conflicts_and_changes_nothing(grader: Grader, late: str) -> None:
    grader.score()
    assert grader.score(timestamp=late, scoreGiven=0).status_code == 409
    assert grader.results().json()[0]["resultScore"] == 8
    assert grader.score(timestamp="2026-11-22T10:00:00.001Z", scoreGiven=5).status_code == 200
    assert grader.results().json()[0]["resultScore"] == 10


def test_waiting_for_a_person_keeps_the_points_there_are(grader: Grader) -> None:
    grader.score()
    later = {"timestamp": "2026-11-22T11:00:00.5Z", "gradingProgress": "PendingManual"}
    assert grader.score(**later, scoreGiven=1).status_code == 200
    assert grader.results().json()[0]["resultScore"] == 8
    page = grader.lms.http.get("/courses/data8-autumn/gradebook").text
    assert "to be graded by hand" in page


def test_extra_credit_is_more_than_the_maximum(grader: Grader) -> None:
    grader.score(scoreGiven=6)
    assert grader.results().json()[0]["resultScore"] == 12


def test_a_fully_graded_score_without_points_takes_them_back(grader: Grader) -> None:
    grader.score()
    grader.score(timestamp="2026-11-22T11:00:00.0Z", scoreGiven=None, scoreMaximum=None)
    assert "resultScore" not in grader.results().json()[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"userId": None},
        {"userId": 1010},
        {"userId": "nobody"},
        {"timestamp": "yesterday"},
        {"timestamp": "2026-11-22T10:00:00.000"},
        {"timestamp": "2026-11-22T10:00:00Z"},
        {"timestamp": 1_700_000_000},
        {"scoreGiven": -1},
        {"scoreGiven": "4"},
        {"scoreMaximum": None},
        {"scoreMaximum": 0},
        {"activityProgress": None},
        {"activityProgress": "Finished"},
        {"gradingProgress": None},
        {"gradingProgress": "Done"},
    ],
)
def test_a_score_against_the_standard_is_refused(grader: Grader, changes: dict[str, Any]) -> None:
    timestamp = changes.get("timestamp", AT)
    rest = {name: value for name, value in changes.items() if name != "timestamp"}
    assert grader.score(timestamp=timestamp, **rest).status_code == 400
    assert grader.results().json() == []


def test_only_learners_are_graded(grader: Grader) -> None:
    ada = grader.lms.person("Instructor")["id"]
    assert grader.score(userId=ada).json()["code"] == "not-gradable"


def test_a_score_under_another_media_type_is_refused(grader: Grader) -> None:
    assert grader.score(media="application/json").status_code == 415


def test_what_is_no_json_number_is_refused(grader: Grader) -> None:
    url = grader.item.replace("/lineitem?", "/lineitem/scores?")
    headers = grader.headers | {"Content-Type": MEDIA_SCORE}
    for body in ("{", "[]", '{"scoreGiven": NaN}', "[" * 100_000):
        assert grader.lms.http.post(url, content=body, headers=headers).status_code == 400


def test_scores_goes_before_the_query_not_behind_it(grader: Grader) -> None:
    headers = grader.headers | {"Content-Type": MEDIA_SCORE}
    assert grader.lms.http.post(f"{grader.item}/scores", json={}, headers=headers).is_error
    lost = grader.item.split("?")[0]
    assert grader.lms.http.get(lost, headers=grader.headers).json()["code"] == "type-id-missing"


def test_line_items_are_created_found_changed_and_deleted(grader: Grader) -> None:
    made = grader.create(label="Quiz", scoreMaximum=20, tag="quiz", resourceId="q1")
    assert made.status_code == 201
    assert made.headers["content-type"].startswith(MEDIA_LINEITEM)
    item = made.json()
    assert grader.listed(tag="quiz") == grader.listed(resource_id="q1") == [item]
    assert item not in grader.listed(resource_link_id="data8-home")
    grader.item = item["id"]
    grader.score()
    headers = grader.headers | {"Content-Type": MEDIA_LINEITEM}
    put = {"label": "Big quiz", "scoreMaximum": 40}
    assert grader.lms.http.put(item["id"], json=put, headers=headers).json()["label"] == "Big quiz"
    assert grader.results().json()[0]["resultScore"] == 32
    assert grader.lms.http.delete(item["id"], headers=grader.headers).status_code == 204
    assert grader.lms.http.get(item["id"], headers=grader.headers).status_code == 404
    assert grader.lms.http.get("/api/gradebook/data8-autumn").json()["grades"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"scoreMaximum": 5},
        {"label": "", "scoreMaximum": 5},
        {"label": "x"},
        {"label": "x", "scoreMaximum": 0},
        {"label": "x", "scoreMaximum": "5"},
        {"label": "x", "scoreMaximum": 5, "resourceLinkId": "nowhere"},
        {"label": "x", "scoreMaximum": 5, "endDateTime": "2026-11-22T10:00:00"},
        {"label": "x", "scoreMaximum": 5, "tag": "t" * 300},
    ],
)
def test_a_bad_line_item_is_refused(grader: Grader, body: dict[str, Any]) -> None:
    before = grader.listed()
    assert grader.create(**body).status_code == 400
    assert grader.listed() == before


def test_the_link_of_a_line_item_is_fixed(grader: Grader) -> None:
    headers = grader.headers | {"Content-Type": MEDIA_LINEITEM}
    put = {"label": "x", "scoreMaximum": 5, "resourceLinkId": "data8-home"}
    assert grader.lms.http.put(grader.item, json=put, headers=headers).status_code == 400


def test_many_line_items_come_in_pages_that_keep_their_filter(grader: Grader) -> None:
    for number in range(5):
        grader.create(label=f"Quiz {number}", scoreMaximum=1, tag="quiz")
    headers = grader.headers
    reply = grader.lms.http.get(f"{WITH_TYPE}&tag=quiz&limit=2", headers=headers)
    labels = [item["label"] for item in reply.json()]
    while "next" in reply.links:
        reply = grader.lms.http.get(reply.links["next"]["url"], headers=headers)
        labels += [item["label"] for item in reply.json()]
    assert labels == [f"Quiz {number}" for number in range(5)]


def test_results_can_be_asked_for_one_person(grader: Grader) -> None:
    grader.score()
    assert len(grader.results(user_id=grader.learner).json()) == 1
    assert grader.results(user_id="1001").json() == []


def test_each_call_needs_its_own_scope(lms: Lms) -> None:
    item = Grader(lms).item
    scores = item.replace("/lineitem?", "/lineitem/scores?")
    results = item.replace("/lineitem?", "/lineitem/results?")
    calls = {
        ("GET", WITH_TYPE): {SCOPE_LINEITEM, SCOPE_LINEITEM_READ},
        ("POST", WITH_TYPE): {SCOPE_LINEITEM},
        ("GET", item): {SCOPE_LINEITEM, SCOPE_LINEITEM_READ},
        ("PUT", item): {SCOPE_LINEITEM},
        ("DELETE", item): {SCOPE_LINEITEM},
        ("POST", scores): {SCOPE_SCORE},
        ("GET", results): {SCOPE_RESULT_READ},
    }
    for scope in (SCOPE_SCORE, SCOPE_RESULT_READ, SCOPE_LINEITEM_READ):
        headers = lms.bearer(scope)
        for (method, url), enough in calls.items():
            status = lms.http.request(method, url, headers=headers).status_code
            assert (status == 403) == (scope not in enough), (method, url, scope, status)
