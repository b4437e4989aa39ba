"""
Which column holds what: names of columns as LMSs and registrars write them, in five languages.

English, French, Spanish, German and Portuguese; from exports of Canvas (gradebook,
people, SIS), Moodle (participants, gradebook) and Banner.
"""

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from coursehub.errors import Invalid

IDENTIFYING: Final = ("id", "sis_id", "login", "email")
"""What a person can be known by, the best first."""
PERSON: Final = "person"
"""The column by which people are known in this list, whatever else it holds."""

_NAMES: Final[Mapping[str, str]] = {
    "id": "ID; Canvas User ID; Person ID; PIDM",
    "sis_id": """SIS User ID; SIS ID; Student SIS ID; user_id; Student ID; Student Number;
        ID number; Banner ID; University ID; Numéro d'identification; Numéro d'étudiant;
        Numéro étudiant; Matricule; Número de ID; Número de identificación;
        Número de estudiante; Número de cuenta; Matrícula; ID-Nummer; Matrikelnummer;
        Matrikel-Nr.; Número de identificação; Número de estudante; Número de aluno""",
    "login": """SIS Login ID; login_id; Login ID; Login; Username; User name; NetID; Net ID;
        Nom d'utilisateur; Identifiant; Nombre de usuario; Usuario; Anmeldename; Benutzername;
        Nome de usuário; Nome de utilizador; Identificação de usuário""",
    "email": """Email address; E-mail address; Email; E-mail; Mail; Student Email; Preferred Email;
        Adresse de courriel; Adresse e-mail; Courriel; Adresse électronique;
        Dirección de correo; Dirección Email; Correo electrónico; Correo;
        E-Mail-Adresse; Endereço de email; Endereço de e-mail; Correio eletrónico""",
    "name": """Student; Student Name; Full name; full_name; Name; Participant; Display Name;
        Nom complet; Étudiant; Nombre completo; Estudiante; Alumno; Vollständiger Name;
        Nome completo; Estudante; Aluno""",
    "first_name": """First name; FirstName; first_name; First; Given name; Forename;
        Preferred First Name; Prénom; Nombre; Nombre(s); Vorname; Primeiro nome; Nome""",
    "last_name": """Last name; LastName; last_name; Last; Surname; Family name; Nom; Nom de famille;
        Apellido; Apellidos; Apellido(s); Nachname; Familienname; Sobrenome; Apelido;
        Último nome""",
    "role": "Role; Roles; Course Role; Rôle; Rôles; Rol; Rolle; Rollen; Papel; Papéis; Perfil",
    "section": """Section; Section Name; section_id; Section Number; Sec; Sections; Sección;
        Abschnitt; Seção; Secção; Turma""",
    "groups": "Groups; Group; Groupes; Groupe; Grupos; Grupo; Gruppen; Gruppe",
    "status": """Registration Status; Enrollment Status; Enrolment status; Reg Status; Status;
        Statut; Statut d'inscription; Estado; Estatus; Situação; Estado da inscrição;
        Einschreibestatus""",
    "course": "course_id",
    PERSON: "",  # said by whoever made the list, known by no name
}
_WANTED: Final = {
    "id": "id",
    "sis_id": "SIS id",
    "login": "login",
    "email": "e-mail address",
    "name": "name",
    "first_name": "first name",
    "last_name": "last name",
    "role": "role",
    "section": "section",
    "groups": "groups",
    "status": "status",
    "course": "course",
    PERSON: "people's ids",
}
_MOST_SHOWN: Final = 15


class Columns:
    """The columns of one header row by what they hold."""

    def __init__(self, header: Sequence[str], *, known: Mapping[str, str]) -> None:
        self._header = header
        self._known = known
        self._places = _places(header, known)

    @property
    def score(self) -> tuple[bool, int, int]:
        """How much this row looks like a header: whether it identifies people, what it has."""
        return self.identifying != "", len(self._places), sum(map(bool, self._header))

    @property
    def identifying(self) -> str:
        """What people are known by in this file; empty where they are not."""
        said = self._places.get(PERSON)
        if said is None:
            return next((one for one in IDENTIFYING if one in self._places), "")
        return next((one for one in IDENTIFYING if self._places.get(one) == said), PERSON)

    @property
    def named(self) -> dict[str, str]:
        """
        Each column's own name by what it holds.

        The one that identifies is named as PERSON, too: a later file that has a
        better one as well would otherwise make strangers of everybody.
        """
        named = {holds: self._header[place] for holds, place in self._places.items()}
        return {**named, PERSON: named[self.identifying]} if self.identifying else named

    def by(self, holds: str) -> "Columns":
        """The same columns, where people are known by the one that holds this."""
        name = self._header[self._places[holds]]
        return Columns(self._header, known={**self._known, PERSON: name})

    def place(self, holds: str) -> int | None:
        """The number of the column that holds it."""
        return self._places.get(holds)

    def __len__(self) -> int:
        return len(self._header)


def require(columns: Columns, header: Sequence[str], known: Mapping[str, str]) -> Columns:
    """The columns, if they tell people apart; Invalid otherwise, naming those that there are."""
    shown = [name[:40] for name in header if name][:_MOST_SHOWN]
    found = ", ".join(shown) if shown else "none"
    for holds, name in known.items():
        if columns.place(holds) is None:
            raise Invalid(
                "roster-columns",
                f"The column {name[:40]}, which held the {_WANTED[holds]}, is not there. "
                f"The columns are: {found}.",
            )
    if not columns.identifying:
        raise Invalid(
            "roster-columns",
            "No column tells who people are: one has to hold an id, a login or an e-mail address. "
            f"The columns are: {found}.",
        )
    return columns


def require_known(columns: Mapping[str, str]) -> None:
    """Nothing, if these are columns that a reading may be told of."""
    if strange := sorted(set(columns) - set(_NAMES)):
        raise Invalid("roster-columns", f"No column can hold {strange[0][:40]!r}.")


def _places(header: Sequence[str], known: Mapping[str, str]) -> dict[str, int]:
    """What each column holds: as it was said, else by its name, the most telling name first."""
    plain = [_plain(name) for name in header]
    places: dict[str, int] = {}
    for holds, name in known.items():
        if _plain(name) in plain:
            places[holds] = plain.index(_plain(name))
    taken = {place for holds, place in places.items() if holds != PERSON}
    for holds, names in _known_names().items():
        place = next((plain.index(name) for name in names if name in plain), None)
        if place is not None and place not in taken:
            places.setdefault(holds, place)
    return places


@functools.cache
def _known_names() -> dict[str, tuple[str, ...]]:
    return {
        holds: tuple(dict.fromkeys(_plain(name) for name in names.split(";")))
        for holds, names in _NAMES.items()
        if names
    }


def _plain(name: str) -> str:
    """A column's name without capitals, accents and punctuation."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(one for one in letters if not unicodedata.combining(one))
    return " ".join(re.findall(r"\w+", bare.replace("_", " ")))
