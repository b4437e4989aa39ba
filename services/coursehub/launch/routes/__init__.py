"""What this room serves: to the Hub, to LMSs, and to the Hub's administrators."""

from coursehub.launch.routes import consumers, hub, people, privacy, selecting

rooms = (consumers, hub, people, privacy, selecting)
routers = tuple(router for room in rooms for router in room.routers)
