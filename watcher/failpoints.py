"""Places where a test may let the process die.

`WATCHER_FAILPOINT=before_commit` ends the process with SIGKILL the first time it reaches
that point, `before_commit:3` the third time. Without the variable a failpoint costs one
comparison. For crash tests only.
"""

import os
import signal

#: Every point, in the order in which an entry passes them.
POINTS = ("after_fetch", "before_commit", "after_commit", "after_claim", "after_send", "after_record")

_wanted, _, _count = os.environ.get("WATCHER_FAILPOINT", "").partition(":")
_left = int(_count or 1)


def failpoint(name: str) -> None:
    """Die here if the environment says so."""
    global _left  # noqa: PLW0603 - counts visits for the life of the process
    if name != _wanted:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
