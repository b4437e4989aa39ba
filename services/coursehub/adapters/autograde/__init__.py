"""nbgrader on the trusted side, the student's code in a sandbox on the other."""

from coursehub.adapters.autograde.autograder import NbgraderAutograder
from coursehub.adapters.autograde.students import NbgraderGradebooks

__all__ = ["NbgraderAutograder", "NbgraderGradebooks"]
