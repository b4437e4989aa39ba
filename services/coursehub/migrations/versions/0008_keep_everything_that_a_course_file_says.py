"""Keep everything that a course file says, and the files that were applied."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ROLES = ("INSTRUCTOR", "TA", "STUDENT", "AUDITOR", "OBSERVER")
# PostgreSQL has the type since the first tables.
ROLE = sa.Enum(*ROLES, name="role").with_variant(
    postgresql.ENUM(*ROLES, name="role", create_type=False), "postgresql"
)
KIND = sa.Enum("LTI", "CANVAS", "MOODLE", "ONEROSTER", "ONEROSTER_CSV", "CSV", name="sourcekind")
KIND_THERE = sa.Enum(*KIND.enums, name="sourcekind").with_variant(
    postgresql.ENUM(*KIND.enums, name="sourcekind", create_type=False), "postgresql"
)
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "coursefilesource",
    "rosterunplaced",
    "rostersecret",
    "extension",
    "rostersource",
    "exam",
    "coursestaff",
    "coursefileversion",
    "budget",
)
LIMITS = (("memory_bytes", sa.BigInteger()), ("cpu", sa.Float()), ("gpu", sa.Integer()),
          ("disk_bytes", sa.BigInteger()), ("seats", sa.Integer()))  # fmt: skip
LATE = '{"grace": null, "percent_a_day": 0.0, "most_percent": 100.0, "closes": null}'


def upgrade() -> None:
    _table("budget", _maybe("total_microusd", sa.BigInteger()),
           _maybe("per_student_microusd", sa.BigInteger()), _always("warn_percent", sa.Float()),
           unique="course_id")  # fmt: skip
    _table("coursefileversion", _always("text"), _always("materials"),
           _always("origin"), _always("by"), _always("applied_at", MOMENT),
           _always("changes", sa.Integer()))  # fmt: skip
    _table("coursefilesource", *(_always(name) for name in ("url", "path", "commit", "error")),
           _maybe("tried_at", MOMENT), unique="course_id")  # fmt: skip
    _table("coursestaff", _always("person"), _always("role", ROLE),
           _always("sections", sa.JSON()), unique="person")  # fmt: skip
    _table("exam", _always("name"), _always("title"), _always("starts_at", MOMENT),
           _always("ends_at", MOMENT), _always("assignments", sa.JSON()),
           *(_maybe(*limit) for limit in LIMITS), unique="name")  # fmt: skip
    _table("rostersource", _always("position", sa.Integer()), _always("kind", KIND),
           *(_always(name) for name in ("url", "course", "client_id", "token_url", "secret")),
           _always("columns", sa.JSON()), _always("file_sha256"), _always("file_name"),
           _maybe("file_at", MOMENT), unique="kind_url_course")  # fmt: skip
    _table("rostersecret", _always("name"), _always("kind", KIND_THERE),
           *(_always(name) for name in ("url", "client_id", "token_url", "sealed")),
           _always("given_at", MOMENT), owner="institution", unique="name")  # fmt: skip
    _table("rosterunplaced", *(_always(name) for name in ("source", "name", "email", "why")),
           owner="rostersync", key="sync_id")  # fmt: skip
    with op.batch_alter_table("rosterreading") as batch_op:
        batch_op.alter_column("context_id", existing_type=sa.Integer(), nullable=True)
    _new("rosterreading", ("source", sa.String(), ""))
    _table("extension", _maybe("assignment_id", sa.Integer()), _maybe("exam_id", sa.Integer()),
           _always("person"), _always("section"), _maybe("due_at", MOMENT),
           _always("by_days", sa.Integer()), _always("by_seconds", sa.Integer()),
           _always("reason"), to=("assignment", "exam"))  # fmt: skip
    op.create_index("ix_extension_assignment_id", "extension", ["assignment_id"])
    _new("assignment", ("notebooks", sa.JSON(), "[]"), ("release_at", MOMENT, None),
         ("late", sa.JSON(), None), ("column_label", sa.String(), ""),
         ("column_points", sa.Float(), None), ("column_shown", sa.Boolean(), sa.true()))  # fmt: skip
    _new("module", ("pin", sa.String(), ""), ("release_at", MOMENT, None))
    _new("course", ("term_starts", sa.Date(), None), ("term_ends", sa.Date(), None),
         ("holidays", sa.JSON(), "[]"), ("instructors", sa.JSON(), "[]"),
         ("late", sa.JSON(), LATE), ("image", sa.String(), ""), ("environment", sa.JSON(), "{}"),
         ("archived_at", MOMENT, None), ("successor_id", sa.Integer(), None))  # fmt: skip
    with op.batch_alter_table("course") as batch_op:
        batch_op.create_foreign_key(
            batch_op.f("fk_course_successor_id_course"), "course", ["successor_id"], ["id"]
        )
    _new("quota", ("role", sa.String(), "student"), ("gpu", sa.Integer(), None),
         ("disk_bytes", sa.BigInteger(), None))  # fmt: skip
    with op.batch_alter_table("quota") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_quota_course_id"), type_="unique")
        batch_op.create_index(batch_op.f("ix_quota_course_id"), ["course_id"], unique=False)
        batch_op.create_unique_constraint(
            batch_op.f("uq_quota_course_id_role"), ["course_id", "role"]
        )


def downgrade() -> None:
    op.execute("DELETE FROM quota WHERE role <> 'student'")
    with op.batch_alter_table("quota") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_quota_course_id_role"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_quota_course_id"))
        batch_op.create_unique_constraint(batch_op.f("uq_quota_course_id"), ["course_id"])
    _gone("quota", "disk_bytes", "gpu", "role")
    with op.batch_alter_table("course") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_course_successor_id_course"), type_="foreignkey")
    _gone("course", "successor_id", "archived_at", "environment", "image", "late", "instructors",
          "holidays", "term_ends", "term_starts")  # fmt: skip
    _gone("module", "release_at", "pin")
    _gone("assignment", "column_shown", "column_points", "column_label", "late", "release_at",
          "notebooks")  # fmt: skip
    op.execute("DELETE FROM rosterreading WHERE context_id IS NULL")
    _gone("rosterreading", "source")
    with op.batch_alter_table("rosterreading") as batch_op:
        batch_op.alter_column("context_id", existing_type=sa.Integer(), nullable=False)
    for name in TABLES:
        op.drop_table(name)
    KIND.drop(op.get_bind(), checkfirst=True)


def _always(name: str, kind: Any = None) -> sa.Column[Any]:
    return sa.Column(name, kind or sa.String(), nullable=False)


def _maybe(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _table(
    name: str,
    *columns: sa.Column[Any],
    owner: str = "course",
    key: str = "",
    unique: str = "",
    to: tuple[str, ...] = (),
) -> None:
    """A table of things of a course, or of another owner, and of the institution that has it."""
    keys = {"institution_id": "institution", key or f"{owner}_id": owner}
    parents = {**keys, **{f"{one}_id": one for one in to}}
    mine = list(keys)[-1]
    constraints: list[Any] = [
        sa.ForeignKeyConstraint([one], [f"{table}.id"], name=op.f(f"fk_{name}_{one}_{table}"))
        for one, table in parents.items()
    ]
    if unique:
        both = (mine,) if unique == mine else (mine, *unique.split("_"))
        constraints.append(sa.UniqueConstraint(*both, name=op.f(f"uq_{name}_{'_'.join(both)}")))
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(one, sa.Integer(), nullable=False) for one in keys),
        *columns,
        *constraints,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for one in keys:
        if one != unique:
            op.create_index(f"ix_{name}_{one}", name, [one])


def _new(table: str, *columns: tuple[str, Any, Any]) -> None:
    """More columns; each is filled with its default, or may be empty where that is None."""
    with op.batch_alter_table(table) as batch_op:
        for name, kind, default in columns:
            batch_op.add_column(
                sa.Column(name, kind, nullable=default is None, server_default=default)
            )


def _gone(table: str, *columns: str) -> None:
    with op.batch_alter_table(table) as batch_op:
        for name in columns:
            batch_op.drop_column(name)
