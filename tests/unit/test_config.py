"""Configuration: every fault at once and in its place, secrets from outside, feeds edited in the text."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace

import pytest
from pydantic import BaseModel, ConfigDict

from watcher.config import (
    add_feed,
    examine,
    export_opml,
    import_opml,
    load,
    load_places,
    load_rules,
    read_rule_file,
    remove_feed,
    save_rule_file,
    stamps,
)
from watcher.errors import FaultsFound, InputError, UsageError
from watcher.model import Entry, Severity
from watcher.regions import own


class ChatSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    chat_id: str
    min_severity: Severity | None = None


KINDS = {
    "chat": SimpleNamespace(
        settings=ChatSettings,
        secrets=("token",),
        missing_secrets=lambda settings, secrets: () if "token" in secrets else ("token",),
    )
}
RULE = "rules:\n  - {id: raid, when: {any: [raid]}, receivers: [desk], examples: {match: [a raid]}}\n"
CONFIG = "feeds:\n  - {id: sohr, url: 'https://sohr.example/feed'}\nreceivers:\n  desk: {type: chat, chat_id: '7'}\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules" / "deep").mkdir(parents=True)
    (tmp_path / "rules" / "deep" / "r.yaml").write_text(RULE)
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


def read(folder, text=None, environment=None, **kwargs):
    if text is not None:
        (folder / "config.yaml").write_text(text)
    return load(folder / "config.yaml", environment or {}, KINDS, **kwargs)


def faults(folder, text, **kwargs):
    with pytest.raises(FaultsFound) as caught:
        read(folder, text, **kwargs)
    prefix = f"{folder}/"
    return [str(fault).removeprefix(prefix) for fault in caught.value.faults]


def test_everything_has_a_default_and_paths_are_beside_the_file(folder):
    config = read(folder)
    assert config.database == f"sqlite:///{folder}/watcher.db"
    assert [feed.id for feed in config.feeds] == ["sohr"]
    assert [rule.id for rule in config.rules.rules] == ["raid"]
    assert config.alarm_receivers == ("desk",), "somebody must be told about failing feeds"
    assert config.rule_directories == (folder / "rules",)
    assert config.feed_alarm_after == timedelta(hours=6)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(
            CONFIG + "databse: x\n",
            ["config.yaml:5:1: databse: unknown key 'databse' (did you mean 'database'?)"],
            id="misspelt key",
        ),
        pytest.param(
            CONFIG.replace("id: sohr,", "id: sohr, intervall: 5m,"),
            ["config.yaml:2:16: feeds[0].intervall: unknown key 'intervall' (did you mean 'interval'?)"],
            id="misspelt key of a feed",
        ),
        pytest.param(
            CONFIG.replace("https://", "ftp://"),
            ["config.yaml:2:16: feeds[0].url: 'ftp://sohr.example/feed' is not an http or https address"],
            id="not http",
        ),
        pytest.param(
            CONFIG + "timezone: Mars/Olympus\ndefault_receivers: [dessk]\n",
            [
                "config.yaml:5:1: timezone: 'Mars/Olympus' is no time zone such as Europe/Berlin",
                "config.yaml:6:21: default_receivers[0]: no receiver is named 'dessk' (did you mean 'desk'?)",
            ],
            id="two faults at once",
        ),
        pytest.param(
            CONFIG.replace("type: chat", "type: caht"),
            ["config.yaml:4:10: receivers.desk.type: no type of receiver is named 'caht' (did you mean 'chat'?)"],
            id="unknown type of receiver",
        ),
        pytest.param(
            CONFIG.replace("chat_id: '7'", "token: secret, chat_id: '7'"),
            [
                (
                    "config.yaml:4:22: receivers.desk.token: a secret does not stand in this file: put it into a file "
                    "and write `token_file: PATH`, or set WATCHER_DESK_TOKEN"
                )
            ],
            id="secret in the file",
        ),
        pytest.param(
            CONFIG.replace("chat_id: '7'", "chatid: '7'"),
            [
                "config.yaml:4:3: receivers.desk: the key 'chat_id' is missing",
                "config.yaml:4:22: receivers.desk.chatid: unknown key 'chatid' (did you mean 'chat_id'?)",
            ],
            id="settings of a receiver",
        ),
        pytest.param(
            CONFIG + "  again: {type: chat, chat_id: '8'}\nfeed_alarm_after: soon\n",
            ["config.yaml:6:1: feed_alarm_after: 'soon' is not a duration such as 90s, 15m, 1h30m or 7d"],
            id="duration",
        ),
        pytest.param(
            CONFIG.replace("feeds:\n", "feeds:\n  - {id: sohr, url: 'https://b.example/'}\n"),
            ["config.yaml:3:6: feeds[1].id: 'sohr' is the id of feeds[0] already"],
            id="the same id twice",
        ),
        pytest.param(
            CONFIG.replace("id: sohr,", "id: sohr, default_region: SYR,"),
            [
                (
                    "config.yaml:2:16: feeds[0].default_region: 'SYR' is no ISO 3166 code such as SY or SY-HL "
                    "(did you mean 'SY'?)"
                )
            ],
            id="region",
        ),
        pytest.param(
            CONFIG + "rules: ruels\n",
            ["config.yaml:5:1: rules: {folder}/ruels: no such file or directory"],
            id="no rules there",
        ),
        pytest.param(
            CONFIG.replace("id: sohr,", "id: SOHR News,"),
            [
                (
                    "config.yaml:2:6: feeds[0].id: 'SOHR News' cannot be a name here: it is of a-z, 0-9 and _ . -, "
                    "from a letter or digit on, 64 at most (did you mean 'sohr-news'?)"
                )
            ],
            id="name",
        ),
        pytest.param(
            CONFIG.replace("id: sohr,", "id: sohr, tags: syria,"),
            ["config.yaml:2:16: feeds[0].tags: a list is wanted here: [syria]"],
            id="a word for a list",
        ),
        pytest.param(
            "feeds: https://user:hunter2@x.example/rss\n" + CONFIG.partition("\n")[2].partition("\n")[2],
            ["config.yaml:1:1: feeds: a list is wanted here, such as [a, b]"],
            id="an address with a password for a list",
        ),
        pytest.param(
            CONFIG + "timezone: UTC+3\n",
            [
                (
                    "config.yaml:5:1: timezone: 'UTC+3' is no time zone such as Europe/Berlin; a place, such as "
                    "Asia/Damascus, knows of summer time, and 'Etc/GMT-3' is UTC+3"
                )
            ],
            id="distance from UTC",
        ),
        pytest.param(
            CONFIG.replace("id: sohr,", "id: sohr, default_region: SY-AL,"),
            [
                (
                    "config.yaml:2:16: feeds[0].default_region: 'SY-AL' is no ISO 3166 code such as SY or SY-HL "
                    "(did you mean 'SY-LA'?)"
                )
            ],
            id="province",
        ),
        pytest.param(
            "feeds: {id: sohr, url: 'https://x.example/'}\n" + CONFIG.partition("\n")[2].partition("\n")[2],
            ["config.yaml:1:1: feeds: a list is wanted here: each of its items begins with `- `"],
            id="a mapping for a list",
        ),
        pytest.param(
            CONFIG.partition("receivers:")[0] + "receivers:\n",
            [
                (
                    "config.yaml:3:1: receivers: a mapping (lines of `key: value`) is wanted here; nothing stands "
                    "here: what belongs to it is indented below it"
                ),
                "rules/deep/r.yaml:2:49: rules[0].receivers[0]: no receiver is named 'desk' (there is none)",
            ],
            id="nothing for a mapping",
        ),
        pytest.param(
            "feeds: [\n",
            ["config.yaml:2:1: did not find expected node content: a value is missing, or a bracket is not closed"],
            id="not YAML",
        ),
        pytest.param("- a\n", ["config.yaml:1:1: a mapping (lines of `key: value`) is wanted here"], id="a list"),
    ],
)
def test_faults_stand_in_their_place(folder, text, wanted):
    assert [line.replace(str(folder), "{folder}") for line in faults(folder, text)] == wanted


def test_faults_of_all_files_are_told_together(folder):
    (folder / "rules" / "bad.yaml").write_text(RULE.replace("when", "wehn"))
    (folder / "rules" / "binary.yaml").write_bytes(b"a: \xff")
    (folder / "rules" / "folder.yaml").mkdir()
    told = faults(folder, CONFIG + "databse: x\n")
    files = [line.split(":")[0] for line in told]
    assert set(files) == {"config.yaml", *(f"rules/{name}.yaml" for name in ("bad", "binary", "deep/r", "folder"))}
    assert any("the id 'raid' is used in" in line for line in told)
    assert any("unknown key 'wehn' (did you mean 'when'?)" in line for line in told)
    assert "rules/binary.yaml:1:4: byte 0xff is not UTF-8: save the file as UTF-8 text" in told


ROUND = """\
rules:
  - {id: misspelt, wehn: {any: [x]}, receivers: [desk]}
  - {id: unknown, when: {any: [x]}, receivers: [desc], examples: {match: [x]}}
  - {id: failing, when: {any: [raid]}, receivers: [desk], examples: {match: [a storm]}}
  - {id: nowhere, when: {feed: sohrr}, receivers: []}
  - {id: sound, when: {any: [flood]}, receivers: [desk], examples: {match: [a flood]}}
