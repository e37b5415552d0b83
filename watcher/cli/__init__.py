"""The commands, each thin and about a screen long; what they print for programs is JSON."""

import sys

import typer

from watcher import __version__
from watcher.cli import archive, backtest, check, feeds, look, manage, places, run, silence
from watcher.errors import FaultsFound, WatcherError

app = typer.Typer(
    name="watcher",
    help="Polls feeds, recognises republished texts, applies keyword and region rules, sends one alert per story.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"watcher {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print it."),
) -> None:
    """Options of the program itself."""


for module in (check, run, look, backtest, feeds, archive, places, silence, manage):
    module.register(app)


def main() -> None:
    """Run a command; mistakes of the user end it with one clear line each and status 1."""
    try:
        app()
    except FaultsFound as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)  # noqa: T201 - the command line prints
        sys.exit(1)
    except WatcherError as error:
        print(f"watcher: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; nothing is left to tell
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
