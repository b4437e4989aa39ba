"""
A Hub's spawner under the courses' limits.

In `jupyterhub_config.py` (`coursehub.setup(c)` does it):

    c.JupyterHub.spawner_class = with_limits(KubeSpawner)
"""

from coursehub_spawn.spawner import with_limits

__all__ = ["with_limits"]
