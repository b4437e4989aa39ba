"""Lists as Canvas, Moodle and Banner export them, in their languages and encodings."""

import codecs

import pytest

from coursehub.adapters.rosters import ListFiles
from coursehub.ports import Member, RosterFile
from coursehub.vocabulary.people import Role, role_of
from coursehub.vocabulary.roster import SourceKind
from tests.rosters.far_side import SHAPES


def read(content: bytes, *, course: str = "", columns: dict[str, str] | None = None) -> RosterFile:
    return ListFiles().read(SourceKind.CSV, content, course=course, columns=columns or {})


def export(name: str) -> bytes:
    return (SHAPES / f"{name}.csv").read_bytes()


def test_a_gradebook_of_canvas_lists_its_students() -> None:
    found = read(export("canvas_gradebook"))
    assert found.members == (
        Member(
            subject="80",
            roles=("Learner",),
            name="Ana Ruiz",
            sections=("Monday lab",),
            login="aruiz",
            sis_id="S-200",
        ),
        Member(
            subject="81",
            roles=("Learner",),
            name="Bo Ek",
            sections=("Monday lab and Thursday lab",),
            login="bek",
            sis_id="S-201",
        ),
    )


def test_canvas_own_lines_in_a_gradebook_hold_nobody_and_are_told() -> None:
    assert read(export("canvas_gradebook")).skipped == (
        "Line 2 is Canvas's own and holds nobody.",
        "Line 3 is Canvas's own and holds nobody.",
        "Line 6 is Canvas's own and holds nobody.",
    )


def test_a_gradebook_of_canvas_may_have_first_and_last_names_apart() -> None:
    found = read(export("canvas_gradebook_names"))
    assert [(one.subject, one.name) for one in found.members] == [("80", "Ana Ruiz")]
    assert len(found.skipped) == 2


def test_users_of_canvas_sis_files_have_their_status() -> None:
    found = read(export("canvas_sis_users"))
    assert [(one.subject, one.status) for one in found.members] == [
        ("S-200", "Active"),
        ("S-201", "Inactive"),
        ("S-203", "Deleted"),
    ]


def test_enrollments_of_canvas_sis_files_are_read_for_one_course() -> None:
    found = {
        one.subject: one
        for one in read(export("canvas_sis_enrollments"), course="DATA8-27S").members
    }
    assert {key: role_of(one.roles) for key, one in found.items()} == {
        "E-100": Role.INSTRUCTOR,
        "E-101": Role.TA,
        "S-200": Role.STUDENT,
        "S-203": Role.STUDENT,
        "P-300": Role.OBSERVER,
    }
    assert found["S-200"].sections == ("D8-M", "D8-T")
    assert found["S-203"].status == "Deleted"


def test_participants_of_moodle_are_known_by_what_all_of_them_have() -> None:
    found = read(export("moodle_participants"))
    assert found.columns["person"] == "Email address"
    assert [(one.subject, one.name, one.sis_id, one.roles) for one in found.members] == [
        ("omarchand@school.example", "Odile Marchand", "E100", ("Learner",)),
        ("aruiz@school.example", "Ana Ruiz", "S200", ("Learner",)),
        ("bek@school.example", "Bo Ek", "", ("Learner",)),
    ]


def test_a_report_of_moodle_has_roles_groups_and_status() -> None:
    found = {one.subject: one for one in read(export("moodle_report")).members}
    assert {key.partition("@")[0]: role_of(one.roles) for key, one in found.items()} == {
        "omarchand": Role.INSTRUCTOR,
        "tbello": Role.TA,
        "aruiz": Role.STUDENT,
        "dlund": Role.STUDENT,
    }
    assert found["omarchand@school.example"].sections == ()
    assert found["aruiz@school.example"].sections == ("Lab A", "Project 3")
    assert found["dlund@school.example"].status == "Inactive"


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("moodle_report_fr", {"Léa Brûlé": "ta", "Zoé Lefèvre": "student"}),
        ("moodle_report_de", {"Jürgen Groß": "ta", "Änne Müller": "student"}),
        ("moodle_report_pt", {"João Gonçalves": "instructor", "Conceição Simões": "student"}),
        ("moodle_gradebook_es", {"Íñigo Núñez": "student"}),
    ],
)
def test_a_list_is_understood_in_its_own_language_and_encoding(
    name: str, people: dict[str, str]
) -> None:
    found = {one.name: role_of(one.roles) for one in read(export(name)).members}
    assert {name: found[name] for name in people} == people


