"""The configuration: files and environment in, one frozen Config out, or every fault with its place."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watcher.config.whole import *  # noqa: F403 - all of its names
else:

    def __getattr__(name: str) -> object:
        """Load the whole when something of it is first asked for: `init` needs `config.models` alone."""
        return getattr(import_module("watcher.config.whole"), name)
