"""The people and courses of these tests, and a clock that they move."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlmodel import Session, col, select

from coursehub.model.course import Course, Enrolment, LaunchRecord
from coursehub.model.institution import Institution, Person, Platform
from coursehub.model.ledger import LedgerEntry
from coursehub.model.quota import Exam, Quota, Reservation
from coursehub.model.spending import Spending, ledger_sum, spent
from coursehub.quotas.actions import admission, reservations
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.limits import Admission, SpawnRequest
from coursehub.vocabulary.people import HubName, Role

MORNING = datetime(2027, 3, 1, 9, tzinfo=UTC)


@dataclass
class Campus:
    store: Store
    settings: Settings
    time: datetime = MORNING
    _spawns: "count[int]" = field(default_factory=count)
    _schools: dict[str, tuple[int, int]] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.time

    def later(self, **duration: float) -> None:
        self.time += timedelta(**duration)

    def course(
        self,
        key: str,
        *,
        title: str = "",
        seats: int | None = None,
        memory_bytes: int | None = None,
        cpu: float | None = None,
        school: str = "north",
    ) -> int:
        with self.store.writing(EVERYONE) as session:
            institution_id, _ = self._school(session, school)
            course = Course(institution_id=institution_id, key=key, title=title or key)
            session.add(course)
            session.flush()
            course_id = course.id or 0
            session.add(
                Quota(
                    institution_id=institution_id,
                    course_id=course_id,
                    seats=seats,
                    memory_bytes=memory_bytes,
                    cpu=cpu,
                )
            )
        return course_id

    def limits(self, course_id: int, role: str, **values: int) -> None:
        with self.store.writing(EVERYONE) as session:
            course = session.get_one(Course, course_id)
            owner = course.institution_id
            session.add(Quota(institution_id=owner, course_id=course_id, role=role, **values))

    def exam(self, course_id: int, *, minutes: int, **values: Any) -> None:
        with self.store.writing(EVERYONE) as session:
            course = session.get_one(Course, course_id)
            session.add(
                Exam(
                    institution_id=course.institution_id,
                    course_id=course_id,
                    name="midterm",
                    title="Midterm",
                    starts_at=self.time,
                    ends_at=self.time + timedelta(minutes=minutes),
                    **values,
                )
            )

    def environment(self, key: str, **variables: str) -> None:
        with self.store.writing(EVERYONE) as session:
            course = session.exec(select(Course).where(Course.key == key)).one()
            course.environment = variables
            session.add(course)

    def enrol(self, course: str, *names: str, role: Role = Role.STUDENT) -> None:
        with self.store.writing(EVERYONE) as session:
            row = session.exec(select(Course).where(Course.key == course)).one()
            for name in names:
                person = self._person(session, name, row.institution_id)
                session.add(
                    Enrolment(
                        institution_id=row.institution_id,
                        course_id=row.id or 0,
                        person_id=person.id or 0,
                        role=role,
                    )
                )

    def drop(self, course: str, name: str) -> None:
        with self.store.writing(EVERYONE) as session:
            enrolment = session.exec(
                select(Enrolment)
                .join(Person, col(Person.id) == Enrolment.person_id)
                .join(Course, col(Course.id) == Enrolment.course_id)
                .where(Course.key == course, Person.hub_name == name)
            ).one()
            enrolment.dropped_at = self.time

    def launch(self, course: str, name: str) -> None:
        self.later(seconds=1)
        with self.store.writing(EVERYONE) as session:
            row = session.exec(select(Course).where(Course.key == course)).one()
            person = session.exec(select(Person).where(Person.hub_name == name)).one()
            session.add(
                LaunchRecord(
                    institution_id=row.institution_id,
                    person_id=person.id or 0,
                    course_id=row.id,
                    at=self.time,
                )
            )

    def spawn(self, name: str, *, spawn_id: str = "", server: str = "") -> Admission:
        request = SpawnRequest(
            spawn_id=spawn_id or f"spawn-{next(self._spawns)}",
            hub_name=HubName(name),
            server_name=server,
        )
        return admission.admit(self.store, self.settings, request, at=self.time)

    def run(
        self, admitted: Admission, *, memory_bytes: int | None = None, cpu: float | None = None
    ) -> None:
        reservations.run(
            self.store,
            self.settings,
            admitted.reservation_id,
            memory_bytes=memory_bytes,
            cpu=cpu,
            at=self.time,
        )

    def close(self, admitted: Admission) -> None:
        reservations.close(self.store, admitted.reservation_id, at=self.time)

    def seat(self, admitted: Admission) -> Reservation:
        with self.store.reading(EVERYONE) as session:
            wanted = select(Reservation).where(Reservation.id == admitted.reservation_id)
            return session.exec(wanted).one()

    def entries(self) -> list[LedgerEntry]:
        with self.store.reading(EVERYONE) as session:
            return list(session.exec(select(LedgerEntry)))

    def spending(self, course_id: int) -> Spending:
        with self.store.reading(EVERYONE) as session:
            return spent(session, course_id, at=self.time)

    def ledger_sum(self) -> int:
        with self.store.reading(EVERYONE) as session:
            return ledger_sum(session)

    def _school(self, session: Session, slug: str) -> tuple[int, int]:
        if slug not in self._schools:
            institution = Institution(slug=slug, name=slug)
            session.add(institution)
            session.flush()
            platform = Platform(
                institution_id=institution.id or 0,
                issuer=f"https://{slug}.example",
                client_id="coursehub",
                auth_login_url="https://lms.example/auth",
                token_url="https://lms.example/token",
                key_set_url="https://lms.example/jwks",
            )
            session.add(platform)
            session.flush()
            self._schools[slug] = (institution.id or 0, platform.id or 0)
        return self._schools[slug]

    def _person(self, session: Session, name: str, institution_id: int) -> Person:
        person = session.exec(select(Person).where(Person.hub_name == name)).one_or_none()
        if person is None:
            platform_id = dict(self._schools.values())[institution_id]
            person = Person(
                institution_id=institution_id,
                platform_id=platform_id,
                issuer=f"https://lms-{institution_id}.example.org",
                subject=name,
                name=name.title(),
                hub_name=name,
            )
            session.add(person)
            session.flush()
        return person
