"""Roster sync, the Hub groups that follow from it, and the lists that pages show."""