"""


def test_a_mistake_hides_none_of_a_later_step(folder):
    """Misspelt keys in config.yaml and in a rule, unknown names in others: one round; what is sound is left."""
    (folder / "rules" / "round.yaml").write_text(ROUND)
    text = CONFIG.replace("id: sohr,", "id: sohr, intervall: 5m,") + "timezone: Mars\n  \ndatabse: x\n"
    (folder / "config.yaml").write_text(text)
    found = examine(folder / "config.yaml", {}, KINDS)
    told = [f"{fault.path}: {fault.message}" for fault in found.faults]
    for wanted in (
        "feeds[0].intervall: unknown key",
        "databse: unknown key",
        "timezone: 'Mars' is no time zone",
        "rules[0].wehn: unknown key",
        "rules[1].receivers[0]: no receiver is named 'desc'",
        "rules[3].when.feed: no feed is named 'sohrr'",
    ):
        assert any(line.startswith(wanted) for line in told), wanted
    assert len(told) == 6, "nothing that only follows from another"
    assert not found.knows_database, "databse may have been meant for it"
    assert found.config is not None
    assert [feed.id for feed in found.config.feeds] == ["sohr"]
    assert [rule.id for rule in found.config.rules.rules] == ["raid", "unknown", "failing", "sound"]
    (failed,) = found.config.rules.run_examples(found.config.places.locate, datetime.now(UTC))
    assert failed.path == "rules[2].examples.match[0]"


def test_what_follows_from_a_list_that_cannot_be_read_is_not_told(folder):
    (folder / "rules" / "lists.yaml").write_text("terms: {guns: [gun, pistol]\n")
    (folder / "rules" / "uses.yaml").write_text("rules: [{id: a, when: {any: [$guns]}, receivers: []}]\n")
    found = examine(folder / "config.yaml", {}, KINDS)
    assert [Path(fault.file).name for fault in found.faults] == ["lists.yaml"]
    assert found.config is not None
    assert [rule.id for rule in found.config.rules.rules] == ["raid"]


@pytest.mark.parametrize(
    ("text", "database"),
    [
        ("database: other.db\nfeeds: [\n", "other.db"),
        ("feeds: [\n", "watcher.db"),
        ("database: other.db\nfeeds: 5\n", "other.db"),
    ],
)
def test_of_a_file_that_is_no_yaml_the_database_is_known(folder, text, database):
    (folder / "config.yaml").write_text(text)
    found = examine(folder / "config.yaml", {}, KINDS)
    assert found.faults
    assert found.config is not None
    assert found.config.database == f"sqlite:///{folder}/{database}"


@pytest.mark.parametrize("text", ["database: 5\n", "database: 5\nfeeds: [\n", "{database: other.db, feeds: [\n"])
def test_a_database_that_cannot_be_read_is_not_taken_for_the_usual_one(folder, text):
    """`db backup` would copy another database than the one that is meant."""
    (folder / "config.yaml").write_text(text)
    found = examine(folder / "config.yaml", {}, KINDS)
    assert found.faults
    assert found.config is None


def test_of_two_who_save_a_rule_file_at_one_instant_one_is_told(folder):
    config, file = read(folder), folder / "rules" / "deep" / "r.yaml"
    text, before = read_rule_file(file)
    at_once = Barrier(8)

    def save(n):
        at_once.wait(10)
        try:
            save_rule_file(config, file, f"{text}# {n}\n", before)
        except UsageError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(save, range(8)))
    assert told[0] == ""
    assert all("was changed by somebody else meanwhile" in line for line in told[1:])


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("databse: x\n", False),
        ("store: x\n", False),
        ("timezon: UTC\n", True),
        ("timezon: UTC\ndatabase: x\n", True),
    ],
)
def test_an_unknown_key_may_name_the_database(folder, text, is_known):
    (folder / "config.yaml").write_text(CONFIG + text)
    assert examine(folder / "config.yaml", {}, KINDS).knows_database is is_known
    (folder / "config.yaml").write_text(text + "feeds: [\n")
    assert (examine(folder / "config.yaml", {}, KINDS).config is not None) is is_known


def test_repeated_ids_and_bounds_are_told_whatever_else_is_wrong_with_them(folder):
    text = "feeds:\n  - {id: a, url: ftp://x}\n  - {id: a, url: 'https://b.example'}\npolling: {interval: 9h, x: 1}\n"
    told = faults(folder, CONFIG.split("feeds:", maxsplit=1)[0] + text)
    assert any("feeds[1].id: 'a' is the id of feeds[0] already" in line for line in told)
    assert any("polling: these must rise in this order: floor 5m, interval 9h, ceiling 4h" in line for line in told)


def test_a_misspelt_zone_is_suggested(folder):
    assert "(did you mean 'Europe/Berlin'?)" in "".join(faults(folder, CONFIG + "timezone: Europe/Berlni\n"))


def test_places_are_found_although_something_else_is_wrong(folder):
    (folder / "config.yaml").write_text(CONFIG + "databse: x\n")
    assert load_places(folder / "config.yaml").locate(Entry("e", "A raid in Manbij, Syria")).places
    (folder / "config.yaml").write_text(CONFIG + "disputed_territories: 5\n")
    with pytest.raises(FaultsFound):
        load_places(folder / "config.yaml")


def test_a_rule_file_of_50_mb_is_not_read(folder):
    with (folder / "rules" / "huge.yaml").open("wb") as file:
        file.truncate(50_000_000)
    (told,) = faults(folder, CONFIG)
    assert "rules/huge.yaml:1:1: is larger than" in told


def test_a_missing_file_is_one_fault(tmp_path):
    with pytest.raises(FaultsFound, match=r"config\.yaml:1:1: cannot be read: No such file"):
        load(tmp_path / "config.yaml", {}, KINDS)


class TestSecrets:
    def test_file_then_credentials_then_environment(self, folder):
        environment = {"WATCHER_DESK_TOKEN": "from-environment"}
        assert self.token(folder, environment) == "from-environment"
        (folder / "desk.token").write_text("from-credentials\n")
        environment["CREDENTIALS_DIRECTORY"] = str(folder)
        assert self.token(folder, environment) == "from-credentials"
        (folder / "own").write_text("from-file\n")
        (folder / "config.yaml").write_text(CONFIG.replace("type: chat", "type: chat, token_file: own"))
        assert self.token(folder, environment) == "from-file"

    def token(self, folder, environment):
        receiver = read(folder, environment=environment, require_secrets=True).receivers["desk"]
        assert "from-" not in repr(receiver)
        return receiver.secrets["token"].get_secret_value()

    def test_a_missing_one_is_a_fault_only_for_those_who_need_it(self, folder):
        assert read(folder).receivers["desk"].secrets == {}
        assert faults(folder, CONFIG, require_secrets=True) == [
            "config.yaml:4:3: receivers.desk: its token is missing: write `token_file: PATH`, or set WATCHER_DESK_TOKEN"
        ]

    def test_an_unreadable_file_is_a_fault(self, folder):
        told = faults(folder, CONFIG.replace("type: chat", "type: chat, token_file: none"), require_secrets=True)
        assert len(told) == 1
        assert told[0].startswith("config.yaml:4:22: receivers.desk.token_file:")
        assert told[0].endswith("none cannot be read: No such file or directory")


SQUARE = '{"type": "Polygon", "coordinates": [[[37, 36], [39, 36], [39, 37], [37, 36]]]}'


@pytest.mark.parametrize(
    ("content", "told"),
    [(SQUARE, None), (None, "area.geojson: No such file"), ("{", "area.geojson: "), ("[" * 100_000, "nested too deep")],
)
def test_a_region_may_stand_in_a_file_beside_its_rule_file(folder, content, told):
    if content is not None:
        (folder / "rules" / "area.geojson").write_text(content)
    rules = "regions: {area: {polygon: area.geojson}}\nrules: [{id: a, when: {region: area}, receivers: []}]\n"
    (folder / "rules" / "r.yaml").write_text(rules)
    if told is None:
        assert [rule.id for rule in read(folder).rules.rules] == ["raid", "a"]
    else:
        assert any("r.yaml:1:18: regions.area.polygon:" in fault and told in fault for fault in faults(folder, CONFIG))


def test_a_changed_shape_is_a_changed_file(folder):
    before = stamps((), (folder / "rules",))
    (folder / "rules" / "area.geojson").write_text(SQUARE)
    assert stamps((), (folder / "rules",)).keys() - before.keys() == {folder / "rules" / "area.geojson"}


def imported(folder, *villages):
    found = own.read("a.csv", "name,lat,lon\n" + "".join(f"{name},36.30,37.40\n" for name in villages))
    (folder / "gazetteer.new").write_bytes(own.compiled(found.rows))
    (folder / "gazetteer.new").replace(folder / "gazetteer.wgaz")


def knows(config, village):
    return "SY-HL" in config.places.locate(Entry(id="x", title=f"Two killed in {village}")).regions


class TestGazetteer:
    """The user's own places come and go with the rest of the configuration."""

    def test_an_import_is_seen_by_the_next_load_and_is_a_changed_file(self, folder):
        config = read(folder)
        imported(folder, "Umm Qusayr")
        assert stamps(config.files, config.rule_directories) != config.stamps
        first = read(folder)
        imported(folder, "Umm Qusayr", "Tell Zilqa")
        assert stamps(first.files, first.rule_directories) != first.stamps
        second = read(folder)
        assert [knows(c, "Umm Qusayr") for c in (config, first, second)] == [False, True, True]
        assert [knows(c, "Tell Zilqa") for c in (config, first, second)] == [False, False, True]

    def test_an_import_beside_a_faulty_rule_changes_nothing_that_is_loaded(self, folder):
        config = read(folder)
        imported(folder, "Umm Qusayr")
        (folder / "rules" / "deep" / "r.yaml").write_text(RULE.replace("when", "wehn"))
        with pytest.raises(FaultsFound):
            read(folder)
        assert not knows(config, "Umm Qusayr")

    def test_an_unchanged_file_is_not_read_again(self, folder):
        imported(folder, "Umm Qusayr")
        assert read(folder).places is read(folder).places

    def test_a_damaged_file_is_a_fault_beside_the_others(self, folder):
        (folder / "gazetteer.wgaz").write_bytes(b"no gazetteer at all")
        (folder / "rules" / "deep" / "r.yaml").write_text(RULE.replace("when", "wehn"))
        told = faults(folder, CONFIG)
        assert told[0] == ("gazetteer.wgaz:1:1: this is no gazetteer: import it anew with `watcher gazetteer import`")
        assert "wehn" in told[1]

    def test_a_rule_may_name_a_place_of_it(self, folder):
        imported(folder, "Umm Qusayr")
        rules = (
            "regions: {here: {place: {name: Umm Qusayr, radius: 5 km}}}\n"
            "rules: [{id: a, when: {region: here}, receivers: []}]\n"
        )
        (folder / "rules" / "r.yaml").write_text(rules)
        assert [rule.id for rule in read(folder).rules.rules] == ["raid", "a"]
        assert load_rules(folder / "rules", load_places(folder / "config.yaml")).rules
        with pytest.raises(FaultsFound, match="no town 'Umm Qusayr'"):
            load_rules(folder / "rules")


