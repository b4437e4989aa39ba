"""Setting courses up, and what their pages show."""
