#!/usr/bin/env python3
"""Set up and run watcher from a checkout; needs only Python 3.11 or newer and, to install, a package index.

    python3 dev.py demo [--for SECONDS] [--json]   the main job, offline, on local feeds
    python3 dev.py test [PYTEST ARGUMENTS]         the tests; without arguments all of them, on all cores
    python3 dev.py lock                            write requirements.lock anew
    python3 dev.py COMMAND ...                     any other command of watcher

The first call makes .venv here and installs requirements.lock into it; later calls
do so only when pyproject.toml, the lock or the interpreter changed.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / ".stamp"
LOCK = ROOT / "requirements.lock"
#: All tests, two at once on each core, for many of them wait more than they compute; those of one module stay
#: together, for they share what it sets up.
ALL_TESTS = ["-n", str(2 * (os.cpu_count() or 1)), "--dist", "loadscope", "--no-loadscope-reorder"]


def fingerprint() -> str:
    """Hash of everything that the environment is made from."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (ROOT / "pyproject.toml", LOCK):
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


def run(*command: object, quiet: bool = False) -> bool:
    """Run a command in the checkout and say whether it succeeded."""
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run([str(part) for part in command], cwd=ROOT, stdout=output, check=False).returncode == 0


def install_with_uv() -> bool:
    # Without compiled modules every start costs two seconds where Python may not write them itself.
    uv = (PYTHON, "-m", "uv", "pip", "install", "-q", "--compile-bytecode", "--python", PYTHON)
    return (
        run(PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "uv", quiet=True)
        and run(*uv, "--require-hashes", "-r", LOCK)
        and run(*uv, "--no-deps", "-e", ROOT)
    )


def install_with_pip() -> bool:
    pip = (PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check")
    return run(*pip, "--require-hashes", "-r", LOCK) and run(*pip, "--no-deps", "-e", ROOT)


def ensure() -> None:
    """Make or renew .venv when its inputs changed."""
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    print("dev.py: setting up .venv (about 20 seconds the first time) ...", file=sys.stderr, flush=True)
    if not run(sys.executable, "-m", "venv", VENV):
        sys.exit("dev.py: `python3 -m venv` failed. On Debian and Ubuntu: apt-get install python3-venv")
    if not install_with_uv():
        print("dev.py: uv did not work here, falling back to pip", file=sys.stderr)
        if not install_with_pip():
            sys.exit("dev.py: could not install the requirements; the lines above say why")
    compile_ours()
    STAMP.write_text(wanted)


def compile_ours() -> None:
    """Compile our own modules, which no installer does: the tests start some hundreds of processes that read them."""
    run(PYTHON, "-m", "compileall", "-q", ROOT / "watcher")


def write_lock() -> int:
    """Resolve pyproject.toml for every platform into requirements.lock, with hashes and without index addresses."""
    if not PYTHON.exists() and not run(sys.executable, "-m", "venv", VENV):
        return 1
    run(PYTHON, "-m", "pip", "install", "-q", "uv", quiet=True)
    compile_ = (
        "--universal",
        "--python-version",
        "3.11",
        "--no-emit-index-url",
        "--generate-hashes",
        "--extra",
        "dev",
    )
    return (
        0
        if run(
            PYTHON,
            "-m",
            "uv",
            "pip",
            "compile",
            "-q",
            *compile_,
            "--custom-compile-command",
            "python3 dev.py lock",
            "pyproject.toml",
            "-o",
            LOCK,
        )
        else 1
    )


def main() -> int:
    command, *rest = sys.argv[1:] or ["help"]
    if command in ("help", "-h", "--help"):
        print(__doc__)
        return 0
    if command == "lock":
        return write_lock()
    ensure()
    if command == "test":
        compile_ours()
        program = [str(PYTHON), "-m", "pytest", *(rest or ALL_TESTS)]
    else:
        program = [str(PYTHON), "-m", "watcher", command, *rest]
    return subprocess.run(program, cwd=ROOT if command == "test" else None, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
