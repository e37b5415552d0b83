"""Telegram through python-telegram-bot: messages as HTML, edits, replies, topics, buttons, commands, and the pace."""

from watcher.notifiers.telegram.sender import KIND

__all__ = ["KIND"]
