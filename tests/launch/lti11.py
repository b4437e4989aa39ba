"""An old LMS: it shares a secret with the Hub, and signs its launches as oauthlib does."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from oauthlib import oauth1  # type: ignore[import-untyped]  # it ships no types

from coursehub.adapters.consumers import SignedConsumers
from coursehub.launch.actions import consumers
from coursehub.launch.actions.consumers import NewConsumer, Registered
from coursehub.vocabulary.launch import SignedForm, Welcome
from tests.house.school import School

LAUNCH_URL = "https://hub.example/hub/lti/launch"
FORM = "application/x-www-form-urlencoded"


def signed(
    fields: dict[str, str],
    *,
    key: str,
    secret: str,
    url: str = LAUNCH_URL,
    at: float | None = None,
    nonce: str | None = None,
    method: str = oauth1.SIGNATURE_HMAC_SHA1,
) -> dict[str, str]:
    """The fields with their signature; of now, if no Unix time `at` is given."""
    client = oauth1.Client(
        key,
        client_secret=secret,
        signature_method=method,
        signature_type=oauth1.SIGNATURE_TYPE_BODY,
        callback_uri="about:blank",
        timestamp=None if at is None else str(int(at)),
        nonce=nonce,
    )
    _, _, body = client.sign(url, "POST", urlencode(fields), {"Content-Type": FORM})
    return dict(parse_qsl(body, keep_blank_values=True))


def fields_of(user: str = "7", /, **changes: str | None) -> dict[str, str]:
    """What Moodle says of a student's click; `changes` replace fields, None takes one away."""
    said: dict[str, str | None] = {
        "lti_message_type": "basic-lti-launch-request",
        "lti_version": "LTI-1p0",
        "user_id": user,
        "roles": "Learner",
        "context_id": "2",
        "context_label": "DS 101",
        "context_title": "Data Science",
        "resource_link_id": "31",
        "resource_link_title": "Problem set 1",
        "resource_link_description": "",
        "lis_person_name_given": "Zoë",
        "lis_person_name_family": "Lee & Sons",
        "lis_person_name_full": "Zoë Lee & Sons",
        "lis_person_contact_email_primary": f"p{user}@lakeside.example",
        "lis_outcome_service_url": "https://moodle.lakeside.example/mod/lti/service.php",
        "lis_result_sourcedid": '{"data":{"instanceid":"5","userid":"7"},"hash":"ab+c=="}',
        "ext_user_username": "zoe",
        "tool_consumer_instance_guid": "moodle.lakeside.example",
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


@dataclass
class OldLms:
    """A consumer at a school's Hub; what it signs is of the real time, as the validator's is."""

    school: School
    institution: str = "Lakeside College"
    made: Registered = field(init=False)

    def __post_init__(self) -> None:
        self.consumers = SignedConsumers(self.school.settings.data_dir / "keys")
        self.made = self.register()

    def register(self, **said: str) -> Registered:
        new: dict[str, str] = {"institution": self.institution, "name": "Old Moodle", **said}
        return consumers.register(self.school.store, self.consumers, NewConsumer(**new))

    def form(self, fields: dict[str, str] | None = None, **signing: Any) -> SignedForm:
        """A click on a link, signed; `signing` replaces key, secret, address, time or nonce."""
        with_what = {"key": self.made.key, "secret": self.made.secret, **signing}
        url = with_what.get("url", LAUNCH_URL)
        return SignedForm(url=url, fields=signed(fields or fields_of(), **with_what))

    def send(self, form: SignedForm) -> Welcome:
        self.school.time = datetime.now(UTC)
        return asyncio.run(
            consumers.receive(
                self.school.store,
                self.school.hub,
                self.school,
                self.consumers,
                form,
                settings=self.school.settings,
            )
        )

    def come(self, user: str = "7", **changes: str | None) -> Welcome:
        """A click, taken all the way."""
        welcome = self.send(self.form(fields_of(user, **changes)))
        self.school.arrive(welcome)
        return welcome


@pytest.fixture
def moodle(school: School) -> OldLms:
    return OldLms(school)
