"""Our client of LTI services beside pylti1p3next's: one platform, two voices, one picture."""

from dataclasses import replace
from typing import Any

import pytest
from fastapi import Request
from fastapi.responses import JSONResponse
from hypothesis import given
from hypothesis import strategies as st
from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.exception import LtiServiceException

from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms import LtiLms
from coursehub.adapters.lms.ags import part_of
from coursehub.errors import Conflict, Invalid, Missing, Refused
from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.switches import Switches
from tests.lms.oracle import Oracle
from tests.lms.scene import Odd, Scene, people, score

pytestmark = pytest.mark.anyio


@pytest.fixture
def oracle(demo: Scene, keys: ToolKeys) -> Oracle:
    return Oracle(
        access=demo.access,
        keys=keys,
        roster_url=demo.roster_url,
        lineitems_url=demo.lineitems_url,
    )


@pytest.mark.parametrize(("extra", "short"), [(0, False), (250, True)])
async def test_both_see_the_same_people_over_several_pages(
    demo: Scene, oracle: Oracle, platform: Platform, extra: int, short: bool
) -> None:
    platform.turn(Switches(extra_members=extra, members_short_roles=short))
    ours, theirs = await demo.roster(), oracle.roster()
    assert len(ours) == demo.people + extra > 200, "more than one page for either"
    assert ours == theirs


async def test_a_roster_for_one_link_keeps_its_filter_on_every_page(
    demo: Scene, oracle: Oracle
) -> None:
    url = f"{demo.roster_url}?rlid=data8-home&role=Learner"
    ours = await replace(demo, roster_url=url).roster()
    assert ours == replace(oracle, roster_url=url).roster()
    assert 200 < len(ours) < demo.people


@pytest.mark.parametrize("first", ["ours", "theirs"])
async def test_a_line_item_that_one_made_the_other_finds(
    demo: Scene, oracle: Oracle, first: str
) -> None:
    before = oracle.line_items()
    if first == "ours":
        made = await demo.column("hub:ps1", of=10.0)
        assert oracle.column("hub:ps1", of=10.0) == made
    else:
        made = oracle.column("hub:ps1", of=10.0)
        assert await demo.column("hub:ps1", of=10.0) == made
    assert oracle.line_items() == {**before, made: "hub:ps1"}
    assert "type_id=1" in made


async def test_a_line_item_beyond_the_first_page_is_found_by_both(
    lti: LtiLms, odd: Odd, keys: ToolKeys
) -> None:
    """On a platform that heeds no filter and keeps the query in its addresses."""

    def answer(request: Request) -> JSONResponse:
        page = int(request.query_params.get("page", "1"))
        item = {"id": f"{odd.url}/items/{page}/lineitem?type_id=1", "resourceId": f"ps{page}"}
        following = f'<{odd.url}/items?type_id=1&page={page + 1}>; rel="next"'
        return JSONResponse([item], headers={"link": following} if page < 3 else {})

    odd.answers["/items"] = answer
    lineitems_url = f"{odd.url}/items?type_id=1"
    ours = await lti.line_item(
        odd.access, lineitems_url, resource_id="ps3", label="x", max_points=1
    )
    theirs = Oracle(access=odd.access, keys=keys, lineitems_url=lineitems_url)
    assert ours == theirs.column("ps3", of=1) == f"{odd.url}/items/3/lineitem?type_id=1"
    assert not any(odd.bodies), "neither made another"


async def test_a_score_of_ours_stands_in_what_they_read(demo: Scene, oracle: Oracle) -> None:
    url = await demo.column(of=20.0)
    await demo.lms.post_score(demo.access, url, score(demo.learner, 7.5))
    assert oracle.results(url) == {demo.learner: (15.0, 20.0)}


async def test_a_score_of_theirs_stands_in_what_we_read(demo: Scene, oracle: Oracle) -> None:
    url = oracle.column("hub:ps1", of=20.0)
    oracle.post_score(url, score(demo.learner, 7.5))
    shown = await demo.lms.result(demo.access, url, subject=demo.learner)
    assert shown
    assert (shown.points, shown.max_points) == (15.0, 20.0)