def test_a_class_list_of_banner_begins_below_its_titles() -> None:
    found = read(export("banner_summary"))
    assert [(one.subject, one.name, one.status) for one in found.members] == [
        ("00123401", "Ana Ruiz", "Active"),
        ("00123402", "Bo Ek", "Active"),
        ("00123403", "Dag Lund", "Deleted"),
        ("00123404", "Ebba Roth", "Inactive"),
    ]
    assert found.skipped == ("Line 14 has one cell alone and holds nobody.",)


TABLE = "Prénom;Nom;Adresse de courriel\r\nZoé;Lefèvre;zoe@ecole.example\r\n"


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        codecs.BOM_UTF8 + TABLE.encode(),
        TABLE.encode("utf-16"),
        codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"),
        TABLE.encode("utf-16-le"),
        TABLE.encode("cp1252"),
        TABLE.replace("\r\n", "\r").encode(),
        TABLE.replace(";", ",").encode(),
        TABLE.replace(";", "\t").encode("utf-16"),
        f"sep=;\r\n{TABLE}".encode("cp1252"),
    ],
)
def test_encoding_and_separator_are_found_out(content: bytes) -> None:
    (zoe,) = read(content).members
    assert (zoe.name, zoe.subject) == ("Zoé Lefèvre", "zoe@ecole.example")


def test_a_short_list_of_accented_names_is_read() -> None:
    text = "ID;Name\n1;Ñandú Peña\n2;Íñigo Ümläüt\n3;ÄÖÜß Straße\n"
    names = [one.name for one in read(text.encode("cp1252")).members]
    assert names == ["Ñandú Peña", "Íñigo Ümläüt", "ÄÖÜß Straße"]


def test_the_columns_are_told_to_be_remembered() -> None:
    found = read(b"Mail;Wer;Klasse\nana@x.example;Ana Ruiz;A\n")
    assert found.columns == {"email": "Mail", "person": "Mail"}
    assert [one.name for one in found.members] == [""]


def test_columns_that_somebody_named_are_used() -> None:
    content = b"Mail;Wer;Klasse\nana@x.example;Ruiz, Ana;A\n"
    found = read(content, columns={"name": "Wer", "section": "KLASSE"})
    assert found.members == (
        Member(
            subject="ana@x.example",
            roles=("Learner",),
            name="Ana Ruiz",
            email="ana@x.example",
            sections=("A",),
        ),
    )
    again = read(content, columns=dict(found.columns))
    assert again.members == found.members


def test_people_keep_their_ids_when_a_later_file_has_a_better_column() -> None:
    first = read(b"Name,Email\nAna Ruiz,ana@x.example\n")
    later = read(b"ID,Name,Email\n7,Ana Ruiz,Ana@x.example\n", columns=dict(first.columns))
    assert [one.subject for one in later.members] == ["ana@x.example"]


def test_without_a_column_of_roles_everybody_is_a_student() -> None:
    (ana,) = read(b"Email\nana@x.example\n").members
    assert ana.roles == ("Learner",)


def test_a_formula_is_text() -> None:
    content = b'ID,Name\n7,"=HYPERLINK(""https://x.example"")"\n="008",Bo Ek\n'
    ana, bo = read(content).members
    assert ana.name == '=HYPERLINK("https://x.example")'
    assert bo.subject == "008"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Ruiz, Ana", "Ana Ruiz"),
        ("Ana Ruiz", "Ana Ruiz"),
        ("Sund, Jr., Hugo", "Sund, Jr., Hugo"),
        ("Prince,", "Prince,"),
        ("Núñez de la O,  María José", "María José Núñez de la O"),
    ],
)
def test_a_name_is_as_it_is_said_aloud(written: str, said: str) -> None:
    (one,) = read(f'ID,Student Name\n7,"{written}"\n'.encode()).members
    assert one.name == said


def test_beside_a_given_name_the_name_is_the_familys() -> None:
    (one,) = read("Name;Vorname;E-Mail\nGroß;Jürgen;j@x.example\n".encode()).members
    assert one.name == "Jürgen Groß"
