"""
Courses on any JupyterHub.

In `jupyterhub_config.py`:

    import coursehub
    coursehub.setup(c)
"""

from coursehub.hubconfig import setup

__all__ = ["setup"]
