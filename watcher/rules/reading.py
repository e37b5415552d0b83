"""From YAML data to conditions: every mistake is collected with its place, none ends the reading."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from watcher import regions
from watcher.errors import Fault
from watcher.model import Severity
from watcher.rules.conditions import All, AtLeast, NoneOf, Score, Terms, any_of
from watcher.rules.facts import Fact, Region
from watcher.rules.near import Near
from watcher.rules.subject import Condition
from watcher.rules.terms import FIELDS, Term, parse_term
from watcher.rules.where import Regions
from watcher.text import plural
from watcher.yamlsrc import Document, did_you_mean, duration

Path = tuple[str | int, ...]

KEYS = (
    "all", "any", "none", "at_least", "score", "near", "region", "language", "feed", "tag", "severity", "newer_than",
)  # fmt: skip
#: What only regions with a name may be made of.
_SHAPES = ("any", "polygon", "box", "circle", "place", "exclude")
#: Conditions inside one another; more is a mistake, or an attack.
MAX_DEPTH = 30

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_SCOPED_LIST = re.compile(rf"(?:({'|'.join(FIELDS)}):\s*)?\$(.*)", re.DOTALL)


@dataclass(slots=True)
class Names:
    """What all files define together: lists of terms and regions, each with the place of its definition."""

    #: None stands for the terms of a list whose mistakes are told already.
    terms: dict[str, tuple[Document, Path, list[Any] | None]] = field(default_factory=dict)
    regions: dict[str, tuple[Document, Path, Any]] = field(default_factory=dict)


class Reader:
    """Reads conditions of one file; terms of all files are numbered together."""

    def __init__(
        self, names: Names, where: Regions, numbers: dict[Term, int], faults: list[Fault], *, lost: bool = False
    ) -> None:
        """`lost`: lists may be missing because a file cannot be read; then that one is missing is no fault."""
        self._names, self._regions, self._numbers, self._faults = names, where, numbers, faults
        self._lost = lost
        self._document: Document | None = None
        self._lists: dict[str, tuple[Term, ...]] = {}
        self._parsed: dict[str, Term] = {}
        self._leaves: dict[str, Terms] = {}
        #: Lists that something asked for.
        self.used: set[str] = set()

    def read(self, document: Document, value: Any, path: Path) -> Condition:
        """Read the condition that stands at `path`; what is wrong is added to the faults."""
        self._document = document
        return self._condition(value, path)

    def read_none(self, document: Document, value: Any, path: Path) -> Condition:
        """Read a list of which none may hold."""
        self._document = document
        return NoneOf("none", tuple(self._members(value, path)))

    # ------------------------------------------------------------ conditions

    def _condition(self, value: Any, path: Path) -> Condition:
        if isinstance(value, Mapping):
            return self._mapping(value, path)
        if isinstance(value, bool) or value is None or not isinstance(value, str | int | float):
            return self._fault(path, "a term or a condition is wanted here (quote a word that YAML reads otherwise)")
        text = str(value)
        if (known := self._leaves.get(text)) is None:
            known = Terms(text, self._terms(text, path))
            if known.numbers:
                self._leaves[text] = known
        return known

    def _mapping(self, value: Mapping[Any, Any], path: Path) -> Condition:
        if not value:
            return self._fault(path, "is empty: write a condition such as any: [word]")
        if len(path) > 2 * MAX_DEPTH:
            return self._fault(
                path, f"conditions are nested deeper than {MAX_DEPTH}: put a part into a rule of its own"
            )
        parts = [self._key(str(key), item, (*path, key)) for key, item in value.items()]
        return parts[0] if len(parts) == 1 else All(" and ".join(p.label for p in parts), tuple(parts))

    def _key(self, key: str, value: Any, path: Path) -> Condition:
        read: dict[str, Callable[[Any, Path], Condition]] = {
            "at_least": self._at_least, "score": self._score, "near": self._near, "region": self._region,
            "language": self._language, "severity": self._severity, "newer_than": self._newer_than,
        }  # fmt: skip
        match key:
            case "all":
                return All("all", tuple(self._members(value, path)))
            case "any":
                return any_of(self._members(value, path))
            case "none":
                return NoneOf("none", tuple(self._members(value, path)))
            case "feed" | "tag":
                return self._fact(key, self._strings(value, path))
            case _ if key in read:
                return read[key](value, path)
            case "burst":
                return self._fault(path, "burst is a rule of its own: write it in place of `when`")
            case _:
                return self._fault(path, f"unknown condition {key!r}" + did_you_mean(key, KEYS))

    def _members(self, value: Any, path: Path) -> list[Condition]:
        if not isinstance(value, list):
            self._fault(path, "a list of terms and conditions is wanted here, such as [word, another]")
            return []
        if not value:
            self._fault(path, "the list is empty")
        return [self._condition(item, (*path, i)) for i, item in enumerate(value)]

    def _at_least(self, value: Any, path: Path) -> Condition:
        if not self._has_keys(value, path, {"count": int, "of": (list, str)}, required=("count", "of")):
            return All("at_least")
        of, where = value["of"], (*path, "of")
        if isinstance(of, str):
            members: list[Condition] = [Terms(term.text, (number,)) for number, term in self._each(of, where)]
        else:
            members = self._members(of, where)
        if not 1 <= value["count"] <= len(members):
            hint = f"; `of: {of[0]}` counts the terms of the list" if _is_one_list(of) else ""
            self._fault(
                (*path, "count"), f"must be between 1 and the {plural(len(members), 'member')} of the list{hint}"
            )
        return AtLeast(f"at least {value['count']} of", tuple(members), value["count"])

    def _score(self, value: Any, path: Path) -> Condition:
        wanted = {"threshold": (int, float), "weights": dict}
        if not self._has_keys(value, path, wanted, required=("threshold", "weights")):
            return All("score")
        weights = []
        for term, weight in value["weights"].items():
            where = (*path, "weights", term)
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not math.isfinite(weight):
                self._fault(where, "a weight must be a number")
                continue
            weights.append((self._condition(term, where), float(weight)))
        if sum(w for _, w in weights if w > 0) < value["threshold"]:
            self._fault((*path, "threshold"), "all positive weights together do not reach it, so it can never hold")
        return Score(f"score of at least {value['threshold']:g}", float(value["threshold"]), tuple(weights))

    def _near(self, value: Any, path: Path) -> Condition:
        wanted = {"within": int, "all": list, "ordered": bool, "same_sentence": bool}
        if not self._has_keys(value, path, wanted, required=("all",)):
            return All("near")
        within, members = value.get("within", 10), self._members(value["all"], (*path, "all"))
        if len(members) < 2:
            self._fault((*path, "all"), "near needs at least two members")
        for i, member in enumerate(members):
            if not member.placed or (isinstance(member, AtLeast) and member.count > 1):
                message = "only terms, any: of terms and near: have one place in the text, so only they can be near"
                self._fault((*path, "all", i), message)
        if within < 1:
            self._fault((*path, "within"), "must be at least 1 word")
        ordered, same = value.get("ordered", False), value.get("same_sentence", False)
        label = f"within {plural(within, 'word')}{', in this order' * ordered}{', in one sentence' * same}"
        flat = tuple(m for member in members for m in (member.members if isinstance(member, All) else (member,)))
        return Near(label, within, flat, ordered, same)

    # ------------------------------------------------------------ facts

    def _fact(self, kind: str, values: Sequence[str]) -> Condition:
        return Fact(f"{kind}: {', '.join(values)}", kind, frozenset(values))

    def _language(self, value: Any, path: Path) -> Condition:
        codes = [v.lower().replace("_", "-") for v in self._strings(value, path)]
        for i, code in enumerate(codes):
            if not _LANGUAGE.fullmatch(code):
                self._fault((*path, i), f"{code!r} is no language code: write two letters such as en, ar or ru")
        return self._fact("language", codes)

    def _severity(self, value: Any, path: Path) -> Condition:
        values = self._strings(value, path)
        known = [str(severity) for severity in Severity]
        for i, name in enumerate(values):
            if name not in known:
                self._fault((*path, i), f"{name!r} is no severity: {', '.join(known)}" + did_you_mean(name, known))
        return self._fact("severity", values)

    def _newer_than(self, value: Any, path: Path) -> Condition:
        try:
            return Fact(f"newer than {value}", "newer_than", age=duration(value))
        except ValueError as error:
            return self._fault(path, str(error))

    # ------------------------------------------------------------ regions

    def _region(self, value: Any, path: Path) -> Condition:
        options: Mapping[str, Any] = {}
        if isinstance(value, Mapping) and (shape := next((key for key in value if key in _SHAPES), None)):
            told = (
                f"a region with {shape} needs a name: write `here: {{{shape}: …}}` below `regions:`, and `region: here`"
            )
            return self._fault((*path, shape), told)
        if isinstance(value, Mapping):
            wanted = {"in": (str, list), "precision": str, "ambiguous": str, "unplaced": str}
            if not self._has_keys(value, path, wanted, required=("in",)):
                return All("region")
            options, value, path = value, value["in"], (*path, "in")
        allowed = {
            "precision": tuple(regions.CONFIDENCE), "ambiguous": ("best", "any", "skip"), "unplaced": ("skip", "match"),
        }  # fmt: skip
        for key, choices in allowed.items():
            if options.get(key) is not None and options[key] not in choices:
                self._fault((*path[:-1], key), f"must be {', '.join(choices[:-1])} or {choices[-1]}")
        names = self._strings(value, path)
        assert self._document is not None
        found = self._regions.any_of(names, self._document, path)
        chosen = {key: options[key] for key in allowed if options.get(key) in allowed[key]}
        label = f"region: {', '.join(names)}" + "".join(f", {key} {value}" for key, value in chosen.items())
        return Region(
            label,
            found,
            chosen.get("precision", "balanced"),
            chosen.get("ambiguous", "best"),
            chosen.get("unplaced") == "match",
        )

    # ------------------------------------------------------------ terms and lists

    def _terms(self, text: str, path: Path) -> tuple[int, ...]:
        return tuple(number for number, _ in self._each(text, path))

    def _each(self, text: str, path: Path) -> list[tuple[int, Term]]:
        """Return the term that a string is, or the terms of the `$list` that it names, with their numbers."""
        return [(self._numbers.setdefault(term, len(self._numbers)), term) for term in self._resolved(text, path, ())]

    def _resolved(self, text: str, path: Path, inside: tuple[str, ...]) -> tuple[Term, ...]:
        if not (listed := _SCOPED_LIST.fullmatch(text.strip())):
            return self._term(text, path)
        terms = self._list(listed[2], path, inside)
        return tuple(term.scoped(listed[1]) for term in terms) if listed[1] else terms

    def _term(self, text: str, path: Path) -> tuple[Term, ...]:
        known = self._parsed.get(text)
        if known is None:
            try:
                known = self._parsed[text] = parse_term(text)
            except ValueError as error:
                self._fault(path, f"{_short(text)}: {error}")
                return ()
        return (known,)

    def _list(self, name: str, path: Path, inside: tuple[str, ...]) -> tuple[Term, ...]:
        if name in inside:
            self._fault(path, f"the list ${name} contains itself: {' → '.join((*inside, name))}")
            return ()
        if name not in self._names.terms and self._lost:
            return ()
        if name not in self._names.terms:
            hint = (
                did_you_mean(name, list(self._names.terms)) or "; a term that begins with $ stands in quotes: '\"$5\"'"
            )
            self._fault(path, f"no list is named ${_short(name)[1:-1]}{hint}")
            return ()
        self.used.add(name)
        return self._items_of(name, inside)

    def _items_of(self, name: str, inside: tuple[str, ...]) -> tuple[Term, ...]:
        if name not in self._lists:
            document, where, items = self._names.terms[name]
            mine, self._document = self._document, document
            self._lists[name] = ()  # its faults are told once
            found = [
                term for i, item in enumerate(items or ()) for term in self._item(item, (*where, i), (*inside, name))
            ]
            self._lists[name] = tuple(dict.fromkeys(found))
            self._document = mine
        return self._lists[name]

    def _item(self, item: Any, path: Path, inside: tuple[str, ...]) -> tuple[Term, ...]:
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            self._fault(path, "a list of terms holds only terms (quote a word that YAML reads otherwise)")
            return ()
        return self._resolved(str(item), path, inside)

    def read_list(self, name: str) -> None:
        """Read a named list for its faults, whether or not a rule uses it."""
        document, where, items = self._names.terms[name]
        self._document = document
        if items == []:
            self._fault(where, "the list is empty")
        self._items_of(name, ())

    # ------------------------------------------------------------ faults

    def _strings(self, value: Any, path: Path) -> list[str]:
        values = value if isinstance(value, list) else [value]
        good = [v for v in values if isinstance(v, str) and v]
        if len(good) != len(values) or not values:
            self._fault(path, "a name or a list of names is wanted here")
        return good

    def _has_keys(self, value: Any, path: Path, wanted: Mapping[str, Any], *, required: Sequence[str]) -> bool:
        if not isinstance(value, Mapping):
            self._fault(path, f"a mapping with {', '.join(required)} is wanted here")
            return False
        before = len(self._faults)
        for key, item in value.items():
            if key not in wanted:
                self._fault((*path, key), f"unknown key {key!r}" + did_you_mean(str(key), list(wanted)))
            elif not isinstance(item, wanted[key]) or (isinstance(item, bool) and wanted[key] is not bool):
                kinds = wanted[key] if isinstance(wanted[key], tuple) else (wanted[key],)
                self._fault((*path, key), f"must be {' or '.join(_KIND[kind] for kind in kinds)}")
        for key in required:
            if key not in value:
                self._fault(path, f"the key {key!r} is missing")
        return len(self._faults) == before

    def _fault(self, path: Path, message: str) -> Condition:
        assert self._document is not None
        self._fault_in(self._document, path, message)
        return All("faulty")

    def _fault_in(self, document: Document, path: Path, message: str) -> None:
        self._faults.append(document.fault(path, message))


_KIND: Mapping[type, str] = {
    int: "a whole number", float: "a number", str: "text", list: "a list", dict: "a mapping", bool: "true or false",
}  # fmt: skip


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…").replace("\\\\", "\\")  # as it stands in the file


def _is_one_list(of: Any) -> bool:
    return isinstance(of, list) and len(of) == 1 and isinstance(of[0], str) and of[0].startswith("$")
