"""Receiving launches, and registering the platforms they come from."""
