from collections.abc import Iterator
from pathlib import Path

import pytest

from coursehub.adapters.git import GitRepos
from coursehub.settings import Settings
from coursehub.store import Store
from tests.modules.actors import Service, Student, Upstream, free_socket, notebook, served


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Upstream]:
    bound = free_socket()
    host = Upstream(
        folder=tmp_path / "upstream",
        url=f"http://127.0.0.1:{bound.getsockname()[1]}/intro.git",
    )
    with served(host.app(), bound):
        host.begin(
            {
                "one/one.ipynb": notebook("import math", "radius = 1", "area = 3 * radius"),
                "two/table.csv": "a,b\n1,2\n",
                "README.md": "An introduction.\n",
            }
        )
        host.requests.clear()
        yield host
        host.silent.clear()


@pytest.fixture
def service(tmp_path: Path, upstream: Upstream) -> Iterator[Service]:
    bound = free_socket()
    settings = Settings(
        data_dir=tmp_path / "data",
        module_refresh_s=0,
        allow_private_repositories=True,
        repository_timeout_s=20,
        user_servers_url=f"http://127.0.0.1:{bound.getsockname()[1]}/services/coursehub/",
    )
    settings.data_dir.mkdir()
    hub = Service(settings=settings, store=Store(settings.database), repos=GitRepos(settings))
    hub.open_course(url=upstream.url)
    with served(hub.app(), bound):
        yield hub
    hub.store.close()


@pytest.fixture
def sam(tmp_path: Path, service: Service) -> Student:
    home = tmp_path / "home"
    home.mkdir()
    return Student(name="sam", home=home, service_url=service.url)
