"""Where WebSub hubs call: verifications and pushed documents, at addresses that cannot be guessed."""

from collections.abc import Mapping
from typing import Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from watcher.web.guard import PUSHED


class Callback(Protocol):
    """What is needed of `websub.Hubs`."""

    async def verify(self, key: str, said: Mapping[str, str]) -> str | None:
        """Return the challenge, "" for a refusal that was noted, None if nothing is known of it."""

    async def knows(self, key: str) -> bool:
        """Say whether anybody may send to an address: asked before a body is read."""

    async def receive(self, key: str, body: bytes, content_type: str, signature: str) -> int:
        """Take in a document; return the status."""


def route(callback: Callback, most_bytes: int) -> Route:
    """Return the route; a document may have `most_bytes`."""

    async def called(request: Request) -> Response:
        key = request.path_params["key"]
        if request.method != "POST":
            challenge = await callback.verify(key, request.query_params)
            return PlainTextResponse(challenge or "", 404 if challenge is None else 200)
        if not await callback.knows(key):
            return Response(status_code=410)
        body = bytearray()
        try:
            async for piece in request.stream():
                body += piece
                if len(body) > most_bytes:
                    return Response(status_code=413)
        except ClientDisconnect:
            return Response(status_code=400)
        headers = request.headers
        status = await callback.receive(
            key, bytes(body), headers.get("content-type", ""), headers.get("x-hub-signature", "")
        )
        return Response(status_code=status)

    return Route(PUSHED + "{key}", called, methods=["GET", "POST"])
