"""Judges by rules whether two tasks are equal: the same constraints and requirements, the same depth and breadth.

Two tasks are equal where their texts are the same but for case, spacing and punctuation; or where nothing tells the
second from the first: it states no check that the first does not state, it has the same input, and its instruction has
fewer than two content words (in Chinese: four characters) that the first one lacks. The explanation names the rule.

Source: the Equal judge of Xu et al. 2023 (WizardLM, arXiv:2304.12244), section 3.3.
Deviations: a rule cannot see that two wordings mean the same; it sees only what is new in the second.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from evaluators.elimination.stop_words import ENGLISH
from evaluators.tokens import is_spaceless, tokenize
from generator.backends.embedded.plan import Task, read_task

MIN_NEW_WORDS = 2  # one new word may be a synonym
MIN_NEW_CHARACTERS = 4  # two Chinese words
_NO_CONTENT = re.compile(r"[\W_]+")


def reply_equal(facts: Mapping[str, Any]) -> str:
    """Return the verdict as JSON: an explanation, and whether the tasks are equal."""
    equal, explanation = judge_equal(read_task(facts["first"]), read_task(facts["second"]))
    return json.dumps({"explanation": explanation, "equal": equal}, ensure_ascii=False)


def fold(text: str) -> str:
    """Return the text without case, spacing, punctuation and width."""
    return _NO_CONTENT.sub("", unicodedata.normalize("NFKC", text).casefold())


def judge_equal(first: Task, second: Task) -> tuple[bool, str]:
    """Return whether the tasks are equal, and the rule that says so."""
    same_input = fold(first.input) == fold(second.input)
    if same_input and fold(first.instruction) == fold(second.instruction):
        return True, "same text: instruction and input differ in case, spacing and punctuation at most"
    stated = [(check.kind, check.params) for check in first.checks]
    added = [check.kind for check in second.checks if (check.kind, check.params) not in stated]
    if added:
        return False, f"new constraints: the second task states {', '.join(added)}, which the first does not"
    if not same_input:
        return False, "new input: the tasks work on different material"
    words, characters = find_new_content(first.instruction, second.instruction)
    if len(words) >= MIN_NEW_WORDS or len(characters) >= MIN_NEW_CHARACTERS:
        shown = ", ".join(words[:5]) or "".join(characters[:12])
        return False, f"new content: the second instruction has {shown}, which the first has not"
    return True, "nothing new: no constraint, no input and hardly a content word tells the second task from the first"


def find_new_content(first: str, second: str) -> tuple[list[str], list[str]]:
    """Return the content words and the unspaced characters of the second text that the first lacks, in order."""
    known = set(tokenize(first))
    fresh = [token for token in dict.fromkeys(tokenize(second)) if token not in known]
    words = [token for token in fresh if not is_spaceless(token) and token not in ENGLISH and len(token) > 2]
    return words, [token for token in fresh if is_spaceless(token)]
