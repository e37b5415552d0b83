"""Services that Apprise knows: one address for each of some 170; an optional extra, imported when it is used."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from watcher.model import Message, Outcome, Rejected, RetryLater, Sent
from watcher.notifiers.base import Environment, Kind, Settings, scrub
from watcher.notifiers.trouble import trouble
from watcher.render import Format

#: Most characters of a message, for services that would take more than a reader does.
LIMIT = 4000


class BridgeSettings(Settings):
    """A service by its Apprise address, which is a secret: it holds tokens and passwords."""


class Bridge:
    """One service.

    Apprise says only whether a service took a message: every failure is tried again, until the
    time of giving up. It can neither edit nor answer, and a repeated attempt is a second message.
    """

    can_edit = False
    can_reply = False
    edit_every = timedelta()

    def __init__(self, settings: BridgeSettings, secrets: Mapping[str, SecretStr]) -> None:
        self._secrets = secrets
        self._service, self._fault = _service(secrets["url"].get_secret_value())
        limit = min(LIMIT, getattr(self._service, "body_maxlen", LIMIT) or LIMIT)
        self.style = settings.style(Format.TEXT, limit=limit)

    async def send(self, message: Message) -> Outcome:
        """Send in a thread, for Apprise blocks."""
        if self._service is None:
            return Rejected(self._fault, receiver_down=True)
        try:
            done = await asyncio.to_thread(self._service.notify, body=message.body, title="")
        except Exception as error:  # 170 plugins of others, each with its own exceptions
            return RetryLater(f"Apprise failed: {scrub(str(error), self._secrets) or trouble(error)}")
        return Sent() if done else RetryLater("Apprise could not send it; it does not say why")

    async def aclose(self) -> None:
        """Apprise keeps nothing open."""


def _service(url: str) -> tuple[Any, str]:
    """Return the service, or None and the fault."""
    try:
        import apprise
    except ImportError:
        return None, "Apprise is not installed: install watcher[apprise]"
    service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    return service, "" if service is not None else "the address is none that Apprise knows"


def _build(
    name: str, settings: BridgeSettings, secrets: Mapping[str, SecretStr], environment: Environment, moved: str | None
) -> Bridge:
    return Bridge(settings, secrets)


KIND = Kind(BridgeSettings, _build, secrets=("url",), needs=lambda _: ("url",))
