"""The LMS courses that feed a course: where each one's roster is read, and as which section."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from sqlmodel import Session, col, select

from coursehub.errors import Missing
from coursehub.model.course import Course, CourseContext
from coursehub.model.institution import InstitutionId, Platform, PlatformState
from coursehub.ports import PlatformAccess
from coursehub.roster.actions import seating, sources
from coursehub.roster.actions.sources import Sources
from coursehub.roster.rules import Silent
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.roster import section_name

Pair = tuple[CourseContext, Platform]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Where one LMS course's roster is read; it is a section where the course has several."""

    context_id: int
    title: str
    section: str
    platform_id: int
    roster_url: str
    access: PlatformAccess

    @property
    def silent(self) -> Silent:
        """What is left of it where it cannot be read."""
        return Silent(section=self.section, issuer=self.access.issuer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """All that feed one course; `silent` ones offer no roster, or their LMS is switched off."""

    institution_id: InstitutionId
    course_id: int
    course_key: CourseKey
    readable: tuple[Feed, ...]
    silent: tuple[Feed, ...] = ()
    sources: Sources = field(default_factory=Sources)

    @property
    def asked(self) -> tuple[Feed, ...]:
        """The LMS courses whose list is read; none where other sources alone have a say."""
        return () if self.sources.lti_rank is None else self.readable

    @property
    def place(self) -> seating.Course:
        """Where a plan is carried out."""
        every = (*self.silent, *self.readable)
        return seating.Course(
            institution_id=self.institution_id,
            course_id=self.course_id,
            platforms={feed.access.issuer: feed.platform_id for feed in every},
            contexts={feed.section: feed.context_id for feed in every if feed.section},
        )


def of_course(store: Store, course: CourseKey) -> Feeds:
    """
    Where the course's roster is read; Missing if no LMS offers it.

    Of an LMS that was registered anew it is the latest registration that is on.
    """
    with store.reading(EVERYONE) as session:
        row = session.exec(select(Course).where(Course.key == course)).first()
        feeds = of_row(session, row) if row else None
    if feeds is None or not (feeds.asked or feeds.sources.others):
        raise Missing(
            "no-roster",
            "The LMS offers no roster for this course. Switch on Names and Roles "
            "for coursehub there, then open the course once from the LMS.",
        )
    return feeds


def of_row(session: Session, course: Course) -> Feeds:
    """All that feed the course, be they readable or not."""
    chosen = _latest(_pairs(session, course.id or 0))
    names = _names(chosen) if len(chosen) > 1 else {}
    readable, silent = list[Feed](), list[Feed]()
    for context, platform in chosen:
        feed = _feed(context, platform, section=names.get(context.id or 0, ""))
        (readable if _is_readable(context, platform) else silent).append(feed)
    return Feeds(
        institution_id=course.institution_id,
        course_id=course.id or 0,
        course_key=CourseKey(course.key),
        readable=tuple(readable),
        silent=tuple(silent),
        sources=sources.of(session, course),
    )


def _pairs(session: Session, course_id: int) -> list[Pair]:
    return list(
        session.exec(
            select(CourseContext, Platform)
            .join(Platform, col(Platform.id) == CourseContext.platform_id)
            .where(CourseContext.course_id == course_id)
            .order_by(col(CourseContext.id))
        )
    )


def _latest(pairs: Iterable[Pair]) -> list[Pair]:
    """
    Of each LMS course the registration to ask: one that is on and lists people, the latest.

    One that was joined by hand came from another course, whatever its number is.
    """

    def same(pair: Pair) -> tuple[str, str, int]:
        context, platform = pair
        return platform.issuer, context.context_id, context.own_course_id or 0

    def best(pair: Pair) -> tuple[bool, bool, int]:
        context, platform = pair
        return _is_readable(*pair), platform.state is PlatformState.ACTIVE, context.id or 0

    grouped = groupby(sorted(pairs, key=same), key=same)
    return sorted((max(group, key=best) for _, group in grouped), key=lambda pair: pair[0].id or 0)


def _is_readable(context: CourseContext, platform: Platform) -> bool:
    return bool(context.nrps_url) and platform.state is PlatformState.ACTIVE


def _names(pairs: Iterable[Pair]) -> dict[int, str]:
    """A section's name for each LMS course: its title where that is its own, else its label."""
    contexts = [context for context, _ in pairs]
    titles = Counter(section_name(context.title) for context in contexts)
    found: dict[int, str] = {}
    taken: set[str] = set()
    for context in contexts:
        title, label = section_name(context.title), section_name(context.label)
        name = title if title and titles[title] == 1 else label or title
        if not name or name in taken:
            name = section_name(f"{name or 'LMS course'} ({context.context_id})")
        taken.add(name)
        found[context.id or 0] = name
    return found


def _feed(context: CourseContext, platform: Platform, *, section: str) -> Feed:
    return Feed(
        context_id=context.id or 0,
        title=context.title or context.label or context.context_id,
        section=section,
        platform_id=platform.id or 0,
        roster_url=context.nrps_url,
        access=PlatformAccess(
            issuer=platform.issuer, client_id=platform.client_id, token_url=platform.token_url
        ),
    )
