"""Count entries and copies of each feed by day; those of the last two weeks are counted now"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "feed", "origin", name=op.f("pk_daily")),
    )
    op.execute(
        "INSERT INTO daily (day, feed, origin, outlet, entries) "
        "SELECT date(seen_at), feed, '', max(outlet), count(*) FROM entries "
        "WHERE seen_at >= datetime('now', '-15 days') AND NOT baseline GROUP BY 1, 2"
    )
    op.execute(
        "INSERT INTO daily (day, feed, origin, outlet, entries) "
        "SELECT date(a.at), e.feed, l.outlet, max(e.outlet), count(*) FROM assignments a "
        "JOIN entries e ON e.pk = a.entry JOIN stories s ON s.id = a.story JOIN entries l ON l.pk = s.lead_entry "
        "WHERE a.at >= datetime('now', '-15 days') AND a.revision = 0 AND l.outlet != e.outlet AND NOT e.baseline "
        "AND a.relation IN ('republication', 'development') GROUP BY 1, 2, 3"
    )


def downgrade() -> None:
    op.drop_table("daily")
