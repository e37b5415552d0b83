"""Keep what readers answer, who was told of deaths and of ended silences, and how far a bot's updates are read"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("told_in", sa.Integer(), nullable=True))
    op.add_column("deliveries", sa.Column("escalated_from", sa.String(), nullable=True))
    op.add_column("silences", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    # What ended before there was this column is old news.
    op.execute("UPDATE silences SET told_at = expires_at WHERE expires_at < CURRENT_TIMESTAMP")
    op.create_table(
        "responses",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.pk"], name=op.f("fk_responses_delivery_deliveries")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_responses")),
        sa.UniqueConstraint("delivery", "what", "by", name=op.f("uq_responses_delivery_what_by")),
    )
    op.create_table(
        "labels",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=True),
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.pk"], name=op.f("fk_labels_entry_entries")),
        sa.ForeignKeyConstraint(["other"], ["entries.pk"], name=op.f("fk_labels_other_entries")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_labels")),
        sa.UniqueConstraint("kind", "entry", "rule", name=op.f("uq_labels_kind_entry_rule")),
    )
    op.create_table(
        "updates_read",
        sa.Column("bot", sa.String(), nullable=False),
        sa.Column("next_update", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bot", name=op.f("pk_updates_read")),
    )


def downgrade() -> None:
    for table in ("updates_read", "labels", "responses"):
        op.drop_table(table)
    op.drop_column("silences", "told_at")
    op.drop_column("deliveries", "escalated_from")
    op.drop_column("deliveries", "told_in")
