"""Servers of people who are no longer in the course they were started for."""

import structlog
from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool

from coursehub.errors import CoursehubError, Unreachable
from coursehub.model.course import Course, Enrolment
from coursehub.model.quota import Reservation
from coursehub.ports import Hub
from coursehub.quotas.actions.reservations import ACTIVE
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import DroppedServers
from coursehub.vocabulary.people import HubName

log = structlog.get_logger(__name__)


async def stop_servers(store: Store, hub: Hub) -> int:
    """
    How many servers were asked to stop, by the policy of their courses.

    The seat is closed by the Hub's own word of the stop. A Hub that does not
    answer is asked again by the next run; what it refuses for one server
    keeps no other running.
    """
    stopped = 0
    for owner, server in await run_in_threadpool(_left_running, store):
        try:
            await hub.stop(owner, server)
        except Unreachable:
            raise
        except CoursehubError as error:
            log.warning("server-not-stopped", code=error.code)
        else:
            stopped += 1
    return stopped


def _left_running(store: Store) -> list[tuple[HubName, str]]:
    """Owner and name of the servers that stand on seats of dropped people."""
    wanted = (
        select(Reservation.hub_name, Reservation.server_name)
        .join(
            Enrolment,
            (col(Enrolment.course_id) == Reservation.course_id)
            & (col(Enrolment.person_id) == Reservation.person_id),
        )
        .join(Course, col(Course.id) == Reservation.course_id)
        .where(
            col(Reservation.state).in_(ACTIVE),
            col(Enrolment.dropped_at).is_not(None),
            Course.dropped_servers == DroppedServers.STOP,
        )
        .order_by(col(Reservation.reserved_at))
    )
    with store.reading(EVERYONE) as session:
        return [(HubName(owner), server) for owner, server in session.exec(wanted)]
