"""The one call for jupyterhub_config.py."""

from typing import Any


def setup(c: Any) -> None:
    """Coursehub switched on in a Hub's configuration."""
