"""What readers called a wrong duplicate, or one story, measured against dedup as it is now."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from watcher.cli.common import err, open_existing, print_json

if TYPE_CHECKING:
    from watcher.config import Config
    from watcher.dedup import Settings


def measure(config: "Config", settings: "Settings") -> None:
    """Group the stored entries anew; tell of each pair that readers took apart or put together whether it is joined.

    Ends with status 1 if dedup would decide any of them as it did.
    """
    from watcher.archive import Clusters
    from watcher.store import history, responses

    store, clusters = open_existing(config), Clusters(settings)
    found: dict[int, dict[str, Any]] = {}
    with store.read() as connection:
        kinds = (responses.DUPLICATE, responses.SAME)
        labelled = [one for kind in kinds for one in responses.labelled(connection, kind)]
        pairs = [one for one in labelled if one["other"] is not None]
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
    wrong = dict.fromkeys(kinds, 0)
    for pair in pairs:
        entry, other, kind = found[pair["entry"]], found[pair["other"]], pair["kind"]
        joined = entry["story"] == other["story"]
        wrong[kind] += joined == (kind == responses.DUPLICATE)
        facts = {"joined": joined, "similarity": entry["similarity"], "label": kind}
        print_json({"id": entry["id"], "other": other["id"], **facts})
    for kind, again in zip(
        kinds, ("wrong duplicates would be joined again", "stories would be two again"), strict=True
    ):
        count = sum(pair["kind"] == kind for pair in pairs)
        if count or kind == responses.DUPLICATE:
            err.print(f"{wrong[kind]} of {count} {again}", markup=False)
    if any(wrong.values()):
        raise typer.Exit(1)
