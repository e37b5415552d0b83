"""Matrix rooms through the client-server API (https://spec.matrix.org): events sent once, edits, threads of replies."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field, SecretStr, StringConstraints

from watcher import __version__
from watcher.model import Action, Message, Outcome, Rejected, RetryLater, Sent, Unknown
from watcher.notifiers.base import Environment, Kind, Settings, scrub
from watcher.notifiers.http import Answer, client, exchange, meaning
from watcher.render import Format
from watcher.yamlsrc import Duration

#: An event may have 65,536 bytes; text and HTML of a message, escaped, stay well below.
LIMIT = 8000


class MatrixSettings(Settings):
    """A room that the watcher's account has joined; without encryption."""

    writes = Format.HTML
    longest = LIMIT

    homeserver: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+\S*[^/\s]$")] = Field(
        description="Address of the home server: https://matrix.example.org."
    )
    room: Annotated[str, StringConstraints(pattern=r"^!\S+$")] = Field(description="Id of the room: !abc:example.org.")
    edit_every: Duration = Field(
        timedelta(minutes=1), description="Least time between two changes of one message; republications are gathered."
    )


class Matrix:
    """One room.

    The transaction id derives from the message's key, so a repeated attempt is the same event
    (client-server API, "Transaction identifiers").
    """

    can_edit = True
    can_reply = True

    def __init__(self, settings: MatrixSettings, secrets: Mapping[str, SecretStr], timeout_s: float) -> None:
        self.style = settings.style(Format.HTML, limit=LIMIT, blocks=True)
        self.edit_every = settings.edit_every
        self._settings, self._secrets = settings, secrets
        self._http = client(timeout_s)

    async def send(self, message: Message) -> Outcome:
        """Put one event into the room."""
        body = json.dumps(content(message), ensure_ascii=False).encode("utf-8", "replace")
        address = (
            f"{self._settings.homeserver}/_matrix/client/v3/rooms/{quote(self._settings.room, safe='')}"
            f"/send/m.room.message/{quote(message.key, safe='')}"
        )
        headers = {
            "Authorization": f"Bearer {self._secrets['token'].get_secret_value()}",
            "Content-Type": "application/json",
            "User-Agent": f"watcher/{__version__}",
        }
        answer = await exchange(self._http, "PUT", address, content=body, headers=headers, read_success=True)
        if not isinstance(answer, Answer):
            return answer
        told = _object(answer.body)
        if answer.status == 200:
            return self._accepted(message, told)
        return self._refused(answer, told)

    def _accepted(self, message: Message, told: Mapping[str, Any]) -> Outcome:
        event = told.get("event_id")
        if not isinstance(event, str):
            return Unknown("the home server's answer names no event")
        # Later edits and replies are about the first event of the message, never about an edit of it.
        return Sent(message.ref if message.action is Action.EDIT and message.ref else event)

    def _refused(self, answer: Answer, told: Mapping[str, Any]) -> Outcome:
        code, said = str(told.get("errcode", "")), scrub(str(told.get("error", "")), self._secrets)
        pause = told.get("retry_after_ms")
        if code == "M_LIMIT_EXCEEDED" and isinstance(pause, int | float) and 0 < pause < 86_400_000:
            return RetryLater(f"{code} {said}", timedelta(milliseconds=pause))
        outcome = meaning(answer, scrub(f"{code} {said}", self._secrets))
        if isinstance(outcome, Rejected) and code in ("M_FORBIDDEN", "M_UNKNOWN_TOKEN", "M_NOT_FOUND"):
            return Rejected(outcome.reason, receiver_down=True)
        return outcome

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def content(message: Message) -> dict[str, Any]:
    """Return the event's content: text and HTML, and what it edits or answers."""
    kind = "m.notice" if message.silent else "m.text"
    own: dict[str, Any] = {
        "msgtype": kind, "body": message.plain, "format": "org.matrix.custom.html", "formatted_body": message.body,
    }  # fmt: skip
    if message.action is Action.EDIT and message.ref:
        edited = own | {"body": f"* {message.plain}", "formatted_body": f"* {message.body}"}
        return edited | {"m.new_content": own, "m.relates_to": {"rel_type": "m.replace", "event_id": message.ref}}
    if message.action is Action.REPLY and message.ref:
        return own | {"m.relates_to": {"m.in_reply_to": {"event_id": message.ref}}}
    return own


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _build(
    name: str, settings: MatrixSettings, secrets: Mapping[str, SecretStr], environment: Environment, moved: str | None
) -> Matrix:
    return Matrix(settings, secrets, environment.timeout_s)


KIND = Kind(MatrixSettings, _build, secrets=("token",), needs=lambda _: ("token",))
