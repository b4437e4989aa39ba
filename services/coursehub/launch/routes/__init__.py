"""What this room serves: to the Hub, to LMSs, and to the Hub's administrators."""

from coursehub.launch.routes import consumers, hub, people, privacy, registration, selecting

rooms = (consumers, hub, people, privacy, registration, selecting)
routers = tuple(router for room in rooms for router in room.routers)
