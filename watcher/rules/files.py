"""Rule files as pydantic models: what stands where. Conditions are read by `compile`, which knows more."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from watcher.model import OnDevelopment, OnRepublication, Severity
from watcher.yamlsrc import Duration

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


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
    published: str | None = Field(default=None, description="ISO 8601")


class Examples(_Strict):
    """Entries that the rule must match, and entries that it must ignore. A string is a title."""

    match: list[str | Example] = Field(default_factory=list)
    ignore: list[str | Example] = Field(default_factory=list)


class RuleModel(_Strict):
    """One rule."""

    id: Slug = Field(description="Unique over all files: small letters, digits, - and _.")
    title: str = Field("", description="What an alert is headed with; the id by default.")
    description: str = Field("", description="A note for those who edit.")
    severity: Severity = Field(Severity.MODERATE, description="extreme, severe, moderate or minor (CAP 1.2).")
    enabled: bool = True
    when: Any = Field(description="The condition.")
    none: Any = Field(None, description="Terms and conditions of which none may hold.")
    receivers: list[str] | None = Field(
        None, description="Who is told; the configuration's default_receivers otherwise."
    )
    on_republication: OnRepublication = Field(OnRepublication.EDIT, description="edit, reply or silent")
    on_development: OnDevelopment = Field(OnDevelopment.REPLY, description="reply, edit or silent")
    cooldown: Duration | None = Field(None, description="Least time between two replies on one story.")
    examples: Examples = Field(default_factory=Examples, description="The rule's own test; `watcher check` runs it.")


class RuleFile(_Strict):
    """One file of rules."""

    terms: dict[Slug, list[Any]] = Field(default_factory=dict, description="Named lists of terms, shared by all files.")
    regions: dict[Slug, Any] = Field(default_factory=dict, description="Named regions, shared by all files.")
    rules: list[RuleModel] = Field(default_factory=list)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a rule file, with the conditions described too."""
    schema = RuleFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "watcher rules"
    defs = schema["$defs"]
    defs["condition"] = _condition_schema()
    members = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}}
    defs["RuleModel"]["properties"]["when"] = {"$ref": "#/$defs/condition", "description": "The condition."}
    defs["RuleModel"]["properties"]["none"] = members | {"description": "None of these may hold."}
    schema["properties"]["terms"]["additionalProperties"] = {"type": "array", "items": {"type": ["string", "number"]}}
    return schema


def _condition_schema() -> dict[str, Any]:
    members = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}}
    words = {"type": ["string", "array"], "items": {"type": "string"}}
    near = {"within": {"type": "integer", "minimum": 1}, "all": members}
    near |= {"ordered": {"type": "boolean"}, "same_sentence": {"type": "boolean"}}
    region = {"in": words, "precision": {"enum": ["strict", "balanced", "broad"]}}
    region |= {"ambiguous": {"enum": ["best", "any", "skip"]}, "unplaced": {"enum": ["skip", "match"]}}
    keys: dict[str, Any] = {
        "all": members | {"description": "Every one must hold."},
        "any": members | {"description": "One must hold."},
        "none": members | {"description": "None may hold."},
        "at_least": _object({"count": {"type": "integer", "minimum": 1}, "of": members}, ["count", "of"]),
        "score": _object(
            {
                "threshold": {"type": "number"},
                "weights": {"type": "object", "additionalProperties": {"type": "number"}},
            },
            ["threshold", "weights"],
        ),
        "near": _object(near, ["all"]),
        "region": {
            "anyOf": [words, _object(region, ["in"])],
            "description": "ISO 3166-1 or -2 codes, or named regions.",
        },
        "language": words,
        "feed": words,
        "tag": words,
        "newer_than": {"type": "string", "description": "A duration such as 12h."},
    }
    text = {"type": ["string", "number"], "description": "A term: word, phrase, word*, =Exact, $list, title:word."}
    return {"anyOf": [text, _object(keys, []) | {"minProperties": 1}]}


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}
