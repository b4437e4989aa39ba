"""LTI 1.1: signed launches, and scores by Basic Outcomes."""

import base64
import hashlib
import hmac
import secrets
import time
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import httpx
import pytest
from ltiauthenticator.lti11.validator import LTI11LaunchValidator

from tests.demo_lms.actors import Lms, form_of

NAMESPACE = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"
LEARNER, ADA = "1010", "1001"
SCORE = (
    "<result><resultScore><language>en</language><textString>{}</textString></resultScore></result>"
)


@pytest.fixture
def lms(lms: Lms) -> Lms:
    """The platform with LTI 1.1 switched on."""
    lms.switch(lti11=True)
    return lms


def launched(lms: Lms, person: str, link: str = "data8-ps1") -> dict[str, str]:
    reply = lms.http.post(f"/lti11/launch/data8-autumn/{link}", data={"person": person})
    fields: dict[str, str] = form_of(reply)["fields"]
    return fields


def envelope(operation: str, sourced_id: str, inner: str = "", *, version: str = "V1.0") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<imsx_POXEnvelopeRequest xmlns="{NAMESPACE}">
  <imsx_POXHeader><imsx_POXRequestHeaderInfo><imsx_version>{version}</imsx_version>
    <imsx_messageIdentifier>m-1</imsx_messageIdentifier></imsx_POXRequestHeaderInfo></imsx_POXHeader>
  <imsx_POXBody><{operation}Request><resultRecord>
    <sourcedGUID><sourcedId>{sourced_id}</sourcedId></sourcedGUID>{inner}
  </resultRecord></{operation}Request></imsx_POXBody>
