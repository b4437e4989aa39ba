"""The wheel holds what an installed coursehub needs, and nothing of the workshop."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names of the files in a wheel that was built just now."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [Path(sys.executable).with_name("uv"), "build", "--wheel", "--out-dir", folder, ROOT],
        check=True, capture_output=True, text=True, timeout=170, env=dict(os.environ),
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        assert archive.testzip() is None
        return frozenset(archive.namelist())


def tracked(folder: str) -> list[str]:
    """The files of a package that git knows, or would if they were added."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


@pytest.mark.parametrize(
    "package",
    [
        "services/coursehub",
        "services/coursehub_demo_lms",
        "authenticators/coursehub_auth",
        "extensions/coursehub_spawn",
        "extensions/coursehub_lab",
        "course_templates/coursehub_templates",
    ],
)
def test_every_file_of_a_package_is_inside(wheel: frozenset[str], package: str) -> None:
    files = tracked(package)
    wing = package.partition("/")[0]
    assert files
    assert not [path for path in files if path.removeprefix(f"{wing}/") not in wheel]


@pytest.mark.parametrize(
    "part",
    [
        "coursehub/migrations/env.py",
        "coursehub/migrations/versions/",
        "coursehub/web/templates/courses/",
        "coursehub/web/static/vendor/",
        "coursehub_lab/etc/student/",
        "coursehub_lab/etc/grader/",
        "coursehub_templates/intro-data-science/copier.yml",
        "coursehub_templates/intro-data-science/template/course.yml.jinja",
        "coursehub_templates/shared/questions.yml",
        "coursehub_templates/shared/template/.gitignore.jinja",
        ".dist-info/entry_points.txt",
        ".dist-info/licenses/LICENSE",
    ],
)
def test_what_is_read_at_run_time_is_inside(wheel: frozenset[str], part: str) -> None:
    assert [name for name in wheel if part in name]


def test_nothing_of_the_workshop_is_inside(wheel: frozenset[str]) -> None:
    packages = {"coursehub", "coursehub_demo_lms", "coursehub_auth", "coursehub_spawn",
                "coursehub_lab", "coursehub_templates"}  # fmt: skip
    top = {name.partition("/")[0] for name in wheel}
    assert {name for name in top if not name.endswith(".dist-info")} == packages
    assert not [name for name in wheel if "__pycache__" in name or name.endswith(".sqlite")]
