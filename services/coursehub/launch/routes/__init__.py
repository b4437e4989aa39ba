"""What this room serves: to the Hub, to LMSs, and to the Hub's administrators."""

from coursehub.launch.routes import hub, privacy, selecting

routers = (*hub.routers, *privacy.routers, *selecting.routers)
