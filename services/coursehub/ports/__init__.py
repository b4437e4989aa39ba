"""
What the services need of the world outside, as Protocols.

Adapters keep these promises: every call has a timeout and a bound on size,
and what goes wrong is raised as an error of errors.py.
"""

from coursehub.ports.clock import Clock
from coursehub.ports.grading import Autograder, Grade, Gradebooks, GradebookStudent, GradeRequest
from coursehub.ports.hub import Hub, HubAccount, HubServer
from coursehub.ports.lms import Ending, Lms, LmsResult, LmsScore, Member, PlatformAccess
from coursehub.ports.materials import Blob, Blobs, Head, Repos
from coursehub.ports.rosters import (
    Listing,
    RosterAddress,
    RosterFile,
    RosterFiles,
    Rosters,
)
from coursehub.ports.trust import Consumers, Keys, Outside, Said

__all__ = [
    "Autograder",
    "Blob",
    "Blobs",
    "Clock",
    "Consumers",
    "Ending",
    "Grade",
    "GradeRequest",
    "GradebookStudent",
    "Gradebooks",
    "Head",
    "Hub",
    "HubAccount",
    "HubServer",
    "Keys",
    "Listing",
    "Lms",
    "LmsResult",
    "LmsScore",
    "Member",
    "Outside",
    "PlatformAccess",
    "Repos",
    "RosterAddress",
    "RosterFile",
    "RosterFiles",
    "Rosters",
    "Said",
]
