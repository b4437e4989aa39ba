"""
The benchmark's Hubs: ours with coursehub, theirs as it stands, both with a dummy login.

`BENCH_SIDE` says which: `ours` or `theirs`; `BENCH_CREATE_USERS` whether ours
makes accounts before people come.
"""

import os
from pathlib import Path

from traitlets.config import get_config

import coursehub
from tools import proxy

c = get_config()
folder = Path(os.environ["BENCH_FOLDER"])
ports = {name: int(os.environ[f"BENCH_{name}_PORT"]) for name in ("HUB", "API", "PROXY", "SERVICE")}

c.JupyterHub.bind_url = f"http://127.0.0.1:{ports['HUB']}"
c.JupyterHub.hub_port = ports["API"]
c.JupyterHub.db_url = f"sqlite:///{folder / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
c.JupyterHub.authenticate_prometheus = False  # the Hub's calls are counted there
c.ConfigurableHTTPProxy.command = proxy.command()
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{ports['PROXY']}"
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.services = [{"name": "bench", "api_token": os.environ["BENCH_TOKEN"]}]
c.JupyterHub.load_roles = [
    {"name": "bench", "services": ["bench"], "scopes": ["admin:users", "admin:groups"]}
]
if os.environ["BENCH_SIDE"] == "ours":
    coursehub.setup(
        c,
        data_dir=folder / "coursehub",
        port=ports["SERVICE"],
        environment={
            "COURSEHUB_ALLOW_PRIVATE_PLATFORMS": "true",  # the LMS is on loopback
            "COURSEHUB_ROSTER_CREATE_USERS": os.environ["BENCH_CREATE_USERS"],
        },
    )
