"""The way from a frame of the LMS into a window of one's own."""

import time
from http import HTTPStatus

from coursehub.vocabulary.launch import Welcome
from coursehub_auth import frames
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.handlers.base import LtiHandler


class EnterHandler(LtiHandler):
    """A launch verified in a frame, which its page's button brings to a new window."""

    async def get(self) -> None:
        """Opened by hand, or again: the front door says where to begin."""
        self.redirect(f"{self.hub.base_url}lti13/launch", status=HTTPStatus.SEE_OTHER)

    async def post(self) -> None:
        try:
            welcome = self._welcome()
            await self.authenticator.admit(self, welcome)
        except LaunchRefused as refused:
            raise self.refusal(refused) from refused
        self.set_header("Cache-Control", "no-store")
        self.redirect(welcome.landing, status=HTTPStatus.SEE_OTHER)

    def _welcome(self) -> Welcome:
        """
        What was verified in the frame; from our own page alone.

        Any other site could log its visitors in as somebody else.
        """
        self.read_form()
        if not frames.is_from(self.origin, self.request.headers):
            raise LaunchRefused(
                "entry-elsewhere",
                "This way in works only from the Hub's own page. "
                "Go back to your course and open the link again.",
            )
        welcome: Welcome = self.door.entries.redeem(self.field("entry"), now=time.time())
        return welcome
