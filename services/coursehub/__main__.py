"""`python -m coursehub`: the command line, for places where no script is on the path."""

from coursehub.cli import app

app()
