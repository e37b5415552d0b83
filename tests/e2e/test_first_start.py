"""What `watcher init` leaves is what `watcher run` starts, without a question asked or a line edited."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

DEADLINE_S = 60


def test_init_leaves_a_set_up_that_run_starts(tmp_path, outside, running):
    watcher = [sys.executable, "-m", "watcher"]
    ended = subprocess.run([*watcher, "init"], cwd=tmp_path, stdin=subprocess.DEVNULL, timeout=DEADLINE_S)
    assert ended.returncode == 0
    config = tmp_path / "config.yaml"
    # Nothing of the world is asked in a test: the feeds are here, and the port is a free one.
    text = re.sub(r"https://\S+", f"{outside.url}/feed", config.read_text(), count=1)
    text = re.sub(r"https://\S+", f"{outside.url}/other", text, count=1)
    config.write_text(text + "http: {allow_networks: [127.0.0.0/8]}\nweb: {listen: '127.0.0.1:0'}\n")
    with (tmp_path / "log.txt").open("wb") as log:
        process = subprocess.Popen([*watcher, "run"], cwd=tmp_path, stdout=log, stderr=log)
    running.append(process)
    end, pause, ready = time.monotonic() + DEADLINE_S, threading.Event(), {"ok": False}
    while not ready["ok"] and time.monotonic() < end:
        pause.wait(0.1)
        if found := re.search(r"web_started address=(\S+)/", (tmp_path / "log.txt").read_text()):
            try:
                with urllib.request.urlopen(f"{found[1]}/readyz", timeout=10) as answer:
                    ready = json.load(answer)
            except urllib.error.HTTPError as error:
                error.close()
    assert ready["ok"], (tmp_path / "log.txt").read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    assert (tmp_path / "watcher.db").stat().st_mode & 0o077 == 0
