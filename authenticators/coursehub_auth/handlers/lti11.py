"""Where LTI 1.1's one signed form arrives; the service, which has the secrets, verifies it."""

from http import HTTPStatus

from coursehub.vocabulary.launch import SignedForm
from coursehub_auth import frames
from coursehub_auth.errors import LaunchRefused, unreadable
from coursehub_auth.handlers.base import LtiHandler
from coursehub_auth.values import clean, printable

MOST_FIELDS = 200
LONGEST_NAME = 255
LONGEST_VALUE = 32_768
# What a signed form says of the LMS's own addresses.
ADDRESSES = (
    "launch_presentation_return_url",
    "lis_outcome_service_url",
    "tool_consumer_instance_url",
    "ext_ims_lis_memberships_url",
)


class Lti11Handler(LtiHandler):
    """A launch of LTI 1.1, handed to the service as it came."""

    async def get(self) -> None:
        """Opened by hand, or again: the front door says where to begin."""
        self.redirect(f"{self.hub.base_url}lti13/launch", status=HTTPStatus.SEE_OTHER)

    async def post(self) -> None:
        try:
            self.read_form()
            fields = self._fields()
            self.registration_name = (
                f"LTI 1.1, key {printable(fields.get('oauth_consumer_key', ''))}"
            )
            form = SignedForm(url=f"{self.origin}{self.request.path}", fields=fields)
            welcome = await self.door.service.lti11_launch(form)
            self.check_landing(welcome)
            self.framed = frames.is_framed(
                self.request.headers,
                document_target=fields.get("launch_presentation_document_target", ""),
            )
            await self.lead_on(welcome, framed_by=self._framed_by(fields))
        except LaunchRefused as refused:
            raise self.refusal(refused) from refused

    def _fields(self) -> dict[str, str]:
        """
        The form's fields, and the address's own, which are signed with them (RFC 5849, 3.4.1.3).

        A field that comes twice would be one thing to the signature and another to its reader.
        """
        sent = self.request.arguments
        if len(sent) > MOST_FIELDS:
            raise unreadable("launch-too-large", "The LMS's launch has more fields than any.")
        return {name: self._only(name, values) for name, values in sent.items()}

    def _only(self, name: str, values: list[bytes]) -> str:
        if len(values) != 1:
            raise unreadable("launch-malformed", "The LMS's launch says one field twice.")
        if len(name) > LONGEST_NAME or len(values[0]) > LONGEST_VALUE:
            raise unreadable("launch-too-large", "The LMS's launch has an endless field.")
        try:
            return clean(values[0].decode(), name[:50])
        except UnicodeDecodeError as cause:
            raise unreadable("launch-malformed", "The LMS's launch is not UTF-8.") from cause

    def _framed_by(self, fields: dict[str, str]) -> str:
        """The LMS's addresses as far as the signed form names them, and the administrator's."""
        named = tuple(fields.get(name, "") for name in ADDRESSES)
        asker = frames.asker(self.request.headers)
        return frames.ancestors((asker, *named, *self.authenticator.frame_ancestors))