async def test_the_last_score_counts_whoever_sent_it(demo: Scene, oracle: Oracle) -> None:
    url = await demo.column()
    await demo.lms.post_score(demo.access, url, score(demo.learner, 3))
    oracle.post_score(url, score(demo.learner, 4, at_s=0.001))
    await demo.lms.post_score(demo.access, url, score(demo.learner, 5, at_s=0.002))
    assert oracle.results(url)[demo.learner][0] == 5


@pytest.mark.parametrize(
    ("wrong", "ours", "status"),
    [("older", Conflict, 409), ("teacher", Invalid, 400), ("gone", Missing, 404)],
)
async def test_a_score_that_the_platform_refuses_is_refused_to_both(
    demo: Scene, oracle: Oracle, wrong: str, ours: type[Exception], status: int
) -> None:
    url = await demo.column()
    await demo.lms.post_score(demo.access, url, score(demo.learner, 3))
    subject = demo.teacher if wrong == "teacher" else demo.learner
    sent = score(subject, 4, at_s=-1.0 if wrong == "older" else 1.0)
    if wrong == "gone":
        url = url.replace("/lineitem?", "-gone/lineitem?")
    with pytest.raises(ours):
        await demo.lms.post_score(demo.access, url, sent)
    with pytest.raises(LtiServiceException) as theirs:
        oracle.post_score(url, sent)
    assert theirs.value.response.status_code == status


async def test_a_client_that_the_platform_does_not_know_gets_nothing_by_either(
    demo: Scene, oracle: Oracle
) -> None:
    stranger = replace(demo.access, client_id="stranger")
    with pytest.raises(Refused):
        await replace(demo, access=stranger).roster()
    with pytest.raises(LtiServiceException, match="access token"):
        replace(oracle, access=stranger).roster()


async def test_both_prove_themselves_alike(lti: LtiLms, odd: Odd, keys: ToolKeys) -> None:
    """LTI security 1.0, 4.1.1: a fresh jti, and a life that is measured in minutes."""
    odd.expires_in = 0
    odd.answers["/members"] = lambda _: people("a")
    roster_url = f"{odd.url}/members"
    for _ in range(2):
        assert [one async for one in lti.members(odd.access, roster_url)]
    oracle = Oracle(access=odd.access, keys=keys)
    for _ in range(2):
        assert oracle.connector.get_access_token([odd.tokens[0]["scope"]])
    ours, theirs = odd.tokens[:2], odd.tokens[2:]
    assert [_lasting(one) for one in ours] == [_lasting(one) for one in theirs]
    jtis = [one["claims"]["jti"] for one in odd.tokens]
    assert len(set(jtis)) == len(jtis) == 4
    assert all(len(jti) >= 32 for jti in jtis)
    for one in odd.tokens:
        assert 0 < one["claims"]["exp"] - one["claims"]["iat"] <= 65


def _lasting(asked: dict[str, Any]) -> dict[str, Any]:
    """Everything in the request for a token that is no matter of its moment."""
    said = {name: asked["claims"][name] for name in ("iss", "sub", "aud")}
    form = {name: value for name, value in asked.items() if name not in {"claims", "header"}}
    form.pop("client_assertion")
    return {**said, **form, "header": asked["header"], "claims": set(asked["claims"])}


SEGMENT = st.text("abcXYZ019-._~%2F", min_size=1, max_size=8).filter(
    lambda text: "%" not in text.replace("%2F", "") and text not in {".", ".."}
)
QUERY = st.lists(st.tuples(SEGMENT, SEGMENT), max_size=3)


@given(st.lists(SEGMENT, max_size=4), st.booleans(), QUERY, st.sampled_from(["scores", "results"]))
def test_both_put_the_part_before_the_query(
    segments: list[str], slash: bool, query: list[tuple[str, str]], part: str
) -> None:
    asked = "&".join(f"{name}={value}" for name, value in query)
    url = "/".join(["https://lms.example:8443", *segments]) + "/" * slash
    url += f"?{asked}" if asked else ""
    assert part_of(url, part) == AssignmentsGradesService._add_url_path_ending(url, part)


def test_a_question_mark_within_the_query_is_kept() -> None:
    """RFC 3986, 3.4 lets it stand there; the oracle loses what follows it."""
    url = "https://lms.example/item?next=/a?b&type_id=1"
    assert part_of(url, "scores") == "https://lms.example/item/scores?next=/a?b&type_id=1"
    assert not AssignmentsGradesService._add_url_path_ending(url, "scores").endswith("type_id=1")
