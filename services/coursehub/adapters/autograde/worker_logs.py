"""The logs of our own cluster's workers; Dask loads this into each (its option `preload`)."""

import os
from typing import Any, Final

from coursehub import logs

LEVEL: Final = "COURSEHUB_LOG_LEVEL"


def dask_setup(_worker: Any) -> None:
    """The worker's events as JSON lines, like the service's."""
    logs.configure(os.environ[LEVEL])
