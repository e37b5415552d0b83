"""One listener for each account that readers answer to, beside the lanes that send."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from watcher.hear.commands import command
from watcher.hear.presses import press
from watcher.hear.room import Room
from watcher.model import Observer, Sentence
from watcher.notifiers.incoming import Answer, Command, Deaf, Hears, Inbox, Incoming, Moved, Press
from watcher.render.buttons import reply
from watcher.render.sentences import in_english
from watcher.store import InWriter, Store, alarms, outbox, responses

#: First and longest pause in seconds after a failure.
PAUSE_S, PAUSE_MOST_S = 1.0, 300.0


class Hearer:
    """Receives what readers send, obeys it, and answers."""

    def __init__(
        self,
        store: Store,
        in_writer: InWriter,
        room: Callable[[], Room],
        clock: Callable[[], datetime],
        observe: Observer,
        *,
        split: Callable[[], None],
        deliver: Callable[[], Awaitable[None]],
        poll_s: float,
    ) -> None:
        """`split` is called in the writer's thread when a story was split, `deliver` when something may be due.

        `poll_s` is how long, in seconds, one question for answers may wait.
        """
        self._store, self._in_writer, self._room, self._clock = store, in_writer, room, clock
        self._observe, self._split, self._deliver, self._poll_s = observe, split, deliver, poll_s
        self._listeners: dict[str, asyncio.Task[None]] = {}

    async def tick(self) -> None:
        """Listen to every account that is configured, and to no other."""
        inboxes = self._inboxes()
        for key in self._listeners.keys() - inboxes.keys():
            self._listeners.pop(key).cancel()
        for key, inbox in inboxes.items():
            if key not in self._listeners or self._listeners[key].done():
                self._listeners[key] = asyncio.create_task(self._listen(inbox), name=f"hear {key}")

    async def once(self) -> None:
        """Obey what has been sent so far."""
        for inbox in self._inboxes().values():
            try:
                await self._hear(inbox, wait_s=0)
            except Deaf as deaf:
                self._observe({"event": "chat_deaf", "reason": str(deaf)})
            except Exception as error:  # a full disk, a locked database, a fault of ours: the polls go on
                self._observe({"event": "internal_error", "where": "readers' answers", "exception": error})

    async def stop(self) -> None:
        """Stop listening; what is not obeyed yet is read again at the next start."""
        listeners = list(self._listeners.values())
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)

    def _inboxes(self) -> dict[str, Inbox]:
        heard = (n.inbox for n in self._room().notifiers.values() if isinstance(n, Hears))
        return {inbox.key: inbox for inbox in heard if inbox is not None}

    async def _listen(self, inbox: Inbox) -> None:
        pause_s = PAUSE_S
        while True:
            try:
                await self._hear(inbox, wait_s=self._poll_s)
                pause_s = PAUSE_S
            except Deaf as deaf:
                self._observe({"event": "chat_deaf", "reason": str(deaf), "lasting": deaf.lasting})
                if deaf.lasting:
                    await self._tell_lasting(inbox, str(deaf))
                await asyncio.sleep(max(pause_s, deaf.after_s))
                pause_s = min(2 * pause_s, PAUSE_MOST_S)
            except Exception as error:  # a full disk, a locked database, a fault of ours
                self._observe({"event": "internal_error", "where": "readers' answers", "exception": error})
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, PAUSE_MOST_S)

    async def _tell_lasting(self, inbox: Inbox, reason: str) -> None:
        """Raise the alarm; where it cannot be stored now, the next failure does."""
        try:
            await self._in_writer(partial(self._alarm, inbox, reason))
        except Exception as error:
            self._observe({"event": "internal_error", "where": "readers' answers", "exception": error})

    async def _hear(self, inbox: Inbox, wait_s: float) -> None:
        """Receive once and obey everything that came, one transaction for each."""
        after = await self._in_writer(partial(self._first, inbox))
        incoming = await inbox.receive(after, wait_s)
        await self._in_writer(partial(self._well, inbox))
        for one in incoming:
            answer = await self._in_writer(partial(self._obey, inbox, one))
            if isinstance(one, Press | Command):
                try:
                    await inbox.answer(one, answer)
                except Deaf as deaf:
                    self._observe({"event": "chat_deaf", "reason": str(deaf)})
        if any(isinstance(one, Press) for one in incoming):
            await self._deliver()

    # ------------------------------------------------------------ in the writer's thread

    def _first(self, inbox: Inbox) -> int:
        with self._store.read() as connection:
            return responses.next_update(connection, inbox.key)

    def _obey(self, inbox: Inbox, one: Incoming) -> Answer:
        """Obey one answer and note it as read, together: it is obeyed once, whenever the process is killed."""
        now = self._clock()
        try:
            with self._store.write() as connection:
                with connection.begin_nested():
                    answer = self._do(connection, one, now)
                responses.note_update(connection, inbox.key, one.update, now)
        except OperationalError:  # a full disk or a locked database will pass: it is read again then
            raise
        except Exception as error:
            self._observe({"event": "internal_error", "where": "readers' answers", "exception": error})
            with self._store.write() as connection:
                responses.note_update(connection, inbox.key, one.update, now)
            return Answer(reply("en", "broken"))
        self._report(one, answer)
        return answer

    def _do(self, connection: Connection, one: Incoming, now: datetime) -> Answer:
        match one:
            case Press():
                answer = press(connection, one, self._room(), now)
                if answer.splits:
                    self._split()
                return answer
            case Command():
                return command(connection, one, self._room(), now)
            case Moved():
                for name in one.receivers:
                    outbox.move_receiver(connection, name, one.moved_to, now)
        return Answer()

    def _report(self, one: Incoming, answer: Answer) -> None:
        if isinstance(one, Press):
            told = {"what": one.data, "by": one.by, "receivers": one.receivers}
            self._observe({"event": "button" if one.receivers else "chat_refused"} | told | {"answer": answer.text})
        elif isinstance(one, Command):
            told = {"what": f"/{one.name}", "by": one.by, "receivers": one.receivers}
            self._observe({"event": "command" if one.receivers else "chat_refused"} | told)

    def _alarm(self, inbox: Inbox, reason: str) -> None:
        room, now = self._room(), self._clock()
        with self._store.write_and_tell(self._observe) as (connection, tell):
            for name in self._of(inbox):
                deaf = Sentence("chat_deaf", {"receiver": name, "reason": reason})
                if alarms.raise_alarm(connection, f"chat:{name}", deaf, room.alarm_receivers, now):
                    tell({"event": "alarm", "key": f"chat:{name}", "message": in_english(deaf)})

    def _well(self, inbox: Inbox) -> None:
        room, now = self._room(), self._clock()
        with self._store.read() as connection:
            open_ = {key for key, _, _ in alarms.open_alarms(connection)}
        wrong = [name for name in self._of(inbox) if f"chat:{name}" in open_]
        if wrong:
            with self._store.write_and_tell(self._observe) as (connection, tell):
                for name in wrong:
                    well = Sentence("chat_well", {"receiver": name})
                    alarms.clear_alarm(connection, f"chat:{name}", well, room.alarm_receivers, now)
                    tell({"event": "alarm_cleared", "key": f"chat:{name}", "message": in_english(well)})

    def _of(self, inbox: Inbox) -> list[str]:
        notifiers = self._room().notifiers.items()
        return [name for name, n in notifiers if isinstance(n, Hears) and n.inbox and n.inbox.key == inbox.key]
