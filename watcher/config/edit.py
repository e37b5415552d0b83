"""Adding and removing feeds in the text of config.yaml; comments and order stay as they are."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml

from watcher.errors import UsageError
from watcher.yamlsrc import parse

_FLOW = "`feeds` is written as [...] on one line: put each feed on a line of its own, beginning with -"


def add_feed(text: str, feed: Mapping[str, Any]) -> str:
    """Return the configuration's text with one more feed behind the others; without an `id` it gets one.

    Raises:
        UsageError: the feed's id or address stands there already, or `feeds` is not a block list.
        FaultsFound: the text is not YAML.
    """
    existing = _feeds(text)
    for one in existing:
        if one.get("url") == feed["url"]:
            raise UsageError(f"{feed['url']} is subscribed already, as {one.get('id')}")
        if one.get("id") == feed.get("id"):
            raise UsageError(f"the id {feed['id']!r} is used already")
    ids = {str(one.get("id")) for one in existing}
    entry = {"id": feed.get("id") or new_id(feed, ids)} | {k: v for k, v in feed.items() if k != "id"}
    dumped = yaml.safe_dump(entry, default_flow_style=None, sort_keys=False, allow_unicode=True, width=1000)
    node = _feeds_node(text)
    lines = text.splitlines()
    if node is None:
        return "\n".join([*lines, "feeds:", *_item(dumped, 2)]) + "\n"
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        line = _line_of_key(text)
        head = [*lines[:line], "feeds:"]
        return "\n".join([*head, *_item(dumped, 2), *lines[node.end_mark.line + 1 :]]) + "\n"
    if node.flow_style:
        raise UsageError(_FLOW)
    end = _last_line(node.value[-1]) + 1
    return "\n".join([*lines[:end], *_item(dumped, node.start_mark.column), *lines[end:]]) + "\n"


def remove_feed(text: str, feed_id: str) -> str:
    """Return the configuration's text without a feed. The caller knows that it is there.

    Raises:
        UsageError: `feeds` is not a block list.
    """
    node = _feeds_node(text)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        raise UsageError(_FLOW)
    lines = text.splitlines()
    for item in node.value:
        if {k.value: v.value for k, v in item.value}.get("id") == feed_id:
            first, last = item.start_mark.line, _last_line(item)
            left = [*lines[:first], *lines[last + 1 :]]
            if len(node.value) == 1:
                left[_line_of_key(text)] = "feeds: []"
            return "\n".join(left) + "\n"
    raise UsageError(f"no feed has the id {feed_id!r}")


def new_id(feed: Mapping[str, Any], taken: Iterable[str]) -> str:
    """Return a free id made from a feed's title, or from its host."""
    host = (urlsplit(str(feed["url"])).hostname or "feed").removeprefix("www.")
    base = _slug(str(feed.get("title") or "")) or _slug(host.rpartition(".")[0] or host) or "feed"
    names, number, name = set(taken), 1, base
    while name in names:
        number += 1
        name = f"{base}-{number}"
    return name


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")


def _feeds(text: str) -> list[Mapping[str, Any]]:
    data = parse(text, "config").data
    feeds = data.get("feeds") if isinstance(data, dict) else None
    return [feed for feed in feeds if isinstance(feed, dict)] if isinstance(feeds, list) else []


def _pairs(text: str) -> list[tuple[yaml.Node, yaml.Node]]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return root.value if isinstance(root, yaml.MappingNode) else []


def _feeds_node(text: str) -> yaml.Node | None:
    return next((value for key, value in _pairs(text) if key.value == "feeds"), None)


def _line_of_key(text: str) -> int:
    return next(int(key.start_mark.line) for key, _ in _pairs(text) if key.value == "feeds")


def _last_line(node: yaml.Node) -> int:
    """The last line that a node's text stands on; a block's end mark lies behind the blank lines after it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1])
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return int(node.end_mark.line) - 1
    return int(node.end_mark.line)


def _item(dumped: str, indent: int) -> list[str]:
    first, *rest = dumped.rstrip("\n").split("\n")
    return [" " * indent + "- " + first, *(" " * (indent + 2) + line for line in rest)]
