"""The texts of rule files: which there are, what one holds, and putting another text into its place."""

import os
import shutil
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from watcher.config.loading import Config, rule_files_in
from watcher.errors import UsageError
from watcher.yamlsrc import decode

#: A rule file longer than this is edited with an editor.
MOST_BYTES = 200_000


def rule_files(config: Config) -> dict[str, Path]:
    """Return the rule files that there are now, by their names as seen from the configuration."""
    singles = (Path(document.file) for document in config.rules.documents)
    found = {*singles, *(file for folder in config.rule_directories for file in rule_files_in(folder))}
    base = config.path.resolve().parent
    return {_name(file, base): file for file in sorted(found) if file.is_file()}


def read_rule_file(file: Path) -> tuple[str, str]:
    """Return a file's text, and a hash of its bytes.

    Raises:
        UsageError: it cannot be read, or is too long to be edited here.
        FaultsFound: it is no text.
    """
    raw = _bytes(file)
    return decode(raw, str(file)).replace("\r\n", "\n"), sha256(raw).hexdigest()


def save_rule_file(config: Config, file: Path, text: str, before: str) -> Path:
    """Put a text into a rule file's place, whole or not at all; return the backup of what it held.

    `before` is the hash of what the text was made from. Line ends and permissions stay as they were.

    Raises:
        UsageError: the file holds something else by now, lies outside of the rules, or cannot be written.
    """
    if file not in rule_files(config).values() or not _is_inside(config, file):
        raise UsageError(f"{file.name} is a link, or lies outside of `rules`: edit what it leads to")
    raw = _bytes(file)
    _compare(file, raw, before)
    ends = b"\r\n" if b"\r\n" in raw else b"\n"
    backup = file.with_name(file.name + ".bak")
    try:
        _write(backup, raw, file)
        fresh = _written(file, text.encode("utf-8").replace(b"\r\n", b"\n").replace(b"\n", ends))
        try:
            _compare(file, _bytes(file), before)
            fresh.replace(file)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"{file.name} cannot be written: {error.strerror}. The daemon needs to be allowed to write into "
            f"{file.parent} (under systemd: ReadWritePaths)"
        ) from None
    return backup


def can_save(file: Path) -> bool:
    """Whether the daemon may write beside a file."""
    return os.access(file.parent, os.W_OK)


# ---------------------------------------------------------------- inside


def _name(file: Path, base: Path) -> str:
    whole = Path(os.path.abspath(file))  # noqa: PTH100 - links must stay as they are named
    return whole.relative_to(base).as_posix() if whole.is_relative_to(base) else str(whole)


def _is_inside(config: Config, file: Path) -> bool:
    """Whether nothing on the way from `rules` to a file is a link."""
    for folder in config.rule_directories:
        if file.is_relative_to(folder):
            return file.resolve() == folder.resolve() / file.relative_to(folder)
    return not file.is_symlink()


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise UsageError(f"{file.name} has more than {MOST_BYTES:,} bytes: edit it with an editor")
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file.name} cannot be read: {error.strerror}") from None


def _compare(file: Path, raw: bytes, before: str) -> None:
    if sha256(raw).hexdigest() != before:
        raise UsageError(f"{file.name} was changed by somebody else meanwhile: nothing was saved")


def _write(target: Path, raw: bytes, like: Path) -> None:
    fresh = _written(like, raw)
    fresh.replace(target)


def _written(file: Path, raw: bytes) -> Path:
    """Write a new file beside another, with its owner and permissions, and see it on the disk."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".new", dir=file.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(raw)
            out.flush()
            os.fsync(out.fileno())
        shutil.copymode(file, fresh)
        about = file.stat()
        with suppress(OSError, AttributeError):  # not ours to give away, or Windows
            os.chown(fresh, about.st_uid, about.st_gid)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh
