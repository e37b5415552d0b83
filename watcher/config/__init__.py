"""The configuration: files and environment in, one frozen Config out, or every fault with its place."""

from watcher.config.edit import add_feed, remove_feed
from watcher.config.loading import OWN_GAZETTEER, Config, Kind, Receiver, load, load_places, load_rules, stamps
from watcher.config.models import Http, Log, Web, json_schema
from watcher.config.opml import export_opml, import_opml

__all__ = [
    "OWN_GAZETTEER",
    "Config",
    "Http",
    "Kind",
    "Log",
    "Receiver",
    "Web",
    "add_feed",
    "export_opml",
    "import_opml",
    "json_schema",
    "load",
    "load_places",
    "load_rules",
    "remove_feed",
    "stamps",
]
