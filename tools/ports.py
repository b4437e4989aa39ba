"""Ports for programs that are told a number and listen there a while later."""

import secrets
import socket
from contextlib import ExitStack
from typing import Final

# Below the ports that the kernel gives to whoever names none (ip(7),
# ip_local_port_range): one of those could be someone else's by the time the
# program listens, and while it is restarted.
_RANGE: Final = range(20_000, 32_000)
_LOOKED_AT: Final = 500


def free(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on, each another; OSError when there are too few."""
    found: list[int] = []
    with ExitStack() as held:
        for port in secrets.SystemRandom().sample(_RANGE, _LOOKED_AT):
            if len(found) == count:
                return found
            try:
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    raise OSError(f"{count} free ports are not to be had")
