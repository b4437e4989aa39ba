"""Ann's work on ps1: handed in, with feedback and points, as her own and the staff's servers do."""

import io
import tarfile

import httpx
from sqlmodel import select

from coursehub.model.assignment import Assignment, Submission
from coursehub.model.grading import Score
from coursehub.model.institution import Person
from coursehub.store import EVERYONE
from tests.house.school import School

HERE = "courses/data-8/assignments/ps1"
FEEDBACK = "<script>parent.stolen = 1</script><h1>Well done, Ann</h1>"


def hand_in(base: str) -> None:
    tar = {"content-type": "application/x-tar"}
    with httpx.Client(base_url=f"{base}api/v1/", headers=tar, timeout=60) as http:
        sent = http.post(
            f"{HERE}/submissions", content=packed(ps1_ipynb="{}"), headers={"x-hub-name": "ann"}
        )
        assert sent.status_code == 201, sent.text
        given = http.put(
            f"{HERE}/feedback/ann",
            content=packed(ps1_html=FEEDBACK),
            headers={"x-hub-name": "teacher"},
        )
        assert given.status_code == 200, given.text


def give_points(school: School) -> None:
    with school.store.writing(EVERYONE) as session:
        ann = session.exec(select(Person).where(Person.subject == "ann")).one()
        ps1 = session.exec(select(Assignment.id).where(Assignment.name == "ps1")).one()
        session.add(
            Score(
                institution_id=ann.institution_id,
                assignment_id=ps1 or 0,
                person_id=ann.id or 0,
                submission_id=latest(school),
                points=7,
                max_points=10,
                needs_manual=True,
                comment="Late by a day",
            )
        )


def latest(school: School) -> str:
    return school.rows(Submission)[0].id


def packed(**files: str) -> bytes:
    """A tar of these notebooks or pages."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("_", "."))
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return target.getvalue()
