"""Which constraints would go against the form that a request, or its answer, already has.

A request for two sentences must not get a list, nor code in the open a rule for its sentences. What is read here are a
few words of the request and the beginning of the answer; where in doubt a kind is left out.
"""

from __future__ import annotations

import re

from evaluators.verifiers.segment import count_words
from evaluators.verifiers.verify import KINDS
from generator.backends.embedded.constraint_draft import TINY
from generator.backends.embedded.constraint_frames import FRAMES
from generator.backends.embedded.constraint_shapes import SHAPES

RESHAPING = frozenset(SHAPES) | frozenset(FRAMES)  # kinds that change the response
# Kinds that suit code without a fence.
FOR_CODE = frozenset({"tags", "max_characters", "line_count", "required_words", "forbidden_words"})

_BARE_CODE = re.compile(
    r"\A(?:import |from \w+ import|def |class |var |function |public |#include|SELECT |\"\"\"\n|<!DOCTYPE)"
)
_FIXED_SIZE = re.compile(
    r"\b(?:one|two|three|four|five|single|\d+)[- ](?:sentences?|words?|lines?|paragraphs?|bullets?)\b|\bat most\b"
    r"|no more than|\bonly\b|\bexactly\b|fewer than|不超过|以内|只[用写输返给需要]|[一二三四五六两\d]+[句行段字]|字数",
    re.IGNORECASE,
)
_FIXED_FORM = re.compile(
    r"\bsteps?\b|\blist\b|\btable|json|csv|bullet|numbered|e-?mail|letter|poem|haiku|limerick|song|story|code|function"
    r"|sql|script|query|dialogue|conversation|format|separated|sections?\b|parts?\b|memo\b|notice|minutes|essay"
    r"|article|recipe|步|列表|表格|清单|诗|信|函|邮件|通知|代码|函数|格式|编号|要点|逐[条项]|分[点项]|对话|文案"
    r"|故事|标题",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\byou are (?:a|an|the)\b|\bact(?:ing)? as\b|\b(?:reply|answer|write|respond) as\b|\brole\b|你是|扮演|身份|口吻"
    r"|化身|假[设如定]你|当面",
    re.IGNORECASE,
)


def find_barred(core: str, response: str) -> frozenset[str]:
    """Return the kinds of constraint that would go against the form that the request or the answer itself has."""
    if _BARE_CODE.search(response):
        return frozenset(KINDS) - FOR_CODE
    if count_words(response) < TINY:  # a label or a figure: a wrapping says no more than it says
        return frozenset()
    if _FIXED_SIZE.search(core):
        return RESHAPING - {"tags"}
    if _ROLE.search(core) or response[:1] in '“"「':  # speech: neither a title nor sections
        return frozenset(SHAPES) | {"title", "key_value_lines", "quoted"}
    return frozenset(SHAPES) if _FIXED_FORM.search(core) else frozenset()
