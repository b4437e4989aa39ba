"""What this platform refuses, and how each kind of asker hears of it."""


class Refusal(Exception):  # it is a refusal, not an accident
    """A request that is not served, with one sentence that says why."""

    def __init__(self, status: int, code: str, sentence: str, *, retry_after_s: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.retry_after_s = retry_after_s


class OAuthRefusal(Exception):  # as above
    """An error answer of the token endpoint (RFC 6749 5.2)."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


class OidcError(Exception):  # as above
    """An error that the tool is told of at its redirect address (OpenID Connect 3.1.2.6)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
