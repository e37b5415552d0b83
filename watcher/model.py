"""The words of watcher as frozen types: what flows between the floors.

Nothing here does I/O or decides anything. Times end in `_at` and are aware UTC datetimes;
durations are `timedelta`; similarity is 0.0-1.0. Unions of outcomes are meant for `match`
with `assert_never`.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from watcher.links import without_tracking

# ---------------------------------------------------------------- feeds and entries


@dataclass(frozen=True, slots=True)
class Feed:
    """A subscription as configured. What is remembered of it is a FeedState."""

    id: str
    url: str
    #: Name of the outlet as shown in alerts; the id when not configured.
    title: str = ""
    tags: tuple[str, ...] = ()
    #: BCP 47 language of its entries when they do not say; None if unknown.
    language: str | None = None
    #: ISO 3166 code that local news of this feed is about, as a prior; None for world news.
    default_region: str | None = None
    #: Fixed time between polls; None lets the polling policy adapt it.
    interval: timedelta | None = None
    #: Alert on the entries of the very first poll instead of storing them as a baseline.
    alert_on_first_poll: bool = False
    #: Read the page of every new entry for its whole text.
    full_text: bool = False
    enabled: bool = True

    @property
    def outlet(self) -> str:
        """Name to show to a reader."""
        return self.title or self.id


@dataclass(frozen=True, slots=True)
class FeedState:
    """What the watcher remembers of one feed between polls; written in the poll's transaction only."""

    feed: str
    #: Address that the state belongs to; a changed configuration starts validators anew.
    url: str = ""
    next_poll_at: datetime | None = None
    #: Validators exactly as received (RFC 9110 §8.8), and the final address that they belong to.
    etag: str | None = None
    last_modified: str | None = None
    validators_url: str | None = None
    #: SHA-256 of the last body, to recognise servers that ignore validators.
    body_hash: str | None = None
    #: Adapted time between polls.
    interval: timedelta | None = None
    polled_at: datetime | None = None
    #: Last poll that ended with a parsed feed or "not modified".
    ok_at: datetime | None = None
    #: Last poll that brought an entry not seen before.
    new_entry_at: datetime | None = None
    #: Set by the first successful poll (invariant 6).
    baseline_at: datetime | None = None
    #: Polls failed in a row, and when the first of them was.
    failures: int = 0
    failing_since_at: datetime | None = None
    #: `reason: message` of the last failure; None after a success.
    last_error: str | None = None
    #: Remarks on the last parsed document ("3 entries had no id").
    notes: tuple[str, ...] = ()
    #: What is wrong with a feed that can be read ("missed", "undated", "moved", "certificate") → its alarm's sentence.
    signs: Mapping[str, str] = field(default_factory=dict)
    #: What the last document asked for: least time between polls, hours (UTC) and days (0 is Monday) without any.
    ttl: timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    #: Address that permanent redirects lead to, and since when they have done so without a break.
    moved_to: str | None = None
    moved_since_at: datetime | None = None
    #: Last answer with a body; after some days of "not modified" the feed is asked without condition.
    whole_at: datetime | None = None
    #: When the server was found to say "not modified" of a feed that was.
    lied_at: datetime | None = None
    #: Hashes of the last document's raw items, to parse only what is new (see `parse.splice`).
    items: bytes | None = None


