"""Telegram through python-telegram-bot: messages as HTML, edits, replies, topics, buttons, commands, and the pace."""

from collections.abc import Mapping

from pydantic import SecretStr

from watcher.notifiers.base import Environment, Kind, Notifier
from watcher.notifiers.telegram.settings import TelegramSettings

__all__ = ["KIND"]


def _build(
    name: str, settings: TelegramSettings, secrets: Mapping[str, SecretStr], environment: Environment, moved: str | None
) -> Notifier:
    # The library is a fifth of what a command costs at its start, and few need it.
    from watcher.notifiers.telegram.sender import Telegram

    return Telegram(name, settings, secrets, environment, moved)


KIND = Kind(TelegramSettings, _build, secrets=("token",), needs=lambda _: ("token",))
