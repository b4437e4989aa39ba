"""
A new migration, written from the difference between the tables and the newest one.

`python tools/migration.py "Give people a section"`; read what it wrote before you commit it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from alembic import command

from coursehub import migrations
from coursehub.store import Store

ROOT: Final = Path(__file__).resolve().parent.parent


def main(message: str) -> None:
    """Bring an empty database up to date, then write what is still missing in it."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/empty.sqlite")
        migrations.upgrade(store.engine)
        with store.engine.begin() as connection:
            config = migrations.configuration()
            config.attributes["connection"] = connection
            number = 1 + len(list((ROOT / "services/coursehub/migrations/versions").glob("*.py")))
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
        store.close()
    subprocess.run(  # noqa: S603 - our own words
        [ROOT / ".venv/bin/ruff", "format", "-q", "services/coursehub/migrations"],
        cwd=ROOT,
        check=True,
    )


if __name__ == "__main__":
    main(sys.argv[1])
