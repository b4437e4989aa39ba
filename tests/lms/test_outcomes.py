"""Basic Outcomes, against the demo LMS and against one that misbehaves."""

from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from fastapi import Request, Response

from coursehub.adapters.consumers import SignedConsumers
from coursehub.adapters.lms import LtiLms
from coursehub.errors import CoursehubError, Invalid, Refused, Unreachable
from coursehub.ports import PlatformAccess
from coursehub.vocabulary.launch import Outcome
from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.switches import Switches
from tests.demo_lms.actors import Stage, form_of
from tests.lms.scene import Odd, score

pytestmark = pytest.mark.anyio

NAMESPACE = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of the demo LMS's gradebook, as a launch named it."""

    lms: LtiLms
    access: PlatformAccess
    outcome: Outcome
    platform: Platform

    @property
    def points(self) -> float | None:
        course = self.platform.campus.course("data8-autumn")
        (item,) = course.lineitems_of("data8-ps1")
        grade = course.grades.get((item.id, "1010"))
        return grade.points / item.maximum if grade and grade.points is not None else None

    async def send(self, points: float, **more: Any) -> None:
        sent = replace(score("1010", points), **more)
        await self.lms.replace_result(self.access, self.outcome, sent)


@pytest.fixture
def access(platform: Platform, consumers: SignedConsumers) -> PlatformAccess:
    known = platform.consumer
    return PlatformAccess(
        issuer=f"lti11:{known.key}",
        client_id=known.key,
        token_url="",
        sealed_secret=consumers.seal(known.key, known.secret),
    )


@pytest.fixture
def cell(lti: LtiLms, platform: Platform, access: PlatformAccess) -> Cell:
    platform.turn(Switches(lti11=True))
    with httpx.Client(base_url=platform.issuer, trust_env=False) as http:
        reply = http.post("/lti11/launch/data8-autumn/data8-ps1", data={"person": "1010"})
    fields = form_of(reply)["fields"]
    outcome = Outcome(
        service_url=fields["lis_outcome_service_url"], sourcedid=fields["lis_result_sourcedid"]
    )
    return Cell(lms=lti, access=access, outcome=outcome, platform=platform)


@pytest.mark.parametrize(
    ("points", "share"), [(8.5, 0.85), (0, 0), (10, 1), (12, 1), (-1, 0), (10 / 3, 0.33333333)]
)
async def test_a_score_stands_in_the_gradebook_as_its_share(
    cell: Cell, points: float, share: float
) -> None:
    await cell.send(points)
    assert cell.points == pytest.approx(share)


async def test_a_later_score_takes_the_place_of_the_one_before(cell: Cell) -> None:
    await cell.send(9)
    await cell.send(0.00001)
    assert cell.points == pytest.approx(0.000001)


async def test_no_points_have_no_share(cell: Cell) -> None:
    with pytest.raises(Invalid):
        await cell.send(0, max_points=0)


async def test_a_cell_that_is_gone_refuses_its_score(cell: Cell) -> None:
    gone = replace(cell, outcome=replace(cell.outcome, sourcedid="<of>&nobody"))
    with pytest.raises(Invalid) as refused:
        await gone.send(5)
    assert refused.value.code == "lms-rejected"


async def test_another_secret_is_refused_and_said_so(
    cell: Cell, consumers: SignedConsumers
) -> None:
    sealed = consumers.seal(cell.access.client_id, "another-secret-entirely")
    with pytest.raises(Refused) as refused:
        await replace(cell, access=replace(cell.access, sealed_secret=sealed)).send(5)
    assert "shared secret" in refused.value.message
    assert cell.points is None


async def test_a_secret_sealed_for_another_consumer_is_no_secret(
    cell: Cell, consumers: SignedConsumers
) -> None:
    sealed = consumers.seal("another", cell.platform.consumer.secret)
    with pytest.raises(CoursehubError) as refused:
        await replace(cell, access=replace(cell.access, sealed_secret=sealed)).send(5)
    assert refused.value.code == "secret-sealed"


def envelope(inner: str) -> bytes:
    return (
        f'<?xml version="1.0"?><imsx_POXEnvelopeResponse xmlns="{NAMESPACE}"><imsx_POXHeader>'
        f"<imsx_POXResponseHeaderInfo><imsx_statusInfo>{inner}</imsx_statusInfo>"
        "</imsx_POXResponseHeaderInfo></imsx_POXHeader></imsx_POXEnvelopeResponse>"
    ).encode()


def major(word: str) -> bytes:
    return envelope(f"<imsx_codeMajor>{word}</imsx_codeMajor>")


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "success">]>""" + major("&a;")[21:]


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (200, major("failure"), Invalid, "lms-rejected"),
        (200, major("unsupported"), Invalid, "lms-rejected"),
        (200, major("processing"), Unreachable, "lms-malformed"),
        (200, envelope(""), Unreachable, "lms-malformed"),
        (200, b"", Unreachable, "lms-malformed"),
        (200, b"<html>Log in</html>", Unreachable, "lms-malformed"),
        (200, BOMB, Unreachable, "lms-malformed"),
        (200, major("success") + b" " * 200_000, Unreachable, "lms-malformed"),
        (302, b"", Invalid, "lms-rejected"),
        (403, b"", Refused, "lms-refused"),
        (500, b"", Unreachable, "lms-failed"),
        (503, b"", Unreachable, "lms-failed"),
    ],
)
async def test_an_odd_answer_is_told_in_our_words(  # noqa: PLR0917 - a table's columns
    lti: LtiLms,
    odd: Odd,
    consumers: SignedConsumers,
    status: int,
    body: bytes,
    error: type[CoursehubError],
    code: str,
) -> None:
    def answer(_: Request) -> Response:
        return Response(body, status_code=status, media_type="application/xml")

    odd.answers["/outcomes"] = answer
    access = replace(odd.access, sealed_secret=consumers.seal("hub", "a-shared-secret-of-both"))
    outcome = Outcome(service_url=f"{odd.url}/outcomes", sourcedid="1")
    with pytest.raises(error) as refused:
        await lti.replace_result(access, outcome, score("a", 5))
    assert refused.value.code == code
    assert "a-shared-secret-of-both" not in str(refused.value)


async def test_an_lms_that_is_switched_off_is_unreachable(
    lti: LtiLms, consumers: SignedConsumers, stage: Stage
) -> None:
    access = PlatformAccess(
        issuer=stage.url, client_id="hub", token_url="",
        sealed_secret=consumers.seal("hub", "a-shared-secret-of-both"),
    )  # fmt: skip
    outcome = Outcome(service_url="http://127.0.0.1:9/outcomes", sourcedid="1")
    with pytest.raises(Unreachable):
        await lti.replace_result(access, outcome, score("a", 5))
