"""Nbgrader in a course's grader server."""  # noqa: INP001  a configuration file, no module

import os
from pathlib import Path

from coursehub_lab.exchange.factory import use

c = get_config()  # noqa: F821  traitlets gives it to configuration files

use(c)
# The server's root, as the Hub gave it to the server and the server to its terminals.
root = os.environ.get("JUPYTERHUB_ROOT_DIR") or os.environ.get("JUPYTER_SERVER_ROOT") or Path.cwd()
folder = Path(root).absolute() / "course"
c.CourseDirectory.course_id = os.environ.get("COURSEHUB_COURSE", "")
c.CourseDirectory.root = str(folder)
c.CourseDirectory.db_url = f"sqlite:///{folder / 'gradebook.db'}"
