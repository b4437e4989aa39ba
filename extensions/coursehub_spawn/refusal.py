"""A refusal as the Hub shows it: no failure of the spawner, and a page that says why."""

from html import escape

from jupyterhub.spawner import SpawnException

from coursehub_spawn.service import Verdict

_DOWN = (
    "coursehub, which keeps this Hub's courses within their limits, does not answer. "
    "Please try again in a minute."
)


def refused(verdict: Verdict) -> SpawnException:
    """The service's no; the Hub does not count it towards consecutive_failure_limit."""
    return _exception(
        verdict.sentence,
        aside="Your files are safe, and nothing is wrong with your account.",
        reason="coursehub-full" if verdict.retry_after_s else "coursehub-refused",
        status_code=verdict.status,
    )


def service_down() -> SpawnException:
    """The no of a Hub that was told to start nothing without the service."""
    return _exception(
        _DOWN,
        aside="Your files are safe. If this goes on, tell the Hub's administrators.",
        reason="coursehub-down",
        status_code=503,
    )


def _exception(sentence: str, *, aside: str, reason: str, status_code: int) -> SpawnException:
    # Inline markup: the Hub's pages put it inside a paragraph of their own.
    return SpawnException(
        sentence,
        reason=reason,
        message_html=f"<strong>{escape(sentence)}</strong><br>{escape(aside)}",
        status_code=status_code,
    )
