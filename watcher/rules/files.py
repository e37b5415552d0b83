"""Rule files as pydantic models: what stands where. Conditions are read by `compile`, which knows more."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from watcher.model import OnDevelopment, OnRepublication, Sensitivity, Severity
from watcher.yamlsrc import Duration

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


def _iso(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is no time in ISO 8601 such as 2026-05-01T12:00:00Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


IsoTime = Annotated[datetime, BeforeValidator(_iso), WithJsonSchema({"type": "string"})]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Example(_Strict):
    """An entry that a rule is tried on."""

    title: str = ""
    summary: str = ""
    content: str = ""
    feed: str = ""
    language: str | None = None
    link: str | None = None
    author: str = ""
    category: list[str] = Field(default_factory=list)
    tag: list[str] = Field(default_factory=list, description="Tags of its feed.")
    severity: Severity | None = Field(None, description="That of a CAP alert.")
    published: IsoTime | None = Field(default=None, description="ISO 8601")


class Examples(_Strict):
    """Entries that the rule must match, and entries that it must ignore. A string is a title."""

    match: list[str | Example] = Field(default_factory=list)
    ignore: list[str | Example] = Field(default_factory=list)


_NONE = Examples()  # one for all rules that have none


class BurstModel(_Strict):
    """Many stories of some rules within a time: an alert of its own."""

    rules: list[Slug] = Field(min_length=1, description="Ids of the rules whose stories are counted.")
    at_least: int = Field(ge=2, description="So many different stories.")
    within: Duration = Field(description="A timespan such as 1h.")
    by: Literal["region", "country", "feed"] | None = Field(
        None, description="Count for each province, country or feed alone; all together otherwise."
    )


class RuleModel(_Strict):
    """One rule."""

    #: Keys that stand one level deeper, as those who forget to indent them find out.
    elsewhere: ClassVar[dict[str, str]] = dict.fromkeys(
        ("all", "any", "at_least", "score", "near", "region", "language", "feed", "tag", "newer_than"),
        "is a condition: indent it, so that it stands below `when:`",
    )

    id: Slug = Field(description="Unique over all files: small letters, digits, - and _.")
    title: str = Field("", description="What an alert is headed with; the id by default.")
    description: str = Field("", description="A note for those who edit.")
    severity: Severity = Field(Severity.MODERATE, description="extreme, severe, moderate or minor (CAP 1.2).")
    enabled: bool = True
    when: Any = Field(None, description="The condition.")
    burst: BurstModel | None = Field(None, description="In place of `when`: many stories of other rules at once.")
    none: Any = Field(None, description="Terms and conditions of which none may hold.")
    receivers: list[str] | None = Field(
        None, description="Who is told; the configuration's default_receivers otherwise."
    )
    on_republication: OnRepublication = Field(OnRepublication.EDIT, description="edit, reply or silent")
    on_development: OnDevelopment = Field(OnDevelopment.REPLY, description="reply, edit or silent")
    sensitivity: Sensitivity | None = Field(
        None, description="strict, balanced or broad: what this rule takes for one story; else as configured."
    )
    cooldown: Duration | None = Field(None, description="Least time between two replies on one story.")
    inhibits: list[Slug] = Field(
        default_factory=list, description="Rules that say nothing of a story to receivers which this one tells of it."
    )
    examples: Examples = Field(
        default_factory=lambda: _NONE, description="The rule's own test; `watcher check` runs it."
    )


class RuleFile(_Strict):
    """One file of rules."""

    terms: dict[Slug, list[Any]] = Field(default_factory=dict, description="Named lists of terms, shared by all files.")
    regions: dict[Slug, Any] = Field(default_factory=dict, description="Named regions, shared by all files.")
    rules: list[RuleModel] = Field(default_factory=list)
