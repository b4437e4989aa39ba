"""Mark who is missing from a listing."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("rostersync", schema=None) as batch_op:
        batch_op.add_column(sa.Column("missing", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("rostersync", schema=None) as batch_op:
        batch_op.drop_column("missing")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_column("missing_since")
