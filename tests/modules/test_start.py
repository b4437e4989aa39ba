import os
import subprocess
import sys
from pathlib import Path

from coursehub_lab.start import environment


def started(*command: str, **given: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from coursehub_lab.start import main; main()", *command],
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def role_folder(given: dict[str, str]) -> str:
    return Path(environment(given)["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0]).name


def test_everyone_but_the_grader_gets_the_students_view() -> None:
    roles = ("student", "instructor", "ta", "observer", "")
    found = {role_folder({"COURSEHUB_COURSE": "data8", "COURSEHUB_ROLE": r}) for r in roles}
    assert found == {"student"}
    assert role_folder({"COURSEHUB_COURSE": "data8", "COURSEHUB_ROLE": "grader"}) == "grader"


def test_configuration_that_was_there_stays_behind_the_roles_own() -> None:
    given = {"COURSEHUB_COURSE": "data8", "JUPYTER_CONFIG_PATH": "/opt/jupyter"}
    once = environment(given)
    assert once["JUPYTER_CONFIG_PATH"].endswith(os.pathsep + "/opt/jupyter")
    assert environment(once) == once


def test_a_server_of_no_course_is_left_as_it_is() -> None:
    assert environment({"JUPYTER_CONFIG_PATH": "/opt"}) == {"JUPYTER_CONFIG_PATH": "/opt"}
    assert environment({}) == {}


def test_the_command_takes_the_place_of_the_starter() -> None:
    done = started("sh", "-c", "echo $JUPYTER_CONFIG_PATH; exit 3", COURSEHUB_COURSE="data8")
    assert done.returncode == 3
    assert done.stdout.strip().endswith("etc/student")


def test_without_a_command_or_with_a_wrong_one_it_says_so() -> None:
    assert "give the command" in started().stderr
    missing = started("no-such-command")
    assert missing.returncode == 127
    assert missing.stderr == "coursehub-start: there is no command 'no-such-command'.\n"
