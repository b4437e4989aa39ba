"""The steps of the tour, in the order in which a class lives them."""

from collections.abc import Callable
from typing import Final

from demo.classroom import Classroom
from demo.steps import grading, limits, materials, money, opening

Step = Callable[[Classroom], str]
Steps = tuple[tuple[str, Step], ...]

STEPS: Final[Steps] = (
    ("the Hub's own login still works beside the LMS's", opening.own_login),
    ("an instructor launches; course, school and enrolment exist", opening.first_launch),
    ("240 people are synced from the LMS, page by page", opening.sync),
    ("a second sync changes nothing", opening.sync_again),
    ("the course is set up from a template and its file", opening.set_up),
    ("the instructor releases an assignment in formgrader", grading.release),
    ("three students launch at once and find the module at home", materials.three_launch),
    ("a student's edit and an upstream fix meet", materials.fix),
    ("the course's limits are on every server", limits.on_servers),
    ("a full course says so, and a free seat is given", limits.seats),
    ("students fetch and submit over HTTP, one of them late", grading.hand_in),
    ("the work is collected and autograded in a sandbox", grading.autograde),
    ("the manual question is marked in formgrader", grading.mark),
    ("scores reach the LMS, though it was down at first", grading.scores),
    ("nobody is graded twice", grading.once),
    ("feedback is released and fetched", grading.feedback),
    ("every server is in the ledger, with the cost per student", money.ledger),
)
