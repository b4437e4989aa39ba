"""
A course's modules, brought into the home: `python -m coursehub_lab.delivery --course KEY`.

Runs in a process of its own, so that the person's server goes on answering.
Each line of its output is a JSON object: `{"event": "message", "text": ...}`
while it works, and one `done` or `error` at the end with the modules there are.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from coursehub.vocabulary.repositories import is_branch, is_safe_path
from coursehub_lab.checkout import Checkout, NotOurs
from coursehub_lab.complaints import meaning
from coursehub_lab.service import Service, ServiceError
from coursehub_lab.turn import Busy, turn

_WAIT_S: Final = 300.0
_COURSE: Final = re.compile(r"[a-z0-9-]{1,40}")
_KEPT_LINES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module of the course: `path` within its repository, `folder` within the home."""

    name: str
    title: str
    path: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What is checked out into one folder; `fault` says why there is nothing to check out."""

    folder: str
    url: str
    branch: str
    fault: str


class Failure(Exception):
    """A delivery that did not work out, in a sentence for the person."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Deliver; 0 if everything has arrived."""
    parser = argparse.ArgumentParser(description="Bring a course's modules into the home.")
    parser.add_argument("--course", required=True)
    parser.add_argument("--home", type=Path, default=Path.home())
    given = parser.parse_args(arguments)
    home = given.home.absolute()
    if not _COURSE.fullmatch(given.course):
        _tell("error", text="There is no such course.", modules=[])
        return 1
    try:
        _tell("message", text="Looking for the course's materials.")
        modules, faults = deliver(given.course, home)
    except (Failure, ServiceError, OSError) as failure:
        _tell("error", text=_sentence(failure), modules=_as_items(remembered(given.course, home)))
        return 1
    if faults:
        _tell("error", text=" ".join(faults), modules=_as_items(modules))
        return 1
    _tell("done", modules=_as_items(modules))
    return 0


def deliver(course: str, home: Path) -> tuple[tuple[Module, ...], list[str]]:
    """The course's modules, and what went wrong with their repositories, one sentence each."""
    service = Service.from_environment()
    items = service.items(f"api/v1/courses/{course}/modules")
    modules = tuple(_module(item) for item in items)
    repositories = {item["folder"]: _repository(item, service) for item in items}
    _prepare_git(service)
    _remember(course, home, modules)
    faults: list[str] = []
    for repository in repositories.values():
        try:
            _bring(repository, home)
        except Failure as failure:
            faults.append(str(failure))
    return modules, faults


def remembered(course: str, home: Path) -> tuple[Module, ...]:
    """The course's modules at the last delivery; none if there was none."""
    try:
        items = json.loads(_memory(course, home).read_bytes())
        return tuple(_module(item) for item in items)
    except (OSError, ValueError, TypeError, Failure):
        return ()


def _remember(course: str, home: Path, modules: tuple[Module, ...]) -> None:
    memory = _memory(course, home)
    memory.parent.mkdir(parents=True, exist_ok=True)
    partial = memory.with_suffix(f".{os.getpid()}")  # two deliveries may come here at once
    partial.write_text(json.dumps(_as_items(modules)))
    partial.replace(memory)


def _memory(course: str, home: Path) -> Path:
    return home / ".coursehub" / "modules" / f"{course}.json"


def _bring(repository: Repository, home: Path) -> None:
    """The repository in its folder, as upstream has it beside the person's own changes."""
    name = repository.folder
    if repository.fault:
        raise Failure(repository.fault)
    _tell("message", text=f"Bringing {name} up to date.")
    lines: list[str] = []
    try:
        with turn(home, name, wait_s=_WAIT_S) as mine:
            checkout = Checkout(repository.url, home / name, branch=repository.branch, turn=mine)
            for line in checkout.pull():
                lines = [*lines, line][-_KEPT_LINES:]
                if line.startswith(("Renamed", "Kept", "Put")):
                    _tell("message", text=line.strip().replace(f"{home}/", ""))
    except NotOurs as cause:
        raise Failure(
            f"There is a folder {name!r} of your own where the course's materials go: "
            "rename it, then open the course again."
        ) from cause
    except Busy as cause:
        raise Failure(f"{name} is still being brought up to date elsewhere: wait a bit.") from cause
    except subprocess.CalledProcessError as cause:
        said = "".join(lines) + os.fsdecode(cause.stderr or b"")
        raise Failure(meaning(said, folder=name)) from cause
    except OSError as cause:
        raise Failure(_sentence(cause)) from cause


def _sentence(failure: Exception) -> str:
    if isinstance(failure, OSError):
        return meaning(failure.strerror or "", folder="Your home")
    return str(failure)


def _prepare_git(service: Service) -> None:
    """
    The environment of every git that this process starts.

    The token stands in the environment alone (git-config(1), GIT_CONFIG_COUNT):
    arguments and .git/config can be read by others.
    """
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        del os.environ[name]
    settings = {
        f"http.{service.base}.extraHeader": f"Authorization: token {service.token}",
        "http.followRedirects": "false",
        "http.lowSpeedLimit": "100",
        "http.lowSpeedTime": "60",
        "credential.helper": "",
        "core.hooksPath": os.devnull,
        "core.quotePath": "false",
        "commit.gpgSign": "false",
        "gc.autoDetach": "false",
        "submodule.recurse": "false",
        # Homes on shared volumes may belong to another uid than the server's.
        "safe.directory": "*",
    }
    os.environ["GIT_CONFIG_COUNT"] = str(len(settings))
    for n, (key, value) in enumerate(settings.items()):
        os.environ[f"GIT_CONFIG_KEY_{n}"], os.environ[f"GIT_CONFIG_VALUE_{n}"] = key, value
    os.environ["LC_ALL"] = "C"  # its words are read (complaints.py)
    os.environ["GIT_TERMINAL_PROMPT"] = "0"
    os.environ["GIT_ALLOW_PROTOCOL"] = "http:https"


def _repository(item: Mapping[str, Any], service: Service) -> Repository:
    branch, error = str(item.get("branch", "")), str(item.get("error", ""))
    fault = ""
    if not branch:
        fault = f"The course's materials have not arrived at the hub yet: try again soon. {error}"
    elif not is_branch(branch):
        fault = "The course's materials are on a branch whose name cannot be used."
    return Repository(
        folder=item["folder"],
        url=_own_address(str(item.get("git_url", "")), service),
        branch=branch,
        fault=fault,
    )


def _own_address(url: str, service: Service) -> str:
    """The address of a repository on the service this server knows: the token goes nowhere else."""
    base, path = urlsplit(service.base), urlsplit(url).path
    if not path.startswith(f"{base.path}git/") or ".." in path:
        raise Failure("The course service named a repository that is not its own.")
    return urlunsplit((base.scheme, base.netloc, path, "", ""))


def _module(item: Any) -> Module:
    """A module as the service lists it; Failure where it would leave the home."""
    try:
        module = Module(**{key: str(item[key]) for key in ("name", "title", "path", "folder")})
    except (KeyError, TypeError) as cause:
        raise Failure("The course service's list of modules was not understood.") from cause
    if not is_safe_path(module.folder) or not is_safe_path(module.path):
        raise Failure("The course has a module whose folder cannot be used.")
    return module


def _as_items(modules: tuple[Module, ...]) -> list[dict[str, str]]:
    return [asdict(module) for module in modules]


def _tell(event: str, **fields: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
