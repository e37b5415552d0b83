"""Looking for what keeps, or will keep, the watcher from doing its work; and what to do about it."""

from watcher.doctor.database import look_at_database
from watcher.doctor.finding import Finding, Grade
from watcher.doctor.outside import look_at_network, look_at_receivers
from watcher.doctor.running import look_at_daemon, look_at_files

__all__ = [
    "Finding",
    "Grade",
    "look_at_daemon",
    "look_at_database",
    "look_at_files",
    "look_at_network",
    "look_at_receivers",
]
