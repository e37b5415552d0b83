"""Alerts as JSON to an HTTP address, with an idempotency key and, if wanted, a signature."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, StringConstraints

from watcher import __version__
from watcher.model import Message, Outcome, Sent
from watcher.notifiers.base import Environment, Kind, Settings, scrub
from watcher.notifiers.http import Answer, client, exchange, meaning
from watcher.render import Format


class WebhookSettings(Settings):
    """A POST of one JSON document for each message."""

    writes = Format.JSON

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+\S*$")] | None = Field(
        None, description="Address; write `address_file` instead when the address itself is a secret."
    )


class Webhook:
    """Posts the payload of a message.

    `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) and the payload's `key` are the
    same for every attempt of one delivery. With a secret, `X-Watcher-Signature` is `sha256=` and
    the hex HMAC-SHA256 (RFC 2104) of the body's bytes under it.
    """

    can_edit = True
    can_reply = True
    edit_every = timedelta()

    def __init__(self, settings: WebhookSettings, secrets: Mapping[str, SecretStr], timeout_s: float) -> None:
        self.style = settings.style(Format.JSON)
        self._secrets = secrets
        address = secrets.get("address")
        self._url = address.get_secret_value() if address else settings.url or ""
        self._http = client(timeout_s)

    async def send(self, message: Message) -> Outcome:
        """Post; any 2xx is acceptance."""
        body = message.body.encode("utf-8", "replace")
        answer = await exchange(self._http, "POST", self._url, content=body, headers=self._headers(message, body))
        if not isinstance(answer, Answer):
            return answer
        if 200 <= answer.status < 300:
            return Sent(ref=message.own_ref)
        parts = urlsplit(self._url)
        said = answer.body.decode("utf-8", "replace")
        return meaning(answer, scrub(said, self._secrets, self._url, parts.path.strip("/"), parts.query))

    def _headers(self, message: Message, body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"watcher/{__version__}",
            "Idempotency-Key": f'"{quote(message.key, safe="/:.@+~")}"',
        }
        if secret := self._secrets.get("secret"):
            digest = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
            headers["X-Watcher-Signature"] = f"sha256={digest}"
        if authorization := self._secrets.get("authorization"):
            headers["Authorization"] = authorization.get_secret_value()
        return headers

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _build(
    name: str, settings: WebhookSettings, secrets: Mapping[str, SecretStr], environment: Environment, moved: str | None
) -> Webhook:
    return Webhook(settings, secrets, environment.timeout_s)


KIND = Kind(
    WebhookSettings,
    _build,
    secrets=("secret", "authorization", "address"),
    needs=lambda settings: () if settings.url else ("address",),
)
