"""What all receivers of one bot share: its connections, its limiter and the pace of each chat."""

import asyncio
import hashlib
import os
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from watcher.notifiers.base import Environment

if TYPE_CHECKING:
    from watcher.notifiers.telegram.sender import Telegram

#: The library's own switch for durations as `timedelta`; without it every flood wait warns.
os.environ.setdefault("PTB_TIMEDELTA", "1")

#: Seconds between two messages of one bot. Telegram's FAQ allows 30 in any second; the library's limiter was
#: measured to let 56 through, for it fills up again while it empties.
BOT_PACE_S = 1 / 25
#: Messages to one group in any 60 seconds, from the same page; here too the library's limiter lets more through.
GROUP_MESSAGES = 20


@dataclass(slots=True)
class Line:
    """One bot."""

    key: str
    bot: ExtBot[Any]
    requests: tuple[HTTPXRequest, HTTPXRequest]
    pace_s: float
    #: Receivers that speak and hear through it.
    receivers: "dict[str, Telegram]" = field(default_factory=dict)
    users: int = 0
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    #: Loop times of each chat's last messages, and the one at which the bot as a whole may speak next.
    sent_at: dict[str, deque[float]] = field(default_factory=dict)
    free_at: float = 0.0

    async def wait_turn(self, chat: str) -> None:
        """Return when both the chat and the bot may speak, and take that turn. A busy chat holds no other up."""
        now = asyncio.get_running_loop().time
        async with self.locks.setdefault(chat, asyncio.Lock()):
            await asyncio.sleep(self._chat_free_at(chat) - now())
            turn = max(now(), self.free_at)
            self.free_at = turn + min(BOT_PACE_S, self.pace_s)
            await asyncio.sleep(turn - now())
            self.sent_at.setdefault(chat, deque(maxlen=GROUP_MESSAGES)).append(now())

    def _chat_free_at(self, chat: str) -> float:
        """Loop time at which a chat may have its next message; numbers of groups and channels are negative."""
        sent = self.sent_at.get(chat)
        if not sent:
            return 0.0
        group = chat.startswith(("-", "@")) and len(sent) == GROUP_MESSAGES
        return max(sent[-1] + self.pace_s, sent[0] + 60 * self.pace_s if group else 0.0)

    async def shutdown(self) -> None:
        """Close the connections."""
        for request in self.requests:
            await request.shutdown()


def line_of(api: str, token: str, environment: Environment) -> Line:
    """Return the line of a bot, making it for its first receiver."""
    key = f"telegram:{hashlib.sha256(f'{api} {token}'.encode()).hexdigest()[:32]}"
    line: Line | None = environment.shared.get(key)
    if line is None:
        wait_s = environment.timeout_s
        timeouts: dict[str, Any] = {
            "connect_timeout": 10,
            "read_timeout": wait_s,
            "write_timeout": wait_s,
            "pool_timeout": wait_s,
        }
        # Updates come over a connection of their own, so that waiting for them holds no message up.
        send, hear = HTTPXRequest(**timeouts), HTTPXRequest(connection_pool_size=2, **timeouts)
        # A flood wait is not slept through here: it is a time in the outbox, so it survives a restart.
        limiter = AIORateLimiter(max_retries=0)
        bot: ExtBot[Any] = ExtBot(
            token, base_url=f"{api}/bot", request=send, get_updates_request=hear, rate_limiter=limiter
        )
        line = environment.shared[key] = Line(key, bot, (send, hear), environment.chat_pace_s)
    line.users += 1
    return line
