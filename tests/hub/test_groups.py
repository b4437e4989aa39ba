"""The Hub's groups, once a class has come."""

import pytest

from demo.classroom import INSTRUCTOR
from demo.steps import opening
from demo.steps.limits import LATECOMER
from demo.steps.materials import STUDENTS
from tests.hub.conftest import Played

pytestmark = [pytest.mark.hub, pytest.mark.timeout(900)]


def test_the_hubs_groups_hold_who_has_come_each_in_their_role(played: Played) -> None:
    room = played.room
    held = opening.groups_agree(room)
    came = {room.browser(person).name() for person in (*STUDENTS, LATECOMER)}
    assert came <= held[opening.STUDENTS]
    assert room.browser(INSTRUCTOR).name() in held[opening.STAFF]
    assert not held[opening.STAFF] & held[opening.STUDENTS]
