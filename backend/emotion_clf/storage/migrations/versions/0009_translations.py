"""What sentences of another language mean in English."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sentences") as sentences:
        sentences.add_column(sa.Column("translation", sa.Text, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("sentences") as sentences:
        sentences.drop_column("translation")
