"""Whether the service lives, and whether it is ready to work."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from coursehub.errors import Unreachable
from coursehub.store import EVERYONE
from coursehub.web import metrics
from coursehub.web.house import InHouse

router = APIRouter(prefix="/health", tags=["operations"])


class Health(BaseModel):
    """How the service is; where it is not well, a problem comes instead."""

    status: Literal["live", "ready"]


@router.get("/live")
async def live() -> Health:
    """A word that the process answers; nothing else is asked."""
    return Health(status="live")


@router.get("/ready")
def ready(house: InHouse) -> Health:
    """A word that the database answers too; 503 otherwise."""
    try:
        with house.store.reading(EVERYONE) as session:
            session.connection().execute(text("SELECT 1"))
    except SQLAlchemyError as cause:
        raise Unreachable(
            "database", "The database does not answer; try again in a moment.", retry_after_s=5
        ) from cause
    return Health(status="ready")


routers = (router, metrics.router)