class IdOrigin(StrEnum):
    """Where an entry's id comes from."""

    ID = "id"
    LINK = "link"
    HASH = "hash"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry (RSS `enclosure`, Atom link rel=enclosure)."""

    url: str
    type: str = ""
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The feed that an entry says it was taken from (RSS and Atom `source`)."""

    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A WGS 84 position given by the entry itself (GeoRSS, W3C geo); degrees."""

    lat: float
    lon: float
    #: Corners (latitude, longitude) of the shape that this is the middle of; empty for a mere position.
    area: tuple[tuple[float, float], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, as plain text: HTML was turned into text by whoever made the Entry.

    Evidence spans are offsets into `title`, `summary` and `content` as they stand here.
    """

    id: str
    title: str = ""
    summary: str = ""
    content: str = ""
    link: str | None = None
    #: Id of the feed (the configured one; free text for JSONL entries).
    feed: str = ""
    id_origin: IdOrigin = IdOrigin.ID
    author: str = ""
    categories: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    #: BCP 47; None if nobody said.
    lang: str | None = None
    source: Source | None = None
    enclosures: tuple[Enclosure, ...] = ()
    points: tuple[Point, ...] = ()
    #: That of a CAP alert; None for other entries.
    severity: "Severity | None" = None
    #: The link that the feed gives, where it led here through somebody else's redirector.
    link_of_feed: str | None = field(default=None, compare=False)
    #: `content_hash` of what the feed said, where content or link were completed from the page.
    hash_of_feed: str | None = field(default=None, compare=False)

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) over what the feed shows a reader; a change of it makes a revision."""
        if self.hash_of_feed is not None:
            return self.hash_of_feed
        seen = "\x1f".join((self.title, self.summary, self.content, without_tracking(self.link or "")))
        return hashlib.sha256(seen.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def text(self) -> str:
        """Title and the longer of summary and content, for what looks at the text as a whole."""
        body = self.content if len(self.content) > len(self.summary) else self.summary
        return f"{self.title}\n{body}" if body else self.title


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document that could be read, perhaps with remarks."""

    title: str
    #: What the document is, in feedparser's words: rss20, atom10, rss10, json11 ...
    version: str
    entries: tuple[Entry, ...]
    link: str | None = None
    language: str | None = None
    #: Minimal time between polls that the document itself asks for (`ttl`, `sy:*`).
    ttl: timedelta | None = None
    #: What was odd but survivable, one clear sentence each.
    notes: tuple[str, ...] = ()
    #: Hours (0-23, UTC) and days (0 is Monday) in which the publisher does not want to be asked.
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    #: The document breaks off before its end: the rest is still to come, so the next fetch must be whole.
    cut: bool = False
    #: It is malformed, or not in the encoding that it says: what one entry is may depend on the others.
    odd: bool = False
    #: Entries that were left out because their raw items stood in the last document too.
    left_out: int = 0
    #: What to remember of the raw items (see `parse.splice`); None where the next document must be read whole.
    items: bytes | None = None
    #: The one that the document names.
    hub: "Hub | None" = None


class ParseFailure(StrEnum):
    """Why a body gave no feed."""

    EMPTY = "empty_body"
    NOT_A_FEED = "not_a_feed"
    #: A page of which the article was wanted.
    NO_ARTICLE = "no_article"
    TIMEOUT = "parser_timeout"
    MEMORY = "parser_memory"
    CRASHED = "parser_crashed"


@dataclass(frozen=True, slots=True)
class ParseFailed:
    """A body that gave no feed; `message` is one sentence for the log and `status`."""

    reason: ParseFailure
    message: str


ParseResult = ParsedFeed | ParseFailed

