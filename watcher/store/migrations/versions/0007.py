"""Remember how far the full-text index has come (`watcher.store.search` makes the index itself)"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_state",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_search_state")),
    )
    op.execute("INSERT INTO search_state VALUES (0, 0)")


def downgrade() -> None:
    op.execute("DROP TABLE IF EXISTS entry_words")
    op.drop_table("search_state")
