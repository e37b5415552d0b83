"""What entries say beyond RSS and Atom: alerts (CAP 1.2), media (Media RSS), codes of countries among categories."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from watcher.model import Enclosure, Severity
from watcher.text import one_line

_CODE = re.compile(r"[A-Z-]{2,6}\d?")
_ISO_3166 = re.compile(r"iso[-_ ]?3166|countr", re.IGNORECASE)


def categories(raw: Any, codes: Iterable[str]) -> tuple[str, ...]:
    """Return an entry's categories; ISO 3166 codes that it gives elsewhere, or by a scheme, as `iso3166:SY-HL`."""
    tags = [(one_line(tag["term"]), tag.get("scheme") or "") for tag in raw.get("tags") or () if tag.get("term")]
    by_scheme = (term for term, scheme in tags if _CODE.fullmatch(term) and _ISO_3166.search(scheme))
    return tuple(dict.fromkeys([*(term for term, _ in tags), *(f"iso3166:{code}" for code in (*by_scheme, *codes))]))


def severity(raw: Any) -> Severity | None:
    """Return the severity of a CAP alert; None for none, and for CAP's "Unknown"."""
    said = raw.get("cap_severity")
    with suppress(ValueError):
        return Severity(str(said).strip().lower()) if said else None
    return None


def area(raw: Any) -> str:
    """Return the area that a CAP alert is for, in its own words."""
    return str(raw.get("cap_areadesc") or "")


def enclosures(raw: Any) -> Iterator[Enclosure]:
    """Yield an entry's files: enclosures, then Media RSS content that is not among them."""
    seen = set()
    links = [(link, "length") for link in raw.get("links") or () if link.get("rel") == "enclosure"]
    for file, size in (*links, *((media, "filesize") for media in raw.get("media_content") or ())):
        url = str(file.get("href") or file.get("url") or "")
        if url and url not in seen:
            seen.add(url)
            length = str(file.get(size) or "")
            yield Enclosure(url, file.get("type") or "", int(length) if re.fullmatch(r"[0-9]{1,15}", length) else None)
