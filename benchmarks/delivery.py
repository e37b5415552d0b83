"""Never lost: a live stream of alerts to three receivers while the daemon is killed again and again.

    python benchmarks/delivery.py kills [--alerts 2000] [--kills 200] [--seed 1] [--for SECONDS]
    python benchmarks/delivery.py telegram [--messages 22]
    python benchmarks/delivery.py day [--alerts 500] [--seed 1]

`kills` lets the real daemon live on a feed that grows (each life is a fork, see `lives.py`), kills it (SIGKILL) at
random moments and at random failpoints, starts it again, and counts at the receivers. `telegram` sends to a stand-in for the Bot API,
as a process of its own, and prints the rates against the limits that Telegram publishes. `day` lets the real
outbox deliver a simulated day to three receivers of which one is down throughout, on a clock that jumps by an
hour now and then, and counts what reached whom in how many messages. It takes about a minute of processor time, and
says nothing before its end.
"""

import argparse
import asyncio
import io
import os
import random
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "contract")]

from benches import BotApi, TelegramBench  # noqa: E402 - the path is set above
from desk import NOW, Scripted, opened  # noqa: E402
from hookserver import HookServer  # noqa: E402
from mailserver import MailServer  # noqa: E402
from views import message, view  # noqa: E402

from watcher.failpoints import POINTS  # noqa: E402
from watcher.model import RetryLater, Sent  # noqa: E402
from watcher.notifiers import Environment  # noqa: E402

FEED_LENGTH = 1000
#: Chats that the bot speaks to at once, the last of them a group.
CHATS = 25


@dataclass
class Arrivals:
    """What reached one receiver: alert → how often, and when first."""

    count: Counter = field(default_factory=Counter)
    first_at: dict = field(default_factory=dict)


class Stream:
    """A feed on loopback that gets a new entry, unlike all others, at a steady rate."""

    def __init__(self, seed):
        self.random, self.items, self.born, self.lock = random.Random(seed), [], {}, threading.Lock()
        stream = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self):
                body = stream.document().encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/feed"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self):
        words = " ".join("".join(self.random.choices("bcdfghklmnprstvz", k=8)) for _ in range(12))
        with self.lock:
            number = len(self.items)
            self.items.append(f"<item><guid>alert-{number}</guid><title>Explosion {words}</title>"
                              f"<link>https://news.example/alert-{number}</link></item>")  # fmt: skip
            self.born[f"alert-{number}"] = time.monotonic()

    def document(self):
        with self.lock:
            newest = "".join(reversed(self.items[-FEED_LENGTH:]))
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{newest}</channel></rss>'


def write_config(folder, stream, hooks, mail):
    (folder / "rules").mkdir()
    (folder / "rules" / "r.yaml").write_text(
        "rules:\n  - {id: explosion, title: Explosion, severity: severe, when: {any: [explosion]},\n"
        "     receivers: [hook-a, hook-b, mail], examples: {match: [Explosion in town]}}\n"
    )
    (folder / "config.yaml").write_text(
        f"database: w.db\nhttp: {{allow_networks: [127.0.0.0/8]}}\n"
        f"feeds:\n  - {{id: feed, url: '{stream.url}', interval: 1s}}\nreceivers:\n"
        f"  hook-a: {{type: webhook, url: 'http://127.0.0.1:{hooks[0].port}/a'}}\n"
        f"  hook-b: {{type: webhook, url: 'http://127.0.0.1:{hooks[1].port}/b'}}\n"
        f"  mail: {{type: email, host: 127.0.0.1, port: {mail.port}, security: none, from: w@example.org, to: [d@example.org]}}\n"
    )


def start(folder, log, failpoint="", command="run"):
    return subprocess.Popen(
        [sys.executable, "-m", "watcher", command, "-c", str(folder / "config.yaml")],
        env=os.environ | {"WATCHER_FAILPOINT": failpoint}, stdout=log, stderr=log,
    )  # fmt: skip


