"""What is asked of the roster: who is in a course, and what its listings change."""

from coursehub.roster.routes import people, plans

routers = (*people.routers, *plans.routers)
