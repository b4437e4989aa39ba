"""The bounds of one reading, and the words of lists."""

import pytest

from coursehub.adapters.rosters import words
from coursehub.adapters.rosters.entries import together
from coursehub.adapters.rosters.reading import Reading
from coursehub.errors import Unreachable
from coursehub.ports import Member
from coursehub.vocabulary.people import Role, role_of


def test_a_list_of_new_pages_without_end_is_given_up() -> None:
    reading = Reading()
    for number in range(2_000):
        reading.turn(str(number))
    with pytest.raises(Unreachable, match="again and again"):
        reading.turn("2000")


def test_a_list_that_takes_all_day_is_given_up() -> None:
    reading = Reading(most_s=-1)
    with pytest.raises(Unreachable, match="too long"):
        reading.turn("1")


def test_a_list_of_more_people_than_a_hub_takes_is_given_up() -> None:
    crowd = (Member(subject=str(number), roles=()) for number in range(100_001))
    with pytest.raises(Unreachable, match="more than 100,000 people"):
        together(crowd)
    with pytest.raises(Unreachable, match="more than 100,000 people"):
        Reading().new(str(number) for number in range(500_001))


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Student", Role.STUDENT),
        ("StudentEnrollment", Role.STUDENT),
        ("Étudiante", Role.STUDENT),
        ("Teilnehmer/in", Role.STUDENT),
        ("Non-editing teacher", Role.TA),
        ("Enseignant non-éditeur", Role.TA),
        ("Profesor sin permiso de edición", Role.TA),
        ("Trainer/in ohne Bearbeitungsrecht", Role.TA),
        ("Teaching Assistant", Role.TA),
        ("Student, Non-editing teacher", Role.TA),
        ("Teacher", Role.INSTRUCTOR),
        ("Professora", Role.INSTRUCTOR),
        ("Profesor", Role.INSTRUCTOR),
        ("observer", Role.OBSERVER),
        ("", None),
    ],
)
def test_a_role_is_known_by_its_words(text: str, role: Role | None) -> None:
    roles = words.roles_of(text)
    assert roles is not None
    assert role_of(roles) is role


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("**Web Registered**", "Active"),
        ("**Registered** on Jan 11, 2027", "Active"),
        ("Re-Enrolled", "Active"),
        ("", "Active"),
        ("Actif", "Active"),
        ("Withdrawn-W", "Deleted"),
        ("Drop (Web)", "Deleted"),
        ("Not Registered", "Deleted"),
        ("Désinscrit", "Deleted"),
        ("Baja", "Deleted"),
        ("Wait Listed", "Inactive"),
        ("inactive", "Inactive"),
        ("Not current", "Inactive"),
        ("Gesperrt", "Inactive"),
        ("Enchanted", None),
    ],
)
def test_a_status_is_known_by_its_words(text: str, status: str | None) -> None:
    assert words.status_of(text) == status
