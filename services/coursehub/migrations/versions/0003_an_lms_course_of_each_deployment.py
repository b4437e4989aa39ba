"""An LMS course of each deployment"""

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("coursecontext", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("deployment_id", sa.String(), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("label", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("title", sa.String(), nullable=False, server_default=""))
        batch_op.drop_constraint(
            batch_op.f("uq_coursecontext_platform_id_context_id"), type_="unique"
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_coursecontext_platform_id_deployment_id_context_id"),
            ["platform_id", "deployment_id", "context_id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("coursecontext", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("uq_coursecontext_platform_id_deployment_id_context_id"), type_="unique"
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_coursecontext_platform_id_context_id"), ["platform_id", "context_id"]
        )
        batch_op.drop_column("title")
        batch_op.drop_column("label")
        batch_op.drop_column("deployment_id")
