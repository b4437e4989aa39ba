"""How each list of a sync was read, and whom it could not place: kept, and shown."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlmodel import Session, col, delete, select

from coursehub.model.institution import InstitutionId
from coursehub.model.roster import RosterReading, RosterSync
from coursehub.model.roster_source import RosterUnplaced
from coursehub.roster import rules
from coursehub.roster.actions.hearing import Heard
from coursehub.roster.actions.matching import Matched, Unplaced
from coursehub.roster.actions.reading import Read
from coursehub.store import Store

EMPTY: Final = "It listed nobody, though it had people."
NO_ROLE: Final = "the LMS gives them no role in the course"
MOST: Final = 300


def keep(
    session: Session,
    sync: RosterSync,
    lms: Sequence[Read],
    others: Iterable[Heard],
    lists: rules.Lists,
) -> None:
    """Nothing; how each list was read is kept with the sync."""
    silent = {each.section for each in lists.silent if not each.of_all}
    for each in lms:
        doubted = EMPTY if each.listing and each.feed.section in silent else ""
        session.add(
            RosterReading(
                institution_id=sync.institution_id,
                sync_id=sync.id or 0,
                context_id=each.feed.context_id,
                listed=each.listed,
                error=each.error.message if each.error else doubted,
                error_code=each.error.code if each.error else "roster-empty" if doubted else "",
            )
        )
    for other in others:
        session.add(
            RosterReading(
                institution_id=sync.institution_id,
                sync_id=sync.id or 0,
                source=other.source.title,
                listed=len(other.members),
                error=other.error.message if other.error else "",
                error_code=other.error.code if other.error else "",
            )
        )


def keep_unplaced(
    session: Session, sync: RosterSync, lms: Iterable[Read], matched: Iterable[Matched]
) -> int:
    """How many could not be placed; the first few hundred are kept with the reason."""
    found = [
        Unplaced(source=each.feed.title, name=said.name, email=said.email, why=NO_ROLE)
        for each in lms
        for said in each.without_role
    ]
    found += [one for each in matched for one in each.unplaced]
    _forget_earlier(session, sync)
    session.add_all(
        RosterUnplaced(
            institution_id=sync.institution_id,
            sync_id=sync.id or 0,
            source=one.source[:255],
            name=one.name,
            email=one.email,
            why=one.why,
        )
        for one in found[:MOST]
    )
    return len(found)


def _forget_earlier(session: Session, sync: RosterSync) -> None:
    """Nothing; of the course's earlier syncs it is not kept any more: most say the same."""
    earlier = select(RosterSync.id).where(
        RosterSync.course_id == sync.course_id, col(RosterSync.id) < sync.id
    )
    session.exec(delete(RosterUnplaced).where(col(RosterUnplaced.sync_id).in_(earlier)))


def unplaced(store: Store, tenant: InstitutionId, sync_id: int) -> list[RosterUnplaced]:
    """Whom the sync could not place, by name."""
    wanted = select(RosterUnplaced).where(RosterUnplaced.sync_id == sync_id)
    with store.reading(tenant) as session:
        return list(session.exec(wanted.order_by(col(RosterUnplaced.name))))