DEPOT = """\
regions: {depot: {place: {name: Umm Qusayr, aliases: [أم القصير], lat: 36.30, lon: 37.40, radius: 3 km}}}
rules:
  - {id: depot, when: {region: depot}, receivers: [desk], examples: {match: [Fire in Umm Qusayr, حريق في أم القصير],
     ignore: [Fire in Aleppo]}}
"""


class TestPlacesOfRules:
    """A place that a rule defines by name and position is one that texts are searched for."""

    def test_its_names_are_found_in_texts_and_its_examples_hold(self, folder):
        assert not knows(read(folder), "Umm Qusayr")
        (folder / "rules" / "r.yaml").write_text(DEPOT)
        config = read(folder)
        assert knows(config, "Umm Qusayr")
        assert config.rules.run_examples(config.places.locate, datetime.now(UTC)) == []

    def test_rules_alone_know_them_too(self, folder):
        (folder / "rules" / "r.yaml").write_text(DEPOT)
        rules = load_rules(folder / "rules")
        found = load_places(folder / "config.yaml", rules).locate(Entry(id="x", title="Fire in Umm Qusayr"))
        assert [place.admin1 for place in found.places] == ["SY-HL"]

    def test_one_at_sea_is_in_no_country(self, folder):
        place = "{name: Platform Bravo, lat: 34.2, lon: 31.5, radius: 9 km}"
        (folder / "rules" / "r.yaml").write_text(f"regions: {{p: {{place: {place}}}}}\nrules: []\n")
        (found,) = read(folder).places.locate(Entry(id="x", title="Fire on Platform Bravo")).places
        assert (found.country, found.admin1, found.lat) == (None, None, pytest.approx(34.2, abs=0.01))

    @pytest.mark.parametrize(
        ("place", "told"),
        [
            ("{name: A, aliases: [B], lat: 1, lon: 1}", "texts are not searched for the name 'A'"),
            ("{name: Depot 12, lat: 1, lon: 1}", "texts are not searched for the name 'Depot 12'"),
        ],
    )
    def test_a_name_that_cannot_be_found_is_odd(self, folder, place, told):
        (folder / "rules" / "r.yaml").write_text(f"regions: {{p: {{place: {place}}}}}\nrules: []\n")
        assert any(told in str(warning) for warning in read(folder).rules.warnings)

    @pytest.mark.parametrize(
        ("place", "told"),
        [
            ("{name: Manbij, aliases: [Membij]}", "aliases need `lat` and `lon`"),
            ("{name: X, aliases: Y, lat: 1, lon: 1}", "aliases are a list of names"),
        ],
    )
    def test_aliases_are_checked(self, folder, place, told):
        (folder / "rules" / "r.yaml").write_text(f"regions: {{p: {{place: {place}}}}}\nrules: []\n")
        assert any(told in fault for fault in faults(folder, CONFIG))


