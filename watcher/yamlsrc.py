"""YAML that knows where everything stands.

A file is loaded with libyaml's quick loader; line numbers are looked up only when something
is wrong. Differences from PyYAML's defaults, all of them because a newsroom types these
files by hand: `on`, `no`, `1:30`, `012` and dates are strings (YAML 1.2 core schema), a
duplicate key is a fault, and so are anchors and aliases, which can expand without bound.
"""

import difflib
import gc
import re
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, BeforeValidator, ValidationError, WithJsonSchema

from watcher.errors import Fault, FaultsFound

Path = Sequence[str | int]
Model = TypeVar("Model", bound=BaseModel)

#: A configuration with 10,000 feeds has about 1.5 MB.
MAX_CHARACTERS = 20_000_000

#: Known words that a fault names at most.
NAMED = 8

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Core(_Loader):  # type: ignore[misc]  # the base is chosen at run time
    """YAML 1.2 core schema, without duplicate keys, anchors and aliases."""


_CORE_SCALARS = (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
)
_Core.yaml_implicit_resolvers = {}
for _name, _pattern, _first in _CORE_SCALARS:
    _Core.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(_pattern), [c.strip("\0") for c in _first])


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain data, able to say where each value stands."""

    file: str
    text: str
    data: Any

    _root: list[yaml.Node | None] = field(default_factory=list, repr=False, compare=False)

    @property
    def root(self) -> yaml.Node | None:
        """The file as PyYAML's nodes, which know their places; composed when first asked for."""
        if not self._root:
            self._root.append(yaml.compose(self.text, Loader=_Core))
        return self._root[0]

    def fault(self, path: Path, message: str) -> Fault:
        """Return a fault at the value (or key, for a mapping's member) that `path` leads to.

        Parts of `path` that do not exist in the file are skipped, so pydantic's `loc` can be
        given as it is.
        """
        mark, real = _find(self.root, path)
        return Fault(self.file, mark.line + 1, mark.column + 1, dotted(real), message)


def dotted(path: Path) -> str:
    """Return `("rules", 0, "when")` as `rules[0].when`."""
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else str(part)
    return out


def parse(text: str, file: str) -> Document:
    """Parse one YAML document; an empty file gives `data` None.

    Raises:
        FaultsFound: the text is not YAML, is too long, has duplicate keys or aliases.
    """
    if len(text) > MAX_CHARACTERS:
        raise FaultsFound([Fault(file, 1, 1, "", f"the file is longer than {MAX_CHARACTERS:,} characters")])
    if fault := _too_deep(text, file):
        raise FaultsFound([fault])
    with collector_paused():
        return _parsed(text, file)


