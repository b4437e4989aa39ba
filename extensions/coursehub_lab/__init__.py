"""coursehub in a person's own server: course materials, and nbgrader's exchange over HTTP."""


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where Jupyter Server finds the extension's loader."""
    return [{"module": "coursehub_lab.app"}]
