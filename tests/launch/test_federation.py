"""The many LMSs of a federation, as its Hub learns of them from the real service."""

import asyncio
from pathlib import Path

from coursehub.model.institution import Deployment, Institution, Platform
from coursehub.store import EVERYONE
from coursehub_auth.registrations import Registrations
from coursehub_auth.service import MAX_BYTES, Service
from tests.launch.registry import HUB_TOKEN, Registry, registry
from tests.launch.test_platform_pages import MOODLE, PAGES

MANY = 2000


def fill(hub: Registry) -> None:
    """So many schools, each with a Moodle of its own."""
    with hub.store.writing(EVERYONE) as session:
        homes = [Institution(slug=f"school-{n}", name=f"School {n}") for n in range(MANY)]
        session.add_all(homes)
        session.flush()
        moodles = [
            Platform(
                institution_id=home.id or 0,
                issuer=f"https://moodle.{home.slug}.example.edu",
                client_id=f"client-of-{home.slug}",
                auth_login_url=f"https://moodle.{home.slug}.example.edu/mod/lti/auth.php",
                token_url=f"https://moodle.{home.slug}.example.edu/mod/lti/token.php",
                key_set_url=f"https://moodle.{home.slug}.example.edu/mod/lti/certs.php",
            )
            for home in homes
        ]
        session.add_all(moodles)
        session.flush()
        session.add_all(
            Deployment(
                institution_id=each.institution_id, platform_id=each.id or 0, deployment_id="1"
            )
            for each in moodles
        )


def test_a_hub_knows_every_lms_of_two_thousand_schools(tmp_path: Path) -> None:
    with registry(tmp_path) as hub:
        fill(hub)
        service = Service(url=hub.url, token=HUB_TOKEN, timeout_s=30)
        registrations = Registrations(service.registrations)
        last = f"https://moodle.school-{MANY - 1}.example.edu"
        found = asyncio.run(registrations.find(issuer=last, client_id="", deployment_id="1"))
        listed = hub.http.get(
            f"{hub.url}api/v1/hub/registrations", headers={"Authorization": f"Bearer {HUB_TOKEN}"}
        )
    assert found.client_id == f"client-of-school-{MANY - 1}"
    assert len(listed.json()["items"]) == MANY
    assert len(listed.content) < MAX_BYTES / 4, "and for four times as many there is room"


def test_a_second_registration_of_an_lms_says_when_to_switch_the_first_off(tmp_path: Path) -> None:
    with registry(tmp_path) as hub:
        hub.post(PAGES, **MOODLE)
        (first,) = hub.platforms
        assert "another registration" not in hub.get(f"{PAGES}/{first.id}").text
        hub.post(PAGES, **{**MOODLE, "client_id": "anew"})
        told = hub.get(f"{PAGES}/{first.id}").text
        assert "has another registration here" in told
        assert ">anew</a>" in told
        hub.post(f"{PAGES}/{first.id}/off")
        second = next(one for one in hub.platforms if one.platform.client_id == "anew")
        assert "another registration" not in hub.get(f"{PAGES}/{second.id}").text
