"""From config.yaml, the rule files and the environment to one frozen Config; all faults are collected."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, SecretStr, ValidationError

from watcher import dedup
from watcher.config.models import ConfigModel, FeedModel, Http, Log, Retention, Web
from watcher.errors import Fault, FaultsFound
from watcher.model import Feed
from watcher.regions import GazetteerError, Resolver, Row, is_code, nearest_code, resolver
from watcher.render import TemplateFault
from watcher.rules import Known, RuleSet, examine_rules
from watcher.rules.burst import spoken
from watcher.schedule import PollPolicy
from watcher.yamlsrc import Document, decode, did_you_mean, faults_of, of_these, read_bytes, sound, validate

#: The user's own gazetteer, beside the configuration.
OWN_GAZETTEER = "gazetteer.wgaz"
#: A line that names the database, in whatever way YAML allows.
_DATABASE = re.compile(r"[^#]*\bdatabase[\"']?\s*:")
_MEANT_DATABASE = did_you_mean("database", ["database"])
#: A distance from UTC in place of a time zone.
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])0?(\d{1,2})(?::?00)?", re.IGNORECASE)
_KEY = re.compile(r"[\"']?([\w.-]+)[\"']?\s*:")
#: A rule file longer than this is not read: 10,000 rules have about 6 MB.
MAX_BYTES = 20_000_000


Stamps = Mapping[Path, tuple[int, int]]


class Kind(Protocol):
    """What loading needs to know of a type of receiver."""

    @property
    def settings(self) -> type[BaseModel]:
        """Model of its keys."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that it takes."""

    def missing_secrets(self, settings: Any, secrets: Mapping[str, SecretStr]) -> Sequence[str]:
        """Return the secrets that it cannot work without and does not have."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A configured destination: its settings as its type's model, its secrets apart."""

    name: str
    type: str
    settings: Any
    secrets: Mapping[str, SecretStr]


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that the files say, checked as a whole."""

    path: Path
    #: SQLAlchemy URL.
    database: str
    feeds: tuple[Feed, ...]
    rules: RuleSet
    #: Finds places, those of the user's own gazetteer among them.
    places: Resolver
    receivers: Mapping[str, Receiver]
    default_receivers: tuple[str, ...]
    alarm_receivers: tuple[str, ...]
    timezone: ZoneInfo
    polling: PollPolicy
    http: Http
    dedup: dedup.Settings
    log: Log
    web: Web
    #: What whoever asks the web part must have.
    web_token: SecretStr | None
    retention: Retention
    give_up_after: timedelta
    feed_alarm_after: timedelta
    reload: bool
    #: Files that the configuration consists of, and directories that are searched for rules.
    files: tuple[Path, ...]
    rule_directories: tuple[Path, ...]
    #: Files that secrets are read from.
    secret_files: tuple[Path, ...]
    #: Those files as they were just before they were read; see `stamps`.
    stamps: Stamps


def stamps(files: Iterable[Path], directories: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return what tells whether files changed: path → modification time in nanoseconds, and size in bytes."""
    found = {}
    for path in {*files, *(file for directory in directories for file in rule_files_in(directory, shapes=True))}:
        try:
            about = path.stat()
        except OSError:
            continue  # what is not there any more is a change too
        found[path] = (about.st_mtime_ns, about.st_size)
    return found


@dataclass(frozen=True, slots=True)
class Examined:
    """What a configuration and its rules say, as far as they are sound, and every mistake in them."""

    #: None if nothing can be made of config.yaml.
    config: Config | None
    faults: tuple[Fault, ...]
    #: False if an unknown key may have been meant for it: commands would work on the database that is the default.
    knows_database: bool = True


def load(
    path: Path,
    environment: Mapping[str, str],
    kinds: Mapping[str, Kind],
    *,
    require_secrets: bool = False,
    instead: Mapping[Path, str] | None = None,
) -> Config:
    """Read a configuration and its rules.

    A secret `token` of the receiver `desk` comes from its key `token_file`, else from the file
    `desk.token` in `$CREDENTIALS_DIRECTORY`, else from `WATCHER_DESK_TOKEN`. It is looked at
    only if it exists, unless `require_secrets`. `instead` has texts that are read in place of rule files,
    or as if they stood in new ones.

    Raises:
        FaultsFound: with every mistake in every file.
    """
    found = examine(path, environment, kinds, require_secrets=require_secrets, instead=instead)
    if found.faults or found.config is None:
        raise FaultsFound(list(found.faults))
    return found.config


