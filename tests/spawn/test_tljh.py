"""The plugin of The Littlest JupyterHub, called as TLJH calls its plugins."""

import pluggy
from traitlets.config import Config

from coursehub_spawn import tljh


class Tljh:
    """TLJH's own hook specification (tljh.hooks), which is on no registry."""

    @pluggy.HookspecMarker("tljh")
    def tljh_custom_jupyterhub_config(self, c: Config) -> None: ...


def called_on(c: Config) -> None:
    """As tljh.jupyterhub_config does after its own settings."""
    plugins = pluggy.PluginManager("tljh")
    plugins.add_hookspecs(Tljh)
    assert plugins.load_setuptools_entrypoints("tljh") >= 1
    plugins.hook.tljh_custom_jupyterhub_config(c=c)


def test_tljh_finds_the_plugin_and_keeps_what_it_configured() -> None:
    c = Config()
    c.JupyterHub.services = [{"name": "cull-idle"}]
    c.JupyterHub.authenticator_class = "dummy"
    c.JupyterHub.spawner_class = "simple"
    called_on(c)
    assert [service["name"] for service in c.JupyterHub.services] == ["cull-idle", "coursehub"]
    environment = c.JupyterHub.services[1]["environment"]
    assert environment["COURSEHUB_DATA_DIR"] == str(tljh.DATA)
    assert c.JupyterHub.authenticator_class.__name__ == "DummyAuthenticatorWithLti"
    assert c.JupyterHub.spawner_class.__name__ == "LimitedSimpleLocalProcessSpawner"
