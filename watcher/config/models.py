"""The configuration file as pydantic models: every key, its meaning, its default."""

import ipaddress
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from watcher import __version__
from watcher.yamlsrc import Duration

#: Ids of feeds and names of receivers: they stand in logs, in the database and in rules.
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
_HTTP_URL = re.compile(r"https?://[^\s/?#]+\S*")


def _http_url(value: str) -> str:
    if not _HTTP_URL.fullmatch(value):
        raise ValueError(f"{value!r} is not an http or https address")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(f"{error}; write a network such as 10.0.0.0/8") from None
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FeedModel(_Strict):
    """One subscription."""

    id: Slug = Field(description="Short name, unique: small letters, digits, - _ and .")
    url: HttpUrl = Field(description="Address of the feed (http or https).")
    title: str = Field("", description="Name of the outlet, as alerts show it; the id by default.")
    tags: tuple[Slug, ...] = Field((), description="Words that rules can ask for: {tag: wire}.")
    language: str | None = Field(None, description="Language of entries that do not say theirs (BCP 47): ar, en, ru.")
    default_region: str | None = Field(None, description="ISO 3166 code that its local news is about: SY or SY-HL.")
    interval: Duration | None = Field(None, description="Fixed time between polls; adapted to the feed by default.")
    alert_on_first_poll: bool = Field(False, description="Alert on what the feed holds when it is polled first.")
    full_text: bool = Field(False, description="Read the page of each new entry for its whole text (needs an extra).")
    enabled: bool = Field(True, description="false keeps the feed in the file without polling it.")


class Polling(_Strict):
    """Time between two polls of a feed that has no `interval` of its own."""

    interval: Duration = Field(timedelta(minutes=15), description="Where the adapted time starts.")
    floor: Duration = Field(timedelta(minutes=5), description="Never more often than this.")
    ceiling: Duration = Field(timedelta(hours=4), description="Never less often than this while all is well.")
    back_off: Literal["host", "feed"] = Field(
        "host", description='Who waits when a server says "too many requests": all feeds of its host, or the one.'
    )


class Http(_Strict):
    """Bounds of fetching."""

    user_agent: str = Field(
        f"watcher/{__version__} (feed reader)",
        min_length=1,
        description="Who asks; put an address for complaints into it.",
    )
    timeout: Duration = Field(timedelta(seconds=30), description="Total time of one fetch, redirects included.")
    max_body_bytes: int = Field(20_000_000, ge=1000, description="Largest body, after decompression.")
    concurrency: int = Field(20, ge=1, le=1000, description="Fetches at once.")
    per_host: int = Field(1, ge=1, le=100, description="Fetches at once from one host.")
    allow_networks: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        (), description="Networks that may be reached although they are not public, such as 127.0.0.0/8."
    )
    resolve_links: bool = Field(
        True, description="Ask t.co, bit.ly and their like where links of new entries lead; false asks nobody."
    )
    proxy: HttpUrl | None = Field(None, description="Proxy for all fetches; it then guards the addresses.")


class Dedup(_Strict):
    """How alike two texts must be to be one story."""

    sensitivity: Literal["strict", "balanced", "broad"] = Field(
        "balanced", description="strict merges only near-identical texts, broad also loose ones."
    )
    window: Duration = Field(timedelta(days=7), description="How far back an entry can join a story.")


def _listen(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535 or (":" in host and not re.fullmatch(r"\[[^]]*\]", host)):
        raise ValueError(f"{value!r} is not HOST:PORT such as 127.0.0.1:8642 or [::1]:8642")
    return value


class Web(_Strict):
    """What the daemon serves over HTTP: its metrics and its health."""

    enabled: bool = Field(True, description="false serves nothing.")
    listen: Annotated[str, AfterValidator(_listen)] = Field(
        "127.0.0.1:8642", description="HOST:PORT; another host than this machine's own needs a token."
    )
    hosts: tuple[str, ...] = Field(
        (), description="Names that a reverse proxy asks for it under; needed only without a token."
    )
    token_file: str | None = Field(
        None, description="File of the token; else $CREDENTIALS_DIRECTORY/web.token, else WATCHER_WEB_TOKEN."
    )
    public_url: HttpUrl | None = Field(
        None, description="Address that the internet reaches it under: feeds are then subscribed to at their hubs."
    )
    changes: bool = Field(True, description="Whether the page may change stories, silences, deliveries and rule files.")

    @property
    def address(self) -> tuple[str, int]:
        """Host without brackets, and port."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        host, _ = self.address
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


class Retention(_Strict):
    """How long what was seen is kept, since its story last changed."""

    entries: Duration = Field(timedelta(days=90), description="Stories that nobody was told of; dedup.window at least.")
    alerted: Duration = Field(timedelta(days=365), description="Stories that an alert was made of.")


class Log(_Strict):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = Field("text", description="text for people, json for programs.")


class Delivery(_Strict):
    """How long a message is tried."""

    give_up_after: Duration = Field(timedelta(days=2), description="A message is dead, and told so, after this time.")


class ConfigModel(_Strict):
    """config.yaml."""

    database: str = Field("watcher.db", min_length=1, description="File of the SQLite database, beside this file.")
    rules: str | tuple[str, ...] = Field("rules", description="Directory of rule files (searched deeply), or a list.")
    timezone: str = Field("UTC", description="Time zone of the times that readers see: Asia/Damascus.")
    default_receivers: tuple[str, ...] = Field((), description="Receivers of rules that name none.")
    alarm_receivers: tuple[str, ...] | None = Field(
        None,
        description="Who is told about failing feeds and receivers; default_receivers, else all receivers, by default.",
    )
    feed_alarm_after: Duration = Field(timedelta(hours=6), description="How long a feed may fail before that.")
    disputed_territories: dict[str, str] = Field(
        default_factory=dict,
        description="ISO 3166 code of a territory → ISO 3166-1 code of the country that it counts as: {XK: RS}.",
    )
    reload: bool = Field(True, description="Take up changed files at once (SIGHUP always does).")
    polling: Polling = Polling()
    http: Http = Http()
    dedup: Dedup = Dedup()
    delivery: Delivery = Delivery()
    log: Log = Log()
    web: Web = Web()
    retention: Retention = Retention()
    feeds: tuple[FeedModel, ...] = Field((), description="The subscriptions.")
    receivers: dict[Slug, dict[str, Any]] = Field(default_factory=dict, description="Who is told: name → settings.")


def json_schema(settings: Mapping[str, type[BaseModel]], secrets: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return the JSON Schema of config.yaml; `settings` and `secrets` describe the types of receivers."""
    schema = ConfigModel.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "watcher configuration"
    variants = []
    for kind, model in settings.items():
        own = model.model_json_schema(ref_template="#/$defs/{model}")
        schema["$defs"] |= own.pop("$defs", {})
        own["properties"] = {"type": {"const": kind}} | own.get("properties", {})
        own["properties"] |= {f"{name}_file": {"type": "string"} for name in secrets[kind]}
        own["required"] = ["type", *own.get("required", [])]
        variants.append(own)
    schema["properties"]["receivers"]["additionalProperties"] = {"oneOf": variants}
    return schema