def examine(
    path: Path,
    environment: Mapping[str, str],
    kinds: Mapping[str, Kind],
    *,
    require_secrets: bool = False,
    instead: Mapping[Path, str] | None = None,
) -> Examined:
    """Read a configuration and its rules whatever is wrong with them; the arguments are those of `load`."""
    faults: list[Fault] = []
    own = path.resolve().parent / OWN_GAZETTEER
    before = stamps((path.resolve(), own), ())
    document, model, numbers = _read_model(path, faults)
    if document is None:
        return Examined(_by_database_alone(path, before), tuple(faults))
    files, directories = _rule_places(path, document, faults)
    templates = _templates(path, model)
    before |= stamps((*files, *templates), directories)
    sources = [source for place in (*files, *directories) for source in _read_rules(place, faults, instead)]
    if model is None:
        faults += _examined(sources, None, None)[1]
        return Examined(None, tuple(faults))
    faults.extend(_own_faults(document, model, numbers))
    faults.extend(_code_faults(document, model, numbers))
    receivers = dict(_receivers(path, document, model, environment, kinds, faults, require_secrets=require_secrets))
    token = _web_token(model.web, _Secrets(path, document, environment, faults, required=require_secrets))
    places = _places(own, model, faults)
    rules, mistakes = _examined(sources, _known(model, document.data), places)
    faults += mistakes
    if places is None:
        return Examined(None, tuple(faults))
    places = resolver(own, model.disputed_territories, rules.places)
    files = (path.resolve(), own, *files, *templates)
    config = _config(path, model, receivers, token, rules, places, files, directories, before)
    return Examined(config, tuple(faults), not _may_name_database(document.data or {}))


def _by_database_alone(path: Path, before: Stamps) -> Config | None:
    """What can be known of a file that is no YAML: its line `database`, which stands alone, or that there is none.

    None where the key is there and cannot be read: commands would work on the database that is the default.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
        named = [line for line in lines if _DATABASE.match(line)]
        model = _sound_part(read_bytes((named or ["{}"])[0].encode(), str(path)).data)[0]
    except (OSError, ValueError, FaultsFound):
        return None
    if model is None or (named and "database" not in model.model_fields_set):
        return None
    if not named and _may_name_database([found[1] for line in lines if (found := _KEY.match(line))]):
        return None
    places = resolver(path.resolve().parent / OWN_GAZETTEER, {}, ())
    return _config(path, model, {}, None, RuleSet([], []), places, (path.resolve(),), (), before)


def _may_name_database(keys: Iterable[Any]) -> bool:
    """Say whether one of the keys of config.yaml may be `database` misspelt: one unknown, and like no other."""
    known = list(ConfigModel.model_fields)
    unknown = [str(key) for key in keys if key not in known]
    return "database" not in keys and any(did_you_mean(key, known) in ("", _MEANT_DATABASE) for key in unknown)


def load_places(path: Path, rules: RuleSet | None = None) -> Resolver:
    """Return what finds places for the configuration of that path, whether or not it exists, and for some rules.

    Raises:
        FaultsFound: its own gazetteer is damaged, or what it says of places has mistakes.
    """
    faults: list[Fault] = []
    model = _read_model(path, faults)[1] if path.exists() else ConfigModel()
    if model is None or any(fault.path.startswith("disputed_territories") for fault in faults):
        raise FaultsFound(faults)
    faults.clear()  # of what has nothing to do with places
    places = _places(path.resolve().parent / OWN_GAZETTEER, model, faults, rules.places if rules else ())
    if places is None:
        raise FaultsFound(faults)
    return places


def _places(own: Path, model: ConfigModel, faults: list[Fault], named: Sequence[Row] = ()) -> Resolver | None:
    try:
        return resolver(own, model.disputed_territories, named)
    except GazetteerError as error:
        faults.append(Fault(str(own), 1, 1, "", str(error).removeprefix(f"{own}: ")))
        return None


def load_rules(path: Path, places: Resolver | None = None) -> RuleSet:
    """Compile the rules of one file or of a directory, without a configuration: names of receivers are not checked.

    `places` has the places that regions name; the gazetteer that ships by default.

    Raises:
        FaultsFound: with every mistake.
    """
    faults: list[Fault] = []
    sources = list(_read_rules(path, faults))
    if not path.exists():
        faults.append(Fault(str(path), 1, 1, "", "no such file or directory"))
    rules, mistakes = _examined(sources, None, places)
    if faults or mistakes:
        raise FaultsFound([*faults, *mistakes])
    return rules


# ---------------------------------------------------------------- config.yaml


def _read_model(path: Path, faults: list[Fault]) -> tuple[Document | None, ConfigModel | None, Sequence[int]]:
    """Return the file, its model, and where in it the model's feeds stand; what is refused is left out and told."""
    try:
        document = read_bytes(path.read_bytes(), str(path))
    except OSError as error:
        faults.append(Fault(str(path), 1, 1, "", f"cannot be read: {error.strerror}"))
        return None, None, ()
    except FaultsFound as error:
        faults.extend(error.faults)
        return None, None, ()
    try:
        model = validate(document, ConfigModel)
    except FaultsFound as error:
        faults.extend(error.faults)
        return document, *_sound_part(document.data)
    return document, model, range(len(model.feeds))


