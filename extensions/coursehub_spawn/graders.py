"""A course's grader server, opened to the course's staff."""

from typing import Final

from jupyterhub import orm, roles
from jupyterhub.spawner import Spawner

_GRADER: Final = "grader-"


def open_to_staff(spawner: Spawner) -> None:
    """
    Members of `formgrade-<course>` may enter the server of `grader-<course>`.

    By a role of that group, which whoever leaves it loses at once. It is made
    when the server starts, and again when a restarted Hub finds it running:
    courses come while the Hub runs, and a Hub that starts deletes roles that
    are not in its configuration. A share of the server with the group is no
    way: JupyterHub 6.1 leaves groups' shares out of what an OAuth token may
    do (jupyterhub.scopes.get_scopes_for).

    They are not asked for their consent either: OAuthAuthorizeHandler reads
    the set of the running application, whose settings are a copy of the
    dictionary here, so the set itself is added to, as the Hub's own services
    API does.
    """
    name = spawner.user.name
    _grant(spawner, course=name.removeprefix(_GRADER))
    trusted = spawner.user.settings.get("oauth_no_confirm_list")
    if isinstance(trusted, set):
        trusted.add(spawner.oauth_client_id)


def _grant(spawner: Spawner, *, course: str) -> None:
    db = spawner.user.db
    staff = orm.Group.find(db, f"formgrade-{course}")
    if staff is None:
        staff = orm.Group(name=f"formgrade-{course}")
        db.add(staff)
    role = roles.create_role(
        db,
        {
            "name": f"coursehub-grader-{course}",
            "description": f"Enter the grader server of {course}",
            "scopes": [f"access:servers!user={spawner.user.name}"],
        },
        commit=False,
    )
    roles.grant_role(db, staff, role, commit=False)
    db.commit()
