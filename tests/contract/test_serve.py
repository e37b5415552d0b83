"""The server on a real socket: slow, greedy and unfinished clients take nothing from others."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import jsonschema
import pytest
from pageseed import Seeded

from watcher.web import Door, Sources, create_app, serve, serving


@asynccontextmanager
async def server(app=None):
    """Serve on a free port and give it."""
    told, started = [], asyncio.Event()

    def observe(event):
        told.append(event)
        started.set()

    big = b"x" * 5_000_000
    app = app or create_app(Sources(lambda: big, lambda: (), lambda: ()), Door())
    async with serving(app, "127.0.0.1", 0, observe):
        await asyncio.wait_for(started.wait(), 10)
        yield int(told[0]["address"].rstrip("/").rpartition(":")[2])


async def ask(port, path="/healthz"):
    """The first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    return line.decode().strip()


def run(talk, app=None):
    async def go():
        async with server(app) as port:
            return await asyncio.wait_for(talk(port), 60)

    return asyncio.run(go())


@pytest.mark.parametrize(
    "begun", [b"", b"GET /healthz HTTP/1.1\r\nHost: local", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /h"]
)
def test_who_does_not_finish_a_request_is_cut_off(monkeypatch, begun):
    monkeypatch.setattr(serve, "WITHIN_S", 0.5)

    async def talk(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)
        with suppress(ConnectionError):
            await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return await ask(port)

    assert run(talk) == "HTTP/1.1 200 OK"


@pytest.mark.parametrize("path", ["/do/silence", "/do/draft"])
@pytest.mark.parametrize("body", [b"", b"seal=x&word=", b"1\r\nx\r\n"], ids=["nothing", "a part", "a piece"])
def test_who_does_not_finish_a_form_is_cut_off_and_changes_nothing(seeded, monkeypatch, path, body):
    monkeypatch.setattr(serve, "WITHIN_S", 1.0)

    async def talk(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        size = "Transfer-Encoding: chunked" if body[:1] == b"1" else "Content-Length: 60000"
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n{size}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        writer.write(head.encode() + body)
        got = b""
        with suppress(ConnectionError):
            got = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return got, await ask(port)

    assert run(talk, seeded.app()) == (b"", "HTTP/1.1 200 OK")
    assert seeded.events == []


def test_a_form_without_end_is_refused_before_it_is_read(seeded):
    async def talk(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (
            f"POST /do/draft HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
            "Transfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        writer.write(head.encode())
        line = b""
        with suppress(ConnectionError):  # what was sent beyond the answer may end it before it is read
            for _ in range(100):
                writer.write(b"8000\r\n" + b"a" * 0x8000 + b"\r\n")
                await writer.drain()
            line = await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        return line[:12], await ask(port)

    line, after = run(talk, seeded.app())
    assert line in (b"", b"HTTP/1.1 413") and after == "HTTP/1.1 200 OK"


def test_who_does_not_read_the_answer_is_cut_off(monkeypatch):
    monkeypatch.setattr(serve, "WITHIN_S", 0.5)

    async def talk(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.sleep(1.5)  # it is about time passing
        got = 0
        try:
            while piece := await asyncio.wait_for(reader.read(100_000), 5):
                got += len(piece)
        except ConnectionError:
            pass
        writer.close()
        return got, await ask(port)

    got, after = run(talk)
    assert got < 5_000_000 and after == "HTTP/1.1 200 OK"


def test_many_requests_on_one_connection_are_no_slow_client(monkeypatch):
    monkeypatch.setattr(serve, "WITHIN_S", 3.0)

    async def talk(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(6):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            await reader.readexactly(len(b'{"ok":true,"wrong":[]}'))
            await asyncio.sleep(0.8)  # five pauses are longer than one request may take
        writer.close()
        return head.split(b"\r\n")[0]

    assert run(talk) == b"HTTP/1.1 200 OK"


def test_too_many_connections_are_told_so_and_the_server_recovers(monkeypatch):
    monkeypatch.setattr(serve, "WITHIN_S", 2.0)
    monkeypatch.setattr(serve, "MOST_CONNECTIONS", 5)

    async def talk(port):
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
        refused = await ask(port)
        for reader, writer in idle:
            with suppress(ConnectionError):
                await reader.read()
            writer.close()
        return refused, await ask(port)

    assert run(talk) == ("HTTP/1.1 503 Service Unavailable", "HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", id="long path"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", id="long header"),
        pytest.param(b"NONSENSE\r\n\r\n", id="no HTTP"),
    ],
)
def test_oversized_and_odd_requests_are_refused(request_):
    async def talk(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_)
        line = await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        return line, await ask(port)

    line, after = run(talk)
    assert line.startswith(b"HTTP/1.1 4") and after == "HTTP/1.1 200 OK"


def test_answers_are_as_their_description_says(tmp_path):
    seeded = Seeded(tmp_path).usual()
    api = seeded.client()
    described = api.get("/api/openapi.json").json()
    for path, example in (("/api/alerts", ""), ("/api/stories", ""), ("/api/stories/{story}", "1")):
        answer = api.get(path.replace("{story}", example))
        schema = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        told = json.loads(answer.content)
        assert next(value for value in told.values() if isinstance(value, list)), "there is something to compare"
        jsonschema.Draft202012Validator(schema).validate(told)
    seeded.store.close()
