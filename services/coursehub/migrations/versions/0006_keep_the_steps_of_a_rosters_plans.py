"""Keep the steps of a roster's plans, who carried them out and who undid them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROLES = ("INSTRUCTOR", "TA", "STUDENT", "OBSERVER")
KIND = sa.Enum("JOIN", "LEAVE", "CHANGE", "MISSING", name="stepkind")
# PostgreSQL has the type since the first tables.
ROLE = sa.Enum(*ROLES, name="role").with_variant(
    postgresql.ENUM(*ROLES, name="role", create_type=False), "postgresql"
)


def upgrade() -> None:
    op.create_table(
        "rosterstep",
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sync_id", sa.Integer(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("before", ROLE, nullable=True),
        sa.Column("after", ROLE, nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_rosterstep_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_rosterstep_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["sync_id"], ["rostersync.id"], name=op.f("fk_rosterstep_sync_id_rostersync")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rosterstep")),
    )
    with op.batch_alter_table("rosterstep", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rosterstep_institution_id"), ["institution_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_rosterstep_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rosterstep_sync_id"), ["sync_id"], unique=False)
    with op.batch_alter_table("rostersync", schema=None) as batch_op:
        batch_op.add_column(sa.Column("platform_id", sa.Integer(), nullable=True))
        for name, default in (
            ("source", "nrps"),
            ("by", ""),
            ("applied_by", ""),
            ("undone_by", ""),
        ):
            batch_op.add_column(
                sa.Column(name, sa.String(), nullable=False, server_default=default)
            )
        for name in ("applied_at", "undone_at"):
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("waiting", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_foreign_key(
            batch_op.f("fk_rostersync_platform_id_platform"), "platform", ["platform_id"], ["id"]
        )
    # A sync of before either changed the course at once, or failed.
    op.execute("UPDATE rostersync SET applied_at = finished_at WHERE error = ''")


def downgrade() -> None:
    with op.batch_alter_table("rostersync", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_rostersync_platform_id_platform"), type_="foreignkey"
        )
        for name in (
            "waiting", "undone_by", "undone_at", "applied_by", "applied_at", "by", "source",
            "platform_id",
        ):  # fmt: skip
            batch_op.drop_column(name)
    op.drop_table("rosterstep")
    KIND.drop(op.get_bind(), checkfirst=True)
