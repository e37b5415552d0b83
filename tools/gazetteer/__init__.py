"""Parts of `tools/build_gazetteer.py`."""
