"""
The documents that an LMS can be configured with, in the shapes ltiauthenticator gave them.

Canvas reads the JSON one as it stands ("Configuring LTI Advantage Tools", Canvas
LMS documentation); the XML one is LTI 1.1's (IMS Common Cartridge 1.0, Basic LTI link).
"""

from typing import Any
from xml.sax.saxutils import escape

from coursehub.vocabulary.launch import Message

SCOPES = (
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
)
# The course's menu opens the course; where links and assignments are made, one is picked.
PLACEMENTS = {
    "course_navigation": Message.RESOURCE_LINK,
    "link_selection": Message.DEEP_LINKING,
    "assignment_selection": Message.DEEP_LINKING,
}
# What a name on the Hub may be made from, and what Canvas's own API knows people by.
CUSTOM_FIELDS = {
    "login_id": "$Canvas.user.loginId",
    "sis_id": "$Canvas.user.sisSourceId",
    "email": "$Person.email.primary",
    "lms_user_id": "$Canvas.user.id",
    "lms_course_id": "$Canvas.course.id",
}

_LTI11 = """\
<?xml version="1.0" encoding="UTF-8"?>
<cartridge_basiclti_link xmlns="http://www.imsglobal.org/xsd/imslticc_v1p0"
    xmlns:blti="http://www.imsglobal.org/xsd/imsbasiclti_v1p0"
    xmlns:lticm="http://www.imsglobal.org/xsd/imslticm_v1p0"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="http://www.imsglobal.org/xsd/imslticc_v1p0 http://www.imsglobal.org/xsd/lti/ltiv1p0/imslticc_v1p0.xsd
    http://www.imsglobal.org/xsd/imsbasiclti_v1p0 http://www.imsglobal.org/xsd/lti/ltiv1p0/imsbasiclti_v1p0.xsd
    http://www.imsglobal.org/xsd/imslticm_v1p0 http://www.imsglobal.org/xsd/lti/ltiv1p0/imslticm_v1p0.xsd">
  <blti:title>{title}</blti:title>
  <blti:description>{description}</blti:description>
  <blti:launch_url>{launch_url}</blti:launch_url>
  <blti:extensions platform="canvas.instructure.com">
    <lticm:property name="privacy_level">public</lticm:property>
  </blti:extensions>
</cartridge_basiclti_link>
"""


def lti11_configuration(*, hub_url: str, title: str, description: str) -> str:
    """The tool's configuration for LTI 1.1; the address is public and ends with a slash."""
    said = {"title": title, "description": description, "launch_url": f"{hub_url}lti/launch"}
    return _LTI11.format(**{name: escape(text) for name, text in said.items()})


def configuration(
    *, hub_url: str, service_url: str, title: str, description: str
) -> dict[str, Any]:
    """The tool's configuration; both addresses are public and end with a slash."""
    target = f"{hub_url}lti13/launch"
    return {
        "title": title,
        "description": description,
        "target_link_uri": target,
        "oidc_initiation_url": f"{hub_url}lti13/oauth_login",
        "redirect_uris": [f"{hub_url}lti13/oauth_callback"],
        "public_jwk_url": f"{service_url}lti/jwks.json",
        "scopes": list(SCOPES),
        "custom_fields": dict(CUSTOM_FIELDS),
        "extensions": [_canvas(target, title=title)],
    }


def _canvas(target: str, *, title: str) -> dict[str, Any]:
    return {
        "platform": "canvas.instructure.com",
        # Names and ids of people: without, a launch says nobody in particular.
        "privacy_level": "public",
        "settings": {
            "platform": "canvas.instructure.com",
            "text": title,
            "placements": [
                _placement(name, message, target=target, text=title)
                for name, message in PLACEMENTS.items()
            ],
        },
    }


def _placement(name: str, message: Message, *, target: str, text: str) -> dict[str, Any]:
    placement: dict[str, Any] = {
        "placement": name,
        "message_type": str(message),
        "target_link_uri": target,
        "text": text,
        "enabled": True,
    }
    if message is Message.RESOURCE_LINK:
        return {**placement, "windowTarget": "_blank"}  # a course fills a window of its own
    return {**placement, "selection_width": 900, "selection_height": 700}
