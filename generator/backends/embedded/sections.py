"""What deepening adds below an answer: parts that code finds in the answer itself, or in the task's input.

Promise: every term, figure, sentence and count of an added part is really in the answer (or the input) above it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from evaluators.verifiers.segment import count_words, find_list_items
from evaluators.verifiers.words import count_term
from generator.backends.embedded import text
from generator.backends.embedded.plan import Task
from generator.backends.embedded.voice import Voice
from generator.types import Check

MIN_LABELLED = 3  # points that make an outline
MAX_SECTIONS = 2
MAX_GAPS = 3  # gap sentences of a self-test


@dataclass(frozen=True, slots=True)
class Section:
    """A part to add: the sentence that asks for it, its lines, and the checks that it meets."""

    ask: str
    lines: str
    checks: tuple[Check, ...]


Make = Callable[[Task, Voice], Section | None]


def make_line(key: str, value: str, voice: Voice, **values: object) -> Section:
    """Return a part of one labelled line."""
    label = voice.say(f"{key}_label")
    check = Check(kind="key_value_lines", params={"keys": [label]})
    return Section(voice.say(key, label=label, **values), voice.label(label, value), (check,))


def list_terms(task: Task, voice: Voice) -> Section | None:
    """Name some terms of the answer."""
    terms = [term for term in text.find_terms(task.response, voice.language) if count_term(term, task.response)]
    chosen = voice.draw(terms[:8], 3, 5)
    return make_line("terms", voice.list(chosen), voice, count=len(chosen)) if len(chosen) > 2 else None


def repeat_gist(task: Task, voice: Voice) -> Section | None:
    """Repeat one sentence of the answer: its first, where most answers say what matters."""
    sentences = [each for each in text.find_sentences(task.response, voice.language) if each in task.response]
    return make_line("gist", sentences[0], voice) if len(sentences) > 2 and sentences[0][-1] in ".。" else None


def list_figures(task: Task, voice: Voice) -> Section | None:
    """Name some figures of the answer."""
    figures = [each for each in text.find_figures(task.response, voice.language) if each in task.response]
    chosen = voice.draw(figures[:8], 2, 4)
    return make_line("figures", voice.list(chosen), voice, count=len(chosen)) if len(chosen) > 1 else None


def set_self_test(task: Task, voice: Voice) -> Section | None:
    """Make gap sentences of the answer, with what is missing."""
    gapped: list[tuple[str, str]] = []
    terms = [*text.find_figures(task.response, voice.language), *text.find_terms(task.response, voice.language)]
    sentences = list(text.find_sentences(task.response, voice.language))
    voice.rng.shuffle(sentences)
    for sentence in sentences:
        used = {term for _, term in gapped}
        fresh = [term for term in terms if term not in used]
        inside = [term for term in fresh if sentence.count(term) == count_term(term, sentence) == 1]
        if inside and "____" not in sentence and len(gapped) < MAX_GAPS:
            gapped.append((sentence, inside[0]))
    if len(gapped) < 2:
        return None
    lines = "\n".join(f"{i}. {each.replace(term, '____', 1)}" for i, (each, term) in enumerate(gapped, 1))
    missing = voice.list([term for _, term in gapped])
    line = make_line("self_test", missing, voice, count=len(gapped))
    return Section(line.ask, f"{lines}\n\n{line.lines}", line.checks)


def outline(task: Task, voice: Voice) -> Section | None:
    """Name the labelled points of the answer."""
    labels = [label for label, _ in text.find_pairs(task.response)]
    return make_line("outline", voice.list(labels), voice) if len(labels) >= MIN_LABELLED else None


def tabulate(task: Task, voice: Voice) -> Section | None:
    """Repeat the labelled points as a table."""
    pairs = text.find_pairs(task.response)
    if len(pairs) < MIN_LABELLED or "|" in task.response:
        return None
    first, second = voice.say("table_head").split("|")
    rows = [f"| {label} | {value} |" for label, value in pairs]
    lines = "\n".join([f"| {first} | {second} |", "|---|---|", *rows])
    check = Check(kind="table", params={"columns": 2, "rows": len(rows)})
    return Section(voice.say("summary_table", first=first, second=second), lines, (check,))


def count_points(task: Task, voice: Voice) -> Section | None:
    """Count the list items of the answer."""
    items = find_list_items(task.response)
    return make_line("points", str(len(items)), voice) if len(items) >= MIN_LABELLED else None


def list_input_terms(task: Task, voice: Voice) -> Section | None:
    """Name some terms of the input."""
    terms = [term for term in text.find_terms(task.input, voice.language) if count_term(term, task.input)]
    chosen = voice.draw(terms[:8], 3, 4)
    return make_line("input_terms", voice.list(chosen), voice, count=len(chosen)) if len(chosen) > 2 else None


def measure_length(task: Task, voice: Voice) -> Section | None:
    """Count the words of the answer, where what a word is leaves no doubt."""
    plain = not any(mark in task.response for mark in "`|{}<>=_\\/*#")
    return make_line("length", str(count_words(task.response)), voice) if plain else None


WEIGHED: tuple[tuple[Make, float], ...] = (
    (set_self_test, 3), (list_terms, 2), (repeat_gist, 1.5), (list_figures, 1.5), (outline, 2), (tabulate, 2),
    (list_input_terms, 0.5),
)  # fmt: skip
LAST_RESORTS: tuple[Make, ...] = (count_points, measure_length)  # where a short answer has nothing to build on


def add_sections(task: Task, voice: Voice) -> tuple[list[Section], str] | None:
    """Return one or two parts and the response with them; None where nothing can be found in the answer."""
    keys = [(voice.rng.random() ** (1 / weight), place) for place, (_, weight) in enumerate(WEIGHED)]
    makes = [WEIGHED[place][0] for _, place in sorted(keys, reverse=True)]
    wanted = voice.rng.randint(1, MAX_SECTIONS)
    sections = list(islice((made for make in makes if (made := make(task, voice))), wanted))
    sections = sections or [made for make in LAST_RESORTS if (made := make(task, voice))]
    if not sections:
        return None
    return merge_labels(sections), "\n\n".join([task.response, *(section.lines for section in sections)])


def merge_labels(sections: list[Section]) -> list[Section]:
    """Return the sections with the labels of all of them in one check, which says their order too."""
    keys = [key for section in sections for check in section.checks for key in check.params.get("keys", ())]
    others = tuple(check for section in sections for check in section.checks if check.kind != "key_value_lines")
    labels = (Check(kind="key_value_lines", params={"keys": keys}),) if keys else ()
    first, *rest = sections
    return [Section(first.ask, first.lines, labels + others), *(Section(each.ask, each.lines, ()) for each in rest)]
