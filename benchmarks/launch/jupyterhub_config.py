"""
The benchmark's Hubs: the same but for what lets people in.

`BENCH_SIDE` says which: `ours` (coursehub beside the Hub's dummy login),
`theirs` (ltiauthenticator alone) or `bare` (the dummy login alone).
"""

import os
from pathlib import Path

from traitlets.config import get_config

import coursehub
from benchmarks.launch.heartbeat import HeartbeatHandler
from tools import proxy

c = get_config()
folder = Path(os.environ["BENCH_FOLDER"])
ports = {name: int(os.environ[f"BENCH_{name}_PORT"]) for name in ("HUB", "API", "PROXY", "SERVICE")}
side, issuer = os.environ["BENCH_SIDE"], os.environ["BENCH_ISSUER"]

c.JupyterHub.bind_url = f"http://127.0.0.1:{ports['HUB']}"
c.JupyterHub.hub_port = ports["API"]
c.JupyterHub.db_url = f"sqlite:///{folder / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
c.ConfigurableHTTPProxy.command = proxy.command()
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{ports['PROXY']}"
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
c.JupyterHub.spawner_class = "simple"
c.Authenticator.allow_all = True
c.JupyterHub.extra_handlers = [(r"/bench/heartbeat", HeartbeatHandler)]
c.JupyterHub.services = [{"name": "bench", "api_token": os.environ["BENCH_TOKEN"]}]
c.JupyterHub.load_roles = [
    {"name": "bench", "services": ["bench"], "scopes": ["list:users", "read:users"]}
]

if side == "theirs":
    c.JupyterHub.authenticator_class = "ltiauthenticator.lti13.auth.LTI13Authenticator"
    c.LTI13Authenticator.issuer = issuer
    c.LTI13Authenticator.client_id = {os.environ["BENCH_CLIENT_ID"]}
    c.LTI13Authenticator.authorize_url = f"{issuer}/auth"
    c.LTI13Authenticator.jwks_endpoint = f"{issuer}/jwks"
    c.LTI13Authenticator.username_key = "email"
else:
    c.JupyterHub.authenticator_class = "dummy"
if side == "ours":
    coursehub.setup(
        c,
        data_dir=folder / "coursehub",
        port=ports["SERVICE"],
        environment={"COURSEHUB_ALLOW_PRIVATE_PLATFORMS": "true"},  # the LMS is on loopback
    )
