"""What quotas do: admit a server, follow it, settle it, and say what it all cost."""
