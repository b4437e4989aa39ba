"""`python -m coursehub_demo_lms`: the command line, for places where no script is on the path."""

from coursehub_demo_lms.cli import app

app()