class TestDisputedTerritories:
    """Whose they are is said in one place, and can be said otherwise."""

    CRIMEA = Entry(id="x", title="Explosion in Crimea")

    def test_they_count_as_configured(self, folder):
        iso = read(folder).places.locate(self.CRIMEA)
        assert {"UA", "UA-43"} <= set(iso.regions)
        other = read(folder, f"disputed_territories: {{UA-43: RU}}\n{CONFIG}").places.locate(self.CRIMEA)
        assert {"RU", "UA-43"} <= set(other.regions)
        assert "UA" not in other.regions

    def test_codes_that_are_none_are_faults(self, folder):
        told = faults(folder, f"disputed_territories: {{UA-443: RU, XK: Serbia}}\n{CONFIG}")
        territory, country = told
        assert territory.startswith("config.yaml:1:24: disputed_territories.UA-443: 'UA-443' is not an ISO 3166 code")
        assert country.startswith("config.yaml:1:36: disputed_territories.XK: 'Serbia' is not an ISO 3166-1 code")
        assert country.endswith("(did you mean 'RS'?)")

    def test_a_rule_that_asks_for_one_that_counts_elsewhere_is_told(self, folder):
        (folder / "rules" / "r.yaml").write_text("rules: [{id: a, when: {region: XK}, receivers: []}]\n")
        config = read(folder, f"disputed_territories: {{XK: RS}}\n{CONFIG}")
        assert any("XK counts as RS by `disputed_territories`" in str(fault) for fault in config.rules.warnings)


