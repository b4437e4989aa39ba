"""A Hub's front desk: its real database and groups, and logins without its web server."""

import asyncio
from datetime import datetime
from typing import Any

from jupyterhub import orm, roles

from coursehub.vocabulary.launch import Groups, Welcome
from coursehub.vocabulary.people import HubName
from coursehub_auth.identity import LtiLogin


class Account:
    """A Hub user, as far as authenticators ask it."""

    def __init__(self, db: Any, orm_user: Any, auth_state: dict[str, Any] | None = None) -> None:
        self.db = db
        self.orm_user = orm_user
        self.name = orm_user.name
        self.auth_state = auth_state

    async def get_auth_state(self) -> dict[str, Any] | None:
        return self.auth_state

    @property
    def groups(self) -> set[str]:
        self.db.expire_all()
        return {group.name for group in self.orm_user.groups}


class _Users:
    """The accounts by their rows, as the Hub's own mapping gives them."""

    def __init__(self, desk: "Desk") -> None:
        self.desk = desk

    def __getitem__(self, row: Any) -> Account:
        return self.desk.accounts.setdefault(row.name, Account(self.desk.db, row))


class Desk:
    """The handler of a login, over JupyterHub's own tables."""

    def __init__(self) -> None:
        self.db = orm.new_session_factory("sqlite:///:memory:")()
        for role in roles.get_default_roles():
            roles.create_role(self.db, role)
        self.accounts: dict[str, Account] = {}
        self.users = _Users(self)

    def find_user(self, name: str) -> Account | None:
        row = orm.User.find(self.db, name)
        if row is not None and name not in self.accounts:
            self.accounts[name] = Account(self.db, row)
        return self.accounts.get(name)

    def user_from_username(self, name: str) -> Account:
        row = orm.User(name=name)
        self.db.add(row)
        self.db.commit()
        return self.accounts.setdefault(name, Account(self.db, row))

    def account(self, name: str, *groups: str) -> Account:
        """An account that the Hub has had for long, in these groups."""
        account = self.user_from_username(name)
        account.orm_user.groups = [
            orm.Group.find(self.db, group) or orm.Group(name=group) for group in groups
        ]
        self.db.commit()
        return account

    def come_in(self, authenticator: Any, data: Any) -> Any:
        """The model that the Hub would log in."""
        return asyncio.run(authenticator.get_authenticated_user(self, data))


def launch(
    name: str,
    *,
    is_linked: bool = False,
    join: tuple[str, ...] = ("coursehub-ds101-student",),
    leave: tuple[str, ...] = (),
    named_at: datetime | None = None,
) -> LtiLogin:
    """A verified launch that the service gave this name; `named_at` for one not yet arrived."""
    welcome = Welcome(
        launch_id="launch-1",
        hub_name=HubName(name),
        landing="/",
        groups=Groups(join=join, leave=leave),
        is_linked=is_linked,
        tell_arrival=named_at is not None,
        named_at=named_at.timestamp() if named_at else 0.0,
    )
    return LtiLogin(welcome)


def form(name: str) -> dict[str, str]:
    """The Hub's own login form, filled in."""
    return {"username": name, "password": ""}
