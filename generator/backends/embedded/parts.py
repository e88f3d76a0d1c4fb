"""Takes a task apart whose parts are numbered, each with its own part of the answer.

Promise: a part is only made where it stands on its own: its words point at nothing outside of it, the line above the list
says nothing but that there is one, and the answer has a part of the same number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generator.backends.embedded.plan import Plan, Task

LEAST, MOST = 2, 5
_NUMBERED = re.compile(r"^[ \t]*(\d{1,2})(?:[.)](?=\s)|[、．）])[ \t]*", re.MULTILINE)
_LEAD = re.compile(
    r"(?:please )?(?:answer|reply to|do|complete|carry out|work through|solve)(?: all)?(?: of)?(?: the)?(?: following| these)?"
    r"(?: \w+)? ?(?:questions?|tasks?|exercises?|problems?|requests?)?(?: below| in turn| one by one)?[.:]?"
    r"|请?(?:你)?(?:依次|逐一|分别)?(?:回答|完成|解答|处理)(?:下列|以下|下面)?(?:的)?(?:\w{0,4})?(?:问题|任务|题目|请求|要求)?[。：:]?",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|he|she|his|her|above|previous|former|latter|same|also|then|another|other)\b"
    r"|[它他她这那其该]|上述|上面|前面|前者|后者|同样|然后|也",
    re.IGNORECASE,
)


def split_task(task: Task) -> Sequence[Plan]:
    """Return the parts with their answers; nothing where they cannot be told, or do not stand on their own."""
    if task.input or task.checks:
        return ()
    lead, asked = read_numbered(task.instruction)
    head, answered = read_numbered(task.response)
    whole = LEAST <= len(asked) <= MOST and len(asked) == len(answered) and all(answered)
    leads = not lead or _LEAD.fullmatch(lead) is not None
    if not whole or not leads or "\n" in head or any(not _stands_alone(part) for part in asked):
        return ()
    return [Plan(part, "", answer) for part, answer in zip(asked, answered, strict=True)]


def _stands_alone(part: str) -> bool:
    return bool(part) and "\n" not in part and _POINTING.search(part) is None


def read_numbered(text: str) -> tuple[str, list[str]]:
    """Return what stands above a list that is numbered from 1 on without a gap, and its items; no items for no such list."""
    marks = list(_NUMBERED.finditer(text))
    if not marks or [int(mark[1]) for mark in marks] != list(range(1, len(marks) + 1)):
        return text.strip(), []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    items = [text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]
    return text[: marks[0].start()].strip(), items