def _parsed(text: str, file: str) -> Document:
    loader = _Core(text)
    try:
        builder = _Builder(loader, file)
        data = builder.document()
    except yaml.MarkedYAMLError as error:
        raise FaultsFound([_marked(error, text, file)]) from None
    except yaml.YAMLError as error:
        raise FaultsFound([_unmarked(error, text, file)]) from None
    except (RecursionError, ValueError, OverflowError) as error:
        raise FaultsFound([Fault(file, 1, 1, "", f"cannot be read as YAML: {error}")]) from None
    finally:
        loader.dispose()
    if builder.faults:
        raise FaultsFound(builder.faults)
    return Document(file, text, data)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector of cyclic garbage while a file is read.

    Reading makes hundreds of thousands of objects and no cycles; the collector's looking through them again and
    again took three quarters of the time for 10,000 rules.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def decode(raw: bytes, file: str) -> str:
    """Return a file's text: UTF-8, a byte order mark is allowed.

    Raises:
        FaultsFound: the bytes are not UTF-8.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8: save the file as UTF-8 text"
        raise FaultsFound([Fault(file, line, column, "", message)]) from None


def read_bytes(raw: bytes, file: str) -> Document:
    """Parse a file's bytes, which must be UTF-8 (a byte order mark is allowed).

    Raises:
        FaultsFound: also if the bytes are not UTF-8.
    """
    return parse(decode(raw, file), file)


def validate(document: Document, model: type[Model]) -> Model:
    """Check a document against a pydantic model.

    Raises:
        FaultsFound: every mistake with its place; misspelt keys with a suggestion.
    """
    data = {} if document.data is None else document.data
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise FaultsFound(faults_of(document, error, model)) from None


def sound(data: Any, model: type[Model]) -> Model | None:
    """Return what is left of some data without the keys that a model refuses; None if nothing is.

    For looking at the rest of a file whose mistakes are told already. Lists go as a whole, so that places stay right.
    """
    for _ in range(MAX_DEPTH):
        try:
            return model.model_validate(data)
        except ValidationError as error:
            refused = {_refused(data, item["loc"]) for item in error.errors(include_url=False)}
        if () in refused:
            return None
        data = _without(data, refused)
    return None


def faults_of(document: Document, error: ValidationError, model: type[BaseModel], under: Path = ()) -> list[Fault]:
    """Return pydantic's complaints as faults; `under` is where the model's data stands in the file."""
    return [
        document.fault((*under, *item["loc"]), _message(item, model))
        for item in error.errors(include_url=False, include_context=True)
    ]


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return ` (did you mean 'x'?)` for the nearest known word, or an empty string."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


def of_these(word: str, known: Sequence[str]) -> str:
    """Return what `did_you_mean` does; if nothing is near, which words are known."""
    if near := did_you_mean(word, known):
        return near
    more = f" … ({len(known) - NAMED} more)" if len(known) > NAMED else ""
    return f" (known: {', '.join(known[:NAMED])}{more})" if known else " (there is none)"


# ---------------------------------------------------------------- values as people write them

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
#: Nobody waits longer, and dates end in the year 9999.
LONGEST = timedelta(days=36_525)
_DURATION = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]+)?[smhdw])+")
#: As people write it elsewhere: `10 min`, `2 hours and 5 mins`.
_LONG_UNITS = re.compile(
    r"(?:\s|,|\band\b)*([0-9.]+)\s*(?:(s)(?:ecs?|econds?)?|(m)(?:ins?|inutes?)?|(h)(?:rs?|ours?)?|(d)(?:ays?)?|(w)(?:eeks?)?)\b"
)
#: What is longer, in characters, gets no hint: its time grows with the square of the length, and chats write anything.
_HINTED = 40


def duration(value: Any) -> timedelta:
    """Read `90s`, `15m`, `1h30m`, `7d`, `2w`.

    Raises:
        ValueError: it is none of these, or longer than `LONGEST`.
    """
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not _DURATION.fullmatch(value.strip()):
        text = str(value).lower() if len(str(value)) <= _HINTED else ""
        near = _LONG_UNITS.sub(lambda found: "".join(filter(None, found.groups())), text)
        hint = f" (did you mean {near!r}?)" if _DURATION.fullmatch(near) else ""
        raise ValueError(f"{value!r} is not a duration such as 90s, 15m, 1h30m or 7d{hint}")
    parts = re.findall(r"([0-9.]+)([smhdw])", value)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"{value!r} is longer than 100 years")
    return timedelta(seconds=seconds)


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    WithJsonSchema({"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?[smhdw])+$", "examples": ["15m", "1h30m"]}),
]

# ---------------------------------------------------------------- inside


_STRING = "tag:yaml.org,2002:str"
#: Levels inside one another; PyYAML calls itself for each, and the C loader has no guard of its own.
MAX_DEPTH = 100
_BRACKETS = re.compile(r"[\[\]{}]")
#: Indentation and compact `- - -` beyond any that people write.
_INDENTED = re.compile(r"^[ ?:-]{400}", re.MULTILINE)


def _too_deep(text: str, file: str) -> Fault | None:
    """Find nesting without end before PyYAML does: its C loader ends the whole process at some 20,000 levels."""
    if match := _INDENTED.search(text):
        return _fault_at(text, match.start(), file, "this line is indented by 400 columns or more")
    depth = 0
    for match in _BRACKETS.finditer(text) if text.count("[") + text.count("{") > MAX_DEPTH else ():
        depth = max(0, depth + (1 if match[0] in "[{" else -1))
        if depth > MAX_DEPTH:
            return _fault_at(text, match.start(), file, f"brackets are nested deeper than {MAX_DEPTH}")
    return None


def _fault_at(text: str, position: int, file: str, message: str) -> Fault:
    before = text[:position]
    return Fault(file, before.count("\n") + 1, position - before.rfind("\n"), "", message)


#: The pattern of a name, and what it may have besides letters and digits.
_SLUG = re.compile(r"\^\[a-z0-9\]\[a-z0-9(\S+)\]\{0,63\}\$")


class _Builder:
    """Events of the parser to plain data, without a tree between; finds duplicate keys and aliases."""

    def __init__(self, loader: Any, file: str) -> None:
        self._loader, self._file, self._next = loader, file, loader.get_event
        self._anchors: set[str] = set()
        self.faults: list[Fault] = []

    def document(self) -> Any:
        """The data of the one document; None if there is none."""
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        event = self._next()
        data = self._value(event, ())
        self._next()
        if not isinstance(other := self._next(), yaml.StreamEndEvent):
            raise yaml.composer.ComposerError(
                "expected a single document in the stream",
                event.start_mark,
                "but found another document",
                other.start_mark,
            )
        return data

    def _value(self, event: Any, path: tuple[str | int, ...]) -> Any:
        kind = type(event)
        if kind is yaml.AliasEvent:
            if event.anchor not in self._anchors:
                raise yaml.composer.ComposerError(None, None, "found undefined alias", event.start_mark)
            self._fault(event, path, "anchors and aliases (&name, *name) are not supported: write the value out")
            return None
        if event.anchor is not None:
            if event.anchor in self._anchors:
                raise yaml.composer.ComposerError(None, None, "this anchor stands twice", event.start_mark)
            self._anchors.add(event.anchor)
        if kind is yaml.ScalarEvent:
            return self._scalar(event)
        if len(path) > MAX_DEPTH:
            self._fault(event, path[:6], f"nested deeper than {MAX_DEPTH}")
            self._skip(event)
            return None
        if event.tag not in (None, "!", _TAGS[kind]):  # a tag of Python's or somebody's own: an error
            return self._loader.construct_object(_NODES[kind](event.tag, [], event.start_mark, event.end_mark))
        return self._sequence(path) if kind is yaml.SequenceStartEvent else self._mapping(path)

    def _scalar(self, event: Any) -> Any:
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag == _STRING:
            return event.value
        return self._loader.construct_object(yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark))

    def _sequence(self, path: tuple[str | int, ...]) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _mapping(self, path: tuple[str | int, ...]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        first: dict[str, int] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                self._fault(key, path, "a key must be a single word")
                self._skip(key)
                self._skip(self._next())
                continue
            where, mark = (*path, key.value), _mark(key)
            if key.value in first:
                self._fault(key, where, f"this key stands twice (first at line {first[key.value]})")
            first.setdefault(key.value, mark.line + 1)
            name = self._value(key, where)
            found[name] = self._value(self._next(), where)
        return found

    def _skip(self, event: Any) -> None:
        """Read to the end of a value."""
        depth = 0
        while True:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth <= 0:
                return
            event = self._next()

    def _fault(self, event: Any, path: Path, message: str) -> None:
        mark = _mark(event)
        self.faults.append(Fault(self._file, mark.line + 1, mark.column + 1, dotted(path), message))


def _mark(event: Any) -> yaml.Mark:
    mark: yaml.Mark = event.start_mark
    return mark


_NODES = {yaml.SequenceStartEvent: yaml.SequenceNode, yaml.MappingStartEvent: yaml.MappingNode}
_TAGS = {yaml.SequenceStartEvent: "tag:yaml.org,2002:seq", yaml.MappingStartEvent: "tag:yaml.org,2002:map"}


#: What to do about what PyYAML says; {} is the line in which that began.
_REMEDIES = (
    ("undefined alias", "put the value in quotes"),
    ("cannot start any token", "put the value in quotes"),
    ("constructor for the tag", "put a value that begins with ! in quotes"),
    ("find expected <document start>", "the line is indented less than the first one of the file"),
    ("mapping values are not allowed", "put a value with a colon in it in quotes, and each key on a line of its own"),
    ("find expected ':'", "a key is followed by a colon and a space"),
    ("find expected key", "the line is indented unlike those that it belongs to, or goes on after a quote or bracket"),
    ("find expected '-'", "the line is indented unlike the items of the list above it"),
    ("find expected ',' or ']'", "the list that [ opens in line {} lacks a comma, or its ]"),
    ("find expected ',' or '}'", "the mapping that { opens in line {} lacks a comma, or its }"),
    ("find expected node content", "a value is missing, or a bracket is not closed"),
    ("unexpected end of stream", "the quote that opens in line {} is not closed"),
    ("unexpected document indicator", "the quote that opens in line {} is not closed"),
    ("unknown escape", r"in double quotes \ has a meaning of its own: use single quotes"),
    ("block sequence entries", "a list begins on the line below its key"),
    ("comment or line break", "after | or > the text begins on the next line"),
    ("single document", "remove the line ---, or put what follows into a file of its own"),
)


#: Before a colon, a key that the line begins with, below another.
_KEY_ALONE = re.compile(r"\s+[\w.-]+")


def _marked(error: yaml.MarkedYAMLError, text: str, file: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = error.problem or "cannot be read as YAML"
    if mark and text[mark.index : mark.index + 1] == "\t":
        problem = "a tab: YAML is indented with spaces only"
    elif mark and "mapping values" in problem and _KEY_ALONE.fullmatch(text[: mark.index].rpartition("\n")[2]):
        problem = "this line is indented more than the key above it, which has a value already"
    elif remedy := next((remedy for said, remedy in _REMEDIES if said in problem), None):
        began = error.context_mark.line + 1 if error.context_mark else line
        problem += f": {remedy.replace('{}', str(began))}"
    return Fault(file, line, column, "", problem)


def _unmarked(error: yaml.YAMLError, text: str, file: str) -> Fault:
    position = getattr(error, "position", 0) or 0
    return _fault_at(text, position, file, f"cannot be read as YAML: {str(error).splitlines()[0]}")


def _find(node: yaml.Node | None, path: Path) -> tuple[Any, list[str | int]]:
    """Walk to the deepest node on `path`; return its mark and the parts that exist."""
    mark = node.start_mark if node is not None else yaml.Mark("", 0, 0, 0, None, 0)
    real: list[str | int] = []
    for part in path:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    mark, node = key.start_mark, value
                    real.append(part)
                    break
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            mark = node.start_mark
            real.append(part)
    return mark, real


def _refused(data: Any, loc: Path) -> Path:
    """The keys that lead to what a model complains of, as far as they are there."""
    path: list[str | int] = []
    for part in loc:
        if isinstance(data, dict) and part in data:
            path.append(part)
            data = data[part]
        elif isinstance(data, list):
            break
    return tuple(path)


def _without(data: dict[Any, Any], refused: set[Path]) -> dict[Any, Any]:
    kept: dict[Any, Any] = {}
    for key, value in data.items():
        inner = {path[1:] for path in refused if path[:1] == (key,)}
        if () not in inner:
            kept[key] = _without(value, inner) if inner else value
    return kept


def _message(item: Any, model: type[BaseModel]) -> str:
    """Turn one of pydantic's error dicts into a sentence for somebody who edits YAML."""
    kind, loc = item["type"], item["loc"]
    if kind == "extra_forbidden":
        models = _models_at(model, loc[:-1])
        if hint := next((said for m in models if (said := getattr(m, "elsewhere", {}).get(loc[-1]))), None):
            return f"{loc[-1]!r} {hint}"
        known = [field.alias or name for m in models for name, field in m.model_fields.items()]
        return f"unknown key {loc[-1]!r}" + did_you_mean(str(loc[-1]), known)
    if kind == "missing":
        return f"the key {loc[-1]!r} is missing"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        empty = "; nothing stands here: what belongs to it is indented below it" if item["input"] is None else ""
        return f"a mapping (lines of `key: value`) is wanted here{empty}"
    if kind in ("list_type", "tuple_type"):
        return f"a list is wanted here{_as_list(item['input'])}"
    if kind == "string_pattern_mismatch" and (slug := _SLUG.fullmatch(item["ctx"]["pattern"])):
        return _no_name(item["input"], slug[1])
    message: str = item["msg"]
    for prefix in ("Value error, ", "Assertion failed, ", "Input should be "):
        if message.startswith(prefix):
            message = ("must be " if prefix.startswith("Input") else "") + message.removeprefix(prefix)
    if kind in ("enum", "literal_error") and isinstance(item["input"], str):
        allowed = re.findall(r"'([^']+)'", message)
        message = f"{item['input']!r} is not allowed: {message}" + did_you_mean(item["input"], allowed)
    return message


