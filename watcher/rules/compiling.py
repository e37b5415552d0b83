"""From the texts of rule files to a RuleSet, or to every mistake in them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from watcher.errors import Fault, FaultsFound
from watcher.model import RuleMeta
from watcher.regions import Gazetteer
from watcher.rules.burst import Burst
from watcher.rules.conditions import All
from watcher.rules.files import RuleFile, RuleModel
from watcher.rules.reading import Names, Reader
from watcher.rules.ruleset import Rule, RuleSet
from watcher.rules.subject import Condition
from watcher.rules.terms import Term
from watcher.rules.where import Load, Regions
from watcher.yamlsrc import Document, collector_paused, did_you_mean, of_these, parse, sound, validate

Path = tuple[str | int, ...]
_OF_RULE = re.compile(r"rules\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Known:
    """Names of the configuration that rules may use."""

    receivers: frozenset[str] = frozenset()
    feeds: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    default_receivers: tuple[str, ...] = ()


def compile_rules(
    sources: Sequence[tuple[str, str]],
    known: Known | None = None,
    load: Load | None = None,
    places: Gazetteer | None = None,
) -> RuleSet:
    """Compile rule files, given as `(name to show, text)`.

    With `known`, receivers, feeds and tags must be among its names, and a rule that sends
    anything must have an example that it matches. Without, neither is looked at. `load` reads
    the files that regions name. `places` has the places that they name; the gazetteer that ships
    by default.

    Raises:
        FaultsFound: every mistake in every file, with its place.
    """
    rules, faults = examine_rules(sources, known, load, places)
    if faults:
        raise FaultsFound(faults)
    return rules


def examine_rules(
    sources: Sequence[tuple[str, str]],
    known: Known | None = None,
    load: Load | None = None,
    places: Gazetteer | None = None,
) -> tuple[RuleSet, list[Fault]]:
    """Return the rules that are sound, and every mistake in every file; the arguments are those of `compile_rules`."""
    faults: list[Fault] = []
    documents: list[Document] = []
    for file, text in sources:
        try:
            documents.append(parse(text, file))
        except FaultsFound as error:
            faults.extend(error.faults)
    with collector_paused():
        return _compiled(documents, known, load, faults, places), faults


# ---------------------------------------------------------------- inside


def _compiled(
    documents: Sequence[Document],
    known: Known | None,
    load: Load | None,
    faults: list[Fault],
    places: Gazetteer | None,
) -> RuleSet:
    lost = bool(faults)  # a file that cannot be read may define what others name
    forms = [_form(document, faults) for document in documents]
    names = _names(forms, faults)
    numbers: dict[Term, int] = {}
    where = Regions(names.regions, faults, load, places)
    reader = Reader(names, where, numbers, faults, lost=lost)
    for name in names.terms:
        reader.read_list(name)
    rules = list(_rules(forms, reader, known, faults, lost=lost))
    if faults:
        rules = [rule for rule in rules if _is_sound(rule, faults)]
    warnings = [*_unused(names, reader.used, where.used), *where.warnings]
    return RuleSet(rules, list(numbers), documents, warnings, tuple(where.places))


class _Form(NamedTuple):
    """A file as its model reads it; of one with mistakes, what is left without them."""

    document: Document
    terms: Mapping[str, list[Any] | None]
    regions: Mapping[str, Any]
    #: Each rule with its index, and whether nothing of it was left out.
    rules: Sequence[tuple[int, RuleModel, bool]]


def _form(document: Document, faults: list[Fault]) -> _Form:
    try:
        file = validate(document, RuleFile)
    except FaultsFound as error:
        faults.extend(error.faults)
    else:
        return _Form(document, file.terms, file.regions, [(i, model, True) for i, model in enumerate(file.rules)])
    rules = document.data.get("rules") if isinstance(document.data, dict) else None
    refused = {int(found[1]) for fault in _paths(faults, document) if (found := _OF_RULE.match(fault))}
    kept = ((i, sound(rule, RuleModel)) for i, rule in enumerate(rules if isinstance(rules, list) else ()))
    return _Form(
        document,
        _mapping(document, "terms"),
        _mapping(document, "regions"),
        [(i, model, i not in refused) for i, model in kept if model is not None],
    )


def _paths(faults: Sequence[Fault], document: Document) -> Iterator[str]:
    """Yield where the faults of one file are."""
    yield from (fault.path for fault in faults if fault.file == document.file)


def _is_sound(rule: Rule, faults: Sequence[Fault]) -> bool:
    """Say whether a rule means what its author meant, whatever is wrong elsewhere."""
    own = f"rules[{rule.path[1]}]"
    told = [path for path in _paths(faults, rule.document) if path == own or path.startswith(f"{own}.")]
    if any(not path.startswith(f"{own}.receivers") for path in told):  # whom it tells changes nothing of what it finds
        return False
    paths = [fault.path for fault in faults]
    lists = any(path == "" or path.startswith("terms") for path in paths)
    regions = any(path == "" or path.startswith("regions") for path in paths)
    uses_list = lists and "$" in f"{rule.model.when}{rule.model.none}"
    return not uses_list and not (regions and rule.condition is not None and rule.condition.dear)


def _names(forms: Sequence[_Form], faults: list[Fault]) -> Names:
    names = Names()
    for document, terms, regions, _ in forms:
        for kind, own, all_ in (("terms", terms, names.terms), ("regions", regions, names.regions)):
            for name, value in own.items():
                if name in all_:
                    other = all_[name][0].file
                    faults.append(document.fault((kind, name), f"{name!r} is defined in {other} already"))
                else:
                    all_[name] = (document, (kind, name), value)
    return names


def _unused(names: Names, lists: set[str], regions: set[str]) -> Iterator[Fault]:
    for kind, defined, used in (("list", names.terms, lists), ("region", names.regions, regions)):
        for name, (document, path, _) in defined.items():
            if name not in used:
                yield document.fault(path, f"no rule uses the {kind} {name!r}")


def _mapping(document: Document, key: str) -> dict[str, Any]:
    """The lists or regions of a file that has mistakes; None for a list that is none."""
    found = document.data.get(key) if isinstance(document.data, dict) else None
    whole = found if isinstance(found, dict) else {}
    return {name: value if key == "regions" or isinstance(value, list) else None for name, value in whole.items()}


def _rules(
    forms: Sequence[_Form], reader: Reader, known: Known | None, faults: list[Fault], *, lost: bool
) -> Iterator[Rule]:
    seen: dict[str, str] = {}
    models = [model for form in forms for _, model, _ in form.rules]
    kinds = {model.id: model.burst is None for model in models}
    inhibits = {model.id: model.inhibits for model in models}
    lost = lost or any(not whole for form in forms for _, _, whole in form.rules)
    for document, _, _, rules in forms:
        for i, model, whole in rules:
            path = ("rules", i)
            if model.id in seen:
                faults.append(document.fault((*path, "id"), f"the id {model.id!r} is used in {seen[model.id]} already"))
            seen.setdefault(model.id, document.file)
            if not whole and model.when is None:  # that it is missing may follow from what is told already
                condition, burst = None, None
            else:
                condition = _condition(document, model, path, reader, faults)
                burst = _burst(document, model, path, {} if lost else kinds, faults)
            faults.extend(_inhibition(document, model, path, inhibits, lost=lost))
            if known is not None:
                faults.extend(_unknown(document, model, path, known, whole=whole))
            if model.enabled and (condition or burst):
                yield Rule(_meta(model), condition, model, document, path, burst)


def _condition(
    document: Document, model: RuleModel, path: Path, reader: Reader, faults: list[Fault]
) -> Condition | None:
    if model.burst is not None:
        own = [key for key in ("when", "none") if getattr(model, key) is not None]
        message = "a burst counts other rules: it has no `{}` of its own"
        faults.extend(document.fault((*path, key), message.format(key)) for key in own)
        return None
    if model.when is None:
        faults.append(document.fault(path, "the key 'when' is missing: write the condition, such as any: [word]"))
        return None
    condition = reader.read(document, model.when, (*path, "when"))
    if model.none is None:
        return condition
    return All("all", (condition, reader.read_none(document, model.none, (*path, "none"))))


def _burst(
    document: Document, model: RuleModel, path: Path, kinds: dict[str, bool], faults: list[Fault]
) -> Burst | None:
    if model.burst is None:
        return None
    for i, name in enumerate(model.burst.rules if kinds else ()):
        where = (*path, "burst", "rules", i)
        if name not in kinds:
            faults.append(document.fault(where, f"no rule has the id {name!r}{did_you_mean(name, list(kinds))}"))
        elif not kinds[name]:
            faults.append(document.fault(where, f"{name!r} is a burst itself: count the rules that it counts"))
    return Burst(model.id, frozenset(model.burst.rules), model.burst.at_least, model.burst.within, model.burst.by or "")


def _inhibition(
    document: Document, model: RuleModel, path: Path, inhibits: Mapping[str, list[str]], *, lost: bool
) -> Iterator[Fault]:
    """Rules that are none, and rings in which every rule would silence the others."""
    for i, name in enumerate(model.inhibits):
        where = (*path, "inhibits", i)
        if name not in inhibits:
            if lost:
                continue
            yield document.fault(where, f"no rule has the id {name!r}{did_you_mean(name, list(inhibits))}")
        elif model.id in _silenced_from(name, inhibits):
            yield document.fault(
                where, f"{name!r} leads back to {model.id!r}: each would silence the other, none be told"
            )


def _silenced_from(rule: str, inhibits: Mapping[str, list[str]]) -> set[str]:
    """The rule itself and all that it silences, directly or through others."""
    found, ahead = {rule}, [rule]
    while ahead:
        for name in inhibits.get(ahead.pop(), ()):
            if name not in found:
                found.add(name)
                ahead.append(name)
    return found


def _meta(model: RuleModel) -> RuleMeta:
    return RuleMeta(
        id=model.id,
        title=model.title or model.id,
        severity=model.severity,
        receivers=None if model.receivers is None else tuple(model.receivers),
        on_republication=model.on_republication,
        on_development=model.on_development,
        cooldown=model.cooldown or timedelta(),
        sensitivity=model.sensitivity,
        inhibits=tuple(model.inhibits),
    )


def _unknown(document: Document, model: RuleModel, path: Path, known: Known, *, whole: bool) -> Iterator[Fault]:
    """Names that the configuration does not have, and examples that are missing."""
    for i, name in enumerate(model.receivers or ()):
        if name not in known.receivers:
            hint = of_these(name, sorted(known.receivers))
            yield document.fault((*path, "receivers", i), f"no receiver is named {name!r}{hint}")
    for where, kind, name in _facts(model.when, (*path, "when")):
        names = known.feeds if kind == "feed" else known.tags
        if name not in names:
            what = "no feed is named" if kind == "feed" else "no feed has the tag"
            yield document.fault(where, f"{what} {name!r}{of_these(name, sorted(names))}")
    sends = known.default_receivers if model.receivers is None else model.receivers
    is_burst = model.burst is not None or (isinstance(model.when, dict) and "burst" in model.when)
    if sends and whole and model.enabled and not is_burst and not model.examples.match:
        message = "the rule sends alerts, so it needs examples: {match: [a headline that it must find]}"
        yield document.fault((*path, "id"), message)


def _facts(value: Any, path: Path) -> Iterator[tuple[Path, str, str]]:
    """Find every `feed` and `tag` condition's names."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, item in items:
        if key in ("feed", "tag") and isinstance(value, dict):
            for i, name in enumerate(item) if isinstance(item, list) else [(0, item)]:
                if isinstance(name, str):
                    yield (*path, key, i), str(key), name
        else:
            yield from _facts(item, (*path, key))
