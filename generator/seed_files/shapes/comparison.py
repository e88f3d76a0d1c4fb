"""Two responses to one instruction and who won, by a label or by several annotators; without a winner, no preference.

Source: LLMBar (input, output_1, output_2, label) and PandaLM's test set (response1, response2, annotator1 …: 0 is a
tie), PKU-SafeRLHF (response_0, response_1, better_response_id), SHP (human_ref_A, human_ref_B, labels). Deviations: a
majority decides between annotators; where the instruction is empty, the input is what is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.types import SeedTask

SIDES = (
    ("output_1", "output_2"), ("response1", "response2"), ("response_1", "response_2"), ("response_a", "response_b"),
    ("answer_a", "answer_b"), ("response_0", "response_1"), ("completion_a", "completion_b"), ("human_ref_A", "human_ref_B"),
)  # fmt: skip
ASKED = ("instruction", "prompt", "question", "input", "history", "user_input")
_LABELS = ("label", "preference", "winner")
_BY_INDEX = ("better_response_id", "chosen_index")  # 0 is the first
_WINNERS = {"1": 0, "2": 1, "a": 0, "b": 1, "model_a": 0, "model_b": 1}


def _find_sides(values: Mapping[str, object]) -> tuple[str, str] | None:
    return next((pair for pair in SIDES if all(key in values for key in pair)), None)


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there are two responses."""
    return _find_sides(values) is not None and any(key in values for key in ASKED)


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a comparison."""
    first, second = _find_sides(fields.values) or SIDES[0]
    sides = [fields.read_loose(first), fields.read_loose(second)]
    wins = _find_winner(fields.values)
    asked = [key for key in ASKED if key in fields.values]
    key = next((key for key in asked if str(fields.values[key] or "").strip()), asked[0])
    task = SeedTask(
        instruction=fields.read_instruction(key), input=fields.read_input() if key != "input" else "",
        response=sides[wins or 0], rejected=None if wins is None else sides[1 - wins],
        language=fields.read_language(), tags=fields.read_tags(),
    )  # fmt: skip
    return [task]


def _find_winner(values: Mapping[str, object]) -> int | None:
    """Return which of the two won (0 or 1), None for a tie or where nothing says."""
    for key in _BY_INDEX:
        if key in values:
            return {"0": 0, "1": 1}.get(str(values[key]).strip())
    if "human_ref_A" in values and "labels" in values:  # 1 where the first is preferred
        return {"1": 0, "0": 1}.get(str(values["labels"]).strip())
    for key in _LABELS:
        if key in values:
            return _WINNERS.get(str(values[key]).strip().lower())
    votes = Counter(str(value) for key, value in values.items() if key.startswith("annotator"))
    ranked = votes.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return _WINNERS.get(ranked[0][0])


COMPARISON = Shape("comparison", (), matches, read_tasks)
