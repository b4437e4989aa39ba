"""OneRoster over REST: enrolments with their dates, and lists that page in three ways."""

from dataclasses import replace

import pytest

from coursehub.adapters.rosters import AnyRosters, SourceSecrets
from coursehub.errors import Invalid, Unreachable
from coursehub.ports import Member
from tests.rosters.conftest import sealed
from tests.rosters.far_side import TOKEN
from tests.rosters.vendors import OneRoster

pytestmark = pytest.mark.anyio


async def people(
    rosters: AnyRosters, secrets: SourceSecrets, source: OneRoster
) -> dict[str, Member]:
    return {one.subject: one async for one in rosters.members(sealed(secrets, source))}


@pytest.mark.parametrize(("version", "sis_id"), [("11", "S200"), ("12", "M-S200")])
async def test_oneroster_tells_who_someone_is_elsewhere(
    rosters: AnyRosters, secrets: SourceSecrets, oneroster: OneRoster, version: str, sis_id: str
) -> None:
    oneroster.version = version
    assert (await people(rosters, secrets, oneroster))["p-ana"] == Member(
        subject="p-ana",
        roles=("Learner",),
        name="Ana Ruiz",
        email="aruiz@school.example",
        sections=("Data 8, Monday",),
        login="aruiz",
        sis_id=sis_id,
    )


async def test_an_enrolment_that_ended_or_has_not_begun_is_inactive(
    rosters: AnyRosters, secrets: SourceSecrets, oneroster: OneRoster
) -> None:
    listed = await people(rosters, secrets, oneroster)
    assert {key: one.status for key, one in listed.items() if one.status != "Active"} == {
        "p-dag": "Deleted",
        "p-cleo": "Inactive",
        "p-ebba": "Inactive",
        "p-finn": "Inactive",
    }


async def test_an_aide_is_asked_for_by_name(
    rosters: AnyRosters, secrets: SourceSecrets, oneroster: OneRoster
) -> None:
    aide = (await people(rosters, secrets, oneroster))["p-tariq"]
    assert (aide.name, aide.roles) == ("Tariq Bello", ("TeachingAssistant",))
    assert [one.path for one in oneroster.asked].count(f"{oneroster.root}/users/p-tariq") == 1


async def test_somebody_of_whom_the_source_knows_nothing_else_is_listed_without_a_name(
    rosters: AnyRosters, secrets: SourceSecrets, oneroster: OneRoster
) -> None:
    stranger = oneroster.listed()[1]
    stranger["sourcedId"], stranger["user"]["sourcedId"] = "enr-99", "p-stranger"
    entries = [*oneroster.listed(), stranger]
    oneroster.listed = lambda: entries  # type: ignore[method-assign]  # one more
    found = (await people(rosters, secrets, oneroster))["p-stranger"]
    assert (found.name, found.status, found.roles) == ("", "Active", ("Learner",))


@pytest.mark.parametrize("paging", ["link", "total", "none"])
async def test_oneroster_is_read_to_the_end_however_it_pages(
    rosters: AnyRosters, secrets: SourceSecrets, oneroster: OneRoster, paging: str
) -> None:
    oneroster.paging, oneroster.crowd = paging, 250
    assert set(await people(rosters, secrets, oneroster)) == oneroster.subjects


async def test_fewer_people_than_the_source_counts_are_no_list(
    rosters: AnyRosters, secrets: SourceSecrets, oneroster: OneRoster
) -> None:
    oneroster.paging, oneroster.short_of = "total", 3
    with pytest.raises(Unreachable, match="fewer people than it counts"):
        await people(rosters, secrets, oneroster)


async def test_a_token_that_the_source_forgot_is_asked_for_anew(
    rosters: AnyRosters, secrets: SourceSecrets, oneroster: OneRoster
) -> None:
    await people(rosters, secrets, oneroster)
    oneroster.tokens.append({})  # only the next one is good
    knows = oneroster.knows
    oneroster.knows = lambda asked: (  # type: ignore[method-assign]  # the first one is forgotten
        knows(asked) and asked.headers.get("authorization") != "Bearer bearer-1"
    )
    assert set(await people(rosters, secrets, oneroster)) == oneroster.subjects


async def test_a_token_may_be_given_in_place_of_a_client(
    rosters: AnyRosters, secrets: SourceSecrets, oneroster: OneRoster
) -> None:
    oneroster.knows = lambda asked: asked.headers["authorization"] == f"Bearer {TOKEN}"  # type: ignore[method-assign]  # a fixed token
    plain = replace(oneroster.address(""), token_url="", client_id="")
    source = replace(plain, sealed_secret=secrets.seal(plain, TOKEN))
    assert {one.subject async for one in rosters.members(source)} == oneroster.subjects


async def test_an_address_without_its_version_says_what_is_wanted(
    rosters: AnyRosters, secrets: SourceSecrets, oneroster: OneRoster
) -> None:
    plain = replace(oneroster.address(""), url=oneroster.url)
    source = replace(plain, sealed_secret=secrets.seal(plain, TOKEN))
    with pytest.raises(Invalid, match="/ims/oneroster/v1p1"):
        [one async for one in rosters.members(source)]
