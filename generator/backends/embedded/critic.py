"""Scores a record by rules, from what code can measure: whether it is whole, and whether it does what it says.

It is not a model of quality: it cannot tell a true answer from a false one, nor a clever one from a dull one. It finds
what is broken (an answer that breaks off, repeats itself, misses a constraint, is in another language), and each
explanation names what was measured. A record without a fault gets a high score because nothing was found, no more.

Source: our own; the dimensions and the scale are those of the critic's rubric.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from evaluators.elimination.stop_words import ENGLISH
from evaluators.tokens import is_spaceless, tokenize
from evaluators.verifiers.segment import count_words, find_sentences, is_cjk
from generator.backends.embedded.plan import Task, read_task

HIGHEST, LOWEST = 10, 1
# Points taken off, by how much a fault spoils the record for training.
FATAL, GRAVE, NOTABLE, SLIGHT = 9, 4, 2, 1
MIN_INSTRUCTION_WORDS = 4  # Self-Instruct drops 3 and fewer
LONG_INSTRUCTION_WORDS = 300  # a quarter of what a person would still read as one request is far less
LONG_RESPONSE_WORDS = 1500
SHORT_RESPONSE_WORDS = 3  # fewer and no constraint that vouches for them: a label, of which little can be learnt
MAX_REPEATED_SHARE = 0.2  # of the sentences may have come before (Gopher's limit for lines is 0.3, for paragraphs 0.3)
NO_CHECK_SCORE = 8  # alignment where no constraint is there to be measured

_BROKEN_END = re.compile(r"(?:[,;:，；：、(（]|\b(?:and|or|the|a|an|of|to|with|because|that|which))\s*$", re.IGNORECASE)

Score = tuple[int, str]


def reply_critic(facts: Mapping[str, Any]) -> str:
    """Return the scores (1 to 10) with their explanations as JSON."""
    task = read_task(facts["task"])
    scores = {
        "instruction": score_instruction(task), "response": score_response(task), "alignment": score_alignment(task),
    }  # fmt: skip
    asked = facts.get("dimensions") or scores  # one at a time, where that is wanted
    reply = {
        name: {"explanation": explanation, "score": score}
        for name, (score, explanation) in scores.items()
        if name in asked
    }
    return json.dumps(reply, ensure_ascii=False)


def take_off(faults: list[tuple[int, str]], praise: str, highest: int = HIGHEST) -> Score:
    """Return the score after the faults, and an explanation that names them."""
    score = max(LOWEST, highest - sum(points for points, _ in faults))
    return score, "; ".join(fault for _, fault in faults) or praise


def score_instruction(task: Task) -> Score:
    """Score what is asked: its length, and whether it is whole."""
    words = count_words(task.instruction)
    faults: list[tuple[int, str]] = []
    if words == 0:
        return LOWEST, "the instruction is empty"
    if words < MIN_INSTRUCTION_WORDS:
        faults.append((GRAVE, f"{words} words: too few to say what is wanted"))
    if words > LONG_INSTRUCTION_WORDS:
        faults.append((NOTABLE, f"{words} words: longer than {LONG_INSTRUCTION_WORDS}"))
    if _BROKEN_END.search(task.instruction) and not (task.input or task.instruction.rstrip()[-1:] in ":："):
        faults.append((NOTABLE, f"it breaks off: …{task.instruction[-20:]!r}"))
    if task.instruction.count("```") % 2:
        faults.append((NOTABLE, "a code block is not closed"))
    return take_off(faults, f"{words} words, a whole request")


def score_response(task: Task) -> Score:
    """Score the answer: whether it is there, whole, and does not repeat itself."""
    words = count_words(task.response)
    if words == 0:
        return LOWEST, "the response is empty"
    faults: list[tuple[int, str]] = []
    if _BROKEN_END.search(task.response):
        faults.append((GRAVE, f"it breaks off: …{task.response[-20:]!r}"))
    if task.response.count("```") % 2:
        faults.append((GRAVE, "a code block is not closed"))
    share = measure_repetition(task.response)
    if share > MAX_REPEATED_SHARE:
        faults.append((GRAVE, f"{share:.0%} of its sentences have come before"))
    if words > LONG_RESPONSE_WORDS:
        faults.append((SLIGHT, f"{words} words: longer than {LONG_RESPONSE_WORDS}"))
    if words < SHORT_RESPONSE_WORDS and not task.checks:
        faults.append((NOTABLE, f"{words} words and no constraint that vouches for them"))
    return take_off(faults, f"{words} words, whole, without repetition")


def measure_repetition(response: str) -> float:
    """Return the share (0 to 1) of sentences of three or more words that an earlier one equals."""
    sentences = [each.casefold() for each in find_sentences(response) if count_words(each) > 2]
    return 1 - len(set(sentences)) / len(sentences) if sentences else 0.0


def score_alignment(task: Task) -> Score:
    """Score whether the answer does what is asked: constraints met, the task's language, words in common."""
    known = [check for check in task.checks if check.verdict is not None]
    missed = [check.kind for check in known if not check.verdict]
    faults: list[tuple[int, str]] = []
    if missed:
        share = len(missed) / len(known)
        found = f"misses {len(missed)} of {len(known)} constraints: {', '.join(missed)}"
        faults.append((max(GRAVE, round(FATAL * share)), found))
    if not speaks_same(task):
        faults.append((NOTABLE, "it is written in another script than the instruction"))
    if not known and not shares_content(task):
        faults.append((NOTABLE, "it has no content word in common with the task"))
    if known:
        return take_off(faults, f"meets {len(known)} of {len(known)} constraints")
    return take_off(faults, "no constraint to measure; words in common with the task", NO_CHECK_SCORE)


def speaks_same(task: Task) -> bool:
    """Say whether both have Chinese characters, or neither has; a short answer may be in any script."""
    return is_cjk(task.instruction) == is_cjk(task.response) or count_words(task.response) < MIN_INSTRUCTION_WORDS


def shares_content(task: Task) -> bool:
    """Say whether instruction or input and response share a content word or an unspaced character."""
    asked = set(tokenize(f"{task.instruction}\n{task.input}"))
    shared = asked & set(tokenize(task.response))
    return any(is_spaceless(token) or (token not in ENGLISH and len(token) > 2) for token in shared)