def _as_list(given: Any) -> str:
    """Show how what stands in place of a list would be one."""
    if isinstance(given, dict):
        return ": each of its items begins with `- `"
    if not isinstance(given, str) or "://" in given or "@" in given:  # an address can have a password
        return ", such as [a, b]"
    items = [item.strip() for item in given.strip("[] ").split(",")]
    return f": [{', '.join(items)}]" if all(items) else ", such as [a, b]"


def _no_name(given: str, marks: str) -> str:
    near = re.sub(rf"[^a-z0-9{marks}]+", "-", given.lower()).strip("-_.")[:64]
    hint = f" (did you mean {near!r}?)" if near else ""
    wanted = f"a-z, 0-9 and {' '.join(marks)}, from a letter or digit on, 64 at most"
    return f"{given!r} cannot be a name here: it is of {wanted}{hint}"


def _models_at(model: type[BaseModel], loc: Path) -> list[type[BaseModel]]:
    """The model at `loc`; follows lists, mappings and unions, best effort."""
    models = [model]
    for part in loc:
        if isinstance(part, int):
            continue
        inner = [found for m in models for found in _models_in(_annotation(m, str(part)))]
        models = inner or models
    return models


def _annotation(model: type[BaseModel], key: str) -> Any:
    for name, info in model.model_fields.items():
        if key in (name, info.alias):
            return info.annotation
    return None


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and not get_origin(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, types.UnionType, list, tuple, dict) or get_args(annotation):
        for argument in get_args(annotation):
            yield from _models_in(argument)
