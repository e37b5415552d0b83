"""The JSON Schema of rule files, for editors: completion, hover texts, squiggles under mistakes."""

from typing import Any

from watcher.model import Severity
from watcher.rules.files import RuleFile

_MEMBERS = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}}
_NAMES = {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": "string"}}]}
_TERM = {
    "type": ["string", "number"],
    "description": (
        'A term: word, "a phrase", word*, =Exact, ~fuzzy name, /regular expression/, $list; '
        "before it a scope such as title: or link:."
    ),
}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a rule file, with the conditions described too."""
    schema = RuleFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "watcher rules"
    defs = schema["$defs"]
    defs["condition"] = {"anyOf": [_TERM, _object(_conditions(), []) | {"minProperties": 1}]}
    rule = defs["RuleModel"]
    rule["properties"]["when"] = {"$ref": "#/$defs/condition", "description": "The condition."}
    rule["properties"]["none"] = _says(_MEMBERS, "None of these may hold.")
    rule["oneOf"] = [{"required": ["when"]}, {"required": ["burst"]}]
    schema["properties"]["terms"]["additionalProperties"] = {"type": "array", "minItems": 1, "items": _TERM}
    return schema


def _conditions() -> dict[str, Any]:
    severities = {"enum": [str(severity) for severity in Severity]}
    of = {"anyOf": [_MEMBERS, {"type": "string", "pattern": r"\$"}]}
    return {
        "all": _says(_MEMBERS, "Every one must hold."),
        "any": _says(_MEMBERS, "One must hold."),
        "none": _says(_MEMBERS, "None may hold."),
        "at_least": _says(_object({"count": _at_least(1), "of": of}, ["count", "of"]), "So many different members."),
        "score": _says(_score(), "Weights of the terms that stand in the text, each counted once."),
        "near": _says(_near(), "Members at most so many words apart in one text."),
        "region": _says({"anyOf": [_NAMES, _region()]}, "ISO 3166-1 or -2 codes, or names from `regions`."),
        "language": _says(_NAMES, "Language of the entry or its feed: en, ar, ru."),
        "feed": _says(_NAMES, "Id of the feed."),
        "tag": _says(_NAMES, "A tag of the feed."),
        "severity": _says({"anyOf": [severities, {"type": "array", "items": severities}]}, "That of a CAP alert."),
        "newer_than": {"type": "string", "description": "Published at most so long ago, such as 12h."},
    }


def _score() -> dict[str, Any]:
    weights = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "number"}}
    return _object({"threshold": {"type": "number"}, "weights": weights}, ["threshold", "weights"])


def _near() -> dict[str, Any]:
    members = _MEMBERS | {"minItems": 2}
    flags = {"ordered": {"type": "boolean"}, "same_sentence": {"type": "boolean"}}
    return _object({"within": _at_least(1) | {"default": 10}, "all": members} | flags, ["all"])


def _region() -> dict[str, Any]:
    choices = {
        "precision": ["strict", "balanced", "broad"],
        "ambiguous": ["best", "any", "skip"],
        "unplaced": ["skip", "match"],
    }
    return _object({"in": _NAMES} | {key: {"enum": values} for key, values in choices.items()}, ["in"])


def _at_least(least: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least}


def _says(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return schema | {"description": description}


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}
