"""Keys and words that every process shares; the standard library alone."""
