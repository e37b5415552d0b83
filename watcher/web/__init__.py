"""The daemon over HTTP: the page, metrics and health. Everything that is served passes the guard."""

from watcher.web.app import Sources, create_app
from watcher.web.forms import Hand
from watcher.web.guard import Door
from watcher.web.page import Page
from watcher.web.serve import serving

__all__ = ["Door", "Hand", "Page", "Sources", "create_app", "serving"]
