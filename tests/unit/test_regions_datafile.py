"""The gazetteer's file format: what is written is found again, what is damaged is refused with a clear message."""

import struct

import pytest

from watcher.regions.datafile import VERSION, DataFile, GazetteerError, name_sections, packed

NAMES = {
    "aleppo": (0, ((7, 1),)),
    "deir ez zor": (0, ((8, 1), (9, 8))),
    "john": (2, ()),
    "paris": (2, ((1, 1), (2, 9), (3, 0))),
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.wgaz"
    path.write_bytes(packed({"META": b"{}", **name_sections(NAMES)}))
    return path


def test_names_are_found_with_flags_and_meanings(file):
    data = DataFile(file)
    assert {name: data.find(name) for name in NAMES} == NAMES
    assert data.find("berlin") is None
    assert len(data) == len(NAMES)


def test_beginnings_lead_on(file):
    data = DataFile(file)
    assert data.leads_on("deir")
    assert data.leads_on("deir ez")
    assert not data.leads_on("paris")


def test_the_same_names_give_the_same_bytes():
    assert packed(name_sections(NAMES)) == packed(name_sections(NAMES))


DAMAGE = {
    "empty": (lambda raw: b"", "is empty"),
    "header only": (lambda raw: raw[:10], "is cut"),
    "half": (lambda raw: raw[: len(raw) // 2], "cut or damaged"),
    "last byte missing": (lambda raw: raw[:-1], "cut or damaged"),
    "one bit turned": (lambda raw: raw[:-1] + bytes((raw[-1] ^ 1,)), "cut or damaged"),
    "something else": (lambda raw: b"PK\3\4" + raw[4:], "no gazetteer"),
    "next version": (lambda raw: raw[:4] + struct.pack("<H", VERSION + 1) + raw[6:], f"of version {VERSION + 1}"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_refused(file, damage, message):
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(GazetteerError, match=message):
        DataFile(file)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(GazetteerError, match="cannot be opened"):
        DataFile(tmp_path / "none.wgaz")


def test_a_file_of_the_user_may_be_overwritten_while_it_is_in_use(file):
    data = DataFile(file, mapped=False)
    file.write_bytes(b"")
    assert data.find("aleppo") == NAMES["aleppo"]
