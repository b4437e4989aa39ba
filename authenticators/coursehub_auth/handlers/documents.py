"""What anyone may read: the tool's configuration, its front door, our pages' script and style."""

from http import HTTPStatus
from urllib.parse import urlsplit

from jupyterhub.handlers import BaseHandler
from tornado import web

from coursehub_auth import pages
from coursehub_auth.configuration import configuration, lti11_configuration
from coursehub_auth.handlers.base import LtiHandler

A_YEAR_S = 365 * 24 * 3600


class ConfigurationHandler(LtiHandler):
    """The JSON document that an LMS reads the tool's configuration from."""

    def get_content_type(self) -> str:
        return "application/json"

    async def get(self) -> None:
        # The service's path is the same behind the Hub's proxy as on its own port.
        service_path = urlsplit(self.authenticator.service_url).path.rstrip("/") + "/"
        self.write(
            configuration(
                hub_url=self.hub_url,
                service_url=f"{self.origin}{service_path}",
                title=self.authenticator.tool_title,
                description=self.authenticator.tool_description,
            )
        )


class Lti11ConfigurationHandler(LtiHandler):
    """The XML document that an LMS reads the tool's configuration for LTI 1.1 from."""

    def get_content_type(self) -> str:
        return "application/xml"

    async def get(self) -> None:
        self.write(
            lti11_configuration(
                hub_url=self.hub_url,
                title=self.authenticator.tool_title,
                description=self.authenticator.tool_description,
            )
        )


class FrontDoorHandler(LtiHandler):
    """The default target of links: opened by hand, it says where the door is."""

    async def get(self) -> None:
        page = self.settings["jinja2_env"].from_string(pages.FRONT_DOOR)
        self.finish(await page.render_async(**self.template_namespace))


class AssetHandler(BaseHandler):
    """The script or the style of our pages; their addresses change with their content."""

    async def prepare(self) -> None:
        """Nothing: a file is no matter of who asks."""

    async def get(self, name: str) -> None:
        asset = pages.assets().get(name)
        if asset is None:
            raise web.HTTPError(HTTPStatus.NOT_FOUND)
        self.set_header("Content-Type", asset.media_type)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", f"public, max-age={A_YEAR_S}, immutable")
        self.finish(asset.content)
