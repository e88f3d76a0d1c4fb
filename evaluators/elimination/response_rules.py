"""Rules on a response and on an instance (an input with its output).

Promise: an answer of one sign ("42", "B", "7.") and a plain yes or no are never taken for an empty response.

Source: WizardLM's elimination (arXiv:2304.12244, section 3.3), rules 2 and 3; the instance filters of Self-Instruct
(arXiv:2212.10560, section 2.2, and the repository's script that prepares the instances).

Deviations: both response rules know other languages than English, and the list of stop words is not empty. Where both
input and output are empty the reason is the output. Self-Instruct draws the instances it keeps at random; we keep the
first ones. As in its recorded run, two outputs are a conflict only where there is an input.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from evaluators.elimination.hit import Hit, show_start
from evaluators.elimination.phrases import APOLOGIES, BOILERPLATE, GREETINGS, REFUSALS, find_phrase, fold_text
from evaluators.elimination.scripts import count_words, find_base_language, is_unspaced
from evaluators.elimination.stop_words import STOP_WORDS, UNSPACED_LANGUAGES

SORRY_WORDS = 80  # WizardLM: an apology in fewer words is a refusal; the same number of characters without spaces
GREETING_WORDS = 20  # a longer response with "how can I help you" may be a dialogue that was asked for
MAX_INSTANCES = 5  # a task: Self-Instruct

SHORT_ANSWERS = frozenset("是 否 对 不 不是 不对 有 没有 没 能 不能 会 不会 可以 在 上 下 前 后 ある ない".split())
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")

Instance = tuple[str, str]  # (input, output)


def check_response(response: str, language: str) -> Hit | None:
    """Return the first rule that rejects a response, None where all let it pass.

    Reasons, in order: `empty`, `apologises`, `only_stop_words`, `refusal`, `boilerplate`.
    """
    base = find_base_language(language)
    folded = fold_text(response)
    if not folded:
        return Hit("empty", "")
    short = len(folded) < SORRY_WORDS if is_unspaced(folded) else count_words(folded) < SORRY_WORDS
    return (
        (_find_apology(folded, base) if short else None)
        or _check_substance(folded, base)
        or _find_refusal(folded)
        or _find_boilerplate(folded)
    )


def _find_apology(folded: str, base: str) -> Hit | None:
    """Find an apology, in English or in the language."""
    hits = (APOLOGIES[key].search(folded) for key in ("", base) if key in APOLOGIES)
    hit = next((hit for hit in hits if hit), None)
    return Hit("apologises", hit[0]) if hit else None


def _check_substance(folded: str, base: str) -> Hit | None:
    """Refuse a response of punctuation and stop words only; of punctuation only in a language without a list."""
    if all(char in string.punctuation or unicodedata.category(char)[0] in "PZC" for char in folded):
        return Hit("only_stop_words", show_start(folded))
    stop_words = STOP_WORDS.get(base)
    if stop_words is None:
        return None
    empty = _holds_only_unspaced(folded, base) if base in UNSPACED_LANGUAGES else _holds_only(folded, stop_words)
    if not empty or any(unicodedata.category(char) == "So" for char in folded):  # an emoji says something
        return None
    return Hit("only_stop_words", show_start(folded))


def _holds_only(folded: str, stop_words: frozenset[str]) -> bool:
    """Say whether all words are stop words; a single letter is an answer (to a multiple choice)."""
    words = _WORD.findall(folded)
    single_letter = len(words) == 1 and len(words[0]) == 1
    return not single_letter and all(word in stop_words for word in words)


def _holds_only_unspaced(folded: str, base: str) -> bool:
    """Say whether nothing is left of a text once stop words, the longest first, are taken out."""
    letters = "".join(_WORD.findall(folded))
    return letters not in SHORT_ANSWERS and not _compile_stop_words(base).sub("", letters)


@lru_cache(maxsize=4)
def _compile_stop_words(base: str) -> re.Pattern[str]:
    return re.compile("|".join(sorted(STOP_WORDS[base], key=lambda word: (-len(word), word))))


def _find_refusal(folded: str) -> Hit | None:
    hit = next((hit for pattern in REFUSALS if (hit := pattern.match(folded))), None)
    return Hit("refusal", hit[0]) if hit else None


def _find_boilerplate(folded: str) -> Hit | None:
    """Find an assistant's phrases; a greeting counts only where the response is hardly more."""
    brief = count_words(folded) < GREETING_WORDS
    phrase = find_phrase(folded, (*BOILERPLATE, *GREETINGS) if brief else BOILERPLATE)
    return Hit("boilerplate", phrase) if phrase else None


def check_instance(input: str, output: str) -> Hit | None:
    """Return the first rule that rejects an instance: `empty_output`, `input_equals_output`, `ends_with_colon`."""
    task_input, answer = input.strip(), output.strip()
    if not answer:
        return Hit("empty_output", "")
    if task_input == answer:
        return Hit("input_equals_output", show_start(answer))
    for text in (task_input, answer):
        if text.endswith((":", "\uff1a")):
            return Hit("ends_with_colon", text[-60:])
    return None


def find_conflict(instances: Sequence[Instance]) -> Hit | None:
    """Return the input that the instances of one task answer in two ways (`conflicting_outputs`), None without one."""
    answers: dict[str, str] = {}
    for task_input, output in instances:
        if task_input and answers.setdefault(task_input, output) != output:
            return Hit("conflicting_outputs", show_start(task_input))
    return None


def drop_conflicts(instances: Sequence[Instance]) -> tuple[Instance, ...]:
    """Return the instances of one task to keep: none at a conflict, else at most 5, each once, the first ones."""
    if find_conflict(instances):
        return ()
    return tuple(dict.fromkeys(instances))[:MAX_INSTANCES]
