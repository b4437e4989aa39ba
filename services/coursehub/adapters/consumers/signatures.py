"""ports.Consumers over ltiauthenticator's validator of LTI 1.1 launches."""

import logging
from pathlib import Path
from threading import Lock
from typing import Final

from ltiauthenticator.lti11.validator import LTI11LaunchValidator
from tornado.web import HTTPError

from coursehub.adapters.consumers.sealing import Sealing
from coursehub.errors import Refused
from coursehub.vocabulary.launch import SignedForm

# The validator writes to its log how a wrong signature should have been; this one leads nowhere.
_NOWHERE: Final = logging.Logger("nowhere", logging.CRITICAL + 1)  # noqa: LOG001 - as said
_ONE_AT_A_TIME: Final = Lock()


class SignedConsumers:
    """Consumers whose secrets are sealed by the key in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._sealing = Sealing(folder)

    def seal(self, key: str, secret: str) -> str:
        """The secret as the database may hold it."""
        return self._sealing.seal(secret, owner=key)

    def secret(self, key: str, sealed: str) -> str:
        """The secret in the clear, for a signature."""
        return self._sealing.open(sealed, owner=key)

    def verify(self, form: SignedForm, sealed: str) -> None:
        """Nothing; Refused("signature-wrong") for a form that the secret did not sign just now."""
        key = form.fields.get("oauth_consumer_key", "")
        validator = LTI11LaunchValidator({key: self.secret(key, sealed)})
        validator.log = _NOWHERE
        with _ONE_AT_A_TIME:
            try:
                validator.validate_launch_request(form.url, {}, dict(form.fields))
            except (HTTPError, ValueError) as cause:
                raise Refused(
                    "signature-wrong",
                    f"The LMS's signature is wrong. Its administrator should compare the shared "
                    f"secret, and the tool's address, which has to be {form.url} to the letter.",
                ) from cause
            finally:
                # It notes nonces before it looks at the signature, so forgeries would fill its
                # memory, and forgets them at a restart. The database remembers them instead.
                LTI11LaunchValidator.nonces.clear()
