"""A course's grader server."""  # noqa: INP001  a configuration file, no module

c = get_config()  # noqa: F821  traitlets gives it to configuration files

# Whoever leaves the staff is out within seconds: that long the Hub's word on someone is believed.
c.HubOAuth.cache_max_age = 10
# JupyterLab's menu shows formgrader in a frame, which JupyterHub forbids by default.
c.ServerApp.tornado_settings = {"headers": {"Content-Security-Policy": "frame-ancestors 'self'"}}
