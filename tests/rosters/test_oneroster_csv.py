"""OneRoster's CSV files in a zip: bulk, delta, and archives that mean harm."""

import contextlib
import io
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.adapters.rosters import ListFiles
from coursehub.errors import Invalid, Missing
from coursehub.ports import Member, RosterFile
from coursehub.vocabulary.roster import SourceKind
from tests.rosters.far_side import SHAPES


def files_of(version: str = "11") -> dict[str, str]:
    folder = SHAPES / f"oneroster{version}"
    return {path.name: path.read_text() for path in sorted(folder.glob("*.csv"))}


def packed(files: dict[str, str], *, within: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(within + name, text)
    return buffer.getvalue()


def read(content: bytes, *, course: str = "class-412") -> RosterFile:
    files = ListFiles(today=lambda: date(2027, 3, 1))
    return files.read(SourceKind.ONEROSTER_CSV, content, course=course, columns={})


@pytest.mark.parametrize(("version", "sis_id"), [("11", "S200"), ("12", "M-S200")])
def test_a_class_of_a_oneroster_archive_is_read(version: str, sis_id: str) -> None:
    found = read(packed(files_of(version)))
    assert found.is_whole
    assert {one.subject: one.status for one in found.members} == {
        "p-odile": "Active",
        "p-tariq": "Active",
        "p-ana": "Active",
        "p-bo": "Inactive",
        "p-cleo": "Inactive",
    }
    (ana,) = [one for one in found.members if one.subject == "p-ana"]
    assert ana == Member(
        subject="p-ana",
        roles=("Learner",),
        name="Ana Ruiz",
        email="aruiz@school.example",
        sections=("Data 8, Monday",),
        login="aruiz",
        sis_id=sis_id,
    )


def test_a_folder_around_the_files_is_taken_off() -> None:
    assert len(read(packed(files_of(), within="export/")).members) == 5


def test_a_delta_names_changes_alone_and_is_no_whole_list() -> None:
    files = files_of()
    files["manifest.csv"] = files["manifest.csv"].replace("enrollments,bulk", "enrollments,delta")
    head, *lines = files["enrollments.csv"].splitlines()
    gone = lines[2].replace("enr-3,,", "enr-3,tobedeleted,2027-02-02T10:00:00.000Z")
    files["enrollments.csv"] = f"{head}\n{gone}\n"
    del files["users.csv"]
    found = read(packed(files))
    assert not found.is_whole
    assert [(one.subject, one.status) for one in found.members] == [("p-ana", "Deleted")]


def test_an_archive_of_several_classes_asks_for_one() -> None:
    with pytest.raises(Invalid, match="2 classes"):
        read(packed(files_of()), course="")
    with pytest.raises(Missing, match="no class of that id"):
        read(packed(files_of()), course="class-1")


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("enrollments.csv", "userSourcedId", "user", "enrollments.csv has no column userSourcedId"),
        ("enrollments.csv", "p-ana", "p-nobody", "Line 4 of enrollments.csv names somebody"),
        ("enrollments.csv", "p-ana", "", "Line 4 of enrollments.csv has no usable userSourcedId"),
        ("users.csv", "13,\n", "13,,x\n", "Line 4 of users.csv has more cells"),
        ("manifest.csv", "version,1.1", "version,3.0", "other than 1.1 or 1.2"),
    ],
)
def test_an_archive_that_cannot_be_understood_says_where(
    name: str, old: str, new: str, says: str
) -> None:
    files = files_of()
    files[name] = files[name].replace(old, new)
    with pytest.raises(Invalid, match=says):
        read(packed(files))


def test_an_archive_without_enrolments_says_so() -> None:
    files = files_of()
    del files["enrollments.csv"]
    with pytest.raises(Invalid, match=r"no enrollments\.csv"):
        read(packed(files))


def test_an_archive_that_unfolds_without_end_is_stopped() -> None:
    with pytest.raises(Invalid, match="unfolds into more"):
        read(packed({**files_of(), "users.csv": "x" * 101_000_000}))
    with pytest.raises(Invalid, match="more than 100 files"):
        read(packed({**files_of(), **{f"{number}.csv": "" for number in range(101)}}))


def test_a_path_in_an_archive_leads_nowhere() -> None:
    with pytest.raises(Invalid, match=r"no enrollments\.csv"):
        read(packed(files_of(), within="../"))
    both = {**files_of(), "again/users.csv": "x"}
    with pytest.raises(Invalid, match=r"users\.csv is in the archive twice"):
        read(packed(both))


@given(st.binary(max_size=200), st.integers(0, 2_000), st.integers(0, 255))
def test_whatever_bytes_are_an_archive_or_are_invalid(
    content: bytes, place: int, value: int
) -> None:
    good = bytearray(packed(files_of()))
    good[place % len(good)] = value
    for bad in (content, bytes(good), bytes(good[: len(good) - place % 500])):
        with contextlib.suppress(Invalid, Missing):
            assert read(bad).members
