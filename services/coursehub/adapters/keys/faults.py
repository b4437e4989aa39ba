"""What can be wrong with a key file or its folder, and what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from coursehub.errors import Conflict, CoursehubError, Missing

_REPLACE = "Restore it from a backup, or delete it and look at: coursehub keys list"


@contextmanager
def told(name: str = "") -> Iterator[None]:
    """The system's refusals in our own words; FileNotFoundError of a named file goes through."""
    try:
        yield
    except FileNotFoundError:
        if name:
            raise
        raise _folder() from None
    except OSError as cause:
        raise (_forbidden(name) if name else _folder()) from cause


def unreadable(name: str, *, encrypted: bool) -> CoursehubError:
    """For a file that is no key, or one that the passphrase does not open."""
    if encrypted:
        return CoursehubError(
            "key-locked",
            f"The key file {name} is encrypted, and the passphrase does not open it: "
            "set COURSEHUB_KEY_PASSPHRASE to the one that it was made with.",
        )
    return CoursehubError(
        "key-broken", f"The key file {name} holds no whole RSA private key. {_REPLACE}"
    )


def foreign(name: str) -> CoursehubError:
    """For a file under a key's name that this program did not put there."""
    return CoursehubError(
        "key-foreign", f"{name} is not the key that its name promises. {_REPLACE}"
    )


def open_to_others(name: str) -> CoursehubError:
    """For a file that every account of the machine may read."""
    return CoursehubError(
        "key-open",
        f"Every account of this machine may open the key file {name}: run chmod 600 on it, and "
        "if somebody may have read it: coursehub keys rotate --now --revoke",
    )


def busy() -> CoursehubError:
    """For a folder that another process does not let go of."""
    return Conflict(
        "keys-busy", "Another process is changing the tool's keys; try again in a minute."
    )


def waiting(when: str) -> CoursehubError:
    """For a rotation while the last one is still under way."""
    return Conflict(
        "key-waiting",
        f"A new key is published already and begins to sign {when}. Wait until then, or let it "
        "begin now: coursehub keys rotate --now",
    )


def no_passphrase() -> CoursehubError:
    """For a new key that would lie in the clear beside encrypted ones."""
    return Conflict(
        "key-passphrase",
        "The present keys are encrypted: give COURSEHUB_KEY_PASSPHRASE as the service has it.",
    )


def none_yet() -> CoursehubError:
    """For a folder without keys, which is more often the wrong folder than a new service."""
    return Missing(
        "no-keys",
        "There are no keys in this data folder. The service makes the first one when it is "
        "asked for it; if it runs on another folder, name that with --data-dir.",
    )


def _forbidden(name: str) -> CoursehubError:
    return CoursehubError(
        "key-unreadable",
        f"This account cannot read the key file {name}: it has to belong to the service's "
        "account, with mode 600.",
    )


def _folder() -> CoursehubError:
    return CoursehubError(
        "keys-folder",
        "The folder of the tool's keys cannot be used: it has to belong to the service's account, "
        "with mode 700, on a disk with room left.",
    )
