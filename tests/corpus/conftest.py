"""Captured feeds that belong to others: they are not in this project, and these tests are skipped without them."""

import csv
import lzma
import tarfile
from pathlib import Path

import pytest

FEEDS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "feeds"


def archive(name):
    path = FEEDS / name
    if not path.exists():
        pytest.skip(f"the captured feeds ({name}) are not on this machine")
    with lzma.open(path) as raw, tarfile.open(fileobj=raw) as tar:
        return {Path(m.name).name: tar.extractfile(m).read() for m in tar if m.isfile()}


@pytest.fixture(scope="session")
def hostile():
    """Documents that hurt parsers, by name."""
    return {
        name: body for name, body in archive("hostile.tar.xz").items() if not name.endswith((".md", ".txt", ".tsv"))
    }


@pytest.fixture(scope="session")
def captured():
    """Feed documents by name, with the manifest's row."""
    documents = archive("corpus.tar.xz")
    with (FEEDS / "MANIFEST.tsv").open() as rows:
        manifest = {row["file"]: row for row in csv.DictReader(rows, delimiter="\t")}
    return {name: (body, manifest[name]) for name, body in documents.items() if name in manifest}