def _sound_part(data: Any) -> tuple[ConfigModel | None, Sequence[int]]:
    if not isinstance(data, dict):
        return None, ()
    feeds = data.get("feeds")
    each = [sound(feed, FeedModel) for feed in (feeds if isinstance(feeds, list) else ())]
    kept = {i: feed for i, feed in enumerate(each) if feed is not None}
    model = sound({key: value for key, value in data.items() if key != "feeds"}, ConfigModel)
    if model is None or ("database" in data and "database" not in model.model_fields_set):
        return None, ()  # as in _by_database_alone
    return model.model_copy(update={"feeds": tuple(kept.values())}), list(kept)


def _own_faults(document: Document, model: ConfigModel, numbers: Sequence[int]) -> Iterator[Fault]:
    """What a single value cannot show: names that repeat, or that lead nowhere."""
    feeds = _list(document.data.get("feeds") if isinstance(document.data, dict) else None)
    for key in ("id", "url"):
        seen: dict[str, int] = {}
        for i, feed in enumerate(feeds):
            value = feed.get(key) if isinstance(feed, dict) else None
            if not isinstance(value, str):
                continue
            if value in seen:
                # An address may hold a password, and faults are sent to receivers.
                shown = repr(value) if key == "id" else "this"
                yield document.fault(("feeds", i, key), f"{shown} is the {key} of feeds[{seen[value]}] already")
            seen.setdefault(value, i)
    for key, names in (("default_receivers", model.default_receivers), ("alarm_receivers", model.alarm_receivers)):
        for i, name in enumerate(names or ()):
            if name not in model.receivers:
                hint = of_these(name, sorted(model.receivers))
                yield document.fault((key, i), f"no receiver is named {name!r}{hint}")
    for name, data in model.receivers.items():
        second = data.get("escalate_to")
        if second is not None and (second not in model.receivers or second == name):
            hint = of_these(str(second), sorted(model.receivers.keys() - {name}))
            yield document.fault(("receivers", name, "escalate_to"), f"no other receiver is named {second!r}{hint}")
    if _zone(model.timezone) is None:
        near = _offset_zone(model.timezone) or did_you_mean(model.timezone, sorted(available_timezones()))
        yield document.fault(("timezone",), f"{model.timezone!r} is no time zone such as Europe/Berlin{near}")
    polling, keep = model.polling, model.retention
    yield from _falling(
        document, "polling", {"floor": polling.floor, "interval": polling.interval, "ceiling": polling.ceiling}
    )
    bounds = {"dedup.window": model.dedup.window, "retention.entries": keep.entries, "retention.alerted": keep.alerted}
    yield from _falling(document, "retention", bounds)


