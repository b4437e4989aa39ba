"""The documents that LMSs are configured with."""

from typing import Any
from xml.etree import ElementTree as ET

from coursehub_auth.configuration import configuration, lti11_configuration

HUB = "https://hub.college.example/hub/"
SERVICE = "https://hub.college.example/services/coursehub/"


def document() -> dict[str, Any]:
    return configuration(
        hub_url=HUB, service_url=SERVICE, title="JupyterHub", description="Notebooks"
    )


def test_canvas_finds_all_that_its_key_needs() -> None:
    """The fields that Canvas requires of a pasted configuration."""
    said = document()
    assert said["title"] == "JupyterHub"
    assert said["description"] == "Notebooks"
    assert said["oidc_initiation_url"] == f"{HUB}lti13/oauth_login"
    assert said["target_link_uri"] == f"{HUB}lti13/launch"
    assert said["public_jwk_url"] == f"{SERVICE}lti/jwks.json"
    (canvas,) = said["extensions"]
    assert canvas["platform"] == canvas["settings"]["platform"] == "canvas.instructure.com"
    assert canvas["privacy_level"] == "public"


def test_the_scopes_are_those_in_use_and_no_other() -> None:
    ags, nrps = (
        "https://purl.imsglobal.org/spec/lti-ags/",
        "https://purl.imsglobal.org/spec/lti-nrps/",
    )
    assert set(document()["scopes"]) == {
        f"{ags}scope/lineitem",
        f"{ags}scope/result.readonly",
        f"{ags}scope/score",
        f"{nrps}scope/contextmembership.readonly",
    }


def test_links_and_assignments_are_picked_and_the_course_menu_launches() -> None:
    (canvas,) = document()["extensions"]
    messages = {
        each["placement"]: each["message_type"] for each in canvas["settings"]["placements"]
    }
    assert messages == {
        "course_navigation": "LtiResourceLinkRequest",
        "link_selection": "LtiDeepLinkingRequest",
        "assignment_selection": "LtiDeepLinkingRequest",
    }
    for placement in canvas["settings"]["placements"]:
        assert placement["target_link_uri"] == f"{HUB}lti13/launch"


def test_canvas_sends_what_a_name_may_be_made_from() -> None:
    assert document()["custom_fields"]["login_id"] == "$Canvas.user.loginId"
    assert document()["custom_fields"]["email"] == "$Person.email.primary"


def test_a_title_of_any_letters_stays_text_in_the_document_of_lti11() -> None:
    title = "Notebooks & <more> ]]> é {0}"
    document = lti11_configuration(hub_url=HUB, title=title, description="")
    said = {each.tag.rpartition("}")[2]: each for each in ET.fromstring(document)}
    assert said["title"].text == title
    assert said["launch_url"].text == f"{HUB}lti/launch"
    (privacy,) = said["extensions"]
    assert (privacy.get("name"), privacy.text) == ("privacy_level", "public")
