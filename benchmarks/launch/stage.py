"""The platform and the Hubs of the benchmark."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.launch.lms import CLIENT_ID, DEPLOYMENT, Lms
from benchmarks.stage import Hub, Processes, free_ports

CONFIG: Final = Path(__file__).with_name("jupyterhub_config.py")


@dataclass(slots=True, kw_only=True)
class Stage(Processes):
    """A platform with a key set so late, and Hubs that trust it, in a folder."""

    latency_s: float

    def lms(self) -> Lms:
        """The platform, serving."""
        (port,) = free_ports(1)
        lms = Lms(issuer=f"http://127.0.0.1:{port}")
        keys = self.folder / "keys.json"
        lms.publish(keys)
        words = ["benchmarks.launch.lms", str(port), str(keys), str(self.latency_s)]
        self.start("lms", words, {}, ready=[f"{lms.issuer}/"])
        return lms

    def hub(self, side: str, lms: Lms) -> Hub:
        """A Hub of that side, from an empty database, ready for launches."""
        if side == "ours":
            self.register(lms.issuer, client_id=CLIENT_ID, deployment=DEPLOYMENT)
        environment = {"BENCH_ISSUER": lms.issuer, "BENCH_CLIENT_ID": CLIENT_ID}
        return self.start_hub(side, CONFIG, environment)