def _offset_zone(name: str) -> str:
    """Return a hint at the zone that has a fixed distance from UTC, as `UTC+3` means it; POSIX turns its sign round."""
    found = _OFFSET.fullmatch(name)
    if found is None or not 0 < int(found[2]) <= (14 if found[1] == "+" else 12):
        return ""
    sign = "-" if found[1] == "+" else "+"
    return f"; a place, such as Asia/Damascus, knows of summer time, and 'Etc/GMT{sign}{int(found[2])}' is {name}"


def _falling(document: Document, key: str, bounds: Mapping[str, timedelta]) -> Iterator[Fault]:
    """A fault if durations do not rise as they are listed; those not written have their defaults."""
    values = list(bounds.values())
    if values != sorted(values):
        told = ", ".join(f"{name} {spoken(value)}" for name, value in bounds.items())
        yield document.fault((key,), f"these must rise in this order: {told}")


def _code_faults(document: Document, model: ConfigModel, numbers: Sequence[int]) -> Iterator[Fault]:
    """Codes that are none."""
    for i, feed in zip(numbers, model.feeds, strict=True):
        if feed.default_region is not None and not is_code(feed.default_region):
            told = f"{feed.default_region!r} is no ISO 3166 code such as SY or SY-HL{_meant(feed.default_region)}"
            yield document.fault(("feeds", i, "default_region"), told)
        if feed.full_text and find_spec("trafilatura") is None:
            yield document.fault(("feeds", i, "full_text"), "trafilatura is not installed: install watcher[fulltext]")
    for code, country in model.disputed_territories.items():
        for at, wanted, good in (
            (code, "an ISO 3166 code such as UA-43 or XK", is_code(code)),
            (country, "an ISO 3166-1 code such as RU", is_code(country) and len(country) == 2),
        ):
            if not good:
                yield document.fault(("disputed_territories", code), f"{at!r} is not {wanted}{_meant(at)}")


def _meant(code: str) -> str:
    near = nearest_code(code)
    return f" (did you mean {near!r}?)" if near else ""


def _known(model: ConfigModel, data: Any) -> Known:
    """The names that rules may use, those in parts of the file that have mistakes among them."""
    whole = data if isinstance(data, dict) else {}
    raw = [feed for feed in _list(whole.get("feeds")) if isinstance(feed, dict)]
    tags = {tag for feed in model.feeds for tag in feed.tags} | {str(t) for f in raw for t in _list(f.get("tags"))}
    feeds = {feed.id for feed in model.feeds} | {str(feed.get("id")) for feed in raw}
    receivers = whole.get("receivers")
    names = {*model.receivers, *map(str, receivers if isinstance(receivers, dict) else ())}
    return Known(frozenset(names), frozenset(feeds), frozenset(tags), model.default_receivers)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _config(
    path: Path,
    model: ConfigModel,
    receivers: Mapping[str, Receiver],
    web_token: SecretStr | None,
    rules: RuleSet,
    places: Resolver,
    files: tuple[Path, ...],
    directories: tuple[Path, ...],
    before: Stamps,
) -> Config:
    polling = model.polling
    alarm_receivers = model.alarm_receivers
    if alarm_receivers is None:
        alarm_receivers = model.default_receivers or tuple(receivers)
    return Config(
        path=path,
        database=_database(path, model.database),
        feeds=tuple(_feed(feed) for feed in model.feeds),
        rules=rules,
        places=places,
        receivers=receivers,
        default_receivers=model.default_receivers,
        alarm_receivers=alarm_receivers,
        timezone=_zone(model.timezone) or ZoneInfo("UTC"),
        polling=PollPolicy(polling.interval, polling.floor, polling.ceiling, polling.back_off == "host"),
        http=model.http,
        dedup=dedup.Settings.named(model.dedup.sensitivity, model.dedup.window),
        log=model.log,
        web=model.web,
        retention=model.retention,
        web_token=web_token,
        give_up_after=model.delivery.give_up_after,
        feed_alarm_after=model.feed_alarm_after,
        reload=model.reload,
        files=files,
        rule_directories=directories,
        secret_files=_secret_files(path, model),
        stamps=before,
    )


def _feed(feed: FeedModel) -> Feed:
    return Feed(**feed.model_dump())


def _database(path: Path, value: str) -> str:
    """A file beside the configuration, as a URL; a URL as it is."""
    return value if "://" in value else f"sqlite:///{(path.parent / value).absolute()}"


