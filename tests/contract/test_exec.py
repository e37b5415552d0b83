"""A command of the user's own."""

import asyncio
import json
import sys

import pytest
from benches import ExecBench
from pydantic import ValidationError
from views import message, view

from watcher.model import Rejected, RetryLater, Sent
from watcher.notifiers import REGISTRY, Environment


def send(command, alert=None):
    async def go():
        kind = REGISTRY["exec"]
        notifier = kind.build("desk", kind.settings(command=command), {}, Environment(timeout_s=5))
        return await notifier.send(message(notifier, alert))

    return asyncio.run(go())


def python(code, *arguments):
    return [sys.executable, "-c", code, *map(str, arguments)]


def test_no_text_of_a_feed_reaches_a_shell_or_an_argument(tmp_path):
    title = "$(touch pwned) `touch pwned`; --option 'quote\" \n"
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(repr(sys.argv[2:]) + sys.stdin.read())"
    assert isinstance(send(python(code, tmp_path / "got"), view(title=title)), Sent)
    arguments, told = (tmp_path / "got").read_text().split("]", 1)
    assert arguments == "["
    assert json.loads(told)["entry"]["title"] == title


def test_the_watchers_secrets_are_not_handed_down(tmp_path, monkeypatch):
    monkeypatch.setenv("WATCHER_DESK_TOKEN", "hidden")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials")
    code = "import os, sys, pathlib; pathlib.Path(sys.argv[1]).write_text(' '.join(os.environ))"
    send(python(code, tmp_path / "got"))
    names = (tmp_path / "got").read_text().split()
    assert "WATCHER_DESK_TOKEN" not in names and "CREDENTIALS_DIRECTORY" not in names and "PATH" in names


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise SystemExit(0)", Sent),
        ("raise SystemExit(75)", RetryLater),
        ("raise SystemExit(1)", Rejected),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", RetryLater),
        ("import sys; sys.stdin.close(); raise SystemExit(0)", Sent),
    ],
)
def test_exit_statuses(code, expected):
    assert isinstance(send(python(code)), expected)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/bin/mail -s 'x y'", '["/bin/mail", …]'),
        ("curl -H 'Authorization: hunter2' https://x.example/", '["curl", …]'),
        ("TOKEN=hunter2 curl", "[program, argument]"),
        ("https://user:hunter2@x.example/ -", "[program, argument]"),
    ],
)
def test_a_command_line_is_told_to_be_a_list_and_its_arguments_are_told_to_nobody(line, shown):
    with pytest.raises(ValidationError) as told:
        REGISTRY["exec"].settings(command=line)
    (fault,) = told.value.errors(include_input=False)
    assert shown in fault["msg"] and "hunter2" not in fault["msg"]


@pytest.mark.parametrize("command", [["/nonexistent/program"], ["/"], ["a\0b"]])
def test_a_command_that_cannot_be_run_stops_the_receiver(command):
    outcome = send(command)
    assert isinstance(outcome, Rejected) and outcome.receiver_down


def test_a_command_that_does_not_read_a_long_message_is_no_fault(tmp_path):
    assert isinstance(send(python("raise SystemExit(0)"), view(summary="x" * 500_000)), Sent)


def test_a_command_that_hangs_is_ended(tmp_path):
    bench = ExecBench(tmp_path)
    bench.script = (
        "import os, sys, pathlib, time; pathlib.Path(sys.argv[1], 'pid').write_text(str(os.getpid())); time.sleep(60)"
    )
    bench.fault("hang")

    async def go():
        notifier = bench.notifier()
        return await notifier.send(message(notifier))

    asyncio.run(go())
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        import os

        os.kill(pid, 0)
