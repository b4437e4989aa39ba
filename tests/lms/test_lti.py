"""LTI Advantage as platforms really speak it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from fastapi.responses import JSONResponse, Response

from coursehub.adapters.consumers import SignedConsumers
from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms import LtiLms
from coursehub.adapters.lms.ags import part_of
from coursehub.errors import CoursehubError, Refused, Unreachable
from coursehub.ports import Member, PlatformAccess
from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.switches import Down, Latency, MembersFault, Switches
from tests.lms.scene import Odd, Scene, people, score

pytestmark = pytest.mark.anyio


async def listed(lti: LtiLms, odd: Odd, path: str = "/members") -> list[Member]:
    return [one async for one in lti.members(odd.access, f"{odd.url}{path}")]


async def test_the_tool_proves_itself_with_a_short_lived_assertion(lti: LtiLms, odd: Odd) -> None:
    odd.answers["/members"] = lambda _: people("a")
    await listed(lti, odd)
    (asked,) = odd.tokens
    claims = asked["claims"]
    assert claims["iss"] == claims["sub"] == "hub"
    assert claims["aud"] == odd.access.token_url
    assert 0 < claims["exp"] - claims["iat"] <= 60
    assert asked["header"]["kid"] == odd.keys.signing().thumbprint()
    assert asked["scope"].endswith("contextmembership.readonly")


async def test_a_token_is_used_again_until_shortly_before_its_end(lti: LtiLms, odd: Odd) -> None:
    odd.answers["/members"] = lambda _: people("a")
    await listed(lti, odd)
    await listed(lti, odd)
    assert odd.bearers == ["token-1", "token-1"]


async def test_a_token_that_lives_for_seconds_is_not_kept(lti: LtiLms, odd: Odd) -> None:
    odd.expires_in = 20
    odd.answers["/members"] = lambda _: people("a")
    await listed(lti, odd)
    await listed(lti, odd)
    assert odd.bearers == ["token-1", "token-2"]


async def test_another_client_of_the_same_platform_gets_a_token_of_its_own(
    lti: LtiLms, odd: Odd
) -> None:
    odd.answers["/members"] = lambda _: people("a")
    await listed(lti, odd)
    other = PlatformAccess(issuer=odd.url, client_id="other", token_url=odd.access.token_url)
    assert [one async for one in lti.members(other, f"{odd.url}/members")]
    assert odd.bearers == ["token-1", "token-2"]


async def test_a_token_that_the_platform_forgot_is_replaced_once(lti: LtiLms, odd: Odd) -> None:
    odd.answers["/members"] = lambda request: (
        Response(status_code=401)
        if request.headers["authorization"].endswith("token-1")
        else people("a")
    )
    assert len(await listed(lti, odd)) == 1
    assert odd.bearers == ["token-1", "token-2"]


async def test_a_platform_that_knows_no_token_of_ours_refuses(lti: LtiLms, odd: Odd) -> None:
    odd.answers["/members"] = lambda _: Response(status_code=401)
    with pytest.raises(Refused, match="registration"):
        await listed(lti, odd)
    assert len(odd.bearers) == 2


async def test_the_demo_lms_refuses_an_unknown_client(demo: Scene) -> None:
    stranger = PlatformAccess(
        issuer=demo.access.issuer, client_id="stranger", token_url=demo.access.token_url
    )
    with pytest.raises(Refused) as refused:
        await demo.lms.line_item(
            stranger, demo.lineitems_url, resource_id="x", label="x", max_points=1
        )
    assert refused.value.code == "lms-token-refused"


@pytest.mark.parametrize(
    "link",
    [
        b'<%s/members?page=2&amp;limit=200>; rel="next"',
        "<%s/members?page=2>; rel=\u201cnext\u201d".encode(),
        b"<%s/members?page=2>; rel=\x93next\x94",
        b"</members?page=2>; title=\"a, b\"; rel='prev next'",
        b'<%s/members?page=9>; rel="last", <%s/members?page=2>; rel=next',
        b'<%s/members?page=2>;rel="NEXT"',
    ],
)
async def test_the_next_page_is_found_however_its_link_is_written(
    lti: LtiLms, odd: Odd, link: bytes
) -> None:
    first = link.replace(b"%s", odd.url.encode())
    odd.answers["/members"] = lambda request: (
        people("c") if request.query_params.get("page") else people("a", "b", link=first)
    )
    assert [member.subject for member in await listed(lti, odd)] == ["a", "b", "c"]
    assert "&amp;" not in odd.asked[1]


async def test_a_page_at_another_address_is_not_followed(lti: LtiLms, odd: Odd) -> None:
    stolen = b'<https://elsewhere.example/members>; rel="next"'
    odd.answers["/members"] = lambda _: people("a", link=stolen)
    with pytest.raises(Unreachable, match="another address"):
        await listed(lti, odd)


async def test_pages_that_never_end_are_given_up(lti: LtiLms, odd: Odd) -> None:
    def answer(request):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # one answer
        number = int(request.query_params.get("page", "1"))
        return people("a", "b", link=f'</members?page={number + 1}>; rel="next"'.encode())

    odd.answers["/members"] = answer
    with pytest.raises(Unreachable, match="again and again"):
        await listed(lti, odd)
    assert len(odd.asked) == 6  # four may be of people named twice


async def test_the_roster_is_asked_for_in_pages(lti: LtiLms, odd: Odd) -> None:
    odd.answers["/members"] = lambda _: people("a")
    await listed(lti, odd, "/members?rlid=7")
    assert odd.asked == ["/members?rlid=7&limit=200"]


async def test_members_without_names_are_members(lti: LtiLms, odd: Odd) -> None:
    body = {
        "members": [
            {"user_id": 42, "roles": ["Learner"], "status": "Inactive", "email": None},
            {"user_id": "b", "roles": [], "given_name": "Bo", "family_name": "Ek"},
        ]
    }
    odd.answers["/members"] = lambda _: JSONResponse(body)
    assert await listed(lti, odd) == [
        Member(subject="42", roles=("Learner",), status="Inactive"),
        Member(subject="b", roles=(), name="Bo Ek"),
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"members": {}}', b'{"members": [{"roles": []}]}', b"[" * 100_000],
)
async def test_a_roster_that_cannot_be_read_says_so(lti: LtiLms, odd: Odd, body: bytes) -> None:
    odd.answers["/members"] = lambda _: Response(body)
    with pytest.raises(Unreachable, match="cannot be read"):
        await listed(lti, odd)


async def test_an_answer_without_end_is_cut_off(lti: LtiLms, odd: Odd) -> None:
    odd.answers["/members"] = lambda _: Response(b" " * 21_000_000)
    with pytest.raises(Unreachable, match="too large"):
        await listed(lti, odd)


@pytest.mark.parametrize(
    ("response", "retry_after_s"),
    [
        (Response(b"403 Forbidden (Rate Limit Exceeded)", 403), None),
        (Response(status_code=429, headers={"Retry-After": "17"}), 17),
        (Response(status_code=503, headers={"Retry-After": "soon"}), None),
    ],
)
async def test_a_platform_that_is_busy_is_asked_later(
    lti: LtiLms, odd: Odd, response: Response, retry_after_s: int | None
) -> None:
    odd.answers["/members"] = lambda _: response
    with pytest.raises(Unreachable) as busy:
        await listed(lti, odd)
    assert busy.value.retry_after_s == retry_after_s


async def test_a_date_to_come_back_at_is_understood(lti: LtiLms, odd: Odd) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=True)
    odd.answers["/members"] = lambda _: Response(status_code=429, headers={"Retry-After": moment})
    with pytest.raises(Unreachable) as busy:
        await listed(lti, odd)
    assert busy.value.retry_after_s
    assert 500 <= busy.value.retry_after_s <= 600


async def test_a_plain_no_is_a_refusal(lti: LtiLms, odd: Odd) -> None:
    odd.answers["/members"] = lambda _: Response(b"insufficient scope", 403)
    with pytest.raises(Refused):
        await listed(lti, odd)


async def test_no_platform_at_all_is_unreachable(lti: LtiLms) -> None:
    access = PlatformAccess(
        issuer="x",
        client_id="x",
        token_url="http://127.0.0.1:9/token",  # nobody's port
    )
    with pytest.raises(Unreachable):
        await lti.result(access, "http://127.0.0.1:9/item", subject="a")


async def test_a_platform_that_takes_too_long_is_not_waited_for(
    demo: Scene, platform: Platform, keys: ToolKeys, consumers: SignedConsumers
) -> None:
    platform.turn(Switches(latency_ms=Latency(nrps=5_000)))
    impatient = LtiLms(keys, consumers, timeout_s=2, allow_private=True)
    with pytest.raises(Unreachable):
        await replace(demo, lms=impatient).roster()
    await impatient.close()


async def test_a_platform_that_was_down_answers_when_it_is_up(
    demo: Scene, platform: Platform
) -> None:
    platform.turn(Switches(down=Down(ags=1)))
    with pytest.raises(Unreachable) as down:
        await demo.column()
    assert down.value.retry_after_s == 1
    assert await demo.column()


@pytest.mark.parametrize(
    "fault", [MembersFault.MALFORMED, MembersFault.ERROR, MembersFault.SAME_PAGE]
)
async def test_a_roster_that_breaks_on_its_second_page_is_not_believed(
    demo: Scene, platform: Platform, fault: MembersFault
) -> None:
    platform.turn(Switches(members_fault=fault))
    with pytest.raises(Unreachable):
        await demo.roster()


async def test_ten_thousand_members_are_read(demo: Scene, platform: Platform) -> None:
    platform.turn(Switches(extra_members=9_760, members_short_roles=True))
    assert len(await demo.roster()) == demo.people + 9_760


async def test_what_is_sent_keeps_the_query_and_the_fractions(lti: LtiLms, odd: Odd) -> None:
    odd.answers["/items/1/scores"] = lambda _: Response(status_code=204)
    given = score("u1", 7.5, at_s=0.25, comment="Well done.")
    await lti.post_score(odd.access, f"{odd.url}/items/1?type_id=1", given)
    assert odd.asked == ["/items/1/scores?type_id=1"]
    assert json.loads(odd.bodies[0]) == {
        "userId": "u1",
        "scoreGiven": 7.5,
        "scoreMaximum": 10.0,
        "timestamp": "2027-03-01T12:00:00.250Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "comment": "Well done.",
    }


async def test_a_platform_that_ignores_the_filter_still_finds_the_line_item(
    lti: LtiLms, odd: Odd
) -> None:
    items = [{"id": f"{odd.url}/items/{n}", "resourceId": f"ps{n}", "label": "x"} for n in (1, 2)]
    odd.answers["/items"] = lambda _: JSONResponse(items)
    found = await lti.line_item(
        odd.access, f"{odd.url}/items", resource_id="ps2", label="x", max_points=1
    )
    assert found == f"{odd.url}/items/2"


async def test_no_error_tells_a_token(lti: LtiLms, odd: Odd) -> None:
    for status in (400, 401, 403, 404, 409, 422, 429, 500):
        odd.answers["/members"] = lambda _, status=status: Response(b"token-1", status)  # type: ignore[misc]  # bound now
        with pytest.raises(CoursehubError) as error:
            await listed(lti, odd)
        assert "token-" not in error.value.message


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/a/1", "https://x.example/a/1/scores"),
        ("https://x.example/a/1/", "https://x.example/a/1/scores"),
        ("https://x.example/a/1?type_id=1&b=%2F", "https://x.example/a/1/scores?type_id=1&b=%2F"),
    ],
)
def test_scores_stands_before_the_query(url: str, expected: str) -> None:
    assert part_of(url, "scores") == expected
