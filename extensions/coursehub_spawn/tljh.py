"""
Coursehub on The Littlest JupyterHub, by its plugin hook.

TLJH loads this by the entry point `tljh` once the package is in the Hub's
environment. A file in its jupyterhub_config.d would not do: such files get an
empty configuration, which TLJH merges over its own afterwards, so the
authenticator and spawner that TLJH chose could not be seen there.
"""

from pathlib import Path
from typing import Any, Final

import pluggy

import coursehub

DATA: Final = Path("/opt/tljh/state/coursehub")

hookimpl = pluggy.HookimplMarker("tljh")


@hookimpl
def tljh_custom_jupyterhub_config(c: Any) -> None:
    """The Hub's configuration with coursehub switched on, its data beside TLJH's own state."""
    coursehub.setup(c, data_dir=DATA)
