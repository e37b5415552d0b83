"""What readers called a wrong duplicate, measured against dedup as it is now."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from watcher.cli.common import err, open_existing, print_json

if TYPE_CHECKING:
    from watcher.config import Config
    from watcher.dedup import Settings


def measure(config: "Config", settings: "Settings") -> None:
    """Group the stored entries anew; tell of each pair that readers took apart whether it would be joined again.

    Ends with status 1 if any would.
    """
    from watcher.archive import Clusters
    from watcher.store import history, responses

    store, clusters = open_existing(config), Clusters(settings)
    found: dict[int, dict[str, Any]] = {}
    with store.read() as connection:
        pairs = [one for one in responses.labelled(connection, responses.DUPLICATE) if one["other"] is not None]
        wanted = {pair[key] for pair in pairs for key in ("entry", "other")}
        first = responses.first_seen_at(connection, wanted)
        for stored in history.entries_since(connection, first - settings.window if first else None):
            if not wanted:
                break
            # The time that counts is when we saw it, as for the daemon.
            told = clusters.line(replace(stored.entry, published_at=stored.seen_at))
            if stored.pk in wanted:
                found[stored.pk] = told
    store.close()
    again = 0
    for pair in pairs:
        entry, other = found[pair["entry"]], found[pair["other"]]
        joined = entry["story"] == other["story"]
        again += joined
        print_json({"id": entry["id"], "other": other["id"], "joined": joined, "similarity": entry["similarity"]})
    err.print(f"{again} of {len(pairs)} wrong duplicates would be joined again", markup=False)
    if again:
        raise typer.Exit(1)
