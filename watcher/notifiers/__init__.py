"""Notifiers: one module for each protocol, and the table of them."""

from watcher.notifiers import bridge, console, email, execute, matrix, telegram, webhook
from watcher.notifiers.base import Environment, Kind, Notifier, Settings

__all__ = ["REGISTRY", "Environment", "Kind", "Notifier", "Settings"]

#: `type` of a receiver → what makes its notifier.
REGISTRY: dict[str, Kind] = {
    "console": console.KIND,
    "telegram": telegram.KIND,
    "email": email.KIND,
    "webhook": webhook.KIND,
    "matrix": matrix.KIND,
    "exec": execute.KIND,
    "apprise": bridge.KIND,
}
