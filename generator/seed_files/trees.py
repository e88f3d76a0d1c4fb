"""Open Assistant's flat form → trees: messages, one a record, gathered by `message_tree_id` and `parent_id`.

Promise: however long the file, only trees that are not yet finished are held. The messages of a tree mostly stand
together; up to `MAX_OPEN` trees may be mixed.
Source: as `shapes/oasst.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from generator.seed_files.faults import Notes
from generator.seed_files.records import Record

MAX_OPEN = 10_000  # trees held at a time; the whole of oasst1 has 10,364, mostly one after the other
FIELDS = ("message_id", "text", "role")


@dataclass(slots=True)
class _Tree:
    """The messages of one tree so far; a reply may come before what it replies to."""

    record: Record
    root: dict[str, object] | None = None
    messages: dict[str, dict[str, object]] = field(default_factory=dict)
    replies: list[tuple[str, dict[str, object], Record]] = field(default_factory=list)


def is_message(values: Mapping[str, object]) -> bool:
    """Say whether a record is one message of a tree, rather than a tree."""
    return all(key in values for key in FIELDS) and ("message_tree_id" in values or "parent_id" in values)


def gather_trees(records: Iterator[Record], notes: Notes) -> Iterator[Record]:
    """Yield records as they are, and trees in place of the messages that make them."""
    trees: dict[str, _Tree] = {}
    for record in records:
        if not is_message(record.values) or record.header:
            yield record
            continue
        if record.values.get("replies"):  # a tree that is no more than its root, with all below it
            root = {"message_tree_id": record.values.get("message_tree_id"), "prompt": record.values}
            yield Record(record.line, root, element=record.element)
            continue
        key = str(record.values.get("message_tree_id") or _find_root(trees, record))
        tree = trees.pop(key, None) or _Tree(record)
        trees[key] = tree  # now the latest
        _add(tree, record)
        if len(trees) > MAX_OPEN:
            yield from _finish(trees.pop(next(iter(trees))), notes)
    for tree in trees.values():
        yield from _finish(tree, notes)


def _find_root(trees: Mapping[str, _Tree], record: Record) -> str:
    """Return the tree of a message that does not name it: its parent's, else its own."""
    parent = record.values.get("parent_id")
    found = (key for key, tree in trees.items() if parent in tree.messages)
    return next(found, str(parent or record.values["message_id"]))


def _add(tree: _Tree, record: Record) -> None:
    message: dict[str, object] = {**record.values, "replies": []}
    tree.messages[str(message["message_id"])] = message
    parent = message.get("parent_id")
    if not parent:
        tree.root, tree.record = message, record
    else:
        tree.replies.append((str(parent), message, record))


def _finish(tree: _Tree, notes: Notes) -> Iterator[Record]:
    """Yield the tree; a message whose parent is nowhere is a warning, and left out."""
    for parent, message, record in tree.replies:
        above = tree.messages.get(parent)
        if above is None:
            notes.warn(
                record.line, "the message that this one replies to is not there. It is left out.", record.element
            )
        else:
            replies = above["replies"]
            assert isinstance(replies, list)
            replies.append(message)
    if tree.root is None:
        first = tree.record
        notes.warn(first.line, "the tree of this message has no prompt. It is left out.", first.element)
        return
    values: dict[str, object] = {"message_tree_id": tree.root.get("message_tree_id"), "prompt": tree.root}
    yield Record(tree.record.line, values, element=tree.record.element)
