"""The commands, each thin and about a screen long; what they print for programs is JSON."""

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from watcher.errors import FaultsFound, UsageError, WatcherError

if TYPE_CHECKING:  # processes that the daemon starts import this module too, and run no command
    import typer

#: Objects made before the garbage collector looks for circles among them: what is loaded stays, and with the usual 700
#: a tenth of a start went into looking through it again and again.
BETWEEN_COLLECTIONS = 20_000
#: Module → its commands. Only the module of the command that was asked for is loaded.
COMMANDS = {
    "check": ("init", "check", "schema"),
    "run": ("run", "once", "demo"),
    "doctor": ("doctor",),
    "look": ("status", "explain", "stories"),
    "backtest": ("backtest",),
    "feeds": ("feeds",),
    "archive": ("parse", "cluster", "match", "locate"),
    "places": ("gazetteer",),
    "silence": ("silence",),
    "manage": ("send-test", "db"),
}


def _version(wanted: bool) -> None:
    import typer

    from watcher import __version__

    if wanted:
        typer.echo(f"watcher {__version__}")
        raise typer.Exit


def build(command: str | None = None) -> "typer.Typer":
    """Return the program with one of its commands, with none for `--version`, or with all of them."""
    import typer

    app = typer.Typer(
        name="watcher",
        help="Polls feeds, recognises republished texts, applies keyword and region rules, sends one alert per story.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def _options(
        version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print it."),
    ) -> None:
        """Hold the options of the program itself."""

    if command == "--version":
        return app
    wanted = [module for module, commands in COMMANDS.items() if command in commands]
    for module in wanted or COMMANDS:
        import_module(f"watcher.cli.{module}").register(app)
    return app


def main() -> None:
    """Run a command; mistakes of the user end it with one clear line each: status 2 in its use, 1 in his files."""
    gc.set_threshold(BETWEEN_COLLECTIONS)
    try:
        build(sys.argv[1] if len(sys.argv) > 1 else None)()
    except FaultsFound as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)  # noqa: T201 - the command line prints
        sys.exit(1)
    except WatcherError as error:
        print(f"watcher: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; nothing is left to tell
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from watcher.logs import machine_trouble

        if (why := machine_trouble(error)) is None:
            raise
        print(f"watcher: {why}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
