"""LTI 1.1's consumers: their shared secrets, and what is signed with them."""

from coursehub.adapters.consumers.signatures import SignedConsumers

__all__ = ["SignedConsumers"]
