"""What an instructor picked in the tool, and what becomes of it in the course."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.lineitems import MAX_POINTS
from coursehub_demo_lms.state import MAX_PER_COURSE, Course, LineItem, Link, Window

Text = Annotated[str, Field(max_length=512)]
Custom = Annotated[dict[Text, Text], Field(max_length=50)]


def _moment(value: str) -> str:
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("has no time zone")
    return value


Moment = Annotated[str, Field(max_length=64), AfterValidator(_moment)]


class _Said(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class WindowSaid(_Said):
    """A stretch of time, open at either end."""

    startDateTime: Moment | None = None  # noqa: N815  # the standard's name
    endDateTime: Moment | None = None  # noqa: N815  # as above

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> "WindowSaid":
        start, end = self.startDateTime, self.endDateTime
        if start and end and datetime.fromisoformat(end) <= datetime.fromisoformat(start):
            raise ValueError("endDateTime is not after startDateTime")
        return self

    @property
    def window(self) -> Window:
        return Window(starts=self.startDateTime or "", ends=self.endDateTime or "")


class ReviewSaid(_Said):
    """Where reviews of submissions lead."""

    url: Text = ""
    custom: Custom = {}


class GradeSaid(_Said):
    """The line item that comes with a link."""

    scoreMaximum: Annotated[float, Field(gt=0, le=MAX_POINTS)]  # noqa: N815  # the standard's name
    label: Text = ""
    resourceId: Text = ""  # noqa: N815  # as above
    tag: Text = ""
    submissionReview: ReviewSaid = ReviewSaid()  # noqa: N815  # as above


class ContentItem(_Said):
    """One picked resource link (Deep Linking 2.0, 3.1)."""

    type: Literal["ltiResourceLink"]
    title: Text = ""
    text: Annotated[str, Field(max_length=4096)] = ""
    url: Text = ""
    custom: Custom = {}
    lineItem: GradeSaid | None = None  # noqa: N815  # as above
    available: WindowSaid = WindowSaid()
    submission: WindowSaid = WindowSaid()

    @property
    def urls(self) -> list[str]:
        """The addresses that the item leads to, which must be the tool's own."""
        review = self.lineItem.submissionReview.url if self.lineItem else ""
        return [url for url in (self.url, review) if url]


class Picked(BaseModel):
    """All that was picked in one go."""

    content_items: Annotated[list[ContentItem], Field(max_length=100)]


@dataclass(frozen=True, slots=True)
class Added:
    """One link that came of it, with its line item if it has one."""

    link: Link
    item: LineItem | None


def require_room(course: Course, items: list[ContentItem]) -> None:
    """Refuses, before anything is added, what would not fit."""
    graded = sum(1 for item in items if item.lineItem)
    most = max(len(course.links) + len(items), len(course.lineitems) + graded)
    if most > MAX_PER_COURSE:
        raise Refusal(409, "too-many-links", f"A course holds {MAX_PER_COURSE} links at most.")


def add(course: Course, item: ContentItem, *, owner: str) -> Added:
    """The picked item as a link of the course, with its column of the gradebook if it has one."""
    link = course.add_link(
        Link(
            id="",
            title=item.title or "Untitled link",
            text=item.text,
            custom=dict(item.custom),
            url=item.url,
            client_id=owner,
            available=item.available.window,
            submission=item.submission.window,
        )
    )
    return Added(link, _column(course, link, item.lineItem) if item.lineItem else None)


def _column(course: Course, link: Link, said: GradeSaid) -> LineItem:
    return course.add_lineitem(
        LineItem(
            id="",
            label=said.label or link.title,
            maximum=said.scoreMaximum,
            link_id=link.id,
            resource_id=said.resourceId,
            tag=said.tag,
            starts=link.submission.starts,
            ends=link.submission.ends,
            review_url=said.submissionReview.url,
            review_custom=dict(said.submissionReview.custom),
        )
    )