def test_rules_alone_need_no_configuration(folder):
    assert [rule.id for rule in load_rules(folder / "rules").rules] == ["raid"]
    with pytest.raises(FaultsFound, match="no such file or directory"):
        load_rules(folder / "nothing")


COMMENTED = """\
# my feeds
database: w.db
feeds:
  # Syria
  - id: sohr            # the observatory
    url: https://sohr.example/feed
    tags: [syria, hr]

  - {id: atalayar, url: "https://atalayar.example/rss"}

# who is told
receivers: {}
"""


class TestEditing:
    def test_a_feed_is_added_behind_the_others_and_comments_stay(self):
        text = add_feed(COMMENTED, {"url": "https://enab.example/feed", "title": "Enab Baladi: عنب", "tags": ["syria"]})
        assert (
            "\n  - id: enab-baladi\n    url: https://enab.example/feed\n"
            "    title: 'Enab Baladi: عنب'\n    tags: [syria]\n"
        ) in text
        assert "# who is told" in text
        assert text.index("enab-baladi") < text.index("# who is told")

    @pytest.mark.parametrize("text", ["database: w.db\n", "feeds: []\ndatabase: w.db\n", "feeds:\ndatabase: w.db\n"])
    def test_the_first_feed(self, folder, text):
        config = read(folder, add_feed(text, {"url": "https://a.example/"}) + "rules: []\n")
        assert [feed.id for feed in config.feeds] == ["a"]

    def test_a_feed_is_removed_and_the_rest_stays(self, folder):
        text = remove_feed(COMMENTED, "sohr")
        assert "sohr" not in text
        assert "# who is told" in text
        assert [feed.id for feed in read(folder, text + "rules: []\n").feeds] == ["atalayar"]
        assert read(folder, remove_feed(text, "atalayar") + "rules: []\n").feeds == ()

    @pytest.mark.parametrize(
        "feed", [{"url": "https://sohr.example/feed"}, {"url": "https://b.example/", "id": "sohr"}], ids=["url", "id"]
    )
    def test_what_is_there_is_not_added(self, feed):
        with pytest.raises(UsageError):
            add_feed(COMMENTED, feed)


