"""Canvas's enrolments: who each of them is, and how its bucket of requests is respected."""

import time

import pytest
from starlette.responses import JSONResponse, Response

from coursehub.adapters.rosters import AnyRosters, Patience, SourceSecrets
from coursehub.errors import Invalid, Refused
from coursehub.ports import Member
from coursehub.vocabulary.people import Role, role_of
from tests.rosters.conftest import sealed
from tests.rosters.far_side import Asked, shape
from tests.rosters.vendors import Canvas

pytestmark = pytest.mark.anyio


async def people(rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas) -> dict[str, Member]:
    return {one.subject: one async for one in rosters.members(sealed(secrets, canvas))}


async def test_canvas_tells_who_someone_is_elsewhere(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas
) -> None:
    listed = await people(rosters, secrets, canvas)
    assert listed["71"] == Member(
        subject="71",
        roles=("Instructor",),
        name="Odile Marchand",
        email="omarchand@school.example",
        sections=("Monday lab",),
        login="omarchand",
        sis_id="E-100",
    )


async def test_every_kind_of_enrolment_in_canvas_has_its_role(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas
) -> None:
    listed = await people(rosters, secrets, canvas)
    roles = {key: role_of(listed[key].roles) for key in ("71", "72", "73", "74", "75", "80")}
    assert roles == {
        "71": Role.INSTRUCTOR,
        "72": Role.TA,
        "73": Role.TA,
        "74": Role.INSTRUCTOR,
        "75": Role.OBSERVER,
        "80": Role.STUDENT,
    }


async def test_a_ta_of_one_section_is_told_from_a_ta_of_the_course(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas
) -> None:
    listed = await people(rosters, secrets, canvas)
    assert listed["72"].roles[0].endswith("#TeachingAssistantSection")
    assert listed["72"].sections == ("Monday lab",)
    assert listed["73"].roles == ("TeachingAssistant",)


async def test_the_test_student_of_canvas_is_nobody(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas
) -> None:
    assert "76" not in await people(rosters, secrets, canvas)


async def test_who_is_in_two_sections_is_one_person_in_both(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas
) -> None:
    listed = await people(rosters, secrets, canvas)
    assert listed["80"].sections == ("Monday lab", "Thursday lab")


async def test_who_left_one_section_for_another_is_in_the_course(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas
) -> None:
    moved = (await people(rosters, secrets, canvas))["87"]
    assert (moved.status, moved.sections) == ("Active", ("Thursday lab",))


async def test_each_state_of_an_enrolment_in_canvas_has_its_status(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas
) -> None:
    listed = await people(rosters, secrets, canvas)
    assert {key: listed[key].status for key in ("81", "82", "83", "84", "85", "86")} == {
        "81": "Active",
        "82": "Active",
        "83": "Inactive",
        "84": "Inactive",
        "85": "Deleted",
        "86": "Deleted",
    }


async def test_canvas_is_asked_for_every_state_and_for_ids_that_lose_no_digit(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas
) -> None:
    await people(rosters, secrets, canvas)
    first = next(one for one in canvas.asked if one.path.endswith("/enrollments"))
    assert first.headers["accept"] == "application/json+canvas-string-ids"
    assert ("state[]", "deleted") in first.query
    assert ("per_page", "100") in first.query
    assert ("type[]", "StudentViewEnrollment") not in first.query


async def test_a_token_without_the_right_is_told_from_one_that_canvas_does_not_know(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas
) -> None:
    def other(asked: Asked) -> Response:
        assert asked.path.endswith("/sections")
        return JSONResponse(shape("canvas_unauthorized"), 401)

    canvas.other = other  # type: ignore[method-assign]  # no right to the sections
    with pytest.raises(Refused, match="as a teacher of the course") as refused:
        await people(rosters, secrets, canvas)
    assert refused.value.code == "roster-rights"


async def test_a_bucket_that_runs_low_slows_the_reading_down(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas
) -> None:
    canvas.remaining = "599.4"
    start = time.monotonic()
    await people(rosters, secrets, canvas)
    full = time.monotonic() - start
    rosters._canvas._patience = Patience(first_s=0.4)
    canvas.remaining = "0.5"
    start = time.monotonic()
    await people(rosters, secrets, canvas)
    assert time.monotonic() - start > full + 0.5, "five pages, each followed by a pause"


async def test_a_list_of_canvas_is_read_by_its_sis_id_as_well(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas
) -> None:
    canvas.course = "sis_course_id:DATA8/27S"
    heard: list[str] = []

    def other(asked: Asked) -> Response:
        heard.append(asked.url)
        return JSONResponse([])

    canvas.other = other  # type: ignore[method-assign]  # any course
    await people(rosters, secrets, canvas)
    assert "/courses/sis_course_id:DATA8%2F27S/sections" in heard[0]


@pytest.mark.parametrize("query", ["?access_token=abc", "?"])
async def test_an_address_with_a_token_in_it_is_not_asked(
    rosters: AnyRosters, secrets: SourceSecrets, canvas: Canvas, query: str
) -> None:
    canvas.url += query
    with pytest.raises(Invalid, match="question mark"):
        await people(rosters, secrets, canvas)
    assert not canvas.asked
