"""LTI 1.3 as a second door of any JupyterHub authenticator."""

from coursehub_auth.authenticator import LtiDoor, with_lti

__all__ = ["LtiDoor", "with_lti"]
