"""Rules on an evolved task: leaks of the prompt, no change, boilerplate, an answer in the question, length, language.

Promise: only what the rewrite added is held against it; what its parent already said is not a leak.

Source: WizardLM's elimination (arXiv:2304.12244, section 3.3), rule 4; the others are the checks of its reproductions.
The judge of rule 1 is a model's call and comes later.

Deviations: the original searches for the prompt's words with regard to case, and whatever the parent says.
"""

from __future__ import annotations

import re
import unicodedata

from evaluators.elimination.hit import Hit, show_start
from evaluators.elimination.instruction_rules import EVOL, check_instruction
from evaluators.elimination.phrases import BOILERPLATE, GREETINGS, PROMPT_MARKERS, find_phrase, fold_text

MAX_INPUT_CHARACTERS = 8_192  # the 2,048 tokens that Evol-Instruct allows a reply, at about 4 characters a token

_ANSWER = re.compile(
    r"^[ \t]*(?:#{1,4}[ \t]*)?\*{0,2}(?P<label>(?:sample |expected |correct |model )?(?:answer|response|solution)"
    r"|(?:参考|标准)?答案|参考回答|回答|回复|解答|回答例|解答例)[ \t]?\*{0,2}[:\uff1a]\*{0,2}\s*(?P<text>\S.{0,80})",
    re.IGNORECASE | re.MULTILINE,
)
_FENCE = re.compile(r"<<<[0-9a-f]{12}\b|\b[0-9a-f]{12}>>>")  # the marker lines that our prompts set around a task
_BLANK = re.compile(r"[\[<({_\u2026.?\u3010\uff08\uff3b]")  # a place to fill in: `[your answer]`, `____`, `...`
_STYLE_MARKS = re.compile(r"[\"'\u2018-\u201f\u300c-\u300f]|[.,;:!?\u3001\u3002\u2026]+(?=\s|$)")


def check_evolved(
    instruction: str, input: str, parent_instruction: str, parent_input: str, language: str
) -> Hit | None:
    """Return the first rule that rejects a rewrite of a parent, None where all let it pass.

    Reasons, in order: `copies_prompt`, `equal_to_parent`, `boilerplate`, `holds_answer`, `input_too_long`, then those
    of `check_instruction` under the rule set `EVOL` (`too_short`, `too_long`, `wrong_language`).
    """
    before = fold_text(f"{parent_instruction}\n{parent_input}")
    after = fold_text(f"{instruction}\n{input}")
    return (
        _find_added(after, before, PROMPT_MARKERS, "copies_prompt")
        or _find_fence(after)
        or _check_change((instruction, input), (parent_instruction, parent_input))
        or _find_added(fold_text(instruction), before, (*BOILERPLATE, *GREETINGS), "boilerplate")
        or _find_answer(instruction, parent_instruction)
        or _check_input_length(input, parent_input)
        or check_instruction(instruction, language, rules=EVOL)
    )


def _find_added(after: str, before: str, phrases: tuple[str, ...], reason: str) -> Hit | None:
    """Find a phrase that the rewrite holds and its parent does not."""
    phrase = find_phrase(after, tuple(phrase for phrase in phrases if phrase not in before))
    return Hit(reason, phrase) if phrase else None


def _find_fence(after: str) -> Hit | None:
    hit = _FENCE.search(after)
    return Hit("copies_prompt", hit[0]) if hit else None


def _check_change(after: tuple[str, str], before: tuple[str, str]) -> Hit | None:
    """Refuse a rewrite that differs from its parent in case, spacing, quotation marks and final punctuation at most."""
    if [fold_style(part) for part in after] != [fold_style(part) for part in before]:
        return None
    return Hit("equal_to_parent", show_start(after[0]))


def fold_style(text: str) -> str:
    """Return the text without what is only style; `C++` and `C#`, `3.5` and `35` stay apart."""
    return " ".join(_STYLE_MARKS.sub("", unicodedata.normalize("NFKC", text).casefold()).split())


def _find_answer(instruction: str, parent_instruction: str) -> Hit | None:
    """Find a line `Answer: …` after the question, where the parent has no such label and nothing is left to fill in."""
    parent_labels = {hit["label"].lower() for hit in _ANSWER.finditer(parent_instruction)}
    for hit in _ANSWER.finditer(instruction):
        answers = instruction[: hit.start()].strip() and not _BLANK.match(hit["text"])
        if answers and hit["label"].lower() not in parent_labels:
            return Hit("holds_answer", show_start(hit[0].strip()))
    return None


def _check_input_length(text: str, parent_text: str) -> Hit | None:
    """Refuse an input beyond the bound; one that came with the parent is not the rewrite's doing."""
    if len(text) <= max(MAX_INPUT_CHARACTERS, len(parent_text)):
        return None
    return Hit("input_too_long", f"{len(text)} characters")
