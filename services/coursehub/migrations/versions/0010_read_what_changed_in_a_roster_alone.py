"""Read what changed in a roster alone."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rosterdifferences",
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("roster_url", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("whole_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"],
            ["coursecontext.id"],
            name=op.f("fk_rosterdifferences_context_id_coursecontext"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_rosterdifferences_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rosterdifferences")),
        sa.UniqueConstraint("context_id", name=op.f("uq_rosterdifferences_context_id")),
    )
    op.create_index(
        op.f("ix_rosterdifferences_institution_id"), "rosterdifferences", ["institution_id"]
    )
    with op.batch_alter_table("rostersync", schema=None) as batch_op:
        batch_op.add_column(sa.Column("changes_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rostersync", schema=None) as batch_op:
        batch_op.drop_column("changes_since")

    op.drop_table("rosterdifferences")
