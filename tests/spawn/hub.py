"""JupyterHub's own User and SimpleLocalProcessSpawner, in this process, over a tiny server."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from jupyterhub import orm, roles
from jupyterhub.objects import Hub
from jupyterhub.spawner import SimpleLocalProcessSpawner, Spawner
from jupyterhub.user import User
from traitlets.config import Config

from coursehub_spawn import with_limits
from tests.spawn.far_side import TOKEN

SERVER = dedent(
    """
    import json, os, sys
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from urllib.parse import urlparse

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("X-JupyterHub-Version", os.environ["COURSEHUB_TEST_VERSION"])
            self.end_headers()
        do_HEAD = do_GET
        def log_message(self, *_):
            pass

    with open(sys.argv[1], "w") as file:
        json.dump(dict(os.environ), file)
    at = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
    HTTPServer((at.hostname, at.port), Answer).serve_forever()
    """
)


@dataclass
class TinyHub:
    """One Hub database and its users."""

    folder: Path
    service_url: str
    config: Config = field(default_factory=Config)
    base: type[Spawner] = SimpleLocalProcessSpawner

    def __post_init__(self) -> None:
        self.db = orm.new_session_factory("sqlite:///:memory:")()
        for role in roles.get_default_roles():
            roles.create_role(self.db, role)
        self.db.add(orm.OAuthClient(identifier="jupyterhub"))
        self.db.commit()
        script = self.folder / "server.py"
        script.write_text(SERVER)
        own = Config()
        own.CourseLimits.coursehub_url = self.service_url
        own.CourseLimits.coursehub_token = TOKEN
        own.CourseLimits.start_command = ["env", "COURSEHUB_STARTED=yes"]
        own.CourseLimits.message_pauses_s = [0.05, 0.05, 0.05]
        own.CourseLimits.service_timeout_s = 20.0
        own.SimpleLocalProcessSpawner.home_dir_template = str(self.folder / "{username}")
        own.Spawner.cmd = [sys.executable, str(script), str(self.folder / "environment.json")]
        own.Spawner.environment = {"COURSEHUB_TEST_VERSION": "6.1.1", "OWN": "kept"}
        own.Spawner.http_timeout = 60
        own.merge(self.config)
        self.settings = {
            "hub": Hub(),
            "config": own,
            "spawner_class": with_limits(self.base),
            "oauth_no_confirm_list": {"service-other"},
            "base_url": "/",
            "internal_ssl": False,
        }

    def user(self, name: str) -> User:
        row = orm.User(name=name)
        self.db.add(row)
        self.db.commit()
        roles.assign_default_roles(self.db, row)
        return User(row, self.settings, self.db)

    def again(self, user: User) -> User:
        """The same user as a Hub that was started anew knows them."""
        return User(user.orm_user, self.settings, self.db)

    def environment(self) -> dict[str, str]:
        """What the server that was started last found in its environment."""
        found: dict[str, str] = json.loads((self.folder / "environment.json").read_text())
        return found


async def started(user: User) -> Any:
    """The spawner of the user's server, which runs."""
    await user.spawn()
    return user.spawners[""]


async def settled(spawner: Any) -> None:
    """Every message of this spawner delivered or given up."""
    await spawner._messages.delivered()
