from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from coursehub.errors import Conflict, Full
from coursehub.vocabulary.people import Role
from tests.quotas.campus import Campus

GB = 10**9


def test_a_student_gets_the_courses_limits(campus: Campus) -> None:
    campus.course("data8", memory_bytes=2 * GB, cpu=1.5)
    campus.enrol("data8", "ada")
    admitted = campus.spawn("ada")
    assert admitted.reservation_id
    assert (admitted.course, admitted.role) == ("data8", "student")
    assert (admitted.limits.memory_bytes, admitted.limits.cpu) == (2 * GB, 1.5)


def test_a_server_learns_its_course_and_no_secret(campus: Campus) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    assert campus.spawn("ada").environment == {
        "COURSEHUB_URL": "http://127.0.0.1:10101/services/coursehub/",
        "COURSEHUB_COURSE": "data8",
        "COURSEHUB_ROLE": "student",
    }


def test_a_role_has_limits_of_its_own_and_else_the_students(campus: Campus) -> None:
    course = campus.course("data8", memory_bytes=GB, cpu=1.5)
    campus.limits(course, "ta", memory_bytes=4 * GB)
    campus.enrol("data8", "ben", role=Role.TA)
    campus.enrol("data8", "ada", role=Role.INSTRUCTOR)
    ben, ada = campus.spawn("ben").limits, campus.spawn("ada").limits
    assert (ben.memory_bytes, ben.cpu) == (4 * GB, 1.5)
    assert (ada.memory_bytes, ada.cpu) == (GB, 1.5)


def test_while_an_exam_is_on_its_limits_hold_for_students(campus: Campus) -> None:
    course = campus.course("data8", memory_bytes=GB, seats=1)
    campus.exam(course, minutes=120, memory_bytes=2 * GB, seats=3)
    campus.enrol("data8", "ada", "ben", "cho")
    campus.enrol("data8", "tim", role=Role.TA)
    assert campus.spawn("ada").limits.memory_bytes == 2 * GB
    assert campus.spawn("ben").reservation_id
    assert campus.spawn("tim").limits.memory_bytes == GB
    campus.later(minutes=121)
    with pytest.raises(Full):
        campus.spawn("cho")


def test_a_courses_environment_reaches_its_servers_and_never_replaces_the_hubs(
    campus: Campus,
) -> None:
    campus.course("data8")
    campus.environment("data8", OMP_NUM_THREADS="2", COURSEHUB_COURSE="other")
    campus.enrol("data8", "ada")
    told = campus.spawn("ada").environment
    assert (told["OMP_NUM_THREADS"], told["COURSEHUB_COURSE"]) == ("2", "data8")


def test_a_course_that_sets_nothing_has_the_services_defaults(campus: Campus) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    limits = campus.spawn("ada").limits
    assert limits.memory_bytes == campus.settings.default_memory_bytes
    assert limits.cpu == campus.settings.default_cpu


def test_a_full_course_says_what_is_full_and_when_to_come_again(campus: Campus) -> None:
    campus.course("data8", title="Data 8", seats=1)
    campus.enrol("data8", "ada", "ben")
    campus.spawn("ada")
    with pytest.raises(Full) as refusal:
        campus.spawn("ben")
    assert refusal.value.message == (
        "“Data 8” is full: 1 of 1 seats are taken. Please try again in about 2 minutes."
    )
    assert refusal.value.retry_after_s == 120


def test_the_wait_is_judged_by_how_long_people_stay(campus: Campus) -> None:
    campus.course("data8", seats=1)
    campus.enrol("data8", "ada", "ben")
    first = campus.spawn("ada")
    campus.run(first)
    campus.later(minutes=30)
    campus.close(first)
    campus.spawn("ada")
    campus.later(minutes=20)
    with pytest.raises(Full) as refusal:
        campus.spawn("ben")
    assert refusal.value.retry_after_s == 600


def test_a_seat_that_frees_is_the_next_ones(campus: Campus) -> None:
    campus.course("data8", seats=1)
    campus.enrol("data8", "ada", "ben")
    first = campus.spawn("ada")
    with pytest.raises(Full):
        campus.spawn("ben")
    campus.close(first)
    assert campus.spawn("ben").reservation_id


def test_staff_come_in_when_the_course_is_full_and_are_counted(campus: Campus) -> None:
    campus.course("data8", seats=2)
    campus.enrol("data8", "ada", "ben")
    campus.enrol("data8", "iris", role=Role.INSTRUCTOR)
    campus.enrol("data8", "theo", role=Role.TA)
    assert campus.spawn("iris").reservation_id
    assert campus.spawn("theo").reservation_id
    with pytest.raises(Full):
        campus.spawn("ada")


