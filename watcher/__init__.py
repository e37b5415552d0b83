"""watcher: polls feeds, recognises republications, sends one alert per story."""

__version__ = "0.1.0"
