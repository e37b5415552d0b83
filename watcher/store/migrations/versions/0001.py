"""First schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "alarms",
        sa.Column("key", sa.String(), nullable=False, comment="feed:ID, receiver:NAME or config"),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alarms")),
    )
    op.create_table(
        "feed_states",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("validators_url", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.String(length=64), nullable=True),
        sa.Column("interval_s", sa.Float(), nullable=True),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("new_entry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("baseline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("signs", sa.JSON(), nullable=False),
        sa.Column("ttl_s", sa.Float(), nullable=True),
        sa.Column("skip_hours", sa.JSON(), nullable=False),
        sa.Column("skip_days", sa.JSON(), nullable=False),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("whole_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("items", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_feed_states")),
    )
    with op.batch_alter_table("feed_states", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_states_next_poll_at"), ["next_poll_at"], unique=False)

    op.create_table(
        "receiver_moves",
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column(
            "moved_to",
            sa.Text(),
            nullable=False,
            comment="the address that the service itself gave (Telegram's chat id)",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("receiver", name=op.f("pk_receiver_moves")),
    )
    op.create_table(
        "stories",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lead_entry", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    op.create_table(
        "entries",
        sa.Column("pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("id_origin", sa.String(length=8), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lang", sa.String(), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False, comment="source, enclosures, points and severity"),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], name=op.f("fk_entries_story_stories")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_entries")),
        sa.UniqueConstraint("feed", "entry_id", name=op.f("uq_entries_feed_entry_id")),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entries_link"), ["link"], unique=False)
        batch_op.create_index(batch_op.f("ix_entries_seen_at"), ["seen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_entries_story"), ["story"], unique=False)

    op.create_table(
        "alerts",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("story", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="the sentence of an alarm"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.pk"], name=op.f("fk_alerts_entry_entries")),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], name=op.f("fk_alerts_story_stories")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_alerts")),
        sa.UniqueConstraint("story", "rule", "kind", "revision", name=op.f("uq_alerts_story_rule_kind_revision")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alerts_entry"), ["entry"], unique=False)
        batch_op.create_index(batch_op.f("ix_alerts_story"), ["story"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("story", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.Column("compared_with", sa.Integer(), nullable=True),
        sa.Column("shared", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("credits", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.pk"], name=op.f("fk_assignments_entry_entries")),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], name=op.f("fk_assignments_story_stories")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_assignments")),
        sa.UniqueConstraint("entry", "revision", name=op.f("uq_assignments_entry_revision")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignments_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignments_entry"), ["entry"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignments_story"), ["story"], unique=False)

    op.create_table(
        "matches",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.pk"], name=op.f("fk_matches_entry_entries")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_matches")),
        sa.UniqueConstraint("entry", "revision", "rule", name=op.f("uq_matches_entry_revision_rule")),
    )
    with op.batch_alter_table("matches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matches_entry"), ["entry"], unique=False)
        batch_op.create_index(batch_op.f("ix_matches_rule"), ["rule"], unique=False)

    op.create_table(
        "suppressions",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.pk"], name=op.f("fk_suppressions_entry_entries")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_suppressions")),
    )
    with op.batch_alter_table("suppressions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suppressions_entry"), ["entry"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("alert", sa.Integer(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="pending, claimed, sent, dead or suppressed",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it is dead, suppressed or waiting"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.Text(), nullable=True, comment="the service's name for the message"),
        sa.ForeignKeyConstraint(["alert"], ["alerts.pk"], name=op.f("fk_deliveries_alert_alerts")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("alert", "receiver", name=op.f("uq_deliveries_alert_receiver")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_due", ["state", "receiver", "due_at"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.String(length=16),
            nullable=True,
            comment="sent, retry_later, rejected, unknown; NULL while in flight",
        ),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.pk"], name=op.f("fk_attempts_delivery_deliveries")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_attempts")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempts_delivery"), ["delivery"], unique=False)
