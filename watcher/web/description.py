"""What other programs may ask for, described by OpenAPI 3.1."""

from collections.abc import Mapping
from typing import Any

from watcher import __version__
from watcher.model import Severity

_TEXT, _WHOLE, _LIST = {"type": "string"}, {"type": "integer"}, {"type": "array", "items": {"type": "object"}}
_TEXT_OR_NOT, _MOMENT = {"type": ["string", "null"]}, {"type": "string", "format": "date-time"}
_MOMENT_OR_NOT = {"type": ["string", "null"], "format": "date-time"}
#: What a code of ISO 3166 looks like, whether or not somebody has it.
CODE = "[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?"
_SEVERITIES = [str(severity) for severity in Severity]


def _object(**properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _answer(told: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": told, "content": {"application/json": {"schema": dict(schema)}}}


def _list_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(schema)}


def _query(name: str, told: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": told, "schema": dict(schema)}


def _refusal(told: str) -> dict[str, Any]:
    return {"description": told, "content": {"text/plain": {}}}


_FAULTS = _object(faults=_list_of(_TEXT))
_NONE = {"description": "There is none.", "content": {"application/json": {"schema": _FAULTS}, "text/plain": {}}}
_ALWAYS = {
    "401": _refusal("The token is missing or wrong."),
    "405": _refusal("Only GET and HEAD."),
    "421": _refusal("Asked for under a name that is not in web.hosts."),
    "503": _refusal("The database could not answer in time; ask again."),
}
_ALERT = _object(
    number=_WHOLE, at=_MOMENT, rule=_TEXT, kind={"enum": ["alert", "development"]}, severity={"enum": _SEVERITIES},
    story=_WHOLE, title=_TEXT, link=_TEXT_OR_NOT, outlet=_TEXT, seen_at=_MOMENT, published_at=_MOMENT_OR_NOT,
    credits=_TEXT_OR_NOT, evidence=_LIST, places=_LIST, changes=_LIST, entries=_WHOLE, also=_LIST,
)  # fmt: skip
_STORY = _object(
    story=_WHOLE, title=_TEXT, outlet=_TEXT, first_seen_at=_MOMENT, updated_at=_MOMENT, entries=_WHOLE,
    outlets=_list_of(_TEXT),
)  # fmt: skip
_MEMBER = _object(
    entry=_WHOLE, feed=_TEXT, outlet=_TEXT, title=_TEXT, link=_TEXT_OR_NOT, seen_at=_MOMENT,
    published_at=_MOMENT_OR_NOT, relation=_TEXT, reason=_TEXT, similarity={"type": "number"}, credits=_TEXT_OR_NOT,
    changes=_LIST,
)  # fmt: skip


def _path(summary: str, answers: Mapping[str, Any], *parameters: Mapping[str, Any]) -> dict[str, Any]:
    security: list[dict[str, list[str]]] = [{}, {"bearer": []}, {"password": []}]
    asked = {"summary": summary, "parameters": list(parameters), "responses": {**answers, **_ALWAYS}}
    return {"get": asked | {"security": security}}


_PATHS = {
    "/api/alerts": _path(
        "Alerts and developments, the newest first",
        {
            "200": _answer("Alerts, and the number to ask for `before` it, if there may be older ones.",
                           _object(alerts=_list_of(_ALERT), older={"type": ["integer", "null"]})),
            "400": _answer("A filter is not what it may be.", _FAULTS),
            "404": _answer("There is no such region.", _FAULTS),
        },
        _query("rule", "Id of a rule.", _TEXT),
        _query("region", "ISO 3166 code; SY finds SY-HL too.", _TEXT | {"pattern": rf"^\s*({CODE})?\s*$"}),
        _query("severity", "As in CAP 1.2.", {"enum": ["", *_SEVERITIES]}),
        _query("q", "Words that all stand in the text.", _TEXT),
        _query("before", "Only alerts of a lesser number; what is no number is not looked at.", _TEXT),
    ),
    "/api/stories": _path(
        "Stories, those that changed last first",
        {"200": _answer("Stories, and the number to ask for `before` it, if there may be older ones.",
                        _object(stories=_list_of(_STORY), older={"type": ["integer", "null"]}))},
        _query("before", "Only stories that changed before this; what is no number is not looked at.", _TEXT),
    ),
    "/api/stories/{story}": _path(
        "A story with its entries, in order of arrival",
        {"200": _answer("It.", _object(story=_WHOLE, entries=_list_of(_MEMBER))), "404": _NONE},
        {"name": "story", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}},
    ),
    "/feeds/{rule}.atom": _path(
        "The newest alerts of one rule as a feed (RFC 4287)",
        {"200": {"description": "Atom.", "content": {"application/atom+xml": {"schema": _TEXT}}}, "404": _NONE},
        {"name": "rule", "in": "path", "required": True, "schema": _TEXT | {"pattern": "^[a-z0-9_.-]{1,64}$"}},
    ),
}  # fmt: skip

DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "watcher", "version": __version__, "description": "Alerts and stories. Nothing can be changed."},
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "password": {"type": "http", "scheme": "basic", "description": "The token as the password of any name."},
        }
    },
    "paths": _PATHS,
}
