"""Benchmarks: what coursehub costs, measured beside what one would use without it."""
