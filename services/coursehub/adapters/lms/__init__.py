"""LMSs: rosters and gradebooks over LTI Advantage."""

from coursehub.adapters.lms.lti import LtiLms

__all__ = ["LtiLms"]