# ---------------------------------------------------------------- receivers and their secrets


def _receivers(
    path: Path,
    document: Document,
    model: ConfigModel,
    environment: Mapping[str, str],
    kinds: Mapping[str, Kind],
    faults: list[Fault],
    *,
    require_secrets: bool,
) -> Iterator[tuple[str, Receiver]]:
    for name, data in model.receivers.items():
        at = ("receivers", name)
        kind = kinds.get(str(data.get("type")))
        if kind is None:
            hint = did_you_mean(str(data.get("type")), list(kinds)) or f" ({', '.join(kinds)})"
            told = (
                f"no type of receiver is named {data['type']!r}{hint}"
                if "type" in data
                else "the key 'type' is missing"
            )
            faults.append(document.fault((*at, "type"), told))
            continue
        files = {f"{secret}_file" for secret in kind.secrets}
        written = [secret for secret in kind.secrets if secret in data]
        faults.extend(document.fault((*at, secret), _secret_in_file(name, secret)) for secret in written)
        own = {key: value for key, value in data.items() if key not in files | {"type", *written}}
        try:
            settings = kind.settings.model_validate(own)
        except ValidationError as error:
            faults.extend(faults_of(document, error, kind.settings, at))
            continue
        _take_template(path, document, at, settings, faults)
        source = _Secrets(path, document, environment, faults, required=require_secrets)
        secrets = dict(source.read(name, data, kind.secrets, at))
        if require_secrets and not written:
            missing = [s for s in kind.missing_secrets(settings, secrets) if f"{s}_file" not in data]
            faults.extend(document.fault(at, _secret_missing(name, secret)) for secret in missing)
        yield name, Receiver(name, str(data["type"]), settings, secrets)


def _templates(path: Path, model: ConfigModel | None) -> tuple[Path, ...]:
    """Return the files of the receivers' own templates."""
    names = (data.get("template") for data in model.receivers.values()) if model else ()
    return tuple(path.resolve().parent / name for name in names if isinstance(name, str))


