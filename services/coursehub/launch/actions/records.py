"""Every kind of record that is kept about a person, in words that the person understands."""

from dataclasses import dataclass
from typing import Final

from sqlmodel import SQLModel

from coursehub.model.assignment import Extension, FeedbackFile, Submission, SubmittedFile
from coursehub.model.course import Enrolment, LaunchRecord, Selection
from coursehub.model.course_file import CourseChange, CourseFileVersion, CourseStaff
from coursehub.model.grading import GradingJob, OutcomeAddress, Score, ScoreDelivery
from coursehub.model.institution import AccountLink
from coursehub.model.ledger import LedgerEntry
from coursehub.model.privacy import PrivacyGrant
from coursehub.model.quota import Reservation
from coursehub.model.roster import HubProblem, RosterStep, RosterSync, StaffChange
from coursehub.model.roster_source import RosterUnplaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """
    One kind of record about people: its table, and what it is in words.

    `column` says whose a record is, but for what belongs to a submission: by
    number, or `by_name`, an e-mail address or a name on the Hub. `hidden`
    columns are not given out.
    """

    name: str
    title: str
    words: str
    table: type[SQLModel]
    column: str = "person_id"
    of_submission: bool = False
    by_name: bool = False
    hidden: frozenset[str] = frozenset()


KINDS: Final = (
    Kind(
        name="enrolments",
        title="Courses",
        words="Which courses you are or were in, in which role, and who said so.",
        table=Enrolment,
    ),
    Kind(
        name="roster_changes",
        title="Changes by the LMS's list",
        words="How lists of the LMS's let you into a course, out of it or changed your role.",
        table=RosterStep,
        hidden=frozenset({"sync_id"}),
    ),
    Kind(
        name="staff_changes",
        title="Your roles as staff",
        words="When you became an instructor or assistant of a course or ceased to be, and why.",
        table=StaffChange,
        hidden=frozenset({"sync_id"}),
    ),
    Kind(
        name="course_file_staff",
        title="Named as staff in a course's file",
        words="Where a course's file names you as an instructor or assistant.",
        table=CourseStaff,
        column="person",
        by_name=True,
    ),
    Kind(
        name="extensions",
        title="More time",
        words="Where you were given more time for an assignment or exam, with the reason kept.",
        table=Extension,
        column="person",
        by_name=True,
    ),
    Kind(
        name="setting_changes",
        title="Settings that you changed",
        words="What you changed in a course's settings as its instructor, and when.",
        table=CourseChange,
        column="by",
        by_name=True,
    ),
    Kind(
        name="course_files",
        title="Course files that you applied",
        words="When you applied a course's file, and how much it changed.",
        table=CourseFileVersion,
        column="by",
        by_name=True,
        hidden=frozenset({"text", "materials"}),  # they are about the course, and others
    ),
    Kind(
        name="syncs",
        title="Syncs that you asked for",
        words="When you had a course's people read from the LMS, and what came of it.",
        table=RosterSync,
        column="by",
        by_name=True,
    ),
    Kind(
        name="not_placed",
        title="Lists that could not place you",
        words="Why a list of a course's people has your address, and could not tell who you are.",
        table=RosterUnplaced,
        column="email",
        by_name=True,
        hidden=frozenset({"sync_id"}),
    ),
    Kind(
        name="hub_problems",
        title="Trouble with your place on the Hub",
        words="Why the Hub could not put you in a course's groups, and when it is tried again.",
        table=HubProblem,
    ),
    Kind(
        name="launches",
        title="Visits from the LMS",
        words="When you followed a link in the LMS to the Hub, and to which course.",
        table=LaunchRecord,
    ),
    Kind(
        name="submissions",
        title="Submissions",
        words="Every version of your work that you handed in, and when it was received.",
        table=Submission,
    ),
    Kind(
        name="submitted_files",
        title="Files handed in",
        words="The files of those versions, whole.",
        table=SubmittedFile,
        of_submission=True,
    ),
    Kind(
        name="grading",
        title="Grading",
        words="When a version was graded, and why it could not be, where that is so.",
        table=GradingJob,
        of_submission=True,
    ),
    Kind(
        name="feedback_files",
        title="Feedback",
        words="The files with comments on your work that were released to you.",
        table=FeedbackFile,
        of_submission=True,
    ),
    Kind(
        name="scores",
        title="Scores",
        words="Your points for each assignment, with the comment that went with them.",
        table=Score,
    ),
    Kind(
        name="scores_sent",
        title="Scores sent to the LMS",
        words="Which score the LMS was told, when, and whether it took it.",
        table=ScoreDelivery,
    ),
    Kind(
        name="lms_columns",
        title="Places for scores in the LMS",
        words="Where an older LMS (LTI 1.1) takes your score for an assignment.",
        table=OutcomeAddress,
    ),
    Kind(
        name="servers",
        title="Servers",
        words="When your servers ran, for which course, and how much memory they had.",
        table=Reservation,
    ),
    Kind(
        name="usage",
        title="Usage and its cost",
        words="What your servers used, by the hour, as it is charged to the course.",
        table=LedgerEntry,
    ),
    Kind(
        name="selections",
        title="Links added to the LMS",
        words="When you chose modules or assignments for the LMS; kept for a day.",
        table=Selection,
        # What the LMS signed for itself, and what opens the page.
        hidden=frozenset({"ticket_sha256", "request"}),
    ),
    Kind(
        name="account_changes",
        title="Changes of your Hub account",
        words="When an administrator gave you another account on the Hub, and who.",
        table=AccountLink,
    ),
    Kind(
        name="privacy_grants",
        title="Looks at what is kept about others",
        words="When you, as the LMS's administrator, could look up what is kept about somebody.",
        table=PrivacyGrant,
        hidden=frozenset({"about_person_id"}),
    ),
    Kind(
        name="looks_at_you",
        title="Looks at this page by others",
        words="When an administrator of the LMS could look up what is kept about you.",
        table=PrivacyGrant,
        column="about_person_id",
        hidden=frozenset({"about_person_id", "launch_id"}),
    ),
)
