"""The database: schema, migrations, queries. The only package that speaks SQL."""

from watcher.store.engine import InWriter, Store, WriterThread, open_store

__all__ = ["InWriter", "Store", "WriterThread", "open_store"]
