"""The roster service: pages, filters, scopes, and what its switches do to it."""

import dataclasses
import json
from typing import Any

import httpx
import pytest

from coursehub_demo_lms.standard import MEDIA_MEMBERS, SCOPE_LINEITEM, SCOPE_MEMBERS
from tests.demo_lms.actors import Lms

ROSTER = "/nrps/data8-autumn/members"


def read(lms: Lms, url: str = ROSTER, **params: Any) -> httpx.Response:
    headers = lms.bearer(SCOPE_MEMBERS) | {"Accept": MEDIA_MEMBERS}
    return lms.http.get(url, params=params or None, headers=headers)


def read_all(lms: Lms, **params: Any) -> list[dict[str, Any]]:
    """Every member, by following the next links as a tool does."""
    headers = lms.bearer(SCOPE_MEMBERS) | {"Accept": MEDIA_MEMBERS}
    reply = lms.http.get(ROSTER, params=params, headers=headers)
    found = list(reply.json()["members"])
    while "next" in reply.links:
        reply = lms.http.get(reply.links["next"]["url"], headers=headers)
        found += reply.json()["members"]
    return found


def test_two_hundred_and_forty_people_come_in_pages_of_fifty(lms: Lms) -> None:
    first = read(lms)
    assert first.headers["content-type"].startswith(MEDIA_MEMBERS)
    assert len(first.json()["members"]) == 50
    assert first.json()["context"]["label"] == "DATA8"
    everyone = read_all(lms)
    assert len({member["user_id"] for member in everyone}) == len(everyone) == 240
    assert {member["status"] for member in everyone} == {"Active"}
    assert any("email" not in member for member in everyone)
    assert any("name" not in member for member in everyone)


def test_the_page_size_is_the_askers_up_to_a_maximum(lms: Lms) -> None:
    assert len(read(lms, limit=7).json()["members"]) == 7
    assert len(read(lms, limit=5000).json()["members"]) == 200


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1.5", ""])
def test_a_page_size_that_is_none_is_refused(lms: Lms, limit: str) -> None:
    assert read(lms, limit=limit).status_code == 400


@pytest.mark.parametrize(
    "role", ["Instructor", "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]
)
def test_the_role_filter_holds_on_every_page(lms: Lms, role: str) -> None:
    staff = read_all(lms, role=role, limit=3)
    names = {member["name"] for member in staff}
    assert {"Ada Lovelace", "John Tukey"} <= names
    assert len(staff) < 10


def test_a_link_narrows_the_roster_and_brings_its_message(lms: Lms) -> None:
    member = read(lms, rlid="data8-home").json()["members"][0]
    assert member["message"][0]["https://purl.imsglobal.org/spec/lti/claim/custom"] == {}
    assert read(lms, rlid="nowhere").status_code == 404


def test_without_a_token_or_with_another_scope_nobody_is_listed(lms: Lms) -> None:
    assert lms.http.get(ROSTER).status_code == 401
    wrong = {"Authorization": "Bearer made-up"}
    assert lms.http.get(ROSTER, headers=wrong).status_code == 401
    reply = lms.http.get(ROSTER, headers=lms.bearer(SCOPE_LINEITEM))
    assert reply.status_code == 403
    assert "insufficient_scope" in reply.headers["www-authenticate"]


def test_a_launch_hint_is_no_access_token(lms: Lms) -> None:
    hint = lms.begin(lms.person()["id"])["fields"]["login_hint"]
    headers = {"Authorization": f"Bearer {hint}"}
    assert lms.http.get(ROSTER, headers=headers).status_code == 401


def test_the_media_type_must_be_wanted(lms: Lms) -> None:
    headers = lms.bearer(SCOPE_MEMBERS) | {"Accept": "application/json"}
    assert lms.http.get(ROSTER, headers=headers).status_code == 406


def test_an_unknown_course_is_missing(lms: Lms) -> None:
    assert read(lms, "/nrps/nowhere/members").status_code == 404


def test_people_come_go_and_change_by_script(lms: Lms) -> None:
    url = "/api/courses/data8-autumn/people"
    new = {"id": "77", "given_name": "New", "family_name": "Comer", "email": "new@example.org"}
    assert lms.http.post(url, json=new).json()["role"] == "Learner"
    changed = {"id": "77", "role": "TeachingAssistant", "status": "Inactive"}
    lms.http.post(url, json=changed)
    member = next(m for m in read_all(lms) if m["user_id"] == "77")
    assert member["status"] == "Inactive"
    assert member["name"] == "New Comer"
    assert member["roles"][0].endswith("#TeachingAssistant")
    assert lms.http.delete(f"{url}/77").status_code == 204
    assert lms.http.delete(f"{url}/77").status_code == 404
    assert len(read_all(lms)) == 240


def test_ten_thousand_people_are_a_switch_away(lms: Lms) -> None:
    lms.switch(extra_members=10_000)
    everyone = read_all(lms, limit=200)
    assert len({member["user_id"] for member in everyone}) == 10_240
    last = everyone[-1]["user_id"]
    assert lms.launched(last)["id_token"]
    lms.switch()
    assert len(read_all(lms)) == 240


def test_pages_can_be_small(lms: Lms) -> None:
    lms.switch(members_page_size=50)
    assert len(read(lms, limit=200).json()["members"]) == 50
    assert len(read_all(lms, limit=200)) == 240


def test_a_page_can_be_cut_off_fail_or_come_for_ever(lms: Lms) -> None:
    lms.switch(members_fault="malformed", members_fault_page=2)
    assert len(read(lms).json()["members"]) == 50
    with pytest.raises(json.JSONDecodeError):
        read(lms, page=2, limit=50).json()
    lms.switch(members_fault="error", members_fault_page=2)
    assert read(lms, page=2, limit=50).status_code == 500
    lms.switch(members_fault="same-page", members_fault_page=2)
    again = read(lms, page=2, limit=50)
    assert again.links["next"]["url"] == str(again.url)


def test_roles_can_be_short_as_moodles_are(lms: Lms) -> None:
    lms.switch(members_short_roles=True)
    assert read(lms).json()["members"][0]["roles"] == ["Instructor"]


def test_a_roster_tells_what_changed_since_it_was_read(lms: Lms) -> None:
    assert "differences" not in read(lms).links
    lms.switch(members_differences=True)
    first = read(lms).links["differences"]["url"]
    nothing = read(lms, first)
    assert nothing.json()["members"] == []
    course = lms.platform.campus.courses["data8-autumn"]
    ada, gone = list(course.members.values())[:2]
    course.enrol(dataclasses.replace(ada, role="TeachingAssistant"))
    del course.members[gone.person.id]
    changed = read(lms, first)
    assert {one["user_id"]: one["status"] for one in changed.json()["members"]} == {
        ada.person.id: "Active",
        gone.person.id: "Deleted",
    }
    assert read(lms, changed.links["differences"]["url"]).json()["members"] == []
    assert read(lms, f"{ROSTER}?since=data8-autumn.99").status_code == 404
    assert read(lms, f"{ROSTER}?since=other.1").status_code == 404
