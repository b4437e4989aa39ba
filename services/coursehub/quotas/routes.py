"""The Hub's questions at spawn, and a course's usage and quota."""

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from coursehub.model.spending import PersonSpending, Usage
from coursehub.quotas.actions import admission, limits, reservations, usage
from coursehub.quotas.actions.limits import CourseQuota, Wanted
from coursehub.vocabulary.limits import Admission, SpawnRequest
from coursehub.web.house import InHouse
from coursehub.web.identity import HubItself, IsInstructor, IsStaff
from coursehub.web.paging import AskedPage, Page

api = APIRouter(prefix="/api/v1", tags=["quotas"])

_SMALLEST_MEMORY = 64_000_000
_LARGEST_MEMORY = 16 * 10**12


class Given(BaseModel):
    """What a spawner really gave a server; null where it sets no limit."""

    memory_bytes: int | None = Field(default=None, ge=0, le=2**62)
    cpu: float | None = Field(default=None, ge=0, le=2**20, allow_inf_nan=False)


class QuotaChange(BaseModel):
    """A course's whole quota; null where the service's default shall stand."""

    model_config = ConfigDict(extra="forbid")

    memory_bytes: int | None = Field(default=None, ge=_SMALLEST_MEMORY, le=_LARGEST_MEMORY)
    cpu: float | None = Field(default=None, ge=0.05, le=1024, allow_inf_nan=False)
    seats: int | None = Field(default=None, ge=0, le=100_000)


class UsagePage(Page[PersonSpending]):
    """The course's totals, and one page of the people who used it, by Hub name."""

    total: Usage
    people: int
    running: int
    mean_microusd: int


@api.post("/hub/admissions", status_code=status.HTTP_201_CREATED, dependencies=[HubItself])
def admit(request: SpawnRequest, house: InHouse) -> Admission:
    """The verdict on one spawn."""
    return admission.admit(house.store, house.settings, request, at=house.clock.now())


@api.post(
    "/hub/reservations/{reservation_id}/running",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[HubItself],
)
def run(reservation_id: str, given: Given, house: InHouse) -> None:
    """The server of this seat runs."""
    reservations.run(
        house.store,
        house.settings,
        reservation_id,
        memory_bytes=given.memory_bytes,
        cpu=given.cpu,
        at=house.clock.now(),
    )


@api.post(
    "/hub/reservations/{reservation_id}/close",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[HubItself],
)
def close(reservation_id: str, house: InHouse) -> None:
    """The server of this seat is gone."""
    reservations.close(house.store, reservation_id, at=house.clock.now())


@api.get("/courses/{course}/usage")
def read_usage(staff: IsStaff, house: InHouse, paging: AskedPage) -> UsagePage:
    """What the course has cost, in all and per person."""
    spending = usage.course_usage(
        house.store,
        institution_id=staff.institution_id,
        course_id=staff.course_id,
        at=house.clock.now(),
    )
    (after,) = paging.position(str) or ("",)
    page = paging.page(
        [person for person in spending.people if person.hub_name > str(after)],
        key=lambda person: (person.hub_name,),
        show=lambda person: person,
    )
    return UsagePage(
        items=page.items,
        next=page.next,
        total=spending.total,
        people=len(spending.people),
        running=spending.running,
        mean_microusd=spending.mean_microusd,
    )


@api.get("/courses/{course}/quota")
def read_quota(staff: IsStaff, house: InHouse) -> CourseQuota:
    """The course's quota, and what is in force."""
    return limits.read_quota(
        house.store,
        house.settings,
        institution_id=staff.institution_id,
        course_id=staff.course_id,
    )


@api.put("/courses/{course}/quota")
def set_quota(change: QuotaChange, instructor: IsInstructor, house: InHouse) -> CourseQuota:
    """The quota replaced; who did it is kept among the course's changes."""
    return limits.set_quota(
        house.store,
        house.settings,
        institution_id=instructor.institution_id,
        course_id=instructor.course_id,
        wanted=Wanted(**change.model_dump()),
        by=instructor.hub_name,
    )


routers = (api,)
