"""The texts of rule files: which there are, what one holds, and putting another text into its place."""

import os
import re
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock

from watcher.config.loading import Config, rule_files_in
from watcher.errors import UsageError
from watcher.yamlsrc import decode

#: A rule file longer than this is edited with an editor.
MOST_BYTES = 200_000
#: What a new rule file may be called.
_NEW = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.yaml")


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


def new_rule_file(config: Config, name: str) -> tuple[str, Path]:
    """Return the name and the path of a rule file that can be made: `storms`, `storms.yaml` or `rules/storms.yaml`.

    Raises:
        UsageError: there is one, rules are no directory, or it may not be called so.
    """
    base, last = config.path.resolve().parent, name.rpartition("/")[2].removesuffix(".yaml") + ".yaml"
    for folder in config.rule_directories:
        whole = _name(folder / last, base)
        if _NEW.fullmatch(last) and name.removesuffix(".yaml") in (last[:-5], whole[:-5]):
            if os.path.lexists(folder / last):
                raise UsageError(f"{whole} is there already")
            return whole, folder / last
    if not config.rule_directories:
        raise UsageError("`rules` names no directory that a new file could lie in")
    raise UsageError(
        f"a new rule file is named in letters, digits, - and _: {_name(config.rule_directories[0], base)}/storms.yaml"
    )


def save_rule_file(config: Config, file: Path, text: str, before: str) -> Path | None:
    """Put a text into a rule file's place, whole or not at all; return the backup of what it held, None for a new one.

    `before` is the hash of what the text was made from, empty for a new file. Line ends and permissions stay as
    they were; a new file has those of its directory.

    Raises:
        UsageError: the file holds something else by now, lies outside of the rules, or cannot be written.
    """
    if not before:
        _make(config, file, text.encode("utf-8"))
        return None
    if file not in rule_files(config).values() or not _is_inside(config, file):
        raise UsageError(f"{file.name} is a link, or lies outside of `rules`: edit what it leads to")
    with _saving:
        return _saved(file, text, before)


def can_save(file: Path) -> bool:
    """Whether the daemon may write beside a file."""
    return os.access(file.parent, os.W_OK)


# ---------------------------------------------------------------- inside

#: Two who save at one instant would each find the file as they knew it.
_saving = Lock()


def _saved(file: Path, text: str, before: str) -> Path:
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
        raise _unwritable(file, error) from None
    return backup


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


def _make(config: Config, file: Path, raw: bytes) -> None:
    if not _is_inside(config, file):
        raise UsageError(f"{file.name} would lie outside of `rules`")
    try:
        fresh = _written(file, raw)
        try:
            os.link(fresh, file)  # unlike a renaming this takes nobody's place
        finally:
            fresh.unlink()
    except FileExistsError:
        raise UsageError(f"somebody made {file.name} meanwhile: nothing was saved") from None
    except OSError as error:
        raise _unwritable(file, error) from None


def _unwritable(file: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{file.name} cannot be written: {error.strerror}. The daemon needs to be allowed to write into "
        f"{file.parent} (under systemd: ReadWritePaths)"
    )


def _write(target: Path, raw: bytes, like: Path) -> None:
    fresh = _written(like, raw)
    fresh.replace(target)


def _written(file: Path, raw: bytes) -> Path:
    """Write a new file beside another, with its owner and permissions or the directory's, and see it on the disk."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".new", dir=file.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(raw)
            out.flush()
            os.fsync(out.fileno())
        like = file if file.exists() else file.parent
        about = like.stat()
        fresh.chmod(about.st_mode & 0o666)
        with suppress(OSError, AttributeError):  # not ours to give away, or Windows
            os.chown(fresh, about.st_uid, about.st_gid)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh
