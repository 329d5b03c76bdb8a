"""Analyses of clips."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "analyses",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_name", sa.String(255), nullable=False),
        sa.Column("container", sa.String(16), nullable=False),
        sa.Column("duration_s", sa.Double, nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("uncertain", sa.Boolean, nullable=False),
        sa.Column("probabilities", sa.JSON, nullable=False),
        sa.Column("warnings", sa.JSON, nullable=False),
        sa.Column("model_name", sa.String(64), nullable=False),
        sa.Column("model_version", sa.String(32), nullable=False),
        sa.Column("timings_ms", sa.JSON, nullable=False),
        sa.Column("recording_expires_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_analyses_owner_created", "analyses", ["owner", "created_at"])
    op.create_index("ix_analyses_recording_expires_at", "analyses", ["recording_expires_at"])


def downgrade() -> None:
    op.drop_table("analyses")
