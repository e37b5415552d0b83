"""The daemon over HTTP: metrics and health. Everything that is served passes the guard."""

from watcher.web.app import Sources, create_app
from watcher.web.guard import Door
from watcher.web.serve import serving

__all__ = ["Door", "Sources", "create_app", "serving"]