class TestOpml:
    def test_folders_become_tags_and_come_back(self, folder):
        opml = (
            b'<opml version="1.0"><body><outline text="Syria &amp; Iraq"><outline text="SOHR" xmlUrl="https://s.example/"/>'
            b'</outline><outline title="BBC" xmlUrl="http://b.example/r"/><outline title="again" xmlUrl="https://s.example/"/>'
            b"</body></opml>"
        )
        feeds = import_opml(opml)
        assert feeds == [
            {"url": "https://s.example/", "title": "SOHR", "tags": ["syria-iraq"], "id": "sohr"},
            {"url": "http://b.example/r", "title": "BBC", "id": "bbc"},
        ]
        text = "rules: []\n"
        for feed in feeds:
            text = add_feed(text, feed)
        assert import_opml(export_opml(read(folder, text).feeds).encode()) == feeds

    @pytest.mark.parametrize(
        ("written", "url"),
        [
            ("feed://x.example/a", "http://x.example/a"),
            ("feed:https://x.example/a", "https://x.example/a"),
            ("FEED://https://x.example/a", "https://x.example/a"),
            ("https://x.example/feed://b", "https://x.example/feed://b"),
            ("https://x.example/?u=feed:https://b", "https://x.example/?u=feed:https://b"),
        ],
    )
    def test_addresses_with_the_scheme_of_feeds(self, written, url):
        (feed,) = import_opml(f'<opml><body><outline xmlUrl="{written}"/></body></opml>'.encode())
        assert feed["url"] == url

    def test_an_id_that_is_used_already_is_not_given_again(self):
        opml = b'<opml><body><outline text="BBC" xmlUrl="http://b.example/"/></body></opml>'
        assert [feed["id"] for feed in import_opml(opml, ["bbc"])] == ["bbc-2"]

    @pytest.mark.parametrize(
        ("raw", "told"),
        [
            (b"", "not OPML"),
            (b"<html/>", "its root is <html>"),
            (b"{}", "not OPML"),
            (b'<opml><body><outline xmlUrl="file:///etc/passwd"/></body></opml>', "not http or https"),
            (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><opml><body>&e;</body></opml>', None),
        ],
    )
    def test_bad_files(self, raw, told):
        if told is None:
            assert import_opml(raw) == []
            return
        with pytest.raises(InputError, match=told):
            import_opml(raw)


@pytest.mark.parametrize("listen", ["8642", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "::1:8642"])
def test_where_to_listen_is_a_host_and_a_port(folder, listen):
    (fault,) = faults(folder, CONFIG + f"web: {{listen: '{listen}'}}\n")
    assert "web.listen" in fault and "HOST:PORT" in fault


@pytest.mark.parametrize("listen", ["127.0.0.1:1", "[::1]:1", "localhost:1"])
def test_on_this_machine_no_token_is_needed(folder, listen):
    environment = {"WATCHER_DESK_TOKEN": "t"}
    config = read(folder, CONFIG + f"web: {{listen: '{listen}'}}\n", environment, require_secrets=True)
    assert config.web.is_local and config.web_token is None
    assert config.web.address == (listen.rpartition(":")[0].strip("[]"), 1)


@pytest.mark.parametrize("listen", ["0.0.0.0:1", "[::]:1", "10.0.0.7:1", ":1", "server.example:1"])
def test_where_others_can_reach_it_a_token_is_needed(folder, listen):
    text, desk = CONFIG + f"web: {{listen: '{listen}'}}\n", {"WATCHER_DESK_TOKEN": "t"}
    (fault,) = faults(folder, text, environment=desk, require_secrets=True)
    assert fault.startswith("config.yaml:5:7: web.listen: ") and "WATCHER_WEB_TOKEN" in fault
    config = read(folder, text, desk | {"WATCHER_WEB_TOKEN": "secret"}, require_secrets=True)
    assert config.web_token.get_secret_value() == "secret"
    read(folder, CONFIG + f"web: {{listen: '{listen}', enabled: false}}\n", desk, require_secrets=True)


@pytest.mark.parametrize("text", ["{entries: 6d}", "{entries: 400d}", "{entries: 5d, alerted: 3d}"])
def test_nothing_is_forgotten_that_dedup_needs_or_before_what_was_told(folder, text):
    (fault,) = faults(folder, CONFIG + f"retention: {text}\n")
    assert fault.startswith(
        "config.yaml:5:1: retention: these must rise in this order: dedup.window 7d, retention.entries "
    )
