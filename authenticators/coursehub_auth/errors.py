"""Why a launch is turned away: a code for programs, a sentence for people."""


class LaunchRefused(Exception):
    """
    A launch that goes no further, and the page that says so.

    `message` is shown as it is: what happened and what to do next, with no
    token, claim or personal data. 400 is for requests that cannot be read,
    401 for tokens that prove nothing, 403 for what the rules do not allow.
    """

    def __init__(
        self, code: str, message: str, *, status: int = 403, retry_after_s: int | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s


class Unreachable(LaunchRefused):
    """Another system that did not answer as it should, or not in time."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, status=503, retry_after_s=60)


def unreadable(code: str, message: str) -> LaunchRefused:
    """A request that cannot be read."""
    return LaunchRefused(code, message, status=400)


def unproven(code: str, message: str) -> LaunchRefused:
    """A token or a state that proves nothing."""
    return LaunchRefused(code, message, status=401)
