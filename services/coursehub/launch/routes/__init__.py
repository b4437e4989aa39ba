"""What this room serves: to the Hub, to LMSs, and to the Hub's administrators."""

from coursehub.launch.routes import hub

routers = (*hub.routers,)
