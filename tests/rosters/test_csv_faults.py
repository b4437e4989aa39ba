"""Files that cannot be understood: nobody is lost in silence, and the sentence says where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.adapters.rosters import ListFiles
from coursehub.errors import Invalid, Missing
from coursehub.ports import RosterFile, RosterFiles
from coursehub.vocabulary.roster import SourceKind
from tests.rosters.test_csv_exports import export, read


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n \n", "empty"),
        (b"PK\x03\x04rest", "save it as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "save it as CSV"),
        (b"\x00\x01\x02\x03" * 50, "no text"),
        ("ID;Имя\n1;Анна Иванова\n2;Пётр\n".encode("cp1251"), "in UTF-8"),
        ("ID;氏名\n1;山田太郎\n".encode("shift_jis"), "in UTF-8"),
        (b'ID,Name\n7,Ana\n8,"Bo\n9,Cleo\n', "Line 3 cannot be read: a quotation mark"),
        (b'ID,Name\n7,"Ana" Ruiz\n', "Line 2 cannot be read"),
        (b"ID,Name\n7,Ana\n8,Ek,Bo\n", "Line 3 has more cells than the header."),
        (b"ID,Name,Section\n7,Ana,A\n,Bo Ek,A\n", "Line 3 does not say who it is of"),
        (b"Email,Name\nana,Ana\n", "Line 2 does not say who it is of in the column Email"),
        (b"ID,Name\n7,Ana\n7,Bo\n", "Line 3 has the id of line 2, but another name."),
        (b"ID,Name\n" + b"7" * 300 + b",Ana\n", "Line 2 does not say who"),
        (b"ID,Name\n7," + b"x" * 150_000 + b"\n", "Line 2 cannot be read"),
        (b"ID,Name\n7" + b"," * 300_000 + b"\n", "Line 2 is longer than any person's"),
        (b'ID,Name\n7,"' + b"\n" * 120_000 + b"x" * 90_000, "is longer than any person's"),
        (b"ID,Name" + b",x" * 3_000 + b"\n7,Ana\n", "more than 2,000 cells"),
    ],
)
def test_a_file_that_cannot_be_understood_says_which_line_and_why(
    content: bytes, says: str
) -> None:
    with pytest.raises(Invalid, match=says):
        read(content)


def test_many_faulty_lines_are_counted() -> None:
    content = b"ID,Name,Section\n" + b",Ana,A\n" * 9
    with pytest.raises(Invalid, match=r"Line 2 .* Line 6 .* And 4 more lines\."):
        read(content)


def test_a_file_without_people_names_the_columns_that_it_has() -> None:
    with pytest.raises(Invalid) as error:
        read(b"Colour;Size\nred;7\n")
    assert error.value.message == (
        "No column tells who people are: one has to hold an id, a login or an e-mail address. "
        "The columns are: Colour, Size."
    )


def test_a_column_that_was_there_last_time_is_missed_by_name() -> None:
    with pytest.raises(Invalid) as error:
        read(b"ID,Name\n7,Ana\n", columns={"person": "ID", "role": "Course Role"})
    assert error.value.message == (
        "The column Course Role, which held the role, is not there. The columns are: ID, Name."
    )


def test_a_column_can_hold_only_what_lists_have() -> None:
    with pytest.raises(Invalid, match="No column can hold 'shoe size'"):
        read(b"ID,Name\n7,Ana\n", columns={"shoe size": "Name"})


def test_a_person_on_two_lines_is_one_and_is_told() -> None:
    found = read(b"ID,Name,Section\n7,Ana,A\n8,Bo,A\n7,Ana,B\n")
    assert [(one.subject, one.sections) for one in found.members] == [
        ("7", ("A", "B")),
        ("8", ("A",)),
    ]
    assert found.skipped == ("Line 4 is of the same person as line 2.",)


def test_who_dropped_and_came_back_is_in_the_course() -> None:
    content = b"ID,Name,Registration Status\n7,Ana,Dropped\n7,Ana,**Re-Registered**\n"
    (ana,) = read(content).members
    assert ana.status == "Active"


def test_words_that_are_not_known_are_told_and_give_nothing() -> None:
    found = read(b"ID,Name,Role,Status\n7,Ana,Wizard,Enchanted\n8,Bo,,Active\n")
    assert [(one.roles, one.status) for one in found.members] == [((), "Active"), ((), "Active")]
    assert found.skipped == (
        "Line 2 names a role that is not known; it counts as none.",
        "Line 2 names a status that is not known; the person counts as active.",
    )


def test_a_file_of_several_courses_asks_for_one() -> None:
    with pytest.raises(Invalid, match="several courses"):
        read(export("canvas_sis_enrollments"))
    with pytest.raises(Missing, match="no course of that id"):
        read(export("canvas_sis_enrollments"), course="CHEM1")


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(Invalid, match="larger than 20 MB"):
        read(b"x" * 20_000_001)
    with pytest.raises(Invalid, match="more than 100,000 people"):
        read(b"ID\n" + b"".join(b"%d\n" % number for number in range(100_001)))
    with pytest.raises(Invalid, match="more than 200,000 lines"):
        read(b"ID\n" + b"7\n" * 200_001)


def test_a_kind_that_is_no_file_says_so() -> None:
    files: RosterFiles = ListFiles()
    assert set(files.kinds()) == {SourceKind.CSV, SourceKind.ONEROSTER_CSV}
    with pytest.raises(Invalid, match="not a file"):
        files.read(SourceKind.CANVAS, b"", course="", columns={})


HEADS = (b"ID,Name,Role,Status\n", b"Email;Groupes\n", b"sep=\t\nPr\xe9nom\tLogin\n", b"\xff\xfe")
LIKE_A_TABLE = st.text(alphabet='a7,;\t"=\n\r @éß\0\u2028', max_size=200).map(str.encode)


def told(content: bytes) -> RosterFile | str:
    """The list, or the sentence that says why there is none."""
    try:
        return read(content)
    except Invalid as error:
        return error.message


@given(st.one_of(st.binary(max_size=500), LIKE_A_TABLE), st.sampled_from((b"", *HEADS)))
def test_whatever_bytes_are_a_list_or_are_invalid(content: bytes, head: bytes) -> None:
    found = told(head + content)
    if isinstance(found, str):
        assert found.isprintable()
        return
    assert len(found.members) == len({one.subject for one in found.members})
    for one in found.members:
        assert 0 < len(one.subject) <= 255
        assert one.subject.isprintable()
        assert one.name.isprintable()


NAMES = st.text(st.characters(codec="utf-8", categories=["L", "Nd"]), min_size=1, max_size=30)


@given(
    people=st.dictionaries(
        st.text("abc123", min_size=1, max_size=12), st.tuples(NAMES, NAMES), min_size=1
    ),
    separator=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whoever_is_written_is_read(
    people: dict[str, tuple[str, str]], separator: str, encoding: str
) -> None:
    lines = [("Login", "First name", "Last name")]
    lines += [(key, first, last) for key, (first, last) in people.items()]
    text = "\r\n".join(separator.join(cells) for cells in lines)
    found = read(text.encode(encoding))
    assert {one.subject: one.name for one in found.members} == {
        key: f"{first} {last}" for key, (first, last) in people.items()
    }