# ---------------------------------------------------------------- fetching


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One conditional GET to make."""

    feed: str
    url: str
    etag: str | None = None
    last_modified: str | None = None
    #: Final address that the validators belong to; they are sent to that address only.
    validators_url: str | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """From when until when the certificate of a server holds."""

    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Hub:
    """A WebSub hub that tells of a feed's new entries."""

    url: str
    #: The address that the hub knows the feed by.
    topic: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is remembered of a feed's subscription at its hub (see `lease`)."""

    feed: str
    hub: str
    topic: str
    #: When something is to be done: asking, asking again, renewing, or no longer waiting for the verification.
    next_at: datetime | None = None
    #: Since when the hub is to verify; None while nothing is asked of it.
    asked_at: datetime | None = None
    lease_until: datetime | None = None
    #: When it last told of something.
    heard_at: datetime | None = None
    #: Failures in a row.
    failures: int = 0
    #: Polls in a row that found news which the hub had not told of.
    missed: int = 0
    #: What was wrong the last time, in one sentence; "" after a success.
    error: str = ""
    #: Since when something that it told of is not stored; None when all is.
    taking_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A 200 with a body within the caps."""

    url: str
    body: bytes
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    #: Time that the response may be kept: `Cache-Control: max-age` less `Age`, or `Expires`.
    fresh_for: timedelta | None = None
    #: New address if every hop was permanent (301, 308); else None.
    moved_to: str | None = None
    elapsed: timedelta = timedelta()
    #: `Retry-After`, which servers send with a 200 too, meaning "not before".
    retry_after: timedelta | None = None
    #: The server's, for https.
    certificate: Certificate | None = None
    #: The one that the header `Link` names.
    hub: Hub | None = None


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304; validators only if the 304 carried them."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    fresh_for: timedelta | None = None
    elapsed: timedelta = timedelta()
    moved_to: str | None = None
    retry_after: timedelta | None = None
    certificate: Certificate | None = None


class FetchFailure(StrEnum):
    """Why a fetch gave nothing."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_BIG = "too_big"
    REDIRECTS = "redirects"
    BLOCKED_ADDRESS = "blocked_address"
    BAD_URL = "bad_url"
    ENCODING = "content_encoding"
    PROTOCOL = "protocol"
    HTTP_STATUS = "http_status"
    GONE = "gone"
    RATE_LIMITED = "rate_limited"
    #: Not asked at all: another feed of the host was told to wait.
    HELD = "held"
    BOT_WALL = "bot_wall"


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """A fetch that gave nothing; `message` is one sentence without secrets."""

    reason: FetchFailure
    message: str
    status: int | None = None
    #: From `Retry-After` (RFC 9110 §10.2.3), either form.
    retry_after: timedelta | None = None
    elapsed: timedelta = timedelta()


FetchResult = Fetched | NotModified | FetchFailed

# ---------------------------------------------------------------- dedup


class Sensitivity(StrEnum):
    """How easily entries are taken for one story."""

    STRICT = "strict"
    BALANCED = "balanced"
    BROAD = "broad"

    @property
    def threshold(self) -> float:
        """Similarity from which two entries are one story, 0.0-1.0; chosen on the labelled sets."""
        return {"strict": 0.85, "balanced": 0.5, "broad": 0.45}[self]


class Relation(StrEnum):
    """What an entry is to its story."""

    LEAD = "lead"
    REPUBLICATION = "republication"
    REVISION = "revision"
    DEVELOPMENT = "development"


class AssignReason(StrEnum):
    """Why dedup decided as it did; what `explain` prints."""

    NO_CANDIDATE = "no_candidate"
    BELOW_THRESHOLD = "below_threshold"
    #: Alike enough for a broader sensitivity, not for the configured one.
    TOO_WEAK = "too_weak"
    TOO_SHORT = "too_short"
    #: The same short text of another place, with other counts.
    ELSEWHERE = "elsewhere"
    SAME_TEXT = "same_text"
    FACTS_CHANGED = "facts_changed"
    SAME_ENTRY_ID = "same_entry_id"
    #: A reader said that it is no copy of what it was taken for.
    SPLIT_BY_READER = "split_by_reader"
    #: A reader said that it is a copy.
    JOINED_BY_READER = "joined_by_reader"
    SAME_ENTRY_ID_FACTS_CHANGED = "same_entry_id_facts_changed"


