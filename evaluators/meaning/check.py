"""The meaning check of a text said anew, as far as code can take it: what must be kept is kept, and it is still like it.

Code cannot prove that two texts mean the same; it can catch what commonly goes wrong, and measure how far they lie
apart. A model's verdict, where there is one, comes on top.

Source: the failures are those listed in METHODS of back-translation, among others Edunov et al. 2018 (arXiv:1808.09381);
chrF as the measure in any language, see `chrf.py`. Floors: above what unrelated instructions reach (95% of 3,000 pairs
of Alpaca lie below .26 in English, 99% of 2,000 below .09 in Chinese).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluators.elimination.hit import Hit, show_start
from evaluators.meaning.asking import loses_command, loses_question, opens_as_reply
from evaluators.meaning.chrf import compute_chrf
from evaluators.meaning.function_words import is_likelier
from evaluators.meaning.negation import is_negation_changed
from evaluators.meaning.preserved import find_lost, strip_kept

FLOOR = 0.25  # chrF below which two texts of a script with letters are taken for unrelated
DENSE_FLOORS: Mapping[str, float] = {
    "zh": 0.08,
    "ja": 0.1,
    "ko": 0.1,
}  # a character says more there, so fewer are shared
SAME = 0.8  # chrF from which a "translation" is the source itself
ANSWER = 0.6  # chrF to the response from which a text is taken for it; many responses repeat the words of the task
CLEARLY = 0.1  # by so much more than to the source
LONGEST, LONGEST_ACROSS = 3.0, 6.0  # times as long as the source, or as short: English has 2 to 4 letters a Chinese one
SLACK = 40  # characters that a short text may grow by all the same


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a check found: how alike the texts are (chrF, 0 to 1; None across languages), and what rejects, if anything."""

    similarity: float | None
    hit: Hit | None = None


def check_meaning(
    source: str, result: str, source_language: str, result_language: str, identify: Callable[[str], str],
    response: str = "", *, is_task: bool = True,
) -> Meaning:  # fmt: skip
    """Check a rewording, or with two languages a translation; `response` is the answer that it must not have become.

    A text that is no task (an input, a response) cannot have been answered. Reasons: `empty`, `untranslated`,
    `wrong_language`, those of `find_lost`, `negation_changed`, `answered`, `length_changed`, `meaning_drifted`.
    """
    if not result.strip():
        return Meaning(None, Hit("empty", ""))
    same = _base(source_language) == _base(result_language)
    alike = compute_chrf(strip_kept(result), strip_kept(source))
    similarity = alike if same else None
    hit = (
        _check_same(result, alike or 0.0, same=same)
        or (
            _check_answered(source, result, source_language, result_language, response, alike or 0.0)
            if is_task
            else None
        )
        or _check_language(source, result, source_language, result_language, identify)
        or _check_asking(loses_question, source, result, source_language, result_language, is_task=is_task)
        or find_lost(source, result, source_language, result_language)
        or _check_negation(source, result, source_language, result_language)
        or _check_asking(loses_command, source, result, source_language, result_language, is_task=is_task)
        or _check_length(source, result, LONGEST if same else LONGEST_ACROSS)
        or (_check_similarity(similarity, result_language, result) if same else None)
    )
    return Meaning(similarity, hit)


def _base(language: str) -> str:
    return language.partition("-")[0]


def _check_same(result: str, alike: float, *, same: bool) -> Hit | None:
    return Hit("untranslated", show_start(result)) if not same and alike >= SAME else None


def _check_language(
    source: str, result: str, source_language: str, result_language: str, identify: Callable[[str], str]
) -> Hit | None:
    found = identify(result)
    if is_likelier(result, _base(result_language), _base(found)):
        return None
    if _base(found) == _base(result_language) or identify(source) != _base(source_language):
        return None  # where the source's own language is not made out, the result's will not be either
    reason = "untranslated" if _base(found) == _base(source_language) else "wrong_language"
    return Hit(reason, f"{found}: {show_start(result)}")


def _check_negation(source: str, result: str, source_language: str, result_language: str) -> Hit | None:
    changed = is_negation_changed(strip_kept(source), strip_kept(result), source_language, result_language)
    return Hit("negation_changed", show_start(result)) if changed else None


def _check_answered(
    source: str, result: str, source_language: str, result_language: str, response: str, alike: float
) -> Hit | None:
    to_response = compute_chrf(result, response) if response else None
    is_response = to_response is not None and to_response > max(alike + CLEARLY, ANSWER)
    if is_response or opens_as_reply(source, result, source_language, result_language):
        return Hit("answered", show_start(result))
    return None


def _check_asking(
    loses: Callable[[str, str, str, str], bool], source: str, result: str, source_language: str, result_language: str,
    *, is_task: bool,
) -> Hit | None:  # fmt: skip
    answered = is_task and loses(source, result, source_language, result_language)
    return Hit("answered", show_start(result)) if answered else None


def _check_length(source: str, result: str, most: float) -> Hit | None:
    before, after = len(source.strip()), len(result.strip())
    if after > most * before + SLACK or before > most * after + SLACK:
        return Hit("length_changed", f"{before} characters became {after}")
    return None


def _check_similarity(similarity: float | None, language: str, result: str) -> Hit | None:
    floor = DENSE_FLOORS.get(_base(language), FLOOR)
    if similarity is not None and similarity < floor:
        return Hit("meaning_drifted", f"chrF {similarity:.2f}: {show_start(result)}")
    return None
