"""Where LTI 1.1's launches say that a score goes, and what they set going."""

import asyncio
from datetime import timedelta

from coursehub.adapters.memory_lms import MemoryLms
from coursehub.grading.actions.scores import deliver_once
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.model.grading import OutcomeAddress, ScoreDelivery
from coursehub.model.institution import Person
from coursehub.store import EVERYONE
from tests.launch.lti11 import OldLms, moodle

__all__ = ["moodle"]


def assign(moodle: OldLms) -> Assignment:
    """The course's first assignment, ps1."""
    (course,) = moodle.school.rows(Course)
    with moodle.school.store.writing(EVERYONE) as session:
        made = Assignment(
            institution_id=course.institution_id, course_id=course.id or 0, name="ps1", title=""
        )
        session.add(made)
    return made


def test_the_address_of_a_score_is_kept_for_the_assignment_that_the_link_opens(
    moodle: OldLms,
) -> None:
    moodle.come(custom_assignment="ps1")
    assert not moodle.school.rows(OutcomeAddress), "there is no such assignment yet"
    assign(moodle)
    moodle.come(custom_assignment="ps1")
    moodle.come(custom_assignment="ps1", lis_result_sourcedid="newer")
    moodle.come(custom_assignment="ps1", lis_outcome_service_url="http://lms.example/plain")
    moodle.come(lis_result_sourcedid="of another link")
    (address,) = moodle.school.rows(OutcomeAddress)
    assert address.sourcedid == "newer"
    assert address.service_url == "https://moodle.lakeside.example/mod/lti/service.php"


def test_a_score_that_waited_for_its_address_is_due_at_once(moodle: OldLms) -> None:
    moodle.come()
    assignment = assign(moodle)
    (person,) = moodle.school.rows(Person)
    with moodle.school.store.writing(EVERYONE) as session:
        session.add(
            ScoreDelivery(
                institution_id=person.institution_id,
                assignment_id=assignment.id or 0,
                person_id=person.id or 0,
                points=1.0,
                max_points=2.0,
                scored_at=moodle.school.time,
                next_at=moodle.school.time + timedelta(hours=1),
            )
        )
    moodle.come(custom_assignment="ps1")
    lms = MemoryLms()
    assert asyncio.run(deliver_once(moodle.school.store, lms, moodle.school)) == 1
    assert set(lms.shares.values()) == {0.5}
