"""What every service that lists people promises, whatever its vendor."""

import pytest

from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms.tokens import Tokens
from coursehub.adapters.lms.wire import Wire
from coursehub.adapters.memory_rosters import MemoryRosters
from coursehub.adapters.rosters import AnyRosters, SourceSecrets
from coursehub.errors import CoursehubError, Invalid, Missing, Refused, Unreachable
from coursehub.ports import Member, RosterAddress, Rosters
from coursehub.vocabulary.roster import SourceKind
from tests.rosters.conftest import sealed
from tests.rosters.far_side import TOKEN, FarSide
from tests.rosters.vendors import OneRoster, Platform

pytestmark = pytest.mark.anyio


async def listed(rosters: Rosters, source: RosterAddress) -> list[Member]:
    return [member async for member in rosters.members(source)]


async def test_everyone_is_listed_once_to_the_last_page(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide
) -> None:
    found = [member.subject for member in await listed(rosters, sealed(secrets, far))]
    assert set(found) == far.subjects
    assert len(found) == len(set(found))


async def test_who_stands_on_two_pages_is_one_person(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide
) -> None:
    twice = far.listed()
    twice.insert(far.page_size + 1, twice[0])
    far.listed = lambda: twice  # type: ignore[method-assign]  # the list moved while it was read
    found = [member.subject for member in await listed(rosters, sealed(secrets, far))]
    assert len(found) == len(set(found))
    assert set(found) == far.subjects


@pytest.mark.parametrize("fault", ["error", "cut", "large"])
async def test_a_page_that_goes_wrong_makes_the_whole_list_unreachable(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide, fault: str
) -> None:
    far.fault, far.fault_page = fault, 7
    with pytest.raises(Unreachable):
        await listed(rosters, sealed(secrets, far))


async def test_pages_that_come_again_and_again_are_given_up(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide
) -> None:
    far.fault = "same"
    with pytest.raises(Unreachable, match="again and again"):
        await listed(rosters, sealed(secrets, far))
    assert len(far.asked) < 12


async def test_one_entry_of_five_megabytes_is_no_person(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide
) -> None:
    far.fault = "fat"
    with pytest.raises(Unreachable, match="more of one person"):
        await listed(rosters, sealed(secrets, far))


@pytest.mark.parametrize("rosters", [0.5], indirect=True)
async def test_a_source_that_takes_too_long_is_not_waited_for(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide
) -> None:
    far.fault = "slow"
    with pytest.raises(Unreachable, match="did not answer"):
        await listed(rosters, sealed(secrets, far))


@pytest.mark.parametrize("status", [403, 429])
async def test_a_busy_source_is_waited_for_and_then_read(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide, status: int
) -> None:
    far.busy, far.busy_status = 2, status
    found = {member.subject for member in await listed(rosters, sealed(secrets, far))}
    assert found == far.subjects


async def test_a_source_that_stays_busy_is_left_for_later(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide
) -> None:
    far.busy = 1_000
    with pytest.raises(Unreachable, match="fewer requests"):
        await listed(rosters, sealed(secrets, far))
    assert len(far.asked) <= 5, "four tries, and a token before"


async def test_a_token_that_is_worth_nothing_is_refused_with_what_to_do(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide
) -> None:
    if isinstance(far, Platform):
        far.refuses = True
    with pytest.raises(Refused) as refused:
        await listed(rosters, sealed(secrets, far, "a-bad-token"))
    assert any(word in refused.value.message for word in ("Make a new one", "compare", "check"))


@pytest.mark.parametrize("far", ["canvas", "moodle", "oneroster-1.1"], indirect=True)
@pytest.mark.parametrize("secret", ["", "a-good-token\n", " a-good-token", "a-gööd-token"])
async def test_a_token_with_a_slip_of_the_hand_is_not_sent(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide, secret: str
) -> None:
    with pytest.raises(Refused, match="give it"):
        await listed(rosters, sealed(secrets, far, secret))
    assert not far.asked


async def test_the_token_is_in_no_address_and_in_no_error(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    far.fault, far.fault_page = "error", 2
    with pytest.raises(CoursehubError) as error:
        await listed(rosters, sealed(secrets, far))
    assert TOKEN not in error.value.message
    assert not [asked.url for asked in far.asked if TOKEN in asked.url]
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("far", ["canvas", "oneroster-1.1", "oneroster-1.2"], indirect=True)
async def test_a_course_that_is_gone_is_missing(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide
) -> None:
    far.course = "gone"
    with pytest.raises(Missing):
        await listed(rosters, sealed(secrets, far))


async def test_a_file_is_no_service(rosters: AnyRosters) -> None:
    with pytest.raises(Invalid, match="upload it"):
        await listed(rosters, RosterAddress(kind=SourceKind.CSV, url=""))


async def test_no_service_at_all_is_unreachable(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide
) -> None:
    far.url = "http://127.0.0.1:9"  # nobody's port
    with pytest.raises(Unreachable) as error:
        await listed(rosters, sealed(secrets, far))
    assert error.value.message == f"{far.name} did not answer."


async def test_a_source_inside_the_network_is_not_asked(
    keys: ToolKeys, secrets: SourceSecrets, far: FarSide
) -> None:
    wire = Wire(timeout_s=5, allow_private=False)
    rosters = AnyRosters(wire, Tokens(wire, keys), secrets.open)
    with pytest.raises(Refused, match="private network"):
        await listed(rosters, sealed(secrets, far))
    await rosters.close()
    assert not far.asked


@pytest.mark.parametrize("far", ["lti", "canvas", "oneroster-1.1"], indirect=True)
async def test_a_token_does_not_follow_a_link_to_another_server(
    rosters: AnyRosters, secrets: SourceSecrets, far: FarSide
) -> None:
    linked = far.linked
    elsewhere = "https://elsewhere.example/more"
    far.linked = lambda body, asked, following="": linked(body, asked, following and elsewhere)  # type: ignore[method-assign]  # leads away
    with pytest.raises(Unreachable, match="another address"):
        await listed(rosters, sealed(secrets, far))


async def test_a_client_gets_a_token_once_for_many_pages(
    rosters: AnyRosters, secrets: SourceSecrets, oneroster: OneRoster
) -> None:
    await listed(rosters, sealed(secrets, oneroster))
    await listed(rosters, sealed(secrets, oneroster))
    (form,) = oneroster.tokens
    assert form["grant_type"] == "client_credentials"
    assert form["scope"].endswith("/or/v1p1/scope/roster-core.readonly")


MEMORY = RosterAddress(kind=SourceKind.CANVAS, url="memory", course="412")


async def test_a_list_in_memory_keeps_the_same_promises() -> None:
    ana, bo = Member(subject="a", roles=("Learner",)), Member(subject="b", roles=("Learner",))
    memory = MemoryRosters(rosters={("memory", "412"): [ana, bo, ana]})
    assert await listed(memory, MEMORY) == [ana, bo]
    memory.failure, memory.fails_after = Unreachable("lms-failed", "The LMS failed."), 1
    with pytest.raises(Unreachable):
        await listed(memory, MEMORY)
    memory.failure = None
    memory.refused.add("")
    with pytest.raises(Refused):
        await listed(memory, MEMORY)
    memory.refused.clear()
    memory.rosters.clear()
    with pytest.raises(Missing):
        await listed(memory, MEMORY)
