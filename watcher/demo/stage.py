"""Plays the script before the real daemon: each step when its time has come and the daemon has seen the one before."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec

from watcher import config, daemon
from watcher.demo.output import Output
from watcher.demo.script import FILES, Press, Script, Step
from watcher.demo.server import FeedServer
from watcher.logs import ROUTINE
from watcher.notifiers import REGISTRY, Environment

#: Seconds that the script takes at its own pace; a shorter `--for` hurries it.
UNHURRIED_S = 34.0
#: A step without the effect that it waits for is told after this, and the script goes on.
PATIENCE_S = 20.0
#: A demo on a busy machine may last longer by so many times the seconds asked for.
OVERTIME = 2
#: Feeds are polled on every tick of the daemon, so that the demo is no test of patience.
INTERVAL = "0.5s"

P = ParamSpec("P")


class Stage:
    """One run of the demo."""

    def __init__(self, script: Script, folder: Path, output: Output, seconds: float | None) -> None:
        self._script, self._folder = script, folder
        self._server = FeedServer(self._receive)
        self._output, self._seconds = output, seconds
        self._press = Press(self._server, {outlet.id: outlet for outlet in script.outlets})
        self._seen: list[Mapping[str, Any]] = []
        self._news, self._ready = asyncio.Event(), asyncio.Event()
        self._told, self._until = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._broken: BrokenPipeError | None = None

    async def play(self) -> None:
        """Serve the feeds, run the daemon, and play the script beside it.

        Raises:
            BrokenPipeError: nobody reads what is printed.
        """
        # A proxy of this machine's environment is not the way to a server on this machine.
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
        with self._server:
            first, *later = self._script.steps
            self._press.open()
            self._press.perform(first, daemon.utc_now())
            loaded = self._configure()
            self._tell(self._output.begin, self._script.outlets, str(self._folder), self._seconds)
            self._tell(self._output.said, first.say)
            await self._run(loaded, self._direct(first, later))
        if self._broken:
            raise self._broken

    async def _run(self, loaded: config.Config, play: Coroutine[Any, Any, None]) -> None:
        """Run the daemon with the script and the clock beside it."""
        director = asyncio.create_task(play, name="demo director")
        clock = asyncio.create_task(self._end(self._seconds)) if self._seconds is not None else director
        try:
            await daemon.run(
                loaded, self._load, self._observe, Environment(), until=self._until, ready=lambda _: self._ready.set()
            )
        finally:
            director.cancel()
            clock.cancel()
            await asyncio.gather(director, clock, return_exceptions=True)
        if director.done() and not director.cancelled() and (error := director.exception()):
            raise error

    def _receive(self, path: str, message: dict[str, Any]) -> None:
        """Take what was posted to a receiver, in a thread of the server."""
        self._tell(self._output.received, path.rpartition("/")[2], message)

    def _tell(self, say: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Print; when nobody reads any more, let the daemon end as it should, and tell that afterwards."""
        try:
            say(*args, **kwargs)
        except BrokenPipeError as error:
            self._broken = error
            self._loop.call_soon_threadsafe(self._until.set)

    # ------------------------------------------------------------ the daemon's side

    def _configure(self) -> config.Config:
        """Write the files of a small newsroom: the example rules, the feeds, three receivers on the local server."""
        (self._folder / "rules").mkdir()
        for file in (FILES / "rules").iterdir():
            (self._folder / "rules" / file.name).write_bytes(file.read_bytes())
        settings = {
            "database": "demo.db",
            "http": {"allow_networks": ["127.0.0.0/8"], "per_host": 20},
            "polling": {"interval": INTERVAL, "floor": INTERVAL, "ceiling": "5s"},
            "default_receivers": ["newsroom", "duty-phone"],
            "alarm_receivers": [],
            "web": {"listen": "127.0.0.1:0"},  # a free port; `web_started` tells it
            "reload": self._seconds is None,  # a person may try a change of the rules
            "feeds": [
                {
                    "id": outlet.id,
                    "title": outlet.title,
                    "url": f"{self._server.url}{outlet.path}",
                    "language": outlet.language,
                    "tags": list(outlet.tags),
                    "interval": INTERVAL,
                }
                for outlet in self._script.outlets
            ],
            "receivers": {
                "newsroom": self._receiver("newsroom"),
                "duty-phone": self._receiver("duty-phone") | {"min_severity": "extreme"},
                "desk-email": self._receiver("desk-email"),
            },
        }
        # JSON is YAML.
        (self._folder / "config.yaml").write_text(json.dumps(settings, ensure_ascii=False, indent=1), "utf-8")
        return self._load()

    def _receiver(self, name: str) -> dict[str, Any]:
        return {"type": "webhook", "url": f"{self._server.url}/receivers/{name}"}

    def _load(self) -> config.Config:
        return config.load(self._folder / "config.yaml", os.environ, REGISTRY)

    def _observe(self, event: Mapping[str, Any]) -> None:
        """Take a report of the daemon, from whichever thread."""
        if event["event"] in ROUTINE:
            return
        self._tell(self._output.event, event)
        self._loop.call_soon_threadsafe(self._take, event)

    def _take(self, event: Mapping[str, Any]) -> None:
        self._seen.append(event)
        self._news.set()

    # ------------------------------------------------------------ the outside world's side

    async def _direct(self, first: Step, later: Sequence[Step]) -> None:
        """Wait for the baseline, then play every step."""
        try:
            await self._ready.wait()
            started = self._loop.time()
            pace = 1.0 if self._seconds is None else min(1.0, self._seconds / UNHURRIED_S)
            await self._effect(first, since=0)
            for step in later:
                await asyncio.sleep(started + step.at * pace - self._loop.time())
                since = len(self._seen)
                self._tell(self._output.said, step.say)
                self._press.perform(step, daemon.utc_now())
                await self._effect(step, since)
                if step.ends_main:
                    self._told.set()
            if self._seconds is None:
                self._tell(self._output.said, "That was the script. The daemon goes on watching; Ctrl-C ends the demo.")
        except Exception:
            self._until.set()  # a fault of ours: end the daemon, so that it is seen
            raise

    async def _end(self, seconds: float) -> None:
        """End the daemon when the time is over; on a slow machine not before the main story is told, within a bound."""
        await self._ready.wait()
        await asyncio.sleep(seconds)
        if not self._told.is_set():
            self._tell(
                self._output.said, "The machine is busy: the demo takes longer than asked for, to tell its main story."
            )
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds * OVERTIME):
                    await self._told.wait()
        self._until.set()

    async def _effect(self, step: Step, since: int) -> None:
        """Wait until the daemon has reported, after `since` reports, what a step leads to; tell if it does not."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not self._shown(step, since):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self._tell(
                self._output.said, f"The daemon has not reported {', '.join(step.until)} within {PATIENCE_S:g} seconds."
            )

    def _shown(self, step: Step, since: int) -> bool:
        """Whether the daemon has reported what a step waits for, by its entries and feeds."""
        concerns = self._press.concerns(step)
        told = Counter(
            str(event["event"])
            for event in self._seen[since:]
            if concerns & {str(event.get("entry")), str(event.get("feed"))}
        )
        wanted = Counter(step.until)
        if "baseline" in wanted:
            return self._all_polled()
        return all(told[kind] >= number for kind, number in wanted.items())

    def _all_polled(self) -> bool:
        polled = {str(event.get("feed")) for event in self._seen if event["event"] == "polled"}
        return polled >= {outlet.id for outlet in self._script.outlets}
