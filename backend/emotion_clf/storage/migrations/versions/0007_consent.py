"""What people agreed to when they had a recording kept, or sent a call."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("analyses") as analyses:
        analyses.add_column(sa.Column("consent", sa.String(16), nullable=True))
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("consent", sa.String(16), nullable=True))
    op.create_table(
        "consent_texts",
        sa.Column("version", sa.String(16), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("consent_texts")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("consent")
    with op.batch_alter_table("analyses") as analyses:
        analyses.drop_column("consent")
