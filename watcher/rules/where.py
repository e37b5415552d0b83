"""Named regions of rule files, and the regions that conditions ask for; their meaning is in `watcher.regions`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from watcher import regions
from watcher.errors import Fault
from watcher.yamlsrc import Document

Path = tuple[str | int, ...]
#: Reads a file (a GeoJSON) that a rule file names: `load(rule file, name)`; raises OSError or ValueError.
Load = Callable[[str, str], Any]


class Regions:
    """Reads regions; what is wrong is added to the faults, what is odd to the warnings."""

    def __init__(
        self,
        named: Mapping[str, tuple[Document, Path, Any]],
        faults: list[Fault],
        load: Load | None,
        known: regions.Gazetteer | None,
    ) -> None:
        self._named, self._faults, self._load, self._known = named, faults, load, known
        self._specs = {name: spec for name, (_, _, spec) in named.items()}
        self.warnings: list[Fault] = []
        #: Places that the regions define by name and position.
        self.places: dict[regions.Row, None] = {}
        #: Names that a condition or another region asks for.
        self.used: set[str] = set()
        self._sound = {name for name in named if self._defined(name)}

    def any_of(self, names: Sequence[str], document: Document, path: Path) -> regions.Region:
        """Return the region that is any of some codes and names."""
        good: list[str] = []
        for i, name in enumerate(names):
            self.used.add(name)
            if name in self._named:
                good += [name] if name in self._sound else []
                continue
            try:
                found = regions.region_of(name, self._specs, known=self._known)
                self.warnings.extend(document.fault((*path, i), warning) for warning in found.warnings)
                good.append(name)
            except regions.RegionError as error:
                self._faults.append(document.fault((*path, i), str(error)))
        label = ", ".join(names)
        if not good:
            return regions.Region(label)
        return regions.region_of(good, self._specs, self._load_for(document), label, self._known)

    def _defined(self, name: str) -> bool:
        document, path, spec = self._named[name]
        self.used.update(other for other in _strings(spec) if other in self._named and other != name)
        try:
            found = regions.region_of(spec, self._specs, self._load_for(document), name, self._known)
        except regions.RegionError as error:
            # A fault inside another named region is told there; a circle belongs to nobody else.
            if "contains itself" in str(error) or not _leads_to_name(spec, error.path, self._named):
                self._faults.append(document.fault((*path, *error.path), str(error)))
            return False
        self.warnings.extend(document.fault(path, warning) for warning in found.warnings)
        self.places.update(dict.fromkeys(found.named))
        return True

    def _load_for(self, document: Document) -> Callable[[str], Any] | None:
        return partial(self._load, document.file) if self._load else None


def _strings(spec: Any) -> Iterator[str]:
    if isinstance(spec, str):
        yield spec
    elif isinstance(spec, Mapping):
        for value in spec.values():
            yield from _strings(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from _strings(value)


def _leads_to_name(spec: Any, path: Sequence[str | int], named: Mapping[str, Any]) -> bool:
    """Say whether a path inside a region arrives at another's name, and so at that one's fault."""
    for part in path:
        if isinstance(spec, str):
            break
        try:
            spec = spec[part]
        except (KeyError, IndexError, TypeError):
            break
    return isinstance(spec, str) and spec in named
