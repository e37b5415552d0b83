"""What others take from the package `config`."""

from watcher.config.edit import add_feed, remove_feed
from watcher.config.loading import OWN_GAZETTEER, Config, Kind, Receiver, examine, load, load_places, load_rules, stamps
from watcher.config.models import Http, Log, Web, json_schema
from watcher.config.opml import export_opml, import_opml
from watcher.config.rulefiles import can_save, new_rule_file, read_rule_file, rule_files, save_rule_file

__all__ = [
    "OWN_GAZETTEER",
    "Config",
    "Http",
    "Kind",
    "Log",
    "Receiver",
    "Web",
    "add_feed",
    "can_save",
    "examine",
    "export_opml",
    "import_opml",
    "json_schema",
    "load",
    "load_places",
    "load_rules",
    "new_rule_file",
    "read_rule_file",
    "remove_feed",
    "rule_files",
    "save_rule_file",
    "stamps",
]
