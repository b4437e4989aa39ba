"""Where a course's people are listed: services that are asked, and files that are uploaded."""

from coursehub.adapters.rosters.asking import Patience
from coursehub.adapters.rosters.files import ListFiles
from coursehub.adapters.rosters.sealed import SourceSecrets
from coursehub.adapters.rosters.services import AnyRosters

__all__ = ["AnyRosters", "ListFiles", "Patience", "SourceSecrets"]
