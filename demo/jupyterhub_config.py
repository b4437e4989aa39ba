"""
The demo's Hub, as an administrator would configure one.

The demo says where everything is kept and on which ports; coursehub itself is
the last two lines.
"""

import os
from pathlib import Path

from traitlets.config import get_config

import coursehub
from tools import proxy

c = get_config()
folder = Path(os.environ["DEMO_FOLDER"])
ports = {name: int(os.environ[f"DEMO_{name}_PORT"]) for name in ("HUB", "API", "PROXY", "SERVICE")}

c.JupyterHub.bind_url = f"http://127.0.0.1:{ports['HUB']}"
c.JupyterHub.hub_port = ports["API"]
c.JupyterHub.db_url = f"sqlite:///{folder / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
c.JupyterHub.cleanup_servers = True
c.ConfigurableHTTPProxy.command = proxy.command()
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{ports['PROXY']}"
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")

# The login that the Hub has already: coursehub puts the LMS beside it.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.admin_password = (folder / "admin-password").read_text()
c.Authenticator.admin_users = {"admin"}
c.Authenticator.allow_all = True

# Servers as plain processes. All of them under one account: fine to look at,
# not for a real class, where a student could read another's files.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "homes" / "{username}")
c.Spawner.default_url = "/lab"
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
c.Spawner.consecutive_failure_limit = int(os.environ["DEMO_FAILED_STARTS"])

coursehub.setup(
    c,
    data_dir=folder / "coursehub",
    port=ports["SERVICE"],
    environment={
        "COURSEHUB_ALLOW_PRIVATE_REPOSITORIES": "true",  # the demo's git server is on loopback
        "COURSEHUB_ALLOW_PRIVATE_PLATFORMS": "true",  # and so is its LMS
        "COURSEHUB_SCORES_INTERVAL_S": "2",
        "COURSEHUB_MODULE_REFRESH_S": "0",
    },
)
