"""coursehub in a Jupyter Server: its addresses, added when the server loads its extensions."""

from typing import Any

from jupyter_server.utils import url_path_join

from coursehub_lab.deliveries import Deliveries
from coursehub_lab.open import OpenHandler, ProgressHandler


def _load_jupyter_server_extension(server_app: Any) -> None:
    """Add the handlers to a server."""
    web_app = server_app.web_app
    base = web_app.settings["base_url"]
    web_app.settings["coursehub_deliveries"] = Deliveries()
    web_app.add_handlers(
        ".*$",
        [
            (url_path_join(base, "coursehub", "open"), OpenHandler),
            (url_path_join(base, "coursehub", "open", "progress"), ProgressHandler),
        ],
    )
