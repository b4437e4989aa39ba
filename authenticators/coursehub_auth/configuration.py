"""The JSON document that an LMS can be configured with, in the shape ltiauthenticator gave it."""

from typing import Any

SCOPES = (
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
)


def configuration(
    *, hub_url: str, service_url: str, title: str, description: str
) -> dict[str, Any]:
    """The tool's configuration; both addresses are public and end with a slash."""
    target = f"{hub_url}lti13/launch"
    placement = {
        "placement": "course_navigation",
        "message_type": "LtiResourceLinkRequest",
        "windowTarget": "_blank",
        "target_link_uri": target,
    }
    canvas = {
        "platform": "canvas.instructure.com",
        "privacy_level": "public",
        "settings": {"platform": "canvas.instructure.com", "placements": [placement]},
    }
    return {
        "title": title,
        "description": description,
        "target_link_uri": target,
        "oidc_initiation_url": f"{hub_url}lti13/oauth_login",
        "redirect_uris": [f"{hub_url}lti13/oauth_callback"],
        "public_jwk_url": f"{service_url}lti/jwks.json",
        "scopes": list(SCOPES),
        "custom_fields": {},
        "extensions": [canvas],
    }
