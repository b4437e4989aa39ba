"""What single messages bring beyond a launch's common claims."""

from coursehub.vocabulary.launch import DeepLinking, Message
from coursehub_auth.addresses import is_safe_return
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.values import clean, flag, malformed, members, needed, texts
from coursehub_auth.verify import CLAIM, Claims

SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"


def deep_linking(claims: Claims) -> DeepLinking:
    """What may be picked, and where the answer goes (LTI Deep Linking 2.0, 4.4.1)."""
    settings = members(claims, SETTINGS)
    if not settings:
        raise LaunchRefused(
            "selection-incomplete", "The LMS asked to pick links, but did not say which kind."
        )
    return_url = needed(settings, "deep_link_return_url")
    if not is_safe_return(return_url):
        raise LaunchRefused(
            "return-unsafe",
            "The LMS wants the picked links sent to an address that is not https. "
            "Its administrator can set its own address to https.",
        )
    data = settings.get("data")
    if data is not None and not isinstance(data, str):
        raise malformed("data")
    return DeepLinking(
        return_url=return_url,
        accept_types=texts(settings, "accept_types"),
        accept_targets=texts(settings, "accept_presentation_document_targets"),
        accept_multiple=flag(settings, "accept_multiple", default=True),
        accept_line_item=flag(settings, "accept_lineitem", default=True),
        data=None if data is None else clean(data, "data"),
    )


def for_user(claims: Claims, message: Message) -> str:
    """
    The subject that the message is about; empty where it is about nobody else.

    A submission review must name one (LTI Submission Review 1.0, 3.2), a data
    privacy launch may; other messages say nothing by this claim.
    """
    stated = members(claims, f"{CLAIM}for_user")
    if message is Message.SUBMISSION_REVIEW and not stated:
        raise LaunchRefused(
            "review-incomplete", "The LMS asked to show a submission, but did not say whose."
        )
    if message not in {Message.SUBMISSION_REVIEW, Message.DATA_PRIVACY} or not stated:
        return ""
    return needed(stated, "user_id")
