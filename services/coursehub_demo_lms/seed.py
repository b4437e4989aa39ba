"""The courses and people of a first start; the same ones every time."""

from collections.abc import Iterator
from itertools import count

from coursehub_demo_lms.standard import Role
from coursehub_demo_lms.state import Campus, Course, LineItem, Link, Member, Person

DATA_SCIENCE = "data8-autumn"
STATISTICS = "stat20-autumn"
DATA_SCIENCE_PEOPLE = 240

STAFF: tuple[tuple[str, str, Role], ...] = (
    ("Ada", "Lovelace", "Instructor"),
    ("John", "Tukey", "Instructor"),
    ("Grace", "Hopper", "Administrator"),
    ("Florence", "Nightingale", "TeachingAssistant"),
    ("George", "Box", "TeachingAssistant"),
    ("Gertrude", "Cox", "TeachingAssistant"),
    ("David", "Blackwell", "TeachingAssistant"),
    ("Elizabeth", "Scott", "TeachingAssistant"),
    ("Jerzy", "Neyman", "TeachingAssistant"),
)
# The modules and assignments of the introductory data science template.
MODULES = ("tables", "distributions", "prediction")
ASSIGNMENTS = (("ps1", "A week of rides", 10), ("ps2", "From a sample to a forecast", 12))
GIVEN = (
    "Amina", "Ben", "Chiara", "Diego", "Emeka", "Fatima", "Goro", "Hana", "Ines", "Jonas",
    "Keiko", "Liam", "Mei", "Noor", "Olga", "Pablo", "Quinn", "Rosa", "Søren", "Thandi",
    "Umar", "Violeta", "Wei", "Ximena", "Yusuf", "Zoë",
)  # fmt: skip
FAMILY = (
    "Abebe", "Baker", "Costa", "Dogan", "Eriksen", "Fischer", "García", "Haddad", "Ivanova",
    "Jung", "Kowalski", "Laine", "Mbeki", "Nguyen", "O'Neill", "Park", "Rossi", "Sato",
    "Tran", "Usman", "Vargas", "Weiß", "Yilmaz",
)  # fmt: skip


def campus() -> Campus:
    """Two courses, each at an institution and a deployment of its own."""
    courses = (_data_science(), _statistics())
    return Campus(courses={course.id: course for course in courses})


def _data_science() -> Course:
    course = Course(
        id=DATA_SCIENCE,
        label="DATA8",
        title="Introduction to Data Science",
        deployment_id="1",
        institution="University of Example",
    )
    for member in _staff_and_learners(STAFF, total=DATA_SCIENCE_PEOPLE, first_id=1001):
        course.enrol(member)
    course.add_link(Link(id="data8-home", title="Course home"))
    for week, module in enumerate(MODULES, start=1):
        title = f"Week {week}: {module.title()}"
        course.add_link(Link(id=f"data8-{module}", title=title, custom={"module": module}))
    for name, title, maximum in ASSIGNMENTS:
        link = course.add_link(Link(id=f"data8-{name}", title=title, custom={"assignment": name}))
        course.add_lineitem(
            LineItem(id="", label=title, maximum=maximum, link_id=link.id, resource_id=name)
        )
    return course


def _statistics() -> Course:
    course = Course(
        id=STATISTICS,
        label="STAT20",
        title="Probability and Statistics",
        deployment_id="2",
        institution="College of Sample",
    )
    staff: tuple[tuple[str, str, Role], ...] = (
        ("Emmy", "Noether", "Instructor"),
        ("Paul", "Erdős", "TeachingAssistant"),
    )
    for member in _staff_and_learners(staff, total=12, first_id=5001):
        course.enrol(member)
    course.add_link(Link(id="stat20-home", title="Course home"))
    return course


def _staff_and_learners(
    staff: tuple[tuple[str, str, Role], ...], *, total: int, first_id: int
) -> Iterator[Member]:
    ids = count(first_id)
    for given, family, role in staff:
        yield Member(person=_person(next(ids), given, family), role=role)
    for number in range(total - len(staff)):
        # 26 and 23 have no common divisor, so the pairs repeat only after 598 people.
        given, family = GIVEN[number % len(GIVEN)], FAMILY[number % len(FAMILY)]
        yield Member(person=_withheld(_person(next(ids), given, family)), role="Learner")


def _person(number: int, given: str, family: str) -> Person:
    local = f"{given}.{family}".lower().replace("'", "")
    ascii_only = local.encode("ascii", "ignore").decode()
    return Person(
        id=str(number),
        given_name=given,
        family_name=family,
        email=f"{ascii_only}.{number}@university.example",
    )


def _withheld(person: Person) -> Person:
    """The person as a careful LMS shows them: some without e-mail, a few without a name."""
    number = int(person.id)
    if number % 60 == 0:
        return Person(id=person.id)
    if number % 40 == 0:
        return Person(id=person.id, given_name=person.given_name, family_name=person.family_name)
    return person
