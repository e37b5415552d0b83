"""Many feeds over TLS: `python benchmarks/fleet.py [--feeds 10000] [--hosts 1000] [--reader]`.

A server in a process of its own plays so many feeds on so many host names; nine in ten answer 304 from the second round
on, the tenth brings a new entry each time. Round 1 is everybody's first sight and is not measured. Round 2 goes
through the whole daemon: due feeds from the database, names, TLS, conditional GET, parser process, dedup, rules,
commit. Printed: polls/s by the clock and by processor time, processor time of a poll here and in the parser's process, the time
of a poll (median, p99), memory. With `--reader PYTHON`, lemon24/reader updates the same feeds in the same run; it is
best kept apart: `python3 -m venv peer && peer/bin/pip install reader sgmllib3k`, then `--reader peer/bin/python`.
"""

import argparse
import asyncio
import json
import os
import resource
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

WORDS = (
    "council river market bridge soldiers village report harvest court minister convoy shelter border school".split()
)
#: Entries of a document. The first sight of 10,000 feeds is 50,000 entries through all of the pipeline.
ITEMS = 5


# ---------------------------------------------------------------- the server: python fleet.py --serve FOLDER


def document(number, round_):
    """Some entries of 1 kB; feed numbers that end in 0 get a new one in the second round."""
    newest = ITEMS + (round_ if number % 10 == 0 else 0)
    items = "".join(
        f"<item><guid>f{number}-{i}</guid><title>{WORDS[i % 14]} {number} {WORDS[(i * 5) % 14]} {i}</title>"
        f"<link>https://h{number}.fleet.example/{i}</link><description>"
        + " ".join(f"{WORDS[(i * j + number) % 14]}{number}x{i}y{j}" for j in range(60))
        + "</description></item>"
        for i in range(newest, newest - ITEMS, -1)
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {number}</title>{items}</channel></rss>'.encode()
    )


async def answer(reader, writer):
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        number = int(head.split(b" ", 2)[1].rpartition(b"/")[2])
        if b"if-none-match" in head.lower() and number % 10:
            reply = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
        else:
            body = document(number, 1 if b"if-none-match" in head.lower() else 0)
            etag = b"" if number % 10 == 0 else b'ETag: "1"\r\n'
            reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n"
            reply = reply % (etag or b'ETag: "0"\r\n', len(body)) + body
        writer.write(reply)
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def serve(folder):
    """Serve until standard input ends; the authority is made here, for what it takes is no part of the daemon's memory."""
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("*.fleet.example").configure_cert(context)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until the parent is gone


# ---------------------------------------------------------------- watcher


