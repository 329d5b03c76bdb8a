"""Embeddings of known voices."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("analyses") as table:
        table.add_column(sa.Column("adapted_to_clips", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("embedding", sa.LargeBinary, nullable=True))
        table.add_column(sa.Column("voice", sa.String(16), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("analyses") as table:
        table.drop_column("voice")
        table.drop_column("embedding")
        table.drop_column("adapted_to_clips")
