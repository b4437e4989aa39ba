"""From verified claims to a Launch: pure, and strict about types."""

from coursehub.vocabulary.launch import Context, Launch, Message, ResourceLink
from coursehub_auth.errors import LaunchRefused, unreadable
from coursehub_auth.messages import deep_linking, for_user
from coursehub_auth.values import clean, identifier, members, needed, text, texts, words
from coursehub_auth.verify import CLAIM, Claims, message_of, moment

AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
MAX_SUBJECT_CHARS = 255
# OpenID Connect core 5.1; what a person's name on the Hub may be made from.
NAMING = ("given_name", "family_name", "middle_name", "preferred_username", "nickname")
LINKED = frozenset({Message.RESOURCE_LINK, Message.SUBMISSION_REVIEW})


def launch_of(claims: Claims, *, client_id: str, target: str, next_url: str = "") -> Launch:
    """
    The launch that these claims describe; refused where a claim has the wrong shape.

    `target` is the login's, which the claim repeats where there is one, and
    `next_url` what the login asked for beside it.
    """
    message = message_of(claims)
    subject = needed(claims, "sub")
    if len(subject) > MAX_SUBJECT_CHARS:  # LTI 1.3 core 5.3.6
        raise unreadable("claim-malformed", "The LMS's claim sub is longer than 255 characters.")
    return Launch(
        issuer=needed(claims, "iss"),
        client_id=client_id,
        deployment_id=needed(claims, f"{CLAIM}deployment_id"),
        subject=subject,
        nonce=needed(claims, "nonce"),
        expires_at=int(moment(claims, "exp")),
        message_type=message,
        roles=texts(claims, f"{CLAIM}roles"),
        target=text(claims, f"{CLAIM}target_link_uri") or target,
        context=_context(claims),
        link=_link(claims, message),
        name=text(claims, "name") or _full_name(claims),
        email=text(claims, "email"),
        custom=_custom(claims),
        claims=_naming(claims),
        for_user=for_user(claims, message),
        deep_linking=deep_linking(claims) if message is Message.DEEP_LINKING else None,
        next_url=next_url,
    )


def _context(claims: Claims) -> Context | None:
    course = members(claims, f"{CLAIM}context")
    if not course:
        return None
    roster, grades = members(claims, NRPS), members(claims, AGS)
    return Context(
        id=identifier(course, "id"),
        label=text(course, "label"),
        title=text(course, "title"),
        nrps_url=text(roster, "context_memberships_url"),
        ags_lineitems_url=text(grades, "lineitems"),
        ags_scopes=words(grades, "scope"),
    )


def _link(claims: Claims, message: Message) -> ResourceLink | None:
    """The link that was followed, which a selection and a data privacy launch do without."""
    link = members(claims, f"{CLAIM}resource_link")
    if link.get("id") in (None, ""):
        if message not in LINKED:
            return None
        raise LaunchRefused("link-missing", "The launch does not say which link was followed.")
    lineitem_url = text(members(claims, AGS), "lineitem")
    if message is Message.SUBMISSION_REVIEW and not lineitem_url:
        raise LaunchRefused(
            "review-incomplete",
            "The LMS asked to show a submission, but not of which column of its gradebook.",
        )
    return ResourceLink(
        id=identifier(link, "id"), title=text(link, "title"), lineitem_url=lineitem_url
    )


def _naming(claims: Claims) -> dict[str, str]:
    """The further claims that name the person, those that say something."""
    stated = {name: text(claims, name) for name in NAMING}
    # LTI 1.3 core D.1: the person's id in the student information system.
    stated["person_sourcedid"] = _within(claims, f"{CLAIM}lis", "person_sourcedid")
    # Moodle's own: the name that the person logs in by there.
    stated["login_id"] = _within(claims, f"{CLAIM}ext", "user_username")
    if claims.get("email_verified") in (False, "false"):  # OpenID Connect core 5.1
        stated["email_verified"] = "false"
    return {name: value for name, value in stated.items() if value}


def _within(claims: Claims, name: str, member: str) -> str:
    """
    That member of that claim; empty for a claim of another form.

    A name can be made without it, so it keeps nobody out.
    """
    found = claims.get(name)
    return text(found, member) if isinstance(found, dict) else ""


def _full_name(claims: Claims) -> str:
    return f"{text(claims, 'given_name')} {text(claims, 'family_name')}".strip()


def _custom(claims: Claims) -> dict[str, str]:
    """The custom parameters as text; Canvas sends numbers, which are written out."""
    found = members(claims, f"{CLAIM}custom")
    kept = {name: value for name, value in found.items() if isinstance(value, str | int | float)}
    return {clean(name, "custom"): clean(str(value), "custom") for name, value in kept.items()}