async def rounds(config, authority):
    """Poll every feed twice; return what the second round took."""
    from sqlalchemy import update

    from watcher.daemon import Watcher, fetch_settings, utc_now
    from watcher.fetch import Fetcher
    from watcher.fetch.connections import Names
    from watcher.notifiers import Environment
    from watcher.store.schema import feed_states

    took, failed = [], []
    observe = lambda event: failed.append(event) if event["event"] in ("feed_failed", "internal_error") else None  # noqa: E731
    watcher = await Watcher.open(config, observe, Environment(), spread_first_polls=False)
    await watcher._fetcher.aclose()
    watcher._fetcher = watcher._poller._fetcher = Fetcher(
        fetch_settings(config),
        verify=ssl.create_default_context(cafile=authority),
        names=Names(lambda _: ["127.0.0.1"]),
    )
    poll = watcher._poller.poll

    async def timed(feed, state):
        begun = time.perf_counter()
        commit = await poll(feed, state)
        took.append(time.perf_counter() - begun)
        return commit

    watcher._poller.poll = timed
    try:
        first = await all_of(watcher, len(config.feeds), took)
        took.clear()
        with watcher.store.write() as connection:
            connection.execute(update(feed_states).values(next_poll_at=utc_now()))
        second = await all_of(watcher, len(config.feeds), took)
    finally:
        await watcher.stop(timedelta(seconds=5))
    if failed:
        sys.exit(f"fleet.py: {len(failed)} polls failed, such as {failed[0]}")
    took.sort()
    return first, second | {
        "median_ms": round(1000 * took[len(took) // 2], 1), "p99_ms": round(1000 * took[len(took) * 99 // 100], 1)
    }  # fmt: skip


async def all_of(watcher, feeds, took):
    """Tick as the daemon does until so many polls are done."""
    clock, cpu, parser = time.perf_counter(), time.process_time(), parser_s(watcher)
    while len(took) < feeds:
        await watcher.start_due_polls()
        await asyncio.sleep(0.02)
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    return {"polls": feeds, "seconds": round(clock, 1), "cpu_seconds": round(cpu, 1), "polls_per_s": round(feeds / clock),
            "polls_per_cpu_s": round(feeds / cpu), "cpu_ms_a_poll": round(1000 * cpu / feeds, 2),
            "parser_cpu_ms_a_poll": round(1000 * (parser_s(watcher) - parser) / feeds, 2)}  # fmt: skip


def parser_s(watcher):
    """Processor time of the parser's process so far; 0.0 before it has begun."""
    found = 0.0
    for worker in watcher._parser._idle._queue:
        if worker is not None:
            fields = Path(f"/proc/{worker.process.pid}/stat").read_text().rpartition(")")[2].split()
            found += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def peak_mb():
    """The most memory that this process had; `ru_maxrss` begins with its parent's."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024


# ---------------------------------------------------------------- the peer


def by_reader(urls, authority, folder):
    """Update the same feeds twice by lemon24/reader with as many workers as watcher has fetches at once."""
    import requests.adapters
    from reader import make_reader

    # It sends by a session's lower half, which asks the environment for no authorities.
    requests.adapters.DEFAULT_CA_BUNDLE_PATH = str(authority)
    real = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *rest, **more: real(
        "127.0.0.1" if str(host).endswith(".example") else host, *rest, **more
    )
    peer = make_reader(str(folder / "reader.sqlite"))
    for url in urls:
        peer.add_feed(url)
    peer.update_feeds(workers=20, scheduled=False)
    clock, cpu = time.perf_counter(), time.process_time()
    results = list(peer.update_feeds_iter(workers=20, scheduled=False))
    bad = sum(isinstance(result.value, Exception) for result in results)
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    new = 0 if bad else sum(result.value.new for result in results if result.value is not None)
    if len(results) != len(urls) or bad or new != len(urls) // 10:
        why = next(
            (
                f"{result.value!r}: {result.value.__cause__!r}"
                for result in results
                if isinstance(result.value, Exception)
            ),
            "",
        )
        sys.exit(
            f"fleet.py: reader updated {len(results)} of {len(urls)} feeds, {bad} of them failed: {why}; {new} new entries"
        )
    return {"polls": len(urls), "new_entries": new, "seconds": round(clock, 1), "polls_per_s": round(len(urls) / clock),
            "polls_per_cpu_s": round(len(urls) / cpu), "cpu_ms_a_poll": round(1000 * cpu / len(urls), 2),
            "peak_mb": peak_mb()}  # fmt: skip


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--feeds", type=int, default=10_000)
    options.add_argument("--hosts", type=int, default=1000)
    options.add_argument("--reader", nargs="?", const=sys.executable, metavar="PYTHON",
                         help="let lemon24/reader do the same, by the Python that has it")  # fmt: skip
    options.add_argument("--serve", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    options.add_argument("--peer", nargs=2, metavar=("URLS", "CA"), help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.serve:
        asyncio.run(serve(arguments.serve))
    elif arguments.peer:
        urls, authority = map(Path, arguments.peer)
        print(json.dumps(by_reader(urls.read_text().split(), authority, urls.parent)))
    else:
        measure(arguments)


def measure(arguments):
    from watcher.config import load
    from watcher.notifiers import REGISTRY

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = subprocess.Popen(
            [sys.executable, __file__, "--serve", folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            port = int(server.stdout.readline())
            urls = [f"https://h{n % arguments.hosts}.fleet.example:{port}/{n}" for n in range(arguments.feeds)]
            feeds = "".join(f"  - {{id: f{n}, url: '{url}'}}\n" for n, url in enumerate(urls))
            (folder / "rules.yaml").write_text(
                "rules: [{id: r, when: {any: [earthquake]}, receivers: [out], examples: {match: [earthquake]}}]"
            )
            (folder / "config.yaml").write_text(
                "rules: rules.yaml\nhttp: {allow_networks: [127.0.0.0/8]}\nreceivers: {out: {type: console}}\n"
                f"feeds:\n{feeds}"
            )
            _, second = asyncio.run(rounds(load(folder / "config.yaml", os.environ, REGISTRY), folder / "ca.pem"))
            parser = resource.getrusage(resource.RUSAGE_CHILDREN)
            print(
                json.dumps(
                    {"watcher": second | {"peak_mb": peak_mb(), "parser_peak_mb": parser.ru_maxrss // 1024}}, indent=1
                )
            )
            if arguments.reader:
                (folder / "urls").write_text("\n".join(urls))
                peer = [arguments.reader, __file__, "--peer", folder / "urls", folder / "ca.pem"]
                told = subprocess.run(peer, stdout=subprocess.PIPE, text=True, check=False, timeout=3600)
                if told.returncode:
                    sys.exit("fleet.py: reader has no valid figure")
                print(json.dumps({"reader": json.loads(told.stdout.splitlines()[-1])}, indent=1))
        finally:
            server.stdin.close()
            server.wait(10)


if __name__ == "__main__":
    main()