class Killer:
    """Lets the daemon live and kills it: half of the time at a random moment, half at a random failpoint."""

    def __init__(self, folder, log, seed):
        self.log, self.random, self.kinds, self.killed_at = log, random.Random(seed + 1), Counter(), []
        command = [sys.executable, str(Path(__file__).with_name("lives.py")), str(folder / "config.yaml"), log.name]
        self.lives = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)

    def once(self):
        dice = self.random
        point = dice.choice(POINTS) if dice.random() < 0.5 else ""
        started = self._starts()
        self.lives.stdin.write(f"{point}:{dice.randint(1, 12)}\n".encode() if point else b"\n")
        self.lives.stdin.flush()
        number = int(self.lives.stdout.readline())
        if dice.random() < 0.9:  # the others die while they start
            self._until_started(started)
        if not self._ended(60 if point else dice.uniform(0, 3.5)):
            os.kill(number, signal.SIGKILL)
            point = ""
        if (status := int(self.lives.stdout.readline())) != -signal.SIGKILL:
            raise SystemExit(f"the daemon ended by itself with {status}: see {self.log.name}")
        self.killed_at.append(time.monotonic())
        self.kinds[point or "random moment"] += 1

    def _starts(self):
        return Path(self.log.name).read_text().count(" started feeds=")

    def _until_started(self, before):
        while self._starts() == before and not self._ended(0.02):
            pass

    def _ended(self, within):
        return bool(select.select([self.lives.stdout], [], [], within)[0])

    def close(self):
        self.lives.stdin.close()
        self.lives.wait(30)


