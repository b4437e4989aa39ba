"""The same tool by other hands: pylti1p3next's services, with our key and our registration."""

from dataclasses import dataclass

from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem
from pylti1p3.names_roles import NamesRolesProvisioningService
from pylti1p3.registration import Registration
from pylti1p3.service_connector import ServiceConnector

from coursehub.adapters.keys import ToolKeys
from coursehub.ports import LmsScore, Member, PlatformAccess

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"


class Connector(ServiceConnector):
    """Its client, which leaves to its user where tokens are kept: here, for one connector."""

    def __init__(self, registration: Registration) -> None:
        super().__init__(registration)
        self._tokens: dict[str, str] = {}

    def _get_cached_access_token(self, scope_key: str) -> str | None:
        return self._tokens.get(scope_key)

    def _cache_access_token(self, scope_key: str, access_token: str, expires_in: float) -> None:
        self._tokens[scope_key] = access_token


def registration(access: PlatformAccess, keys: ToolKeys) -> Registration:
    """What the oracle needs to know of a platform, and the key that ours signs with."""
    key = keys.signing()
    return (
        Registration()
        .set_issuer(access.issuer)
        .set_client_id(access.client_id)
        .set_auth_token_url(access.token_url)
        .set_tool_private_key(key.as_pem(private=True).decode())
        .set_tool_public_key(key.as_pem(private=False).decode())
    )


@dataclass(frozen=True, kw_only=True)
class Oracle:
    """pylti1p3next in a course of a platform."""

    access: PlatformAccess
    keys: ToolKeys
    roster_url: str = ""
    lineitems_url: str = ""

    @property
    def connector(self) -> Connector:
        return Connector(registration(self.access, self.keys))

    @property
    def grades(self) -> AssignmentsGradesService:
        return AssignmentsGradesService(
            self.connector,
            {
                "lineitems": self.lineitems_url,
                "scope": [f"{_AGS}lineitem", f"{_AGS}score", f"{_AGS}result.readonly"],  # type: ignore[list-item]  # its words are literals
            },
        )

    def roster(self) -> list[Member]:
        """Everyone on the roster, said in our words."""
        names = NamesRolesProvisioningService(
            self.connector, {"context_memberships_url": self.roster_url}
        )
        return [
            Member(
                subject=raw["user_id"],
                roles=tuple(raw["roles"]),
                status=raw["status"],
                name=raw.get("name", ""),
                email=raw.get("email", ""),
            )
            for raw in names.get_members()
        ]

    def line_items(self) -> dict[str, str]:
        """The resource id of every line item, by its address."""
        return {item["id"]: item.get("resourceId", "") for item in self.grades.get_lineitems()}

    def column(self, name: str, *, of: float) -> str:
        """The line item of that resource id, made if there is none."""
        wanted = LineItem().set_resource_id(name).set_label(f"The {name}").set_score_maximum(of)
        found = self.grades.find_or_create_lineitem(wanted, find_by="resource_id").get_id()
        assert found
        return found

    def post_score(self, line_item_url: str, score: LmsScore) -> None:
        grade = (
            Grade()
            .set_user_id(score.subject)
            .set_score_given(score.points)
            .set_score_maximum(score.max_points)
            .set_timestamp(score.scored_at.isoformat(timespec="milliseconds"))
            .set_activity_progress("Completed")
            .set_grading_progress("FullyGraded")
        )
        self.grades.put_grade(grade, LineItem().set_id(line_item_url))

    def results(self, line_item_url: str) -> dict[str, tuple[float, float]]:
        """Points and their maximum by subject, as the gradebook shows them."""
        shown = self.grades.get_grades(LineItem().set_id(line_item_url))
        return {one["userId"]: (one["resultScore"], one["resultMaximum"]) for one in shown}
