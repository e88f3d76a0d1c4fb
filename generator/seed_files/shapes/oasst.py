"""Open Assistant's message trees, nested: `prompt` with `replies`, each reply with its own, and `message_tree_id`.

The best path follows, from the prompt down, the reply with the best rank (0 is the best; unranked ones come last, in
their order); every path on request. What is deleted, spam or not reviewed is left out, with everything below it, and
counted in a warning; a path ends with its last reply of the assistant. A prompt that nobody answered is a task without
a response.
Source: Köpf et al. 2023, arXiv:2304.07327, and the README of the published data (oasst1, oasst2). Spam: `review_result`
is false, or the label `spam` has at least `SPAM` of its votes. Deviations: a tree whose own state says that it was
aborted is read as its messages say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.turns import make_task, read_turn
from generator.types import SeedTask

SPAM = 0.5  # half of the votes; chosen: the published data keeps the share, not a verdict
UNRANKED = float("inf")

Message = Mapping[str, object]


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there is a tree."""
    prompt = values.get("prompt")
    return isinstance(prompt, Mapping) and ("message_tree_id" in values or "replies" in prompt)


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read the best path through a tree, or all of them."""
    root = fields.values["prompt"]
    dropped: list[str] = []
    paths = list(_walk([root], dropped)) if isinstance(root, Mapping) and _is_usable(root, dropped) else []
    for reason in dropped:
        fields.warn(f"a message is {reason}. It is left out, with the replies below it.")
    if not paths and isinstance(root, Mapping) and _is_usable(root, []):
        paths = [[root]]
    if not paths:
        fields.leave_out("the tree's prompt may not be shown.")
    tasks = []
    tags: dict[str, str] = {}
    fields.put_plain(tags, "message_tree_id", "message_tree_id")
    for path in paths if fields.all_paths else paths[:1]:
        turns = [read_turn(fields.enter(message, "")) for message in path]
        language = str(path[-1].get("lang") or "").lower()
        tasks += make_task(fields, turns, tags, language=language)
    return tasks


def _walk(path: Sequence[Message], dropped: list[str]) -> Iterator[list[Message]]:
    """Yield the paths that go on from here, the best first; each ends with a reply of the assistant."""
    waiting: list[list[Message]] = [list(path)]
    seen: set[tuple[int, ...]] = set()
    while waiting:
        here = waiting.pop()
        replies = _list_replies(here[-1], dropped)
        waiting += [[*here, reply] for reply in reversed(replies)]
        if replies:
            continue
        while here and here[-1].get("role") != "assistant":
            here.pop()
        key = tuple(id(message) for message in here)
        if here and key not in seen:
            seen.add(key)
            yield here


def _list_replies(message: Message, dropped: list[str]) -> list[Message]:
    """Return the usable replies, the best first."""
    replies = message.get("replies")
    if not isinstance(replies, list):
        return []
    usable = [reply for reply in replies if isinstance(reply, Mapping) and _is_usable(reply, dropped)]
    return sorted(usable, key=_read_rank)


def _read_rank(message: Message) -> float:
    rank = message.get("rank")
    return float(rank) if isinstance(rank, (int, float)) and rank == rank else UNRANKED


def _is_usable(message: Message, dropped: list[str]) -> bool:
    """Say whether a message may be shown; note why where not."""
    if message.get("deleted") is True:
        dropped.append("deleted")
    elif message.get("review_result") is False or _read_spam(message.get("labels")) >= SPAM:
        dropped.append("spam, or was refused by its reviewers")
    elif "review_result" in message and message["review_result"] is None:
        dropped.append("not reviewed")
    else:
        return True
    return False


def _read_spam(labels: object) -> float:
    """Return the share of votes for spam, in any of the forms in which labels are published."""
    if isinstance(labels, Mapping) and isinstance(labels.get("spam"), Mapping):
        value: object = labels["spam"].get("value")
    elif isinstance(labels, Mapping) and isinstance(labels.get("name"), list):
        values = labels.get("value")
        pairs = zip(labels["name"], values if isinstance(values, list) else [], strict=False)
        value = next((share for name, share in pairs if name == "spam"), None)
    elif isinstance(labels, list):
        value = next((x.get("value") for x in labels if isinstance(x, Mapping) and x.get("name") == "spam"), None)
    else:
        value = None
    return float(value) if isinstance(value, (int, float)) else 0.0


OASST = Shape("oasst", (), matches, read_tasks)
