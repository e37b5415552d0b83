"""Keep what other languages make an alarm's sentence from"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alerts", sa.Column("said", sa.JSON(), nullable=True))
    op.add_column("alarms", sa.Column("said", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("alarms", "said")
    op.drop_column("alerts", "said")
