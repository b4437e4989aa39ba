"""The wheel's build hook: a real wheel carries what its pages take from npm."""

import runpy
from pathlib import Path
from typing import Any

# hatchling is there when a wheel is built, and at no other time.
from hatchling.builders.hooks.plugin.interface import (  # type: ignore[import-not-found] # see above
    BuildHookInterface,
)


class Vendored(BuildHookInterface):  # type: ignore[misc] # its base class is unknown here
    """Copies before a wheel is built; an editable install needs none and waits for none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """The vendored files in place, and named as artifacts, for git does not know them."""
        if version == "editable":
            return
        tool = runpy.run_path(str(Path(self.root) / "tools/vendor.py"))
        tool["vendor"](with_tests=False)
        vendored: Path = tool["VENDOR"]
        build_data["artifacts"].append(f"/{vendored.relative_to(self.root).as_posix()}/")
