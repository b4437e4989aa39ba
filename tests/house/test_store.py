"""Transactions: whole or not at all, one after the other."""

import time
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, col, func, select

from coursehub.errors import Unreachable
from coursehub.model.institution import Institution
from coursehub.store import EVERYONE, Store
from tests.house.school import at_once


def count(store: Store) -> int:
    with store.reading(EVERYONE) as session:
        return session.exec(select(func.count(col(Institution.id)))).one()


def read_then_write(store: Store, *, rounds: int = 5) -> None:
    """Reads first and writes later, which is where SQLite's writers would meet."""
    for _ in range(rounds):
        with store.writing(EVERYONE) as session:
            row = session.exec(select(Institution).with_for_update()).one()
            seen = int(row.name)
            time.sleep(0.002)
            row.name = str(seen + 1)


def test_writers_take_turns_and_lose_nothing(store: Store) -> None:
    with store.writing(EVERYONE) as session:
        session.add(Institution(slug="n", name="0"))
    found = at_once(*[partial(read_then_write, store)] * 4)
    assert found == [None] * 4
    with store.reading(EVERYONE) as session:
        assert session.exec(select(Institution)).one().name == "20"


def test_a_reader_waits_for_no_writer(store: Store) -> None:
    with store.writing(EVERYONE) as session:
        session.add(Institution(slug="n", name="N"))
        session.flush()
        assert count(store) == 0
    assert count(store) == 1


def write(store: Store, *names: str, ending: type[Exception] | None = None) -> None:
    """Institutions of one short name in one transaction, which may end badly."""
    with store.writing(EVERYONE) as session:
        for name in names:
            session.add(Institution(slug="n", name=name))
            session.flush()
        if ending:
            raise ending


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        write(store, "N", ending=ZeroDivisionError)
    with pytest.raises(IntegrityError):
        write(store, "N", "again")
    assert count(store) == 0


def test_what_a_reading_session_changes_is_not_kept(store: Store) -> None:
    with store.reading(EVERYONE) as session:
        session.add(Institution(slug="n", name="N"))
        session.flush()
    assert count(store) == 0


def test_rows_can_be_read_after_their_transaction(store: Store) -> None:
    with store.writing(EVERYONE) as session:
        row = Institution(slug="n", name="N")
        session.add(row)
    assert (row.id, row.name) == (1, "N")


def test_a_database_that_stays_busy_says_so_and_serves_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'busy.sqlite'}")
    SQLModel.metadata.create_all(store.engine)
    monkeypatch.setattr("coursehub.store.LONGEST_TURN_S", 0.05)
    with store.writing(EVERYONE), pytest.raises(Unreachable, match="busy"):
        write(store, "N")
    write(store, "N")
    assert count(store) == 1
    store.close()
