"""Scores weighted by probability: the mean of the scores that the critic might have given, not only of the one it gave.

Where a score's digits begin, the reply's log-probabilities tell how likely each other number was. The score is
sum of p(s)·s over the whole numbers of the scale, divided by the sum of p(s): what is no score of the scale (a quote, a
word, a number beyond it) counts for nothing, and the rest is scaled up to 1.

Two digits (10) are one token to some models and two to others. Where `10` itself is among the alternatives, `1` means 1.
Where the model wrote `1` and then `0`, or might have, the second place tells how `1` is shared out between 1 and 10.
Where `1` is an alternative with weight and nothing tells what would have followed, no score is computed.

Promise: a score that cannot be weighed stays the one that was written, and the reason is told; none is made up.

Source: Liu et al. 2023 (G-Eval, arXiv:2303.16634), section 2, equation 1.
Deviations: from log-probabilities, not from twenty samples; renormalised over the valid scores.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from generator.parsing.verdicts import find_score_spans
from generator.types import Completion, TokenLogprobs

TOP = 20  # alternatives asked for; 20 is the most that OpenAI's API and vLLM's default give
LEAST_MASS = 0.5  # of the probability must lie on scores; with less, the alternatives told are no picture of the scale
AMBIGUOUS_MASS = 0.02  # a `1` that may be 10 and weighs more than this moves the mean by up to 0.2 points

NOWHERE = -(1 << 30)
REACH = 4  # characters, at most, that one token which no text can show may stand for

BY_PROBABILITY = "probabilities"
Weighed = tuple[float, str]
_DIGITS = re.compile(r"[0-9]+(?![0-9.])")


def weigh_scores(
    completion: Completion, scores: Mapping[str, float], low: int, high: int
) -> tuple[dict[str, float], str]:
    """Return the scores by dimension, weighted by probability, and `probabilities`; else as they are, and why.

    Why not: `no_logprobs`, `misaligned` (the tokens do not spell the reply), `little_mass`, `ambiguous_ten`.
    """
    plain = dict(scores)
    if not completion.logprobs:
        return plain, "no_logprobs"
    starts = _locate(completion.logprobs, completion.text)
    spans = find_score_spans(completion.text, scores)
    weighed: dict[str, float] = {}
    for name in scores:
        begin, end = spans.get(name, (0, 0))
        place = _find_place(completion.logprobs, starts, begin, completion.text[begin:end])
        if place is None or completion.text[begin:end] != f"{scores[name]:g}":
            return plain, "misaligned"
        score, how = _weigh(completion.logprobs, place, begin - starts[place], low, high)
        if how != BY_PROBABILITY:
            return plain, how
        weighed[name] = score
    return weighed, BY_PROBABILITY


def _locate(tokens: Sequence[TokenLogprobs], text: str) -> list[int]:
    """Return where each token begins in the text; one that lies before it has a negative place, or `NOWHERE`.

    A character of several bytes may be split over tokens that no text can show: such tokens are passed over, and the
    next one that stands in the text, near enough, goes on.
    """
    shift = "".join(one.token for one in tokens).rfind(text)
    starts: list[int] = []
    at, lost = -max(0, shift), 0
    for one in tokens:
        found = at
        if shift < 0 and (lost or not text.startswith(one.token, at)):
            found = text.find(one.token, at + 1, at + len(one.token) + REACH * lost) if lost and one.token else -1
        lost = lost + 1 if shift < 0 and found < 0 else 0
        starts.append(NOWHERE if lost else found)
        at = at if lost else found + len(one.token)
    return starts


def _find_place(tokens: Sequence[TokenLogprobs], starts: Sequence[int], at: int, digits: str) -> int | None:
    """Return the token in which the digits at character `at` begin; None where it or the next spell something else."""
    for place, (one, start) in enumerate(zip(tokens, starts, strict=True)):
        if start != NOWHERE and start <= at < start + len(one.token):
            spelled = one.token[at - start :] + "".join(
                other.token for other in tokens[place + 1 : place + len(digits)]
            )
            return place if digits and spelled.startswith(digits) else None
    return None


def _weigh(tokens: Sequence[TokenLogprobs], place: int, before: int, low: int, high: int) -> Weighed:
    """Return the weighted score whose digits begin `before` characters into a token, and how it came about."""
    chances = _list_chances(tokens[place], tokens[place].token[:before])
    masses = {str(score): chances.get(str(score), 0.0) for score in range(low, high + 1)}
    shared = _share_out(tokens, place, chances, masses)
    if shared is None:
        return 0.0, "ambiguous_ten"
    mass = sum(shared.values())
    if mass < LEAST_MASS:
        return 0.0, "little_mass"
    return sum(int(digits) * chance for digits, chance in shared.items()) / mass, BY_PROBABILITY


def _share_out(
    tokens: Sequence[TokenLogprobs], place: int, chances: Mapping[str, float], masses: Mapping[str, float]
) -> dict[str, float] | None:
    """Return the masses with that of `1` shared out between 1 and 10; None where nothing tells how."""
    shared = dict(masses)
    if "10" not in masses or masses["10"] > 0 or not masses.get("1", chances.get("1", 0.0)):
        return shared
    one = chances["1"]
    if tokens[place].token.strip().endswith("1") and place + 1 < len(tokens):
        zero = min(1.0, sum(chance for text, chance in _list_chances(tokens[place + 1], "").items() if text[:1] == "0"))
        shared["10"] = one * zero
        if "1" in shared:
            shared["1"] = one * (1 - zero)
        return shared
    if one > AMBIGUOUS_MASS * (sum(masses.values()) + (0.0 if "1" in masses else one)):
        return None
    return {digits: chance for digits, chance in shared.items() if digits != "1"}


def _list_chances(token: TokenLogprobs, before: str) -> dict[str, float]:
    """Return the probability of each text that may stand at a place, without what stands `before` it in its token.

    Of a text that goes on after its digits (`8,`), the digits alone count.
    """
    chances: defaultdict[str, float] = defaultdict(float)
    told = dict(token.top)
    told.setdefault(token.token, token.logprob)
    for text, logprob in told.items():
        if text.startswith(before):
            rest = text[len(before) :].strip()
            digits = _DIGITS.match(rest)
            chances[digits[0] if digits else rest] += math.exp(min(0.0, logprob))
    return chances
