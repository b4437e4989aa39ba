"""Nbgrader in a student's server."""  # noqa: INP001  a configuration file, no module

import os

from coursehub_lab.exchange.factory import use

c = get_config()  # noqa: F821  traitlets gives it to configuration files

use(c)
c.CourseDirectory.course_id = os.environ.get("COURSEHUB_COURSE", "")
# Two courses may each have a ps1: each course has a folder of its own.
c.Exchange.path_includes_course = True