def test_one_courses_seats_are_not_anothers(campus: Campus) -> None:
    campus.course("data8", seats=1)
    campus.course("stat20", seats=1)
    campus.enrol("data8", "ada")
    campus.enrol("stat20", "ben")
    assert campus.spawn("ada").course == "data8"
    assert campus.spawn("ben").course == "stat20"


def test_the_latest_launch_names_the_course(campus: Campus) -> None:
    for key in ("data8", "stat20"):
        campus.course(key)
        campus.enrol(key, "ada")
    campus.launch("stat20", "ada")
    campus.launch("data8", "ada")
    assert campus.spawn("ada").course == "data8"
    campus.launch("stat20", "ada")
    assert campus.spawn("ada").course == "stat20"


def test_a_course_that_was_dropped_is_not_the_next_servers(campus: Campus) -> None:
    for key in ("data8", "stat20"):
        campus.course(key)
        campus.enrol(key, "ada")
        campus.launch(key, "ada")
    campus.drop("stat20", "ada")
    assert campus.spawn("ada").course == "data8"


def test_someone_outside_any_course_has_the_hubs_own_limits(campus: Campus) -> None:
    admitted = campus.spawn("passer-by")
    assert not admitted.reservation_id
    assert not admitted.course
    assert admitted.limits.memory_bytes is None


def test_who_is_in_two_courses_and_launched_neither_takes_no_seat(campus: Campus) -> None:
    for key in ("data8", "stat20"):
        campus.course(key)
        campus.enrol(key, "ada")
    assert not campus.spawn("ada").reservation_id


def test_a_grader_server_opens_its_courses_folder_and_takes_no_seat(campus: Campus) -> None:
    campus.course("data8", seats=0)
    admitted = campus.spawn("grader-data8")
    assert (admitted.course, admitted.role) == ("data8", "grader")
    assert not admitted.reservation_id
    assert admitted.notebook_dir == str(campus.settings.course_root("data8"))
    assert campus.settings.course_root("data8").is_dir()


def test_a_person_named_like_a_grader_is_a_person(campus: Campus) -> None:
    campus.course("data8")
    campus.enrol("data8", "grader-data8")
    admitted = campus.spawn("grader-data8")
    assert admitted.role == "student"
    assert not admitted.notebook_dir


def test_a_grader_of_no_course_is_nobody(campus: Campus) -> None:
    assert not campus.spawn("grader-nothing").role


def test_the_same_spawn_asked_twice_takes_one_seat(campus: Campus) -> None:
    campus.course("data8", seats=2)
    campus.enrol("data8", "ada", "ben")
    assert campus.spawn("ada", spawn_id="same") == campus.spawn("ada", spawn_id="same")
    assert campus.spawn("ben").reservation_id


def test_a_spawn_that_is_over_is_not_revived(campus: Campus) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    campus.close(campus.spawn("ada", spawn_id="same"))
    with pytest.raises(Conflict):
        campus.spawn("ada", spawn_id="same")


def test_nobody_takes_over_anothers_spawn(campus: Campus) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada", "ada-b")
    campus.spawn("ada", spawn_id="same")
    with pytest.raises(Conflict):
        campus.spawn("ada-b", spawn_id="same")


def test_a_new_start_frees_the_same_servers_lost_seat(campus: Campus) -> None:
    campus.course("data8", seats=1)
    campus.enrol("data8", "ada")
    lost = campus.spawn("ada")
    campus.run(lost)
    campus.later(hours=5)
    assert campus.spawn("ada").reservation_id
    seat = campus.seat(lost)
    assert seat.estimated
    assert seat.closed_at == seat.seen_at


def test_names_that_begin_alike_are_different_people(campus: Campus) -> None:
    campus.course("data8", seats=3)
    campus.enrol("data8", "ada", "ada-b", "ad")
    seats = [campus.spawn(name) for name in ("ada", "ada-b", "ad")]
    assert all(campus.seat(seat).closed_at is None for seat in seats)


def test_fifty_at_once_and_one_seat_exactly_one_gets_it(campus: Campus) -> None:
    campus.course("data8", seats=3)
    names = [f"student-{n}" for n in range(52)]
    campus.enrol("data8", *names)
    for name in names[50:]:
        campus.spawn(name)
    barrier = Barrier(50)

    def rush(name: str) -> bool:
        barrier.wait()
        try:
            return bool(campus.spawn(name).reservation_id)
        except Full:
            return False

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(rush, names[:50])) == 1
