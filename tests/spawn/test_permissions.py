"""What a started server may do, and who may enter it."""

from pathlib import Path

from jupyterhub import orm, roles
from traitlets.config import Config

from tests.spawn.far_side import FarSide
from tests.spawn.hub import TinyHub, settled, started
from tests.spawn.scenes import play

GB = 10**9


def test_a_server_gets_the_services_scope_if_its_user_has_it(
    tmp_path: Path, service: FarSide
) -> None:
    scope = "access:services!service=coursehub"

    async def scene() -> None:
        hub = TinyHub(tmp_path, service.url)
        roles.create_role(hub.db, {"name": "coursehub-people", "scopes": ["self", scope]})
        entitled, other = hub.user("ada"), hub.user("ben")
        roles.grant_role(hub.db, entitled.orm_user, "coursehub-people")
        for user, has in ((entitled, True), (other, False)):
            spawner = await started(user)
            token = orm.APIToken.find(hub.db, spawner.api_token)
            assert (scope in token.scopes) == has
            assert f"access:servers!server={user.name}/" in token.scopes
            await user.stop()

    play(scene)


def test_configured_scopes_are_kept(tmp_path: Path, service: FarSide) -> None:
    config = Config()
    config.Spawner.server_token_scopes = ["users:activity!user", "read:users!user"]

    async def scene() -> None:
        hub = TinyHub(tmp_path, service.url, config)
        user = hub.user("ada")
        spawner = await started(user)
        token = orm.APIToken.find(hub.db, spawner.api_token)
        assert "read:users!user" in token.scopes
        assert not any(scope.startswith("access:servers") for scope in token.scopes)
        await user.stop()

    play(scene)


def test_staff_enter_a_grader_server_unasked_and_no_other(tmp_path: Path, service: FarSide) -> None:
    folder = tmp_path / "data {8}"
    folder.mkdir()

    async def scene() -> None:
        hub = TinyHub(tmp_path, service.url)
        student = hub.user("ada")
        spawner = await started(student)
        await student.stop()
        await settled(spawner)
        service.admit(reservation_id="", role="grader", notebook_dir=str(folder))
        grader = hub.user("grader-data8")
        await grader.spawn()
        trusted = {"service-other", "jupyterhub-user-grader-data8"}
        assert hub.settings["oauth_no_confirm_list"] == trusted
        assert hub.environment()["JUPYTERHUB_ROOT_DIR"] == str(folder)
        hub.settings["oauth_no_confirm_list"] = {"service-other"}
        after = hub.again(grader)
        assert after.spawners[""].name == ""
        assert hub.settings["oauth_no_confirm_list"] == trusted
        await grader.stop()

    play(scene)
    assert [message.path for message in service.told("seat-1/close")]
    assert len(service.told("/running")) == 1