@dataclass(frozen=True, slots=True)
class Change:
    """A salient fact that differs from the compared text: `killed: 12 → 15`."""

    what: str
    before: int | float | str
    after: int | float | str

    def as_dict(self) -> dict[str, Any]:
        """The outside form `{"what", "from", "to"}`."""
        return {"what": self.what, "from": self.before, "to": self.after}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that spoke for or against two entries being one story."""

    #: The feature's name: "shared of the smaller", "replaced words", "same outlet" ...
    name: str
    value: float
    #: What it added to the log odds: above 0 for, below 0 against.
    speaks: float


@dataclass(frozen=True, slots=True)
class Assignment:
    """Dedup's decision on one entry."""

    #: Number of the story: an existing one, or the new one that this entry leads.
    story: int
    relation: Relation
    reason: AssignReason
    #: 0.0-1.0 to `compared_with`; 0.0 if there was no candidate.
    similarity: float = 0.0
    #: Sequence number of the entry that it was compared with; None if there was no candidate.
    compared_with: int | None = None
    #: Rare word n-grams that both share, the rarest first.
    shared: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    #: Outlet that the text credits ("Source: Atalayar"); None if none is named.
    credits: str | None = None
    #: What spoke for it and against it, the weightiest first.
    reasons: tuple[Reason, ...] = ()


# ---------------------------------------------------------------- places


@dataclass(frozen=True, slots=True)
class Place:
    """A place named in a text, or given by the entry itself."""

    name: str
    #: Field that names it: title, summary, content, or geo for explicit positions.
    field: str
    start: int
    end: int
    #: ISO 3166-1 alpha-2 and ISO 3166-2 code; None if not known to that level.
    country: str | None
    admin1: str | None
    lat: float | None = None
    lon: float | None = None
    #: 0.0-1.0
    confidence: float = 1.0
    #: How it was decided: "province named", "hint 'province'", "population".
    why: str = ""
    #: country, admin1, admin2, city or point; a country's and a province's position is only its middle.
    kind: str = ""
    #: Codes that the name might as well mean, the likeliest first; empty if it is not ambiguous.
    others: tuple[str, ...] = ()
    #: ISO 3166-2 code of the second level, where ISO gives one: French departments, Italian and Spanish provinces.
    admin2: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Everything that is known on where an entry is about."""

    places: tuple[Place, ...] = ()
    #: Code → weight in 0.0-1.0, heaviest first; ISO 3166-1 and 3166-2.
    countries: Mapping[str, float] = field(default_factory=dict)
    regions: tuple[str, ...] = ()


# ---------------------------------------------------------------- rules and matches


class Severity(StrEnum):
    """CAP 1.2 severities, most serious first."""

    EXTREME = "extreme"
    SEVERE = "severe"
    MODERATE = "moderate"
    MINOR = "minor"

    @property
    def rank(self) -> int:
        """3 for extreme down to 0 for minor, so that a greater rank is more serious."""
        return 3 - list(Severity).index(self)


class OnRepublication(StrEnum):
    """What a rule does when another outlet publishes the story's text."""

    EDIT = "edit"
    REPLY = "reply"
    SILENT = "silent"


