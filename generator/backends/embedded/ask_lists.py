"""Computed tasks on lists, labelled notes, steps and small tables, made of the source's own entries.

Each function returns a question on a piece of the source, or None where the source has no piece that fits.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable

from evaluators.verifiers.segment import find_words
from generator.backends.embedded.question import Question, Source, answer_computed, answer_exactly
from generator.backends.embedded.text import find_items, find_steps
from generator.backends.embedded.voice import Voice

MIN_ENTRIES, MAX_ENTRIES = 3, 10
MAX_ENTRY = 80  # characters of an entry of a list
MAX_VALUE = 200  # characters of what stands under a label
# A numbered list is a sequence in time, and not just a list, where the request says so.
_PROCEDURE = re.compile(
    r"\bsteps?\b|\bhow to\b|procedure|routine|process|recipe|rollback|instructions?\b|teach|walk\b.*\bthrough|guide\b"
    r"|步骤|流程|分步|如何|怎样|怎么|依次|排查|引导|操作", re.IGNORECASE,
)  # fmt: skip


def take_entries(source: Source, voice: Voice) -> list[str]:
    """Return short entries for a list: the source's list items, or its terms."""
    items = [item.rstrip(".。;；,，") for item in find_items(source.text)]
    short = list(dict.fromkeys(item for item in items if 0 < len(item) <= MAX_ENTRY and '"' not in item))
    pool = short if len(short) >= MIN_ENTRIES and voice.times(0.6) else list(source.terms[:14])
    entries = voice.draw(pool, 4, MAX_ENTRIES)
    voice.rng.shuffle(entries)
    return entries if len(entries) >= MIN_ENTRIES else []


def ask_on_list(operation: str, what: str, english_only: bool = False) -> Callable[[Source, Voice], Question | None]:
    """Return the question that an operation on the lines of a list answers."""

    def _ask(source: Source, voice: Voice) -> Question | None:
        entries = take_entries(source, voice)
        if not entries or (english_only and voice.chinese):
            return None
        material = "\n".join(entries)
        question = answer_computed("form_list", material, operation, voice.say(operation), what)
        return question if question and question.answer != material else None

    return _ask


def repeat_entries(entries: list[str], voice: Voice) -> list[str]:
    """Return the entries with some of them repeated further down."""
    repeated = list(entries)
    for entry in voice.draw(entries[:-1], 1, 3):
        repeated.insert(voice.rng.randint(repeated.index(entry) + 1, len(repeated)), entry)
    return repeated


def ask_unique_lines(source: Source, voice: Voice) -> Question | None:
    """A list without its repetitions."""
    entries = take_entries(source, voice)
    if not entries:
        return None
    material = "\n".join(repeat_entries(entries, voice))
    return answer_computed("form_list", material, "unique_lines", voice.say("unique_lines"), "what_result")


def ask_count_duplicates(source: Source, voice: Voice) -> Question | None:
    """How many lines of a list repeat an earlier one."""
    entries = take_entries(source, voice)
    if not entries:
        return None
    lines = repeat_entries(entries, voice)
    again = [line for place, line in enumerate(lines) if line in lines[:place]]
    work = [voice.say("work_kept", count=len(again), lines=", ".join(again))]
    return answer_exactly(
        "form_list", "\n".join(lines), voice.say("count_duplicates"), "what_number", str(len(again)), work
    )


def ask_longest_word(source: Source, voice: Voice) -> Question | None:
    """The longest word of a list of words."""
    words = [term for term in source.terms[:14] if term.isalpha() and term.isascii()]
    entries = voice.draw(words, 4, 8)
    if voice.chinese or len(entries) < MIN_ENTRIES:
        return None
    voice.rng.shuffle(entries)
    longest = max(entries, key=len)
    work = [voice.say("work_longest", word=longest, count=len(longest))]
    return answer_computed(
        "form_list", "\n".join(entries), "longest_word", voice.say("longest_word"), "what_word", work
    )  # fmt: skip


def ask_initials(source: Source, voice: Voice) -> Question | None:
    """The initials of a sentence's words."""
    sentences = [each for each in source.sentences if len(find_words(each)) <= 14 and each.isascii()]
    if voice.chinese or not sentences:
        return None
    sentence = voice.rng.choice(sentences)
    work = [voice.say("work_words", words=", ".join(f"{word} ({word[0].upper()})" for word in find_words(sentence)))]
    return answer_computed("form_passage", sentence, "initials", voice.say("initials"), "what_letters_joined", work)


