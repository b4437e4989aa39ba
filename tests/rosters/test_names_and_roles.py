"""Names and Roles: one link's people, and the differences since the last list."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.responses import Response

from coursehub.adapters.rosters import AnyRosters
from coursehub.errors import Invalid, Missing, Unreachable
from coursehub.ports import Member
from tests.rosters.far_side import Asked
from tests.rosters.vendors import Platform

pytestmark = pytest.mark.anyio


async def test_one_links_people_are_asked_for_on_every_page(
    rosters: AnyRosters, platform: Platform
) -> None:
    platform.crowd = 12
    source = replace(
        platform.address(""), url=f"{platform.url}/members?role=Learner", resource_link="ps1"
    )
    assert [one async for one in rosters.members(source)]
    pages = [one for one in platform.asked if one.path == "/members"]
    assert len(pages) == 4
    for page in pages:
        asked = dict(page.query)
        assert (asked["rlid"], asked["role"], asked["limit"]) == ("ps1", "Learner", "200")


async def test_a_whole_list_says_where_its_differences_will_be(
    rosters: AnyRosters, platform: Platform
) -> None:
    platform.crowd = 12
    platform.differences = f'<{platform.url}/since/1>; rel="differences"'
    listing = rosters.members(platform.address(""))
    assert listing.differences == ""
    assert {one.subject async for one in listing} == platform.subjects
    assert listing.differences == f"{platform.url}/since/1"


async def test_a_list_that_breaks_says_nothing_of_differences(
    rosters: AnyRosters, platform: Platform
) -> None:
    platform.crowd, platform.fault, platform.fault_page = 12, "error", 3
    linked = platform.linked

    def with_differences(body: Any, asked: Asked, following: str = "") -> Response:
        reply = linked(body, asked, following)
        reply.raw_headers.append((b"link", b'</since/1>; rel="differences"'))
        return reply

    platform.linked = with_differences  # type: ignore[method-assign]  # on every page
    listing = rosters.members(platform.address(""))
    with pytest.raises(Unreachable):
        [one async for one in listing]
    assert listing.differences == ""


async def test_differences_name_who_came_and_who_left_and_where_the_next_ones_are(
    rosters: AnyRosters, platform: Platform
) -> None:
    source = replace(platform.address(""), since=f"{platform.url}/since/1")
    listing = rosters.members(source)
    assert [one async for one in listing] == [
        Member(subject="77ab-bo", roles=("Learner",), status="Deleted"),
        Member(subject="new-1", roles=("Learner",), name="Nia Okoye"),
    ]
    assert listing.differences == f"{platform.url}/since/2"


async def test_a_platform_without_differences_names_none(
    rosters: AnyRosters, platform: Platform
) -> None:
    listing = rosters.members(platform.address(""))
    assert [one async for one in listing]
    assert listing.differences == ""


async def test_differences_that_are_gone_are_missing(
    rosters: AnyRosters, platform: Platform
) -> None:
    source = replace(platform.address(""), since=f"{platform.url}/since/0")
    with pytest.raises(Missing):
        [one async for one in rosters.members(source)]


@pytest.mark.parametrize("address", ["https://elsewhere.example/since/1", "nonsense"])
async def test_differences_at_another_address_are_not_asked_for(
    rosters: AnyRosters, platform: Platform, address: str
) -> None:
    source = replace(platform.address(""), since=address)
    with pytest.raises(Unreachable, match="another address"):
        [one async for one in rosters.members(source)]
    platform.differences = '<https://elsewhere.example/x>; rel="differences"'
    with pytest.raises(Unreachable, match="another address"):
        [one async for one in rosters.members(platform.address(""))]


async def test_a_person_twice_on_a_page_is_one_with_both_roles(
    rosters: AnyRosters, platform: Platform
) -> None:
    again = {"user_id": "77ab-bo", "roles": ["TeachingAssistant"]}
    platform.listed = lambda: [{"user_id": "77ab-bo", "roles": ["Learner"]}, again]  # type: ignore[method-assign]  # one page
    (bo,) = [one async for one in rosters.members(platform.address(""))]
    assert bo.roles == ("Learner", "TeachingAssistant")


async def test_people_of_whom_the_platform_gives_an_id_alone_are_listed(
    rosters: AnyRosters, platform: Platform
) -> None:
    listed = {one.subject: one async for one in rosters.members(platform.address(""))}
    assert listed["77ab-bo"] == Member(subject="77ab-bo", roles=("Learner",))
    assert listed["4fe1-ana"].name == "Ana Ruiz"
    assert listed["4fe1-ana"].email == ""


async def test_a_list_of_a_platform_that_is_not_registered_says_so(
    rosters: AnyRosters, platform: Platform
) -> None:
    with pytest.raises(Invalid, match="not registered"):
        [one async for one in rosters.members(replace(platform.address(""), access=None))]