class OnDevelopment(StrEnum):
    """What a rule does when salient facts of the story changed."""

    REPLY = "reply"
    EDIT = "edit"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class RuleMeta:
    """What routing and rendering need to know of a rule; its conditions stay inside `rules`."""

    id: str
    title: str
    severity: Severity = Severity.MODERATE
    #: Names of receivers; None means the configuration's `default_receivers`.
    receivers: tuple[str, ...] | None = None
    on_republication: OnRepublication = OnRepublication.EDIT
    on_development: OnDevelopment = OnDevelopment.REPLY
    #: Least time between two replies of this rule on one story; earlier ones wait.
    cooldown: timedelta = timedelta()
    #: Rules that say nothing more to a receiver about a story once this one has spoken of it there.
    inhibits: tuple[str, ...] = ()
    #: What this rule takes for one story; None means as configured for all.
    sensitivity: Sensitivity | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One proof of a match: a span of a field, or a fact such as a place or a feed's tag."""

    #: The term or condition as the rule's author wrote it.
    term: str
    #: title, summary, content, author, category, link, feed, or "" for facts without a span.
    field: str = ""
    #: Offsets into that field, `start` inclusive, `end` exclusive; 0, 0 without a span.
    start: int = 0
    end: int = 0
    #: The text of the span, or the fact: "SY-HL: Aleppo, province named".
    text: str = ""

    @property
    def is_fuzzy(self) -> bool:
        """Whether the span was found by a `~name`: another spelling, perhaps another name."""
        return self.term.startswith("~") or ":~" in self.term.replace(" ", "")

    def as_dict(self) -> dict[str, Any]:
        """The outside form of `watcher match`."""
        return {
            "term": self.term,
            "field": self.field,
            "start": self.start,
            "end": self.end,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Match:
    """A rule met by an entry."""

    rule: str
    evidence: tuple[Evidence, ...]


# ---------------------------------------------------------------- alerts and deliveries


class AlertKind(StrEnum):
    """What an alert says of a story."""

    #: The first word on a story by this rule.
    ALERT = "alert"
    #: Another outlet published the text.
    REPUBLICATION = "republication"
    #: Salient facts changed.
    DEVELOPMENT = "development"
    #: The watcher on itself: a feed that fails, a receiver that died, a faulty rule file.
    ALARM = "alarm"


class Action(StrEnum):
    """How a message is placed."""

    NEW = "new"
    EDIT = "edit"
    REPLY = "reply"


class SuppressReason(StrEnum):
    """Why something was not sent; stored, and shown by `explain`."""

    BASELINE = "baseline"
    REPUBLICATION_SILENT = "republication_silent"
    DEVELOPMENT_SILENT = "development_silent"
    REVISION_WITHOUT_NEWS = "revision_without_news"
    SAME_OUTLET_REPEAT = "same_outlet_repeat"
    #: Told already of a story that is the same one at the rule's own, broader sensitivity.
    SAME_STORY_FOR_RULE = "same_story_for_rule"
    #: Another story at the rule's own, stricter sensitivity, and this rule is not met by it.
    OTHER_STORY_FOR_RULE = "other_story_for_rule"
    BELOW_MIN_SEVERITY = "below_min_severity"
    RECEIVER_CANNOT_EDIT = "receiver_cannot_edit"
    NO_FIRST_MESSAGE = "no_first_message"
    MERGED_INTO_MESSAGE = "merged_into_message"
    NO_RECEIVER = "no_receiver"
    RULE_REMOVED = "rule_removed"
    SILENCED = "silenced"
    INHIBITED = "inhibited"
    MUTED = "muted"
    TOLD_IN_DIGEST = "told_in_digest"
    #: The service took the first message and did not say by what name it can be changed.
    MESSAGE_UNNAMED = "message_unnamed"
    RECEIVER_REMOVED = "receiver_removed"


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that meet everything given here are held back until it ends; None means "any"."""

    created_at: datetime
    expires_at: datetime
    rule: str | None = None
    #: ISO 3166 code; SY silences SY-HL too.
    region: str | None = None
    feed: str | None = None
    story: int | None = None
    #: Words that stand in the title or the text, in this order.
    word: str | None = None
    receiver: str | None = None
    comment: str = ""
    #: Its number; 0 before it is stored.
    pk: int = 0


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Something that a rule would have said and that was held back, with the reason."""

    rule: str
    reason: SuppressReason
    #: None when no receiver got it.
    receiver: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """One alert for one receiver, to be made a row of the outbox."""

    receiver: str
    action: Action
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """What a rule says of a story, for its receivers."""

    rule: str
    kind: AlertKind
    severity: Severity
    #: Counts alerts of one kind by one rule on one story, from 0.
    revision: int
    evidence: tuple[Evidence, ...] = ()
    deliveries: tuple[DeliveryPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something that the watcher says of itself; `render.sentences` has the words in every language."""

    name: str
    #: What fills its gaps: texts, numbers, times, and what falls under a silence.
    values: Mapping[str, Any]
    #: What stands below it, line by line.
    lines: "tuple[str | Sentence, ...]" = ()


@dataclass(frozen=True, slots=True)
class StoryMember:
    """One entry of a story, as a reader sees it in "also: ..."."""

    outlet: str
    title: str
    link: str | None
    relation: Relation
    seen_at: datetime
    published_at: datetime | None = None
    credits: str | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertView:
    """Everything that rendering one alert needs, read at the moment of sending."""

    #: Stable over attempts and unique over alerts and receivers; message ids derive from it.
    key: str
    #: Key of the first message of this story, rule and receiver; equals `key` for that message itself.
    thread_key: str
    kind: AlertKind
    rule: str
    rule_title: str
    severity: Severity
    story: int
    #: The entry that the alert is about.
    entry: Entry
    outlet: str
    seen_at: datetime
    evidence: tuple[Evidence, ...] = ()
    places: tuple[Place, ...] = ()
    #: All members of the story so far but the one that the alert is about, in order of arrival.
    also: tuple[StoryMember, ...] = ()
    changes: tuple[Change, ...] = ()
    credits: str | None = None
    #: The sentence of an alarm in English, and what other languages make it from, if they can.
    text: str = ""
    said: Sentence | None = None
    #: The receiver where nobody answered it in time.
    escalated_from: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """An alert ready for one notifier."""

    #: Idempotency key: the same for every attempt of one delivery.
    key: str
    thread_key: str
    action: Action
    subject: str
    #: Body in the notifier's own format; at most its limits.
    body: str
    #: Alternative plain text, for formats that carry both (email).
    plain: str = ""
    #: The alert as JSON, for programs (webhook).
    payload: Mapping[str, Any] = field(default_factory=dict)
    #: Reference of the message that is edited or replied to; as the notifier returned it.
    ref: str | None = None
    rule: str = ""
    silent: bool = False
    #: Number of the delivery that its buttons are about; 0 for a message without any.
    handle: int = 0
    #: Whether other entries have joined its story.
    joined: bool = False
    #: Why the receiver's own template could not be used; empty if it was, or if there is none.
    fault: str = ""

    @property
    def own_ref(self) -> str:
        """Return its name where the service gives none: its key; that of the message which it changes."""
        return self.ref if self.action is Action.EDIT and self.ref else self.key


@dataclass(frozen=True, slots=True)
class Sent:
    """Accepted; `ref` names the message for later edits and replies."""

    ref: str | None = None
    #: A remark worth keeping ("2 of 3 recipients refused").
    detail: str = ""
    #: Receiver settings that the service changed (Telegram's migrated chat id).
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Not accepted now; trying again may help. `after` is the service's own word, if it gave one."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Never accepted in this form. `receiver_down` says that nothing else will be either."""

    reason: str
    receiver_down: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it was accepted: repeated, at least once is the promise."""

    reason: str


Outcome = Sent | RetryLater | Rejected | Unknown


# ---------------------------------------------------------------- one poll, one commit


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What the database holds of an entry that a feed shows again."""

    pk: int
    content_hash: str
    revision: int
    story: int
    #: Sequence number of its newest assignment.
    seq: int


@dataclass(frozen=True, slots=True)
class EntryCommit:
    """Everything that one new or revised entry brings: stored together or not at all."""

    pk: int
    revision: int
    seq: int
    entry: Entry
    outlet: str
    assignment: Assignment
    fingerprint: bytes
    places: tuple[Place, ...] = ()
    matches: tuple[Match, ...] = ()
    alerts: tuple[Alert, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class PollCommit:
    """The outcome of one poll, as one value for one transaction (invariants 1 and 2)."""

    state: FeedState
    at: datetime
    entries: tuple[EntryCommit, ...] = ()
    #: Other feeds of a host that asked for a pause, and until when they wait.
    held: tuple[str, ...] = ()
    held_until: datetime | None = None
    #: Ids of entries that the feed still lists though they were forgotten (see `store.retention`).
    listed: tuple[tuple[str, str], ...] = ()


#: Told of everything that happens, as one flat mapping with the key `event`.
Observer = Callable[[Mapping[str, Any]], None]
