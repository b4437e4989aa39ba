"""Give courses sections, auditors, and several LMS courses that feed them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NEW_VALUES = (("stepkind", "SECTION"), ("role", "AUDITOR"))
ROLES = ("INSTRUCTOR", "TA", "STUDENT", "AUDITOR", "OBSERVER")
# PostgreSQL has the type since the first tables.
ROLE = sa.Enum(*ROLES, name="role").with_variant(
    postgresql.ENUM(*ROLES, name="role", create_type=False), "postgresql"
)
BY_ROLE = (("enrolment", "role"), ("rosterstep", "before"), ("rosterstep", "after"))


def upgrade() -> None:
    _enlarge()
    _table("rosterreading", [
        _key("sync_id", "rostersync", "rosterreading"),
        _key("context_id", "coursecontext", "rosterreading"),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=False),
    ], indexed=["sync_id"])  # fmt: skip
    _table("section", [
        _key("course_id", "course", "section"),
        _key("context_id", "coursecontext", "section", nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.UniqueConstraint("course_id", "name", name=op.f("uq_section_course_id_name")),
    ], indexed=["course_id"])  # fmt: skip
    unique = op.f("uq_enrolmentsection_enrolment_id_section_id")
    _table("enrolmentsection", [
        _key("enrolment_id", "enrolment", "enrolmentsection"),
        _key("section_id", "section", "enrolmentsection"),
        sa.UniqueConstraint("enrolment_id", "section_id", name=unique),
    ], indexed=["enrolment_id", "section_id"])  # fmt: skip
    _table("staffchange", [
        _key("course_id", "course", "staffchange"),
        _key("person_id", "person", "staffchange"),
        sa.Column("before", ROLE, nullable=True),
        sa.Column("after", ROLE, nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _key("sync_id", "rostersync", "staffchange", nullable=True),
    ], indexed=["course_id", "person_id"])  # fmt: skip
    _table("hubproblem", [
        _key("course_id", "course", "hubproblem"),
        _key("person_id", "person", "hubproblem"),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint(
            "course_id", "person_id", name=op.f("uq_hubproblem_course_id_person_id")
        ),
    ], indexed=["course_id", "person_id"])  # fmt: skip
    with op.batch_alter_table("coursecontext", schema=None) as batch_op:
        batch_op.add_column(sa.Column("own_course_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_coursecontext_own_course_id_course"), "course", ["own_course_id"], ["id"]
        )
    with op.batch_alter_table("rostersync", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stage", sa.String(), nullable=False, server_default=""))
        for name in ("progress", "goal"):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("rosterstep", schema=None) as batch_op:
        for name in ("issuer", "sections_before", "sections_after"):
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
    # A step of before was about people of the one LMS that its sync asked.
    op.execute(
        "UPDATE rosterstep SET issuer = COALESCE((SELECT platform.issuer FROM platform "
        "JOIN rostersync ON rostersync.platform_id = platform.id "
        "WHERE rostersync.id = rosterstep.sync_id), '')"
    )


def downgrade() -> None:
    # What an older version has no word for. PostgreSQL's types keep theirs.
    op.execute("DELETE FROM rosterstep WHERE kind = 'SECTION'")
    for name, column in BY_ROLE:
        table = sa.table(name, sa.column(column, sa.String()))
        audits = sa.cast(table.c[column], sa.String()) == "AUDITOR"
        op.execute(table.update().where(audits).values({column: sa.text("'OBSERVER'")}))
    with op.batch_alter_table("rosterstep", schema=None) as batch_op:
        for name in ("issuer", "sections_before", "sections_after"):
            batch_op.drop_column(name)
    with op.batch_alter_table("rostersync", schema=None) as batch_op:
        for name in ("stage", "progress", "goal"):
            batch_op.drop_column(name)
    with op.batch_alter_table("coursecontext", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_coursecontext_own_course_id_course"), type_="foreignkey"
        )
        batch_op.drop_column("own_course_id")
    for name in ("hubproblem", "staffchange", "enrolmentsection", "section", "rosterreading"):
        op.drop_table(name)


def _enlarge() -> None:
    """PostgreSQL's own types with the new words; SQLite keeps words as they are."""
    if op.get_bind().dialect.name == "postgresql":
        for name, value in NEW_VALUES:
            op.execute(f"ALTER TYPE {name} ADD VALUE IF NOT EXISTS '{value}'")


def _table(name: str, columns: list[sa.schema.SchemaItem], *, indexed: list[str]) -> None:
    op.create_table(
        name,
        _key("institution_id", "institution", name),
        sa.Column("id", sa.Integer(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in ("institution_id", *indexed):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])


def _key(column: str, other: str, table: str, *, nullable: bool = False) -> sa.Column[int]:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.Column(
        column, sa.Integer(), sa.ForeignKey(f"{other}.id", name=name), nullable=nullable
    )
