"""Words for roles and statuses in lists that people and systems export, in five languages."""

import functools
import re
import unicodedata
from typing import Final

_ROLES: Final = {
    "Learner": """student students learner etudiant etudiante etudiants apprenant estudiante alumno
        alumna teilnehmer teilnehmerin studierende studierender estudante aluno aluna participante
        studentenrollment studentin""",
    "Instructor": """teacher instructor professor lecturer faculty enseignant enseignante professeur
        profesor profesora docente lehrer lehrerin trainer dozent dozentin teacherenrollment
        editingteacher professora manager gestionnaire""",
    "TeachingAssistant": """ta teachingassistant assistant tutor grader taenrollment
        nichteditierende monitor ayudante assistente""",
    "ContentDeveloper": "designer designerenrollment contentdeveloper",
    "Mentor": "observer observerenrollment observador observateur beobachter mentor",
}
_TA_PHRASES: Final = re.compile(
    r"non editing|noneditingteacher|non editeur|sin permiso|no editor|ohne bearbeit|nao editor"
    r"|sem permiss|teaching assistant|moderador"
)
_GONE: Final = re.compile(
    r"withdr|drop|delet|cancel|unregist|deregist|not regist|unenrol|retire|abandon|annule|baja"
    r"|desinscri|desmatric|no inscri|nao inscri|nicht eingeschrieben|eliminad|abgemeldet"
    r"|exmatrikul|geloscht|desist|trancad|excluid|rejected"
)
_AWAY: Final = re.compile(
    r"inacti|suspend|suspenso|wait|complet|conclu|not current|liste d attente|nicht aktuell|inaktiv"
    r"|gesperrt|lista de espera|termine|caducad|no actual|nao atual"
)
_HERE: Final = re.compile(
    r"regist|activ|aktiv|actif|enrol|inscri|matricul|eingeschrieben|invited|ativo|current|added"
)


@functools.lru_cache(maxsize=1_000)
def roles_of(text: str) -> tuple[str, ...] | None:
    """The LIS roles that a cell names; None where it holds a word that is none."""
    found: list[str] = []
    for part in re.split(r"[,;]", text):
        if plain := _plain(part):
            role = _role(plain)
            if role is None:
                return None
            found.append(role)
    return tuple(dict.fromkeys(found))


@functools.lru_cache(maxsize=1_000)
def status_of(text: str) -> str | None:
    """Active, Inactive or Deleted; None where the words say none of these."""
    plain = _plain(text)
    if not plain or plain in {"e", "re", "rw"}:  # Banner's and PeopleSoft's codes
        return "Active"
    if plain in {"d", "dd", "dw", "dc", "w"} or _GONE.search(plain):
        return "Deleted"
    if plain in {"wl", "w l"} or _AWAY.search(plain):
        return "Inactive"
    return "Active" if _HERE.search(plain) else None


def _role(plain: str) -> str | None:
    if _TA_PHRASES.search(plain):
        return "TeachingAssistant"
    words = plain.split()
    return next((role for role, known in _ROLES.items() if set(words) & set(known.split())), None)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(one for one in letters if not unicodedata.combining(one))
    return " ".join(re.findall(r"[^\W_]+", bare))
