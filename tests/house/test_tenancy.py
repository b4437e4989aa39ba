"""What one institution's session sees and writes, for every table that an institution owns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import (
    delete,
    insert,
    text,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, func, select

from coursehub.errors import Refused
from coursehub.model.columns import now
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Institution, Person, TenantOwned
from coursehub.store import EVERYONE, Store, insert_all
from coursehub.vocabulary.courses import DroppedServers
from tests.house.filling import TABLES, fill, table_of

each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)


@dataclass
class TwoSchools:
    """Two institutions with one row in every table; `rows` is by institution and table."""

    store: Store
    north: int
    south: int
    rows: dict[tuple[int, str], Any]

    def key(self, institution: int, table: type[TenantOwned]) -> Any:
        return self.rows[institution, table_of(table).name].id

    def count(self, table: type[TenantOwned]) -> int:
        with self.store.reading(EVERYONE) as session:
            return session.exec(select(func.count()).select_from(table)).one()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database for the tests that change nothing; what is asked is SQLAlchemy's doing."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('tenancy') / 'all.sqlite'}")
    SQLModel.metadata.create_all(store.engine)
    yield store
    store.close()


def founded(store: Store) -> TwoSchools:
    with store.writing(EVERYONE) as session:
        north, of_north = fill(session)
        south, of_south = fill(session)
    rows = {(north, name): row for name, row in of_north.items()}
    rows |= {(south, name): row for name, row in of_south.items()}
    return TwoSchools(store, north, south, rows)


@pytest.fixture(scope="module")
def schools(shared: Store) -> TwoSchools:
    return founded(shared)


def owners(rows: Any) -> set[int]:
    return {row.institution_id for row in rows}


@each_table
def test_a_session_sees_its_own_rows_however_it_asks(
    schools: TwoSchools, table: type[TenantOwned]
) -> None:
    other = aliased(table)
    with schools.store.reading(schools.north) as session:
        assert owners(session.exec(select(table))) == {schools.north}
        assert owners(session.exec(select(other))) == {schools.north}
        assert session.exec(select(func.count()).select_from(table)).one() == 1
        assert session.exec(select(func.count(col(table.institution_id)))).one() == 1
        inner = select(table).subquery()
        assert session.exec(select(func.count()).select_from(inner)).one() == 1
        assert session.exec(select(col(table.institution_id))).all() == [schools.north]
        scalar = select(func.count()).select_from(table).scalar_subquery()
        assert session.exec(select(scalar)).one() == 1


@each_table
def test_a_session_gets_no_other_schools_row_by_its_key(
    schools: TwoSchools, table: type[TenantOwned]
) -> None:
    with schools.store.reading(schools.north) as session:
        assert session.get(table, schools.key(schools.north, table)) is not None
        assert session.get(table, schools.key(schools.south, table)) is None


@each_table
def test_everyone_sees_all(schools: TwoSchools, table: type[TenantOwned]) -> None:
    with schools.store.reading(EVERYONE) as session:
        assert owners(session.exec(select(table))) == {schools.north, schools.south}


@each_table
def test_bulk_statements_reach_no_other_school(
    schools: TwoSchools, table: type[TenantOwned]
) -> None:
    theirs = schools.key(schools.south, table)
    identifier = table_of(table).columns["id"]
    with schools.store.writing(schools.north) as session:
        changed = session.exec(update(table).where(identifier == theirs).values(id=identifier))
        gone = session.exec(delete(table).where(identifier == theirs))
        assert (changed.rowcount, gone.rowcount) == (0, 0)
    assert schools.count(table) == 2


def test_a_join_shows_nothing_of_another_school(schools: TwoSchools) -> None:
    with schools.store.reading(schools.north) as session:
        rows = session.exec(select(Person, Course).join(Course, col(Course.id) > 0)).all()
        assert {(p.institution_id, c.institution_id) for p, c in rows} == {
            (schools.north, schools.north)
        }
        outer = session.exec(
            select(Enrolment, Course).join(Course, col(Course.id) > 0, isouter=True)
        ).all()
        assert {course.institution_id for _, course in outer} == {schools.north}
        used = select(Enrolment.course_id)
        inside = session.exec(select(Course).where(col(Course.id).in_(used))).all()
        assert owners(inside) == {schools.north}
        theirs = schools.key(schools.south, Course)
        found = select(Course.id).where(Course.id == theirs).exists()
        assert session.exec(select(Person).where(found)).all() == []


def move_by_attribute(session: Session, schools: TwoSchools) -> None:
    session.exec(select(Course)).one().institution_id = schools.south


def move_by_statement(session: Session, schools: TwoSchools) -> None:
    session.exec(update(Course).values(institution_id=schools.south))


def add_for_another(session: Session, schools: TwoSchools) -> None:
    session.add(Course(institution_id=schools.south, key="x", title="X"))


def insert_for_another(session: Session, schools: TwoSchools) -> None:
    row = {"institution_id": schools.south, "key": "x", "title": "X", "time_zone": "UTC"}
    session.execute(insert(Course).values(**row, created_at=now()))


def take_over(session: Session, schools: TwoSchools) -> None:
    with schools.store.reading(EVERYONE) as other:
        theirs = other.get(Course, schools.key(schools.south, Course))
    assert theirs is not None
    theirs.institution_id = schools.north
    session.add(theirs)


def change_theirs(session: Session, schools: TwoSchools) -> None:
    with schools.store.reading(EVERYONE) as other:
        theirs = other.get(Course, schools.key(schools.south, Course))
    assert theirs is not None
    theirs.title = "Mine"
    session.add(theirs)


def delete_theirs(session: Session, schools: TwoSchools) -> None:
    with schools.store.reading(EVERYONE) as other:
        theirs = other.get(Course, schools.key(schools.south, Course))
    session.delete(theirs)


def change_by_key(session: Session, schools: TwoSchools) -> None:
    session.execute(update(Course), [{"id": schools.key(schools.south, Course), "title": "Mine"}])


def go_around(session: Session, _schools: TwoSchools) -> None:
    session.execute(text("UPDATE course SET title = 'Mine'"))


def go_around_by_table(session: Session, _schools: TwoSchools) -> None:
    session.execute(update(table_of(Course)).values(title="Mine"))


def look_around_by_table(session: Session, _schools: TwoSchools) -> None:
    session.execute(table_of(Course).select())


def insert_many_for_another(session: Session, schools: TwoSchools) -> None:
    ours, theirs = ({"institution_id": s, "key": f"k{s}", "title": "x"} for s in
                    (schools.north, schools.south))  # fmt: skip
    insert_all(session, Course, [ours, theirs])


@pytest.mark.parametrize(
    "trespass",
    [
        move_by_attribute, move_by_statement, add_for_another, insert_for_another,
        insert_many_for_another, take_over,
        change_theirs, delete_theirs, change_by_key, go_around,
        go_around_by_table, look_around_by_table,
    ],
)  # fmt: skip
def test_whoever_reaches_into_another_school_is_refused(
    schools: TwoSchools, trespass: Callable[[Session, TwoSchools], None]
) -> None:
    with (
        pytest.raises(Refused) as refused,
        schools.store.writing(schools.north) as session,
    ):
        trespass(session, schools)
    assert refused.value.code == "other-institution"
    with schools.store.reading(EVERYONE) as session:
        courses = session.exec(select(Course)).all()
    assert {(c.institution_id, c.title) for c in courses} == {
        (school, schools.rows[school, "course"].title) for school in (schools.north, schools.south)
    }


def test_ever_so_many_rows_are_added_with_what_the_model_has_by_default(store: Store) -> None:
    school = founded(store).north
    with store.writing(school) as session:
        insert_all(
            session,
            Course,
            ({"institution_id": school, "key": f"many-{n}", "title": "x"} for n in range(2500)),
        )
    with store.reading(school) as session:
        many = [c for c in session.exec(select(Course)) if c.key.startswith("many-")]
    assert len(many) == 2500
    assert {(c.time_zone, c.dropped_servers) for c in many} == {("UTC", DroppedServers.STOP)}
    assert all(c.created_at.tzinfo for c in many)


def test_both_databases_part_schools_alike(store: Store) -> None:
    """The whole of the above once more in short, PostgreSQL included."""
    schools = founded(store)
    for table in TABLES:
        with store.reading(schools.south) as session:
            assert owners(session.exec(select(table))) == {schools.south}
            assert session.get(table, schools.key(schools.north, table)) is None
    with store.writing(schools.south) as session:
        session.exec(update(Course).values(title="Ours"))
    with store.reading(EVERYONE) as session:
        titles = {c.institution_id: c.title for c in session.exec(select(Course))}
    assert titles[schools.south] == "Ours" != titles[schools.north]


def test_a_moment_comes_back_as_it_was(store: Store) -> None:
    at = datetime.fromisoformat("2027-03-14T03:30:00-04:00")
    with store.writing(EVERYONE) as session:
        school = Institution(slug="s", name="S")
        session.add(school)
        session.flush()
        session.add(Course(institution_id=school.id or 0, key="k", title="T", created_at=at))
    with store.reading(EVERYONE) as session:
        kept = session.exec(select(Course)).one().created_at
    assert kept == at
    assert kept.utcoffset() is not None
