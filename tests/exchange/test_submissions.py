"""Releases, submissions and feedback, by raw HTTP, on both databases."""

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
from joserfc.jwk import OKPKey
from sqlmodel import select

from coursehub.grading.actions import receipts
from coursehub.model.grading import GradingJob, JobState
from coursehub.store import EVERYONE
from tests.exchange.actors import files_in, problem_set, tar_of
from tests.exchange.campus import set_deadline
from tests.exchange.conftest import School

WORK = {"ps1.ipynb": b'{"cells": []}', "figures/plot é.png": b"png"}


def test_students_fetch_what_the_teacher_released(school: School) -> None:
    teacher, student = school.caller("grace"), school.caller("ada")
    assert student.ask("GET", "courses/ds1/assignments").json()["items"] == []
    files = {"ps1.ipynb": problem_set(), "data/rides.csv": b"a,b\n" * 1000}
    assert teacher.release("ps1", files).status_code == 200
    (listed,) = student.ask("GET", "courses/ds1/assignments").json()["items"]
    assert (listed["name"], listed["notebooks"], listed["points"]) == ("ps1", ["ps1"], 2.0)
    fetched = student.ask("GET", "courses/ds1/assignments/ps1/release")
    assert files_in(fetched.content) == files


def test_a_release_is_not_overwritten_by_accident(ps1: School) -> None:
    teacher = ps1.caller("grace")
    refused = teacher.release("ps1", {"new.ipynb": b"{}"}, headers={"If-None-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "already-released")
    assert teacher.release("ps1", {"new.ipynb": b"{}"}).status_code == 200
    fetched = ps1.caller("ada").ask("GET", "courses/ds1/assignments/ps1/release")
    assert files_in(fetched.content) == {"new.ipynb": b"{}"}


def test_an_assignment_taken_back_is_out_of_reach_but_its_submissions_stay(ps1: School) -> None:
    teacher, student = ps1.caller("grace"), ps1.caller("ada")
    student.submit(tar_of(WORK))
    assert teacher.ask("DELETE", "courses/ds1/assignments/ps1/release").status_code == 204
    assert student.ask("GET", "courses/ds1/assignments/ps1/release").status_code == 403
    assert student.submit(tar_of(WORK)).json()["code"] == "not-released"
    assert len(student.submissions()) == 1


def test_the_receipt_names_every_byte_and_proves_itself(ps1: School) -> None:
    answer = ps1.caller("ada").submit(tar_of(WORK))
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert {file["path"] for file in receipt["files"]} == set(WORK)
    assert (receipt["student"], receipt["course"], receipt["late_s"]) == ("ada", "ds1", 0)
    (public,) = httpx.get(f"{ps1.base}api/v1/receipt-keys", timeout=60).json()["keys"]
    assert "d" not in public
    key = OKPKey.import_key(public)
    assert receipts.verify(receipt, key)
    earlier = datetime.fromisoformat(receipt["received_at"]) - timedelta(days=1)
    assert not receipts.verify({**receipt, "received_at": earlier.isoformat()}, key)
    assert not receipts.verify({**receipt, "files": []}, key)
    assert not receipts.verify({**receipt, "signature": "a..b"}, key)


def test_the_signing_key_is_readable_by_the_service_alone(ps1: School) -> None:
    ps1.caller("ada").submit(tar_of(WORK))
    path = ps1.data_dir / "keys" / "receipt.jwk"
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["d"]


def test_a_retry_finds_the_first_receipt(ps1: School) -> None:
    student = ps1.caller("ada")
    first = student.submit(tar_of(WORK), key="k1")
    again = student.submit(tar_of(WORK), key="k1")
    assert again.json() == first.json()
    assert len(student.submissions()) == 1


def test_a_key_used_for_other_files_is_a_conflict(ps1: School) -> None:
    student = ps1.caller("ada")
    student.submit(tar_of(WORK), key="k1")
    other = student.submit(tar_of({"ps1.ipynb": b"other"}), key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "other-content")
    # The same key of another student is another key.
    assert ps1.caller("ben").submit(tar_of(WORK), key="k1").status_code == 201


def test_sixteen_retries_at_the_same_moment_make_one_submission(ps1: School) -> None:
    student = ps1.caller("ada")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: student.submit(tar_of(WORK), key="k1"), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(student.submissions()) == 1


def test_a_resubmission_is_a_new_version_and_the_old_one_stays(ps1: School) -> None:
    student = ps1.caller("ada")
    student.submit(tar_of({"ps1.ipynb": b"first"}))
    student.submit(tar_of({"ps1.ipynb": b"second"}))
    contents = [
        files_in(student.ask("GET", f"courses/ds1/submissions/{each['id']}/files").content)
        for each in student.submissions()
    ]
    assert contents == [{"ps1.ipynb": b"first"}, {"ps1.ipynb": b"second"}]


def test_late_work_is_received_and_marked_by_the_servers_clock(ps1: School) -> None:
    set_deadline(ps1.store, "ps1", datetime.now(UTC) + timedelta(hours=1))
    student = ps1.caller("ada")
    assert student.submit(tar_of(WORK)).json()["late_s"] == 0
    (ps1.data_dir / "hours-later").write_text("3")
    late_s = student.submit(tar_of(WORK)).json()["late_s"]
    assert 7200 <= late_s + 60 < 9000


def test_the_same_bytes_are_kept_once(ps1: School) -> None:
    common = bytes(1_000_000)
    for name in ("ada", "ben"):
        tar = tar_of({"ps1.ipynb": name.encode(), "common.csv": common})
        assert ps1.caller(name).submit(tar).status_code == 201
    sizes = [path.stat().st_size for path in (ps1.data_dir / "blobs").rglob("*") if path.is_file()]
    assert sizes.count(1_000_000) == 1
    assert not list((ps1.data_dir / "incoming").iterdir())


def test_students_see_their_own_work_alone(ps1: School) -> None:
    ada, ben, teacher = ps1.caller("ada"), ps1.caller("ben"), ps1.caller("tim")
    submitted = ada.submit(tar_of(WORK)).json()["id"]
    assert ben.submissions() == []
    assert ben.ask("GET", f"courses/ds1/submissions/{submitted}/files").status_code == 404
    assert ben.ask("GET", "courses/ds1/submissions", params={"all": "1"}).status_code == 403
    assert ben.ask("GET", "courses/ds1/submissions", params={"student": "ada"}).status_code == 403
    assert [each["student"] for each in teacher.submissions(all="1")] == ["ada"]
    assert ps1.caller("grader-ds1").submissions(student="ada")[0]["id"] == submitted


def test_another_schools_student_finds_no_such_course(ps1: School) -> None:
    stranger = ps1.caller("eve")
    assert stranger.ask("GET", "courses/ds1/assignments").status_code == 404
    assert stranger.submit(tar_of(WORK)).status_code == 404
    nobody = httpx.get(f"{ps1.base}api/v1/courses/ds1/assignments", timeout=60)
    assert nobody.status_code == 401


def test_only_students_hand_in_and_only_staff_release(ps1: School) -> None:
    for name in ("grace", "tim", "olga", "grader-ds1"):
        assert ps1.caller(name).submit(tar_of(WORK)).json()["code"] == "students-only"
    refused = ps1.caller("ada").release("ps1", {"ps1.ipynb": b"mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "staff-only")
    assert ps1.caller("ada").ask("DELETE", "courses/ds1/assignments/ps1/release").status_code == 403
    mine = ps1.caller("ada").ask(
        "PUT", "courses/ds1/assignments/ps1/feedback/ada", content=tar_of({"ps1.html": b"100%"})
    )
    assert mine.status_code == 403


def test_an_auditor_fetches_and_hands_nothing_in(ps1: School) -> None:
    auditor = ps1.caller("aude")
    assert auditor.ask("GET", "courses/ds1/assignments").json()["items"]
    refused = auditor.submit(tar_of(WORK))
    assert refused.json()["code"] == "auditors-keep-theirs"
    assert "ask your instructor" in refused.json()["detail"]


def test_an_unknown_assignment_takes_no_submission(ps1: School) -> None:
    answer = ps1.caller("ada").submit(tar_of(WORK), assignment="ps9")
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-assignment")


def test_feedback_lands_on_the_version_it_was_made_for(ps1: School) -> None:
    student, teacher = ps1.caller("ada"), ps1.caller("grace")
    first = student.submit(tar_of({"ps1.ipynb": b"first"})).json()
    second = student.submit(tar_of({"ps1.ipynb": b"second"})).json()
    put = "courses/ds1/assignments/ps1/feedback/ada"
    page = tar_of({"ps1.html": b"<p>well done"})
    params = {"received_at": first["received_at"]}
    assert teacher.ask("PUT", put, content=page, params=params).json()["submission"] == first["id"]
    assert [each["has_feedback"] for each in student.submissions()] == [True, False]
    assert teacher.ask("PUT", put, content=page).json()["submission"] == second["id"]
    fetched = student.ask("GET", f"courses/ds1/submissions/{second['id']}/feedback")
    assert files_in(fetched.content) == {"ps1.html": b"<p>well done"}
    other = ps1.caller("ben").ask("GET", f"courses/ds1/submissions/{second['id']}/feedback")
    assert other.status_code == 404
    assert teacher.ask("PUT", put, content=tar_of({"a.exe": b""})).json()["code"] == "not-html"


def test_a_submission_waits_for_grading_at_once_where_the_setting_says_so(ps1: School) -> None:
    student = ps1.caller("ada")
    student.submit(tar_of(WORK))
    house = ps1.app.state.house
    at_once = house.settings.model_copy(update={"autograde_on_submit": True})
    ps1.app.state.house = dataclasses.replace(house, settings=at_once)
    second = student.submit(tar_of(WORK)).json()
    with ps1.store.reading(EVERYONE) as session:
        (job,) = session.exec(select(GradingJob)).all()
    assert (job.submission_id, job.state) == (second["id"], JobState.WAITING)


def test_a_long_list_comes_in_pages(ps1: School) -> None:
    student = ps1.caller("ada")
    sent = [student.submit(tar_of({"ps1.ipynb": str(n).encode()})).json()["id"] for n in range(5)]
    found, after = [], ""
    while after is not None:
        params = {"limit": "2", "after": after}
        page = student.ask("GET", "courses/ds1/submissions", params=params).json()
        found += [each["id"] for each in page["items"]]
        after = page["next"]
    assert found == sent
    wrong = student.ask("GET", "courses/ds1/submissions", params={"after": "x" * 40})
    assert wrong.status_code == 422
