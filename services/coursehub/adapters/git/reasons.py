"""What git's complaints mean for the person who wants the repository."""

from typing import Final

from coursehub.errors import CoursehubError, Invalid, Unreachable


class TooLarge(Invalid):
    """A repository beyond the hub's bound."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(
            "repository-too-large",
            f"The repository is larger than this hub keeps ({max_bytes / 1e6:.0f} MB): "
            "move large data out of it, or ask the administrators.",
        )


class TooSlow(Unreachable):
    """A repository whose server did not finish in time."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__(
            "repository-slow",
            f"The repository's server did not finish within {timeout_s:.0f} seconds.",
            retry_after_s=60,
        )


_INVALID: Final = (
    ("couldn't find remote ref head", "repository-empty", "The repository has no commits yet."),
    (
        "could not read username",
        "repository-private",
        "The repository is not there, or not public: only public ones can be used.",
    ),
    (
        "authentication failed",
        "repository-private",
        "The repository is not there, or not public: only public ones can be used.",
    ),
    (
        "returned error: 403",
        "repository-private",
        "The repository's server does not let this hub in: only public ones can be used.",
    ),
    (
        "returned error: 30",
        "repository-moved",
        "The repository has moved: open its page and use the address shown there.",
    ),
    ("returned error: 404", "repository-missing", "There is no repository at this address."),
    (
        "' not found",
        "repository-missing",
        "There is no repository at this address.",
    ),
    (
        "does not appear to be a git repository",
        "repository-missing",
        "There is no git repository at this address.",
    ),
    (
        "not valid: is this a git repository",
        "repository-missing",
        "There is no git repository at this address.",
    ),
    ("not allowed", "repository-protocol", "This hub does not fetch by this protocol."),
)
_UNSAFE: Final = (
    "The repository holds names or objects that are not safe to hand out: "
    "`git fsck --strict` in a clone of it names them."
)
_UNREACHABLE: Final = (
    (
        "could not resolve host",
        "repository-unreachable",
        "No server of that name was found.",
    ),
    (
        "no space left on device",
        "hub-disk-full",
        "The hub's disk is full: tell its administrators.",
    ),
)


def reason(complaint: str) -> CoursehubError:
    """The error that git's standard error stands for; none of its text is passed on."""
    said = complaint.lower()
    for sign, code, sentence in _UNREACHABLE:
        if sign in said:
            return Unreachable(code, sentence, retry_after_s=60)
    for sign, code, sentence in _INVALID:
        if sign in said:
            return Invalid(code, sentence)
    if "fsck" in said:
        return Invalid("repository-unsafe", _UNSAFE)
    return Unreachable(
        "repository-unreachable",
        "The repository's server did not answer as a git server does.",
        retry_after_s=60,
    )
