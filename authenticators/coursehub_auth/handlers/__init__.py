"""The Hub's pages of a launch, by address; the first three and LTI 1.1's: ltiauthenticator's."""

from coursehub_auth.handlers.callback import CallbackHandler
from coursehub_auth.handlers.documents import (
    AssetHandler,
    ConfigurationHandler,
    FrontDoorHandler,
    Lti11ConfigurationHandler,
)
from coursehub_auth.handlers.enter import EnterHandler
from coursehub_auth.handlers.login import CookieHandler, LoginHandler
from coursehub_auth.handlers.lti11 import Lti11Handler

HANDLERS = (
    (r"/lti13/oauth_login", LoginHandler),
    (r"/lti13/oauth_callback", CallbackHandler),
    (r"/lti13/config", ConfigurationHandler),
    (r"/lti13/launch", FrontDoorHandler),
    (r"/lti13/enter", EnterHandler),
    (r"/lti13/cookie", CookieHandler),
    (r"/lti13/(launch\.(?:js|css))", AssetHandler),
)
LTI11_HANDLERS = (
    (r"/lti/launch", Lti11Handler),
    (r"/lti11/config", Lti11ConfigurationHandler),
)
