"""Rules: YAML files in, matches with evidence out. All terms of all rules are found in one pass over an entry."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watcher.rules.whole import *  # noqa: F403 - all of its names
else:

    def __getattr__(name: str) -> object:
        """Load the whole when something of it is first asked for: `init` needs `rules.schema` alone."""
        return getattr(import_module("watcher.rules.whole"), name)