</imsx_POXEnvelopeRequest>""".encode()


def authorization(lms: Lms, body: bytes, **changes: str) -> str:
    """The OAuth header, made by hand from RFC 5849 and the body hash extension."""
    consumer = lms.platform.consumer
    said = {
        "oauth_consumer_key": consumer.key,
        "oauth_nonce": secrets.token_hex(8),
        "oauth_timestamp": str(int(time.time())),
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_version": "1.0",
        "oauth_body_hash": base64.b64encode(hashlib.sha1(body).digest()).decode(),
    }
    secret = changes.pop("secret", consumer.secret)
    said = {name: value for name, value in (said | changes).items() if value}

    def encoded(text: str) -> str:
        return quote(text, safe="-._~")

    listed = "&".join(sorted(f"{encoded(k)}={encoded(v)}" for k, v in said.items()))
    base = f"POST&{encoded(f'{lms.url}/lti11/outcomes')}&{encoded(listed)}"
    mac = hmac.digest(f"{encoded(secret)}&".encode(), base.encode(), "sha1")
    said["oauth_signature"] = base64.b64encode(mac).decode()
    return "OAuth " + ", ".join(f'{name}="{encoded(value)}"' for name, value in said.items())


def send(lms: Lms, body: bytes, *, header: str | None = None, **changes: str) -> httpx.Response:
    header = authorization(lms, body, **changes) if header is None else header
    headers = {"Content-Type": "application/xml", "Authorization": header}
    return lms.http.post("/lti11/outcomes", content=body, headers=headers)


def said(reply: httpx.Response, name: str = "imsx_codeMajor") -> str:
    found = ET.fromstring(reply.text).find(f".//{{{NAMESPACE}}}{name}")
    return "" if found is None or found.text is None else found.text


def grades(lms: Lms) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lms.http.get("/api/gradebook/data8-autumn").json()["grades"]
    return found


def test_it_is_off_unless_switched_on(lms: Lms) -> None:
    lms.switch()
    launch = lms.http.post("/lti11/launch/data8-autumn/data8-ps1", data={"person": ADA})
    assert (launch.status_code, launch.json()["code"]) == (403, "lti11-off")
    assert lms.http.post("/lti11/outcomes", content=b"").status_code == 403
    assert lms.http.get("/api/lti11").status_code == 403
    assert "LTI 1.1" not in lms.http.get("/courses/data8-autumn?as=1001").text


def test_the_hubs_usual_lti_library_accepts_a_launch_and_refuses_a_changed_one(lms: Lms) -> None:
    consumer = lms.http.get("/api/lti11").json()
    validator = LTI11LaunchValidator({consumer["key"]: consumer["secret"]})
    fields = launched(lms, LEARNER)
    assert validator.validate_launch_request(consumer["launch_url"], {}, fields)
    promoted = launched(lms, LEARNER) | {"roles": "Instructor"}
    with pytest.raises(Exception, match="Invalid oauth_signature"):
        validator.validate_launch_request(consumer["launch_url"], {}, promoted)


def test_a_launch_says_who_comes_where(lms: Lms) -> None:
    fields = launched(lms, ADA)
    assert fields["lti_message_type"] == "basic-lti-launch-request"
    assert fields["lti_version"] == "LTI-1p0"
    assert (fields["user_id"], fields["roles"]) == (ADA, "Instructor")
    assert (fields["context_id"], fields["context_label"]) == ("data8-autumn", "DATA8")
    assert fields["custom_assignment"] == "ps1"
    assert "lis_result_sourcedid" not in fields, "instructors have no score"
    assert launched(lms, LEARNER)["lis_outcome_service_url"] == f"{lms.url}/lti11/outcomes"
    assert "lis_result_sourcedid" not in launched(lms, LEARNER, "data8-home"), "no column"


def test_who_is_not_in_the_course_does_not_launch(lms: Lms) -> None:
    reply = lms.http.post("/lti11/launch/data8-autumn/data8-ps1", data={"person": "nobody"})
    assert reply.status_code == 403


def test_a_score_is_replaced_read_and_deleted(lms: Lms) -> None:
    cell = launched(lms, LEARNER)["lis_result_sourcedid"]
    assert said(send(lms, envelope("readResult", cell)), "textString") == ""
    reply = send(lms, envelope("replaceResult", cell, SCORE.format("0.85")))
    assert (reply.status_code, said(reply)) == (200, "success")
    assert said(reply, "imsx_messageRefIdentifier") == "m-1"
    (grade,) = grades(lms)
    assert (grade["person"], grade["points"], grade["maximum"]) == (LEARNER, 8.5, 10)
    assert said(send(lms, envelope("readResult", cell)), "textString") == "0.85"
    assert said(send(lms, envelope("deleteResult", cell))) == "success"
    assert grades(lms) == []


@pytest.mark.parametrize(
    "score", ["1.01", "-0.1", "85", "nan", "1e-3", "0,5", "0.5 points", "", "inf"]
)
def test_a_score_that_is_no_share_of_one_is_refused(lms: Lms, score: str) -> None:
    cell = launched(lms, LEARNER)["lis_result_sourcedid"]
    assert said(send(lms, envelope("replaceResult", cell, SCORE.format(score)))) == "failure"
    assert grades(lms) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "another-secret"},
        {"oauth_consumer_key": "nobody"},
        {"oauth_signature_method": "PLAINTEXT"},
        {"oauth_timestamp": str(int(time.time()) - 3600)},
        {"oauth_timestamp": str(int(time.time()) + 3600)},
        {"oauth_version": "2.0"},
        {"oauth_body_hash": ""},
        {"oauth_body_hash": base64.b64encode(hashlib.sha1(b"other").digest()).decode()},
        {"oauth_nonce": "n" * 200},
        {"oauth_nonce": ""},
    ],
)
def test_a_wrong_signature_changes_nothing(lms: Lms, changes: dict[str, str]) -> None:
    cell = launched(lms, LEARNER)["lis_result_sourcedid"]
    reply = send(lms, envelope("replaceResult", cell, SCORE.format("1.0")), **changes)
    assert (reply.status_code, said(reply)) == (401, "failure")
    assert grades(lms) == []


@pytest.mark.parametrize("header", ["", "Bearer abc", "OAuth", 'OAuth realm="x"', "OAuth a,b,=c"])
def test_a_header_that_is_no_signature_changes_nothing(lms: Lms, header: str) -> None:
    cell = launched(lms, LEARNER)["lis_result_sourcedid"]
    reply = send(lms, envelope("replaceResult", cell, SCORE.format("1.0")), header=header)
    assert reply.status_code == 401


def test_a_body_changed_on_the_way_is_refused(lms: Lms) -> None:
    cell = launched(lms, LEARNER)["lis_result_sourcedid"]
    header = authorization(lms, envelope("replaceResult", cell, SCORE.format("0.1")))
    reply = send(lms, envelope("replaceResult", cell, SCORE.format("1.0")), header=header)
    assert reply.status_code == 401


def test_a_message_works_once(lms: Lms) -> None:
    cell = launched(lms, LEARNER)["lis_result_sourcedid"]
    body = envelope("replaceResult", cell, SCORE.format("0.5"))
    header = authorization(lms, body)
    assert said(send(lms, body, header=header)) == "success"
    again = send(lms, body, header=header)
    assert (again.status_code, said(again)) == (401, "failure")


def test_a_cell_that_was_not_given_out_is_no_cell(lms: Lms) -> None:
    cell = launched(lms, LEARNER)["lis_result_sourcedid"]
    for wrong in ("made-up", f"{cell}x", lms.begin(LEARNER)["fields"]["login_hint"]):
        assert said(send(lms, envelope("readResult", wrong))) == "failure"
    lms.http.delete(f"/api/courses/data8-autumn/people/{LEARNER}")
    assert said(send(lms, envelope("replaceResult", cell, SCORE.format("1")))) == "failure"


def test_an_operation_that_is_none_of_the_three_is_unsupported(lms: Lms) -> None:
    cell = launched(lms, LEARNER)["lis_result_sourcedid"]
    reply = send(lms, envelope("readMembership", cell))
    assert (reply.status_code, said(reply)) == (200, "unsupported")


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    b'<imsx_POXEnvelopeRequest xmlns="' + NAMESPACE.encode() + b'">&b;</imsx_POXEnvelopeRequest>'
)
FILE = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><x>&f;</x>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<cut",
        b"<other/>",
        BOMB,
        FILE,
        b"<!DOCTYPE x><x/>",
        b'<?xml version="1.0" encoding="no-such"?><x/>',
        envelope("replaceResult", "cell", SCORE.format("1"), version="V2.0"),
        envelope("replaceResult", "cell"),
        envelope("replaceResult", ""),
        envelope("replaceResult", "cell", SCORE.format("1") * 2),
        envelope("replaceResult", "cell", SCORE.format("1").replace("en<", "de<")),
        envelope("replaceResult", "c" * 5000, SCORE.format("1")),
    ],
)
def test_an_envelope_that_is_none_is_refused_without_being_unpacked(lms: Lms, body: bytes) -> None:
    reply = send(lms, body)
    assert (reply.status_code, said(reply)) == (400, "failure")
    assert "aaaa" not in reply.text


def test_another_media_type_is_refused(lms: Lms) -> None:
    headers = {"Content-Type": "text/plain", "Authorization": authorization(lms, b"x")}
    assert lms.http.post("/lti11/outcomes", content=b"x", headers=headers).status_code == 415


def test_key_secret_and_address_can_be_set(lms: Lms) -> None:
    mine = {"key": "k1", "secret": "s" * 20, "launch_url": "https://hub.example/hub/lti/launch"}
    assert lms.http.put("/api/lti11", json=mine).status_code == 200
    assert lms.http.get("/api/lti11").json() == mine
    assert launched(lms, ADA)["oauth_consumer_key"] == "k1"
    for wrong in ({"key": ""}, {"secret": "short"}, {"launch_url": "http://hub.example/"}):
        assert lms.http.put("/api/lti11", json=mine | wrong).status_code == 400
    assert "k1" in lms.http.get("/registration").text