def _take_template(path: Path, document: Document, at: tuple[str, str], settings: Any, faults: list[Fault]) -> None:
    """Read and try a receiver's own template."""
    name = getattr(settings, "template", None)
    if name is None:
        return
    file = path.parent / name
    try:
        settings.use_template(str(file), file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        faults.append(document.fault((*at, "template"), f"{file} cannot be read: {reason}"))
    except TemplateFault as fault:
        faults.append(Fault(str(file), fault.line, 1, f"template of {at[1]}", str(fault)))


def _secret_files(path: Path, model: ConfigModel) -> tuple[Path, ...]:
    """The files that `..._file` keys name, as far as they are there."""
    sections = [*model.receivers.values(), model.web.model_dump()]
    named = {str(value) for data in sections for key, value in data.items() if key.endswith("_file") and value}
    public = {str(data["ca_file"]) for data in model.receivers.values() if data.get("ca_file")}
    return tuple(file for name in sorted(named - public) if (file := path.parent / name).is_file())


def _web_token(web: Web, secrets: "_Secrets") -> SecretStr | None:
    """The token; that there is none is a fault only where others than this machine could ask."""
    found = dict(secrets.read("web", web.model_dump(), ("token",), ("web",))) if web.enabled else {}
    if secrets.required and web.enabled and not found and not web.is_local and web.token_file is None:
        told = f"{web.listen} can be reached from elsewhere: {_secret_missing('web', 'token')}, or listen on 127.0.0.1"
        secrets.faults.append(secrets.document.fault(("web", "listen"), told))
    return found.get("token")


def _variable(receiver: str, secret: str) -> str:
    return "WATCHER_" + "".join(c if c.isalnum() else "_" for c in f"{receiver}_{secret}").upper()


def _secret_in_file(receiver: str, secret: str) -> str:
    instead = f"write `{secret}_file: PATH`, or set {_variable(receiver, secret)}"
    return f"a secret does not stand in this file: put it into a file and {instead}"


def _secret_missing(receiver: str, secret: str) -> str:
    return f"its {secret} is missing: write `{secret}_file: PATH`, or set {_variable(receiver, secret)}"


@dataclass(frozen=True, slots=True)
class _Secrets:
    """Where secrets are looked for."""

    path: Path
    document: Document
    environment: Mapping[str, str]
    faults: list[Fault]
    required: bool

    def read(
        self, owner: str, data: Mapping[str, Any], names: Iterable[str], at: tuple[str, ...]
    ) -> Iterator[tuple[str, SecretStr]]:
        """Yield those secrets of a receiver or a section that are there; an unreadable one is a fault if required.

        `at` is where the owner stands in the document.
        """
        for name in names:
            file, where = data.get(f"{name}_file"), (*at, f"{name}_file")
            if file is not None:
                value = self._file(self.path.parent / str(file), where)
            else:
                value = self._credential(owner, name, at) or self.environment.get(_variable(owner, name), "").strip()
            if value:
                yield name, SecretStr(value)

    def _credential(self, owner: str, name: str, at: tuple[str, ...]) -> str | None:
        directory = self.environment.get("CREDENTIALS_DIRECTORY")
        path = Path(directory) / f"{owner}.{name}" if directory else None
        return self._file(path, at) if path is not None and path.exists() else None

    def _file(self, path: Path, where: tuple[str, ...]) -> str | None:
        try:
            value = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            if self.required:
                self.faults.append(self.document.fault(where, f"{path} cannot be read: {reason}"))
            return None
        if not value and self.required:
            self.faults.append(self.document.fault(where, f"{path} is empty"))
        return value


# ---------------------------------------------------------------- rule files


def _rule_places(path: Path, document: Document, faults: list[Fault]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Return the single files and the directories that `rules` names."""
    data = document.data if isinstance(document.data, dict) else {}
    value = data.get("rules", ConfigModel.model_fields["rules"].default)
    names = [value] if isinstance(value, str) else [v for v in value or () if isinstance(v, str)]
    places = [path.parent / name for name in names]
    for i, place in enumerate(places):
        if not place.exists():
            where = ("rules",) if isinstance(value, str) else ("rules", i)
            faults.append(document.fault(where, f"{place}: no such file or directory"))
    return tuple(p for p in places if not p.is_dir()), tuple(p for p in places if p.is_dir())


def _read_rules(
    place: Path, faults: list[Fault], instead: Mapping[Path, str] | None = None
) -> Iterator[tuple[str, str]]:
    fresh = [file for file in instead or () if file.is_relative_to(place)]
    for file in sorted({*rule_files_in(place), *fresh}) if place.is_dir() else [place]:
        if instead and file in instead:
            yield str(file), instead[file]
            continue
        try:
            if file.stat().st_size > MAX_BYTES:
                faults.append(Fault(str(file), 1, 1, "", f"is larger than {MAX_BYTES // 1_000_000} MB"))
                continue
            raw = file.read_bytes()
        except OSError as error:
            if file.exists() or place.is_dir():
                faults.append(Fault(str(file), 1, 1, "", f"cannot be read: {error.strerror}"))
            continue
        try:
            yield str(file), decode(raw, str(file))
        except FaultsFound as error:
            faults.extend(error.faults)


def rule_files_in(directory: Path, *, shapes: bool = False) -> list[Path]:
    """Return the rule files of a directory, with the files of shapes that they may name if wanted."""
    wanted = (".yaml", ".yml", ".geojson", ".json") if shapes else (".yaml", ".yml")
    return sorted(path for path in directory.rglob("*") if path.suffix in wanted)


def _examined(
    sources: Sequence[tuple[str, str]], known: Known | None, places: Resolver | None
) -> tuple[RuleSet, list[Fault]]:
    return examine_rules(sources, known, _load_beside, places.gazetteer if places else None)


def _load_beside(rule_file: str, name: str) -> Any:
    """Read a GeoJSON file that a rule file names, from beside it.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no JSON, or too large.
    """
    file = Path(rule_file).parent / name
    try:
        if file.stat().st_size > MAX_BYTES:
            raise ValueError(f"is larger than {MAX_BYTES // 1_000_000} MB")
        return json.loads(file.read_bytes())
    except OSError as error:
        raise OSError(error.strerror) from None
    except RecursionError:
        raise ValueError("is nested too deep") from None
