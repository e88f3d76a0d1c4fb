"""In-breadth evolution by rules: a new task on the seed's own material, with an answer that code computes.

The material is cut from the seed's response or input: a few sentences, a list of its entries or terms, its labelled
points, its steps in another order. So the new task stays in the seed's domain and needs no knowledge that is not there.

Source: the in-breadth operator of Xu et al. 2023 (WizardLM, arXiv:2304.12244), section 3.2.
Deviations: a rule knows no rarer topic of a domain; it asks something else about the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator.backends.embedded.ask_lists import LIST_QUESTIONS
from generator.backends.embedded.ask_sentences import SENTENCE_QUESTIONS
from generator.backends.embedded.ask_text import TEXT_QUESTIONS
from generator.backends.embedded.plan import Plan, Task
from generator.backends.embedded.question import Question, Source, list_sources, pose
from generator.backends.embedded.voice import Voice

QUESTIONS: dict[str, Callable[[Source, Voice], Question | None]] = {
    **TEXT_QUESTIONS, **SENTENCE_QUESTIONS, **LIST_QUESTIONS,
}  # fmt: skip
# Those that ask for understanding are drawn more often than those that only count.
WEIGHTS = {
    "gap": 3.0, "restore_order": 4.0, "match_pairs": 4.0, "find_value": 2.0, "find_label": 2.0, "pairs_to_json": 2.0,
    "pairs_to_table": 2.0, "pairs_to_csv": 1.5, "mentions": 1.5, "sentences_with_term": 1.5, "sort_numbers": 0.7,
    "initials": 0.6, "reverse_lines": 0.6, "unique_words": 0.6,
}  # fmt: skip


def draw_questions(task: Task, voice: Voice) -> Iterator[tuple[Question, Source]]:
    """Yield the questions that can be asked on a task's texts, in a drawn order, each with the text it is cut from."""
    *rich, request = list_sources(task, voice.language)
    keys = {name: voice.rng.random() ** (1 / WEIGHTS.get(name, 1.0)) for name in QUESTIONS}
    names = sorted(keys, key=lambda name: -keys[name])
    drawn = [(name, source) for name in names for source in voice.rng.sample(rich, len(rich))]
    for name, source in [*drawn, *((name, request) for name in names)]:
        question = QUESTIONS[name](source, voice)
        if question is not None:
            yield question, source


def broaden(root: Task, voice: Voice) -> Plan | None:
    """Ask something new about the task's own material."""
    found = next(draw_questions(root, voice), None)
    return None if found is None else pose(*found, voice)
