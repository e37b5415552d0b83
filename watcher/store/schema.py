"""The tables. Migrations under `migrations/` must lead to exactly this (a test compares them).

Times are aware UTC datetimes in Python; JSON columns hold what the model's `as_dict` gives.
Numbers of entries, assignments and stories are given by the writer inside the serial
transaction (invariant 5), so they rise in commit order and a Fingerprint's `seq` is a cursor.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes in, aware UTC datetimes out, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, which would be somebody's local ones."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: times in watcher are aware UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Mark what SQLite gives back as UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _json(name: str) -> Column[Any]:
    return Column(name, JSON, nullable=False)


feed_states = Table(
    "feed_states",
    metadata,
    Column("feed", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("next_poll_at", UtcDateTime, index=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("validators_url", Text),
    Column("body_hash", String(64)),
    Column("interval_s", Float),
    Column("polled_at", UtcDateTime),
    Column("ok_at", UtcDateTime),
    Column("new_entry_at", UtcDateTime),
    Column("baseline_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("failing_since_at", UtcDateTime),
    Column("last_error", Text),
    _json("notes"),
    _json("signs"),
    Column("ttl_s", Float),
    _json("skip_hours"),
    _json("skip_days"),
    Column("moved_to", Text),
    Column("moved_since_at", UtcDateTime),
    Column("whole_at", UtcDateTime),
    Column("lied_at", UtcDateTime),
    Column("items", LargeBinary),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("feed", String, primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("next_at", UtcDateTime),
    Column("asked_at", UtcDateTime),
    Column("lease_until", UtcDateTime),
    Column("heard_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("taking_since", UtcDateTime),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("lead_entry", Integer, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=False),
    Column("feed", String, nullable=False),
    Column("entry_id", Text, nullable=False),
    Column("id_origin", String(8), nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("link", Text, index=True),
    Column("author", Text, nullable=False),
    _json("categories"),
    Column("published_at", UtcDateTime),
    Column("updated_at", UtcDateTime),
    Column("lang", String),
    Column("extra", JSON, nullable=False, comment="source, enclosures, points, severity and link_of_feed"),
    Column("outlet", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
    Column("story", Integer, ForeignKey("stories.id"), nullable=False, index=True),
    Column("baseline", Boolean, nullable=False),
    _json("places"),
    UniqueConstraint("feed", "entry_id"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("entry", Integer, ForeignKey("entries.pk"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("story", Integer, ForeignKey("stories.id"), nullable=False, index=True),
    Column("relation", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("similarity", Float, nullable=False),
    Column("compared_with", Integer),
    _json("shared"),
    _json("changes"),
    Column("credits", Text),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("fingerprint", LargeBinary, nullable=False),
    #: What spoke for and against; null in rows from before there was a learnt model.
    Column("reasons", JSON),
    UniqueConstraint("entry", "revision"),
)

matches = Table(
    "matches",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("entry", Integer, ForeignKey("entries.pk"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("rule", String, nullable=False, index=True),
    _json("evidence"),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("entry", "revision", "rule"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("story", Integer, ForeignKey("stories.id"), index=True),
    Column("rule", String, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("severity", String(16), nullable=False),
    Column("entry", Integer, ForeignKey("entries.pk"), index=True),
    _json("evidence"),
    Column("text", Text, nullable=False, comment="the sentence of an alarm, in English"),
    #: What other languages make it from; null where there is none, and in rows from before they could.
    Column("said", JSON(none_as_null=True)),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("story", "rule", "kind", "revision"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("alert", Integer, ForeignKey("alerts.pk"), nullable=False),
    Column("receiver", String, nullable=False),
    Column("action", String(8), nullable=False),
    Column("state", String(12), nullable=False, comment="pending, claimed, sent, dead or suppressed"),
    Column("reason", Text, nullable=False, comment="why it is dead, suppressed or waiting"),
    Column("due_at", UtcDateTime, nullable=False),
    Column("first_due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("ref", Text, comment="the service's name for the message"),
    #: Number of the alarm that tells of its death.
    Column("told_in", Integer),
    #: The receiver where nobody answered it in time.
    Column("escalated_from", String),
    UniqueConstraint("alert", "receiver"),
    Index("ix_deliveries_due", "state", "receiver", "due_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("delivery", Integer, ForeignKey("deliveries.pk"), nullable=False, index=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("outcome", String(16), comment="sent, retry_later, put_off, rejected, unknown; NULL while in flight"),
    Column("detail", Text, nullable=False),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("entry", Integer, ForeignKey("entries.pk"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("rule", String, nullable=False),
    Column("receiver", String),
    Column("reason", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("key", String, primary_key=True, comment="feed:ID, receiver:NAME or config"),
    Column("message", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("cleared_at", UtcDateTime),
    Column("said", JSON(none_as_null=True)),
)

receiver_moves = Table(
    "receiver_moves",
    metadata,
    Column("receiver", String, primary_key=True),
    Column(
        "moved_to",
        Text,
        nullable=False,
        comment="the address that the service itself gave (Telegram's chat id)",
    ),
    Column("at", UtcDateTime, nullable=False),
)

silences = Table(
    "silences",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("rule", String),
    Column("region", String),
    Column("feed", String),
    Column("story", Integer),
    Column("word", Text),
    Column("receiver", String),
    Column("comment", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    #: When receivers were told what it had held back.
    Column("told_at", UtcDateTime),
)

responses = Table(
    "responses",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("delivery", Integer, ForeignKey("deliveries.pk"), nullable=False),
    #: seen, mute, snooze_1h, snooze_24h, irrelevant, duplicate, split or why.
    Column("what", String(16), nullable=False),
    #: The reader as the service names them: telegram:12345.
    Column("by", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("delivery", "what", "by"),
)

labels = Table(
    "labels",
    metadata,
    Column("pk", Integer, primary_key=True),
    #: irrelevant: the rule should not have met the entry; duplicate: the entry is not the other's story;
    #: same: it is.
    Column("kind", String(16), nullable=False),
    Column("entry", Integer, ForeignKey("entries.pk"), nullable=False),
    #: Empty but for irrelevant.
    Column("rule", String, nullable=False),
    Column("other", Integer, ForeignKey("entries.pk")),
    #: The story that the entry was in.
    Column("story", Integer, nullable=False),
    Column("by", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("kind", "entry", "rule"),
)

forgotten = Table(
    "forgotten",
    metadata,
    #: Hash of the feed and the id of an entry that was deleted; see `retention`.
    Column("key", Integer, primary_key=True, autoincrement=False),
    #: When it was deleted or last listed, in days since 2000.
    Column("day", Integer, nullable=False),
)

updates_read = Table(
    "updates_read",
    metadata,
    #: Hash of the bot's token and address, not the token.
    Column("bot", String, primary_key=True),
    Column("next_update", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

search_state = Table(
    "search_state",
    metadata,
    #: What the words of the full-text index are made by (`search.VERSION`); 0 if it is stale, or there is none.
    Column("version", Integer, primary_key=True, autoincrement=False),
    #: Entries up to this number are not in it yet; 0 once all are.
    Column("unread", Integer, nullable=False),
)

#: What each feed brought on each day (UTC), as it was decided then: for plots and tables, without reading entries.
daily = Table(
    "daily",
    metadata,
    Column("day", Date, primary_key=True),
    Column("feed", String, primary_key=True),
    #: Empty for its new entries but those of its baseline; else the outlet that had the story first, for those that
    #: republished or developed it.
    Column("origin", Text, primary_key=True),
    #: The feed's outlet.
    Column("outlet", Text, nullable=False),
    Column("entries", Integer, nullable=False),
)