class Publisher(threading.Thread):
    """Publishes what each life is allowed, one by one, so that a life has news from its beginning to its end."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.allowed = stream, threading.Semaphore(0)

    def run(self):
        while True:
            self.allowed.acquire()
            self.stream.publish()
            time.sleep(0.1)


def collect(hooks, mail):
    """Return what arrived at each receiver so far."""
    told = {"hook-a": Arrivals(), "hook-b": Arrivals(), "mail": Arrivals()}
    for name, hook in zip(("hook-a", "hook-b"), hooks, strict=True):
        for post in list(hook.posts):
            if post["json"]["kind"] != "alarm":
                told[name].count[post["json"]["entry"]["id"]] += 1
                told[name].first_at.setdefault(post["json"]["entry"]["id"], post["at"])
    for (_, one), at in zip(list(mail.mails), list(mail.arrived_at), strict=False):
        # A digest tells several, an alarm about the watcher itself none.
        for alert in re.findall(r"https://news\.example/(alert-\d+)", one.get_body(("plain",)).get_content()):
            told["mail"].count[alert] += 1
            told["mail"].first_at.setdefault(alert, at)
    return told


def kills(args):
    deadline = time.monotonic() + args.seconds
    with tempfile.TemporaryDirectory() as place, HookServer() as a, HookServer() as b, MailServer() as mail:
        folder, stream = Path(place), Stream(args.seed)
        write_config(folder, stream, (a, b), mail)
        log = (folder / "log.txt").open("ab")
        if start(folder, log, command="once").wait(60) != 0:
            raise SystemExit((folder / "log.txt").read_text())
        begun = time.monotonic()
        killer, publisher, done = Killer(folder, log, args.seed), Publisher(stream), 0
        publisher.start()
        while done < args.kills and time.monotonic() < deadline:
            done += 1
            publisher.allowed.release(args.alerts * done // args.kills - args.alerts * (done - 1) // args.kills)
            killer.once()
        killer.close()
        settle(folder, log, stream, (a, b), mail)
        report(stream, collect((a, b), mail), killer, done, time.monotonic() - begun)
        alarms = Counter(post["json"]["text"] for post in a.posts if post["json"]["kind"] == "alarm")
        print(f"alarms told to hook-a: {dict(alarms) or 'none'}")
        log.close()


def settle(folder, log, stream, hooks, mail):
    """Let the daemon run in peace until everything has arrived, or nothing more for two minutes."""
    process, end, before = start(folder, log), time.monotonic() + 120, -1
    while time.monotonic() < end:
        counts = [len(one.count) for one in collect(hooks, mail).values()]
        if min(counts) >= len(stream.items):
            break
        if sum(counts) > before:
            end, before = time.monotonic() + 120, sum(counts)
        time.sleep(1)
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def report(stream, arrived, killer, done, seconds):
    print(f"{len(stream.items)} alerts in {seconds:.0f} s, {done} kills: {dict(killer.kinds.most_common())}")
    print(
        f"{'receiver':<10}{'in':>7}{'delivered':>11}{'lost':>6}{'repeated':>10}{'median delay':>14}{'worst delay':>13}"
        f"{'kills in it':>13}{'worst in peace':>16}"
    )
    for name, one in arrived.items():
        lost = len(stream.items) - len(one.count)
        delays = [at - stream.born[alert] for alert, at in one.first_at.items()]
        # The kills that each alert waited through, and the longest wait since the last of them: that is the daemon's own.
        kills = {a: [k for k in killer.killed_at if stream.born[a] < k < at] for a, at in one.first_at.items()}
        worst = max(one.first_at, key=lambda a: one.first_at[a] - stream.born[a])
        own = max(at - (kills[a][-1] if kills[a] else stream.born[a]) for a, at in one.first_at.items())
        print(
            f"{name:<10}{len(stream.items):>7}{len(one.count):>11}{lost:>6}{sum(one.count.values()) - len(one.count):>10}"
            f"{statistics.median(delays):>12.1f} s{max(delays):>11.1f} s{len(kills[worst]):>13}{own:>14.1f} s"
        )


# ---------------------------------------------------------------- Telegram's pace


def telegram(args):
    api = BotApi()
    try:
        bench = TelegramBench(api)
        begun = time.monotonic()
        asyncio.run(send_all(bench, args.messages))
        seconds, calls, messages = time.monotonic() - begun, api.get("calls"), api.get("messages").values()
    finally:
        api.close()
    arrived = Counter(
        (one["chat"], number[1]) for one in messages if (number := re.search(r"Alert (\d+)", one["text"]))
    )
    sent, repeated = args.messages * CHATS, sum(arrived.values()) - len(arrived)
    print(f"in {sent}, delivered {len(arrived)}, lost {sent - len(arrived)}, repeated {repeated}")
    times = defaultdict(list)
    for call in calls:
        times[call["chat_id"]].append(call["at"])
    print(f"{len(calls)} messages to {len(times)} chats in {seconds:.1f} s")
    for kind, limit in (("private chats", "1 a second"), ("groups", "20 a minute")):
        own = [at for chat, at in times.items() if chat.startswith("-") == (kind == "groups")]
        gap = min(b - a for at in own for a, b in pairwise(at))
        rate = statistics.median((len(at) - 1) / (at[-1] - at[0]) for at in own)
        least = min((b - a for at in own for a, b in zip(at, at[20:], strict=False)), default=0.0)
        gap = f"{gap:.2f} s, 21 messages in {least:.1f} s" if least else f"{gap:.2f} s"
        print(f"{kind}: {rate:.2f} a second to each, least gap {gap} (limit {limit})")
    # While the group's limit alone holds the last messages back, nothing is reached.
    end = max(at[-1] for chat, at in times.items() if not chat.startswith("-"))
    everything = sorted(at for one in times.values() for at in one if at <= end)
    most = max(sum(1 for other in everything if at <= other < at + 1) for at in everything)
    rate = len(everything) / (end - everything[0])
    print(f"all chats: {rate:.1f} a second, at most {most} in any second (limit 30)")


async def send_all(bench, count):
    """Send to all chats at once; what fails or may be lost is sent again, as the outbox does, and told with the reason."""
    environment = Environment(console=io.StringIO())
    chats = [str(number) for number in range(1, CHATS)] + ["-100200"]
    notifiers = [bench.notifier(environment=environment, chat_id=chat) for chat in chats]

    async def speak(notifier):
        for number in range(count):
            told = message(notifier, view(title=f"Alert {number}"))
            while not isinstance(outcome := await notifier.send(told), Sent):
                again[f"{type(outcome).__name__}: {outcome.reason}"] += 1
                await asyncio.sleep(1)

    again = Counter()
    await asyncio.gather(*(speak(notifier) for notifier in notifiers))
    for notifier in notifiers:
        await notifier.aclose()
    print(f"tried again: {dict(again) or 'none'}")


# ---------------------------------------------------------------- a day without a receiver


#: After its last alert the day goes on until nothing waits, but no longer than this.
TAIL = timedelta(hours=50)


class Moody(Scripted):
    """A receiver that is down for a time, and one answer in twenty of which is a failure or gets lost."""

    def __init__(self, desk_now, dice, down_for=timedelta()):
        super().__init__()
        self.now, self.dice, self.down_for, self.taken = desk_now, dice, down_for, []

    async def send(self, message):
        if self.now() < NOW + self.down_for:
            return RetryLater("no connection")
        if self.dice.random() < 0.05:
            return RetryLater("busy")
        self.taken.append((self.now(), message))
        return Sent(ref=f"ref{len(self.taken)}")


def day(args):
    dice, clock = random.Random(args.seed), {}
    receivers = {name: Moody(lambda: clock["desk"].now, dice) for name in ("chat", "mail")}
    receivers["down"] = Moody(lambda: clock["desk"].now, dice, timedelta(days=1))
    with tempfile.TemporaryDirectory() as place, opened(Path(place), receivers) as desk:
        clock["desk"] = desk
        asyncio.run(live(desk, args.alerts, dice))
        states = Counter((name, state) for name, _, state, _ in desk.states())
        due = dict(enumerate(desk.born, 1))
    print(f"{args.alerts} alerts in a simulated day, seed {args.seed}; the clock jumped {desk.jumps} times by an hour")
    print(f"{'receiver':<10}{'in':>7}{'delivered':>11}{'lost':>6}{'repeated':>10}{'messages':>10}{'worst delay':>14}")
    for name, one in receivers.items():
        told, worst = Counter(), timedelta()
        for at, sent in one.taken:
            for number in map(int, re.findall(r"Alert number (\d+) ", sent.body)):
                told[number] += 1
                worst = max(worst, at - due[number])
        repeated = sum(told.values()) - len(told)
        print(
            f"{name:<10}{args.alerts:>7}{len(told):>11}{args.alerts - len(told):>6}{repeated:>10}"
            f"{len(one.taken):>10}{worst / timedelta(hours=1):>12.1f} h"
        )
        assert states[name, "sent"] == args.alerts, states


async def live(desk, count, dice):
    desk.born, desk.jumps = [], 0
    for number in range(1, count + 1):
        desk.enter(story=number, title=f"Alert number {number} of the day")
        desk.born.append(desk.now)
        await desk.after(seconds=86_400 / count)
        if dice.random() < 0.004:
            desk.now += timedelta(hours=dice.choice([-1, 1]))
            desk.jumps += 1
    while any(state in ("pending", "claimed") for _, _, state, _ in desk.states()) and desk.now < desk.born[-1] + TAIL:
        await desk.after(minutes=15)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("kills")
    one.add_argument("--alerts", type=int, default=2000)
    one.add_argument("--kills", type=int, default=200)
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--for", dest="seconds", type=float, default=1800, help="end after so many seconds")
    one.set_defaults(run=kills)
    two = commands.add_parser("telegram")
    two.add_argument(
        "--messages", type=int, default=22, help="to each of 25 chats; more than a group may get in a minute"
    )
    two.set_defaults(run=telegram)
    three = commands.add_parser("day")
    three.add_argument("--alerts", type=int, default=500)
    three.add_argument("--seed", type=int, default=1)
    three.set_defaults(run=day)
    chosen = parser.parse_args()
    chosen.run(chosen)
