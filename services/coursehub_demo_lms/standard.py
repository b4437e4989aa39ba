"""The names that LTI 1.3, AGS 2.0, NRPS 2.0, Deep Linking 2.0 and their kin fix, spelt once."""

from typing import Final, Literal

CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/"
NRPS_CLAIM: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
AGS_CLAIM: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
DEEP_LINKING_CLAIM: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"

RESOURCE_LINK_REQUEST: Final = "LtiResourceLinkRequest"
DEEP_LINKING_REQUEST: Final = "LtiDeepLinkingRequest"
DEEP_LINKING_RESPONSE: Final = "LtiDeepLinkingResponse"
SUBMISSION_REVIEW_REQUEST: Final = "LtiSubmissionReviewRequest"
DATA_PRIVACY_REQUEST: Final = "DataPrivacyLaunchRequest"
MESSAGES: Final = (
    RESOURCE_LINK_REQUEST,
    DEEP_LINKING_REQUEST,
    SUBMISSION_REVIEW_REQUEST,
    DATA_PRIVACY_REQUEST,
)

PLATFORM_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PERSON_CLAIMS: Final = ("name", "given_name", "family_name", "email")

SCOPE_MEMBERS: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPE_LINEITEM: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
SCOPE_LINEITEM_READ: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
SCOPE_RESULT_READ: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCOPE_SCORE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
AGS_SCOPES: Final = (SCOPE_LINEITEM, SCOPE_LINEITEM_READ, SCOPE_RESULT_READ, SCOPE_SCORE)
SCOPES: Final = (SCOPE_MEMBERS, *AGS_SCOPES)

MEDIA_MEMBERS: Final = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MEDIA_LINEITEM: Final = "application/vnd.ims.lis.v2.lineitem+json"
MEDIA_LINEITEMS: Final = "application/vnd.ims.lis.v2.lineitemcontainer+json"
MEDIA_SCORE: Final = "application/vnd.ims.lis.v1.score+json"
MEDIA_RESULTS: Final = "application/vnd.ims.lis.v2.resultcontainer+json"

JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

Role = Literal["Instructor", "TeachingAssistant", "Learner", "Administrator"]
Status = Literal["Active", "Inactive", "Deleted"]

ROLES: Final[tuple[Role, ...]] = ("Instructor", "TeachingAssistant", "Learner", "Administrator")

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person"

# LTI 1.3 core A.2.3.1: a sub-role travels together with its principal role.
ROLE_URIS: Final[dict[Role, tuple[str, ...]]] = {
    "Instructor": (f"{_MEMBERSHIP}#Instructor",),
    "TeachingAssistant": (
        f"{_MEMBERSHIP}/Instructor#TeachingAssistant",
        f"{_MEMBERSHIP}#Instructor",
    ),
    "Learner": (f"{_MEMBERSHIP}#Learner",),
    "Administrator": (f"{_INSTITUTION}#Administrator", f"{_MEMBERSHIP}#Administrator"),
}

# A launch outside of any course knows no role in one.
INSTITUTION_ADMINISTRATOR: Final = f"{_INSTITUTION}#Administrator"
