"""The LMS and the Hubs of the benchmark."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from benchmarks.stage import Hub, Processes, free_ports

CONFIG: Final = Path(__file__).with_name("jupyterhub_config.py")
CLIENT_ID: Final = "coursehub-demo"
PER_PAGE: Final = 50


@dataclass(slots=True, kw_only=True)
class Stage(Processes):
    """The demo LMS with so many made-up people in its first course, and two Hubs, in a folder."""

    people: int
    creates_users: bool = False
    lms_url: str = ""

    def hub(self, side: str) -> Hub:
        """A Hub of that side from an empty database; ours has the LMS, which it trusts."""
        chosen = {"BENCH_CREATE_USERS": str(self.creates_users).lower()}
        hub = self.start_hub(side, CONFIG, chosen)
        if side == "ours":
            self._open_lms(hub)
        return hub

    def _open_lms(self, hub: Hub) -> None:
        (port,) = free_ports(1)
        self.lms_url = f"http://127.0.0.1:{port}"
        words = ["coursehub_demo_lms", "serve", "--port", str(port), "--tool-url", hub.url]
        self.start("lms", words, {}, ready=[f"{self.lms_url}/"])
        crowd = {"extra_members": self.people, "members_page_size": PER_PAGE}
        httpx.put(f"{self.lms_url}/switches", json=crowd, timeout=30).raise_for_status()
        self.register(self.lms_url, client_id=CLIENT_ID, deployment="1")
