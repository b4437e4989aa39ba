"""Submission reviews and data privacy launches."""

from typing import Any

import pytest

from tests.demo_lms import newcomer
from tests.demo_lms.actors import Lms, form_of
from tests.demo_lms.newcomer import TOOL, configuration, registered
from tests.demo_lms.test_registration import claims_of

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
COURSE = "/courses/data8-autumn"
LEARNER, OTHER, ADA, GRACE, FLORENCE = "1010", "1011", "1001", "1003", "1004"
URL = "http://127.0.0.1:9"


@pytest.fixture
def item(lms: Lms) -> dict[str, Any]:
    """A line item in which the learner has a score."""
    headers = lms.bearer()
    book = lms.http.get("/api/gradebook/data8-autumn").json()
    found: dict[str, Any] = book["line_items"][0]
    score = {
        "userId": LEARNER,
        "timestamp": "2026-11-22T10:00:00.000Z",
        "scoreGiven": 7,
        "scoreMaximum": 10,
        "activityProgress": "Submitted",
        "gradingProgress": "PendingManual",
    }
    media = {"Content-Type": "application/vnd.ims.lis.v1.score+json"}
    url = found["url"].replace("/lineitem?", "/lineitem/scores?")
    assert lms.http.post(url, json=score, headers=headers | media).status_code == 200
    return found


def review(lms: Lms, item: dict[str, Any], person: str, about: str) -> Any:
    sent = {"person": person, "about": about}
    return lms.http.post(f"{COURSE}/review/{item['id']}", data=sent)


def arrived(lms: Lms, reply: Any) -> dict[str, Any]:
    """The claims that arrive at the tool after such a beginning."""
    asked = form_of(reply)["fields"]
    launch = lms.http.post("/auth", data=lms.auth_request(asked, client_id=asked["client_id"]))
    return claims_of(form_of(launch)["fields"])


@pytest.mark.parametrize("reviewer", [ADA, GRACE, FLORENCE])
def test_staff_review_what_a_learner_handed_in(
    lms: Lms, item: dict[str, Any], reviewer: str
) -> None:
    claims = arrived(lms, review(lms, item, reviewer, LEARNER))
    assert claims[f"{CLAIM}message_type"] == "LtiSubmissionReviewRequest"
    assert claims["sub"] == reviewer
    about = claims[f"{CLAIM}for_user"]
    learner = lms.platform.campus.course("data8-autumn").members[LEARNER].person
    assert (about["user_id"], about["name"]) == (LEARNER, learner.name)
    assert about["roles"] == ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]
    assert claims[AGS]["lineitem"] == item["url"]
    assert claims[f"{CLAIM}resource_link"]["id"] == item["link"]
    assert claims[f"{CLAIM}context"]["id"] == "data8-autumn"


def test_learners_review_their_own_work_alone(lms: Lms, item: dict[str, Any]) -> None:
    assert arrived(lms, review(lms, item, LEARNER, LEARNER))["sub"] == LEARNER
    reply = review(lms, item, OTHER, LEARNER)
    assert (reply.status_code, reply.json()["code"]) == (403, "not-yours")


def test_there_is_nothing_to_review_before_a_score(lms: Lms, item: dict[str, Any]) -> None:
    reply = review(lms, item, ADA, OTHER)
    assert (reply.status_code, reply.json()["code"]) == (409, "nothing-to-review")
    assert review(lms, item, ADA, "nobody").status_code == 404
    assert review(lms, item, "nobody", LEARNER).status_code == 403
    assert review(lms, {"id": "none"}, ADA, LEARNER).status_code == 404


def test_a_review_of_somebody_who_left_is_not_let_in(lms: Lms, item: dict[str, Any]) -> None:
    asked = form_of(review(lms, item, ADA, LEARNER))["fields"]
    lms.http.delete(f"/api{COURSE}/people/{LEARNER}")
    fields = form_of(lms.http.post("/auth", data=lms.auth_request(asked)))["fields"]
    assert fields["error"] == "invalid_request"


def test_a_review_leads_where_the_tool_said(lms: Lms, item: dict[str, Any]) -> None:
    messages = [{"type": "LtiSubmissionReviewRequest", "target_link_uri": f"{URL}/review"}]
    registered(lms, URL, **{TOOL: configuration(URL, messages=messages)})
    claims = arrived(lms, review(lms, item, ADA, LEARNER))
    assert claims[f"{CLAIM}target_link_uri"] == f"{URL}/review"
    assert "email" not in claims[f"{CLAIM}for_user"], "it did not ask for e-mail addresses"


def test_a_tool_without_reviews_gets_none(lms: Lms, item: dict[str, Any]) -> None:
    registered(lms, URL)
    assert review(lms, item, ADA, LEARNER).json()["code"] == "message-not-taken"


def test_the_gradebook_offers_a_review_beside_each_score(lms: Lms, item: dict[str, Any]) -> None:
    def offered(person: str) -> int:
        return lms.http.get(f"{COURSE}/gradebook", params={"as": person}).text.count(">Review<")

    assert offered(ADA) == 1
    assert offered(LEARNER) == 1
    assert offered(OTHER) == 0
    assert f"/review/{item['id']}" in lms.http.get(f"{COURSE}/gradebook?as={ADA}").text


def test_an_administrator_asks_about_one_persons_data(lms: Lms) -> None:
    reply = lms.http.post(f"{COURSE}/privacy", data={"person": GRACE, "about": LEARNER})
    claims = arrived(lms, reply)
    assert claims[f"{CLAIM}message_type"] == "DataPrivacyLaunchRequest"
    assert claims[f"{CLAIM}for_user"]["user_id"] == LEARNER
    assert claims[f"{CLAIM}roles"] == [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
    ]
    assert f"{CLAIM}context" not in claims
    assert f"{CLAIM}resource_link" not in claims


def test_an_administrator_asks_about_everybodys_data(lms: Lms) -> None:
    claims = arrived(lms, lms.http.post(f"{COURSE}/privacy", data={"person": GRACE, "about": ""}))
    assert f"{CLAIM}for_user" not in claims


def test_only_administrators_ask_about_peoples_data(lms: Lms) -> None:
    for person in (ADA, LEARNER):
        reply = lms.http.post(f"{COURSE}/privacy", data={"person": person})
        assert (reply.status_code, reply.json()["code"]) == (403, "administrators-only")
    asked = {"person": GRACE, "about": "nobody"}
    assert lms.http.post(f"{COURSE}/privacy", data=asked).status_code == 404
    assert "/privacy" in lms.http.get(f"{COURSE}?as={GRACE}").text
    assert "/privacy" not in lms.http.get(f"{COURSE}?as={ADA}").text


def test_discovery_names_the_launches_that_there_are(lms: Lms) -> None:
    link = newcomer.invite(lms, f"{URL}/begin")
    found = lms.http.get(link.params["openid_configuration"]).json()
    supported = found["https://purl.imsglobal.org/spec/lti-platform-configuration"]
    assert [message["type"] for message in supported["messages_supported"]] == [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
        "LtiSubmissionReviewRequest",
        "DataPrivacyLaunchRequest",
    ]