def ask_restore_order(source: Source, voice: Voice) -> Question | None:
    """The order of shuffled steps."""
    steps = find_steps(source.text)
    if not MIN_ENTRIES <= len(steps) <= MAX_ENTRIES or not _PROCEDURE.search(source.core):
        return None
    order = list(range(len(steps)))
    voice.rng.shuffle(order)
    if order == sorted(order):
        order.reverse()
    material = "\n".join(f"{string.ascii_uppercase[i]}. {steps[place]}" for i, place in enumerate(order))
    answer = ", ".join(string.ascii_uppercase[order.index(place)] for place in range(len(steps)))
    return answer_exactly("form_shuffled", material, voice.say("restore_order"), "what_letters", answer)


def take_pairs(source: Source, voice: Voice, low: int = MIN_ENTRIES) -> list[tuple[str, str]]:
    """Return labelled pairs that follow one another; [] where there are too few."""
    pairs = [(label, value) for label, value in source.pairs if len(value) <= MAX_VALUE and '"' not in value]
    return voice.draw(pairs, low, MAX_ENTRIES) if len(pairs) >= low else []


def write_notes(pairs: list[tuple[str, str]], voice: Voice) -> str:
    """Return the pairs as lines."""
    return "\n".join(voice.label(label, value) for label, value in pairs)


def ask_match_pairs(source: Source, voice: Voice) -> Question | None:
    """Which statement belongs to which label."""
    pairs = take_pairs(source, voice)[:7]
    labels = [label for label, _ in pairs]
    if not pairs or any(len(label) < 2 or label.lower() in value.lower() for label, value in pairs):
        return None
    order = list(range(len(pairs)))
    voice.rng.shuffle(order)
    letters = [f"{string.ascii_uppercase[i]}. {label}" for i, label in enumerate(labels)]
    numbers = [f"{i}. {pairs[place][1]}" for i, place in enumerate(order, 1)]
    answer = ", ".join(f"{string.ascii_uppercase[i]}-{order.index(i) + 1}" for i in range(len(pairs)))
    material = "\n".join([*letters, "", *numbers])
    return answer_exactly("form_match", material, voice.say("match_pairs"), "what_matches", answer)


def ask_find_value(source: Source, voice: Voice) -> Question | None:
    """What stands under a label."""
    pairs = take_pairs(source, voice)
    if not pairs:
        return None
    label, value = voice.rng.choice(pairs)
    ask = voice.say("find_value", term=voice.quote([label]))
    return answer_exactly("form_notes", write_notes(pairs, voice), ask, "what_text", value)


def ask_find_label(source: Source, voice: Voice) -> Question | None:
    """Under which label something stands."""
    pairs = take_pairs(source, voice)
    short = [pair for pair in pairs if len(pair[1]) <= MAX_ENTRY and not any(mark in pair[1] for mark in "“”")]
    if not short:
        return None
    label, value = voice.rng.choice(short)
    ask = voice.say("find_label", value=value.rstrip(".。"))
    return answer_exactly("form_notes", write_notes(pairs, voice), ask, "what_text", label)


def ask_pairs_to_json(source: Source, voice: Voice) -> Question | None:
    """Labelled notes as JSON."""
    pairs = take_pairs(source, voice)
    if not pairs:
        return None
    answer = json.dumps(dict(pairs), ensure_ascii=False)
    return answer_exactly("form_notes", write_notes(pairs, voice), voice.say("pairs_to_json"), "what_json", answer)


def ask_pairs_to_rows(
    key: str, write: Callable[[str, str, list[tuple[str, str]]], str]
) -> Callable[[Source, Voice], Question | None]:
    """Return the question for labelled notes as a table of another kind."""

    def _ask(source: Source, voice: Voice) -> Question | None:
        pairs = take_pairs(source, voice)
        if not pairs or any("|" in value or "," in label for label, value in pairs):
            return None
        first, second = voice.say("table_head").split("|")
        quoted = first if key == "pairs_to_csv" else f"“{first}”", second if key == "pairs_to_csv" else f"“{second}”"
        sentence = voice.say(key, first=quoted[0], second=quoted[1])
        answer = write(first, second, pairs)
        return answer_exactly("form_notes", write_notes(pairs, voice), sentence, "what_result", answer)

    return _ask


