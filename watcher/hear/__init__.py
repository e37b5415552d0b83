"""What readers answer in a chat: received beside the sends, obeyed in one transaction, answered."""

from watcher.hear.listening import Hearer
from watcher.hear.room import Room

__all__ = ["Hearer", "Room"]
