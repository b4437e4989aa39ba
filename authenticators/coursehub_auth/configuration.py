"""
The JSON document that an LMS can be configured with, in the shape ltiauthenticator gave it.

Canvas reads it as it stands ("Configuring LTI Advantage Tools", Canvas LMS documentation).
"""

from typing import Any

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