def write_table(first: str, second: str, pairs: list[tuple[str, str]]) -> str:
    """Return the pairs as a Markdown table."""
    rows = [f"| {label} | {value} |" for label, value in pairs]
    return "\n".join([f"| {first} | {second} |", "|---|---|", *rows])


def write_csv(first: str, second: str, pairs: list[tuple[str, str]]) -> str:
    """Return the pairs as CSV, every value in double quotes."""
    return "\n".join([f"{first},{second}", *(f'{label},"{value}"' for label, value in pairs)])


def ask_on_column(operation: str) -> Callable[[Source, Voice], Question | None]:
    """Return the question that an operation on a small table of words and their lengths answers."""

    def _ask(source: Source, voice: Voice) -> Question | None:
        words = [term for term in source.terms[:16] if term.isalpha() and term.isascii() is not voice.chinese]
        entries = voice.draw(words, 4, 7)
        if len(entries) < MIN_ENTRIES:
            return None
        voice.rng.shuffle(entries)
        name, column = voice.say("columns_word"), voice.say("columns_letters")
        material = "\n".join([f"{name},{column}", *(f"{word},{len(word)}" for word in entries)])
        ask_text = voice.say(operation, column=voice.quote([column]))
        work = show_column([len(word) for word in entries], operation, voice)
        return answer_computed("form_csv", material, operation, ask_text, "what_number", work, column=column)

    return _ask


def show_column(values: list[int], operation: str, voice: Voice) -> list[str]:
    """Return the working of a sum or mean."""
    terms, total = " + ".join(map(str, values)), sum(values)
    if operation == "csv_column_sum":
        return [voice.say("work_sum_numbers", terms=terms, total=total)]
    if operation == "csv_column_average":
        mean = f"{total / len(values):.4f}".rstrip("0").rstrip(".")
        return [voice.say("work_mean", terms=terms, total=total, count=len(values), mean=mean)]
    return []


def ask_json_value(source: Source, voice: Voice) -> Question | None:
    """The value of a key of a JSON object."""
    pairs = take_pairs(source, voice)
    if not pairs:
        return None
    material = json.dumps(dict(pairs), ensure_ascii=False, indent=2)
    label, _ = voice.rng.choice(pairs)
    ask = voice.say("json_value", term=voice.quote([label]))
    return answer_computed("form_json", material, "json_value", ask, "what_text", key=label)


def ask_json_keys(source: Source, voice: Voice) -> Question | None:
    """The keys of a JSON object in order."""
    pairs = take_pairs(source, voice)
    if not pairs or voice.chinese or any("," in label for label, _ in pairs):
        return None
    material = json.dumps(dict(pairs), ensure_ascii=False, indent=2)
    return answer_computed("form_json", material, "json_keys", voice.say("json_keys"), "what_result")


LIST_QUESTIONS: dict[str, Callable[[Source, Voice], Question | None]] = {
    "sort_lines": ask_on_list("sort_lines", "what_result", english_only=True),
    "reverse_lines": ask_on_list("reverse_lines", "what_result"),
    "lines_to_json": ask_on_list("lines_to_json", "what_json"),
    "unique_lines": ask_unique_lines,
    "count_duplicates": ask_count_duplicates,
    "longest_word": ask_longest_word,
    "initials": ask_initials,
    "restore_order": ask_restore_order,
    "match_pairs": ask_match_pairs,
    "find_value": ask_find_value,
    "find_label": ask_find_label,
    "pairs_to_json": ask_pairs_to_json,
    "pairs_to_table": ask_pairs_to_rows("pairs_to_table", write_table),
    "pairs_to_csv": ask_pairs_to_rows("pairs_to_csv", write_csv),
    "csv_column_sum": ask_on_column("csv_column_sum"),
    "csv_column_max": ask_on_column("csv_column_max"),
    "csv_column_average": ask_on_column("csv_column_average"),
    "json_value": ask_json_value,
    "json_keys": ask_json_keys,
}
