"""The network as feeds and receivers need it, and the clock by what servers say. Nothing is sent to a receiver."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from statistics import median
from urllib.parse import urlsplit

import httpx

from watcher.config import Config, Receiver
from watcher.doctor.finding import Finding, warning, well, wrong
from watcher.fetch import Fetcher, FetchSettings
from watcher.links import host
from watcher.model import Feed, FetchFailed, FetchRequest
from watcher.text import plural

#: So many feeds, each of another host, stand for the network.
FEEDS = 5
#: Patience with one connection.
PATIENCE_S = 10.0
#: A clock may differ by so much before entries are dated wrongly, or certificates refused.
ODD, WRONG = timedelta(seconds=30), timedelta(minutes=5)


async def look_at_network(config: Config, settings: FetchSettings) -> AsyncIterator[Finding]:
    """Fetch a few feeds, and compare the clock with their servers'."""
    feeds = _of_different_hosts(feed for feed in config.feeds if feed.enabled)
    if not feeds:
        return
    fetcher = Fetcher(settings)
    try:
        results = await asyncio.gather(*(fetcher.fetch(FetchRequest(feed.id, feed.url)) for feed in feeds))
    finally:
        await fetcher.aclose()
    failed = {feed.id: result for feed, result in zip(feeds, results, strict=True) if isinstance(result, FetchFailed)}
    first = "; ".join(f"{feed}: {result.message}" for feed, result in failed.items())
    if len(failed) == len(feeds):
        remedy = "look at the network, its name servers (DNS), `http.proxy` and `http.allow_networks`"
        yield wrong("network", f"none of {plural(len(feeds), 'feed')} could be fetched: {first}", remedy)
        return
    if failed:
        yield warning("network", f"{len(failed)} of {plural(len(feeds), 'feed')} failed: {first}", "`feeds test URL`")
    else:
        yield well("network", f"{plural(len(feeds), 'feed')} of different hosts could be fetched")
    yield await _clock(config, [feed.url for feed in feeds if feed.id not in failed])


def _of_different_hosts(feeds: Iterable[Feed]) -> list[Feed]:
    by_host: dict[str, Feed] = {}
    for feed in feeds:
        by_host.setdefault(host(feed.url), feed)
    return list(by_host.values())[:FEEDS]


async def _clock(config: Config, urls: list[str]) -> Finding:
    """Compare with the `Date` of servers; one that is odd itself does not move the median of three."""
    async with httpx.AsyncClient(timeout=PATIENCE_S, proxy=config.http.proxy, trust_env=False) as client:
        found = await asyncio.gather(*(_difference(client, url) for url in urls))
    differences = [one for one in found if one is not None]
    if not differences:
        return well("clock", f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC; no server told its own")
    off = timedelta(seconds=median(differences))
    told = f"{abs(off.total_seconds()):.0f} s {'ahead of' if off > timedelta() else 'behind'} the servers of the feeds"
    remedy = "let the machine set its clock (systemd-timesyncd, chrony, or ntpd)"
    if abs(off) > WRONG:
        return wrong("clock", told, remedy)
    return warning("clock", told, remedy) if abs(off) > ODD else well("clock", told)


async def _difference(client: httpx.AsyncClient, url: str) -> float | None:
    try:
        answer = await client.head(url)
        return (datetime.now(UTC) - parsedate_to_datetime(answer.headers["date"])).total_seconds()
    except (httpx.HTTPError, KeyError, ValueError, TypeError):
        return None


async def look_at_receivers(config: Config) -> AsyncIterator[Finding]:
    """See whether each receiver's service can be reached."""
    for finding in await asyncio.gather(*(_receiver(receiver) for receiver in config.receivers.values())):
        yield finding


async def _receiver(receiver: Receiver) -> Finding:
    subject = f"receiver {receiver.name}"
    if receiver.type == "console":
        return well(subject, "writes to standard output")
    if receiver.type == "exec":
        program = receiver.settings.command[0]
        if shutil.which(program) is None:
            return wrong(subject, f"{program} is not there or cannot be run", "correct `command`, or chmod +x")
        return well(subject, f"{program} can be run")
    if receiver.type == "apprise":
        if find_spec("apprise") is None:
            return wrong(subject, "Apprise is not installed", "pip install 'watcher[apprise]'")
        return well(subject, f"Apprise is installed; `watcher send-test {receiver.name}` tries it")
    host, port, tls = _server(receiver)
    try:
        async with asyncio.timeout(PATIENCE_S):
            # Whether the certificate is good is for the receiver's own settings to say; `send-test` asks them.
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
    except (OSError, ssl.SSLError) as error:  # TimeoutError among them
        why = str(error) or f"no answer within {PATIENCE_S:.0f} s"
        return wrong(subject, f"{host}:{port} cannot be reached: {why}", "look at its address and the firewall")
    return well(
        subject, f"{host}:{port} answers{' (TLS)' if tls else ''}; `watcher send-test {receiver.name}` tries it"
    )


def _server(receiver: Receiver) -> tuple[str, int, bool]:
    """Host, port and whether it speaks TLS from the first byte."""
    settings = receiver.settings
    match receiver.type:
        case "email":
            port = settings.port or {"starttls": 587, "tls": 465}.get(settings.security, 25)
            return settings.host, port, settings.security == "tls"
        case "telegram":
            url = getattr(settings, "api", None) or "https://api.telegram.org"
        case "matrix":
            url = settings.homeserver
        case _:
            secret = receiver.secrets.get("address")
            url = settings.url or (secret.get_secret_value() if secret else "")
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    return parts.hostname or "", parts.port or (443 if tls else 80), tls
