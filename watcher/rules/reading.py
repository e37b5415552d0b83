"""From YAML data to conditions: every mistake is collected with its place, none ends the reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from watcher.errors import Fault
from watcher.regions import is_code, nearest_code
from watcher.rules.conditions import All, AtLeast, Condition, Fact, Near, NoneOf, Region, Score, Terms
from watcher.rules.terms import Term, parse_term
from watcher.yamlsrc import Document, did_you_mean, duration

Path = tuple[str | int, ...]

#: Every condition's key; `severity`, `burst` and others are told to be missing yet.
KEYS = ("all", "any", "none", "at_least", "score", "near", "region", "language", "feed", "tag", "newer_than")
NOT_YET = {
    "burst": "bursts are not supported yet: use a rule on the single events",
    "severity": "the severity of an entry is not supported yet: use terms",
}


@dataclass(slots=True)
class Names:
    """What all files define together: lists of terms and regions, each with the place of its definition."""

    terms: dict[str, tuple[Document, Path, list[Any]]] = field(default_factory=dict)
    regions: dict[str, tuple[Document, Path, Any]] = field(default_factory=dict)


class Reader:
    """Reads conditions of one file; terms of all files are numbered together."""

    def __init__(self, names: Names, numbers: dict[Term, int], faults: list[Fault], used: set[str]) -> None:
        self._names, self._numbers, self._faults, self._used = names, numbers, faults, used
        self._document: Document | None = None
        self._lists: dict[str, tuple[int, ...]] = {}

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
        if text.startswith("$"):
            return Terms(text, self._list(text[1:], path, ()))
        return Terms(text, self._terms(text, path))

    def _mapping(self, value: Mapping[Any, Any], path: Path) -> Condition:
        if not value:
            return self._fault(path, "is empty: write a condition such as any: [word]")
        parts = [self._key(str(key), item, (*path, key)) for key, item in value.items()]
        return parts[0] if len(parts) == 1 else All(" and ".join(p.label for p in parts), tuple(parts))

    def _key(self, key: str, value: Any, path: Path) -> Condition:
        match key:
            case "all":
                return All("all", tuple(self._members(value, path)))
            case "any":
                return AtLeast("any", 1, tuple(self._members(value, path)))
            case "none":
                return NoneOf("none", tuple(self._members(value, path)))
            case "at_least":
                return self._at_least(value, path)
            case "score":
                return self._score(value, path)
            case "near":
                return self._near(value, path)
            case "region":
                return self._region(value, path)
            case "language" | "feed" | "tag":
                values = frozenset(v.lower() if key == "language" else v for v in self._strings(value, path))
                return Fact(f"{key}: {', '.join(sorted(values))}", key, values)
            case "newer_than":
                return self._newer_than(value, path)
            case _:
                return self._fault(path, NOT_YET.get(key) or f"unknown condition {key!r}" + did_you_mean(key, KEYS))

    def _members(self, value: Any, path: Path) -> list[Condition]:
        if not isinstance(value, list):
            self._fault(path, "a list of terms and conditions is wanted here, such as [word, another]")
            return []
        if not value:
            self._fault(path, "the list is empty")
        return [self._condition(item, (*path, i)) for i, item in enumerate(value)]

    def _at_least(self, value: Any, path: Path) -> Condition:
        if not self._has_keys(value, path, {"count": int, "of": list}, required=("count", "of")):
            return All("at_least")
        members = self._members(value["of"], (*path, "of"))
        if not 1 <= value["count"] <= len(members):
            self._fault((*path, "count"), f"must be between 1 and the {len(members)} members of the list")
        return AtLeast(f"at least {value['count']} of", value["count"], tuple(members))

    def _score(self, value: Any, path: Path) -> Condition:
        wanted = {"threshold": (int, float), "weights": dict}
        if not self._has_keys(value, path, wanted, required=("threshold", "weights")):
            return All("score")
        weights = []
        for term, weight in value["weights"].items():
            where = (*path, "weights", term)
            if isinstance(weight, bool) or not isinstance(weight, int | float):
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
            if member.needs() is None:
                self._fault((*path, "all", i), "only terms have a place in the text, so only they can be near")
        if within < 1:
            self._fault((*path, "within"), "must be at least 1 word")
        ordered, same = value.get("ordered", False), value.get("same_sentence", False)
        label = f"within {within} words{', in this order' * ordered}{', in one sentence' * same}"
        return Near(label, within, tuple(members), ordered, same)

    def _newer_than(self, value: Any, path: Path) -> Condition:
        try:
            return Fact(f"newer than {value}", "newer_than", age=duration(value))
        except ValueError as error:
            return self._fault(path, str(error))

    # ------------------------------------------------------------ regions

    def _region(self, value: Any, path: Path) -> Condition:
        options: Mapping[str, Any] = {}
        if isinstance(value, Mapping):
            wanted = {"in": (str, list), "precision": str, "ambiguous": str, "unplaced": str}
            if not self._has_keys(value, path, wanted, required=("in",)):
                return All("region")
            options, value, path = value, value["in"], (*path, "in")
        allowed = {"precision": ("strict", "balanced", "broad"), "ambiguous": ("best", "any", "skip")}
        for key, choices in (allowed | {"unplaced": ("skip", "match")}).items():
            if options.get(key) is not None and options[key] not in choices:
                self._fault((*path[:-1], key), f"must be {', '.join(choices[:-1])} or {choices[-1]}")
        names = self._strings(value, path)
        codes = self._codes(names, path, ())
        precision = options.get("precision", "balanced")
        label = f"region: {', '.join(names)}"
        known = precision if precision in allowed["precision"] else "balanced"
        return Region(label, codes, known, options.get("unplaced") == "match")

    def _codes(self, names: Sequence[str], path: Path, inside: tuple[str, ...]) -> frozenset[str]:
        found: set[str] = set()
        for i, name in enumerate(names):
            where = (*path, i)
            if name in self._names.regions:
                found |= self._named_region(name, where, inside)
            elif is_code(name):
                found.add(name)
            else:
                near = nearest_code(name)
                hint = f" (did you mean {near!r}?)" if near else did_you_mean(name, list(self._names.regions))
                self._fault(where, f"{name!r} is neither an ISO 3166 code nor a name under `regions`{hint}")
        return frozenset(found)

    def _named_region(self, name: str, path: Path, inside: tuple[str, ...]) -> frozenset[str]:
        if name in inside:
            self._fault(path, f"the region {name!r} contains itself: {' → '.join((*inside, name))}")
            return frozenset()
        self._used.add(name)
        document, where, value = self._names.regions[name]
        if isinstance(value, Mapping) and set(value) <= {"polygon", "box", "circle", "exclude"} and value:
            self._fault_in(document, where, "polygons, boxes and circles are not supported yet: list the codes")
            return frozenset()
        if isinstance(value, Mapping) and set(value) == {"any"}:
            where, value = (*where, "any"), value["any"]
        mine, self._document = self._document, document
        codes = self._codes(self._strings(value, where), where, (*inside, name))
        self._document = mine
        return codes

    # ------------------------------------------------------------ terms and lists

    def _terms(self, text: str, path: Path) -> tuple[int, ...]:
        try:
            term = parse_term(text)
        except ValueError as error:
            self._fault(path, f"{text[:60]!r}: {error}")
            return ()
        return (self._numbers.setdefault(term, len(self._numbers)),)

    def _list(self, name: str, path: Path, inside: tuple[str, ...]) -> tuple[int, ...]:
        if name in inside:
            self._fault(path, f"the list ${name} contains itself: {' → '.join((*inside, name))}")
            return ()
        if name not in self._names.terms:
            self._fault(path, f"no list is named ${name}" + did_you_mean(name, list(self._names.terms)))
            return ()
        self._used.add(name)
        if name not in self._lists:
            document, where, items = self._names.terms[name]
            mine, self._document = self._document, document
            self._lists[name] = ()  # its faults are told once
            found: list[int] = []
            for i, item in enumerate(items):
                found.extend(self._item(item, (*where, i), (*inside, name)))
            self._lists[name] = tuple(dict.fromkeys(found))
            self._document = mine
        return self._lists[name]

    def _item(self, item: Any, path: Path, inside: tuple[str, ...]) -> tuple[int, ...]:
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            self._fault(path, "a list of terms holds only terms (quote a word that YAML reads otherwise)")
            return ()
        text = str(item)
        return self._list(text[1:], path, inside) if text.startswith("$") else self._terms(text, path)

    def read_list(self, name: str) -> None:
        """Read a named list for its faults, whether or not a rule uses it."""
        document, where, items = self._names.terms[name]
        self._document = document
        if not items:
            self._fault(where, "the list is empty")
        self._list(name, where, ())

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
