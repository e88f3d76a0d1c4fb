"""Files of people's labels, recognised by content: pairs of responses with a choice, or records with scores.

Four forms. LLMBar: `input`, `output_1`, `output_2`, `label` 1 or 2, with recorded replies in the last of its `results`:
replies in both orders, or a rating of each output. PandaLM: `instruction`, `input`, `response1`, `response2`, `annotator1` …
(0 is a tie), its recorded verdicts in a file of their own (`idx`, and `gpt_result` or another model's `…_result`). Ours
for pairs: `instruction`, `input`?, `response_1`, `response_2`, `label` (1, 2 or "tie") or `labels`, a list of those. Ours
for scores: a record with `human`, scores by dimension (a number, or a list of them).
A file is JSON (a list) or JSONL.

Source: the released files of LLMBar (arXiv:2310.07641) and PandaLM (arXiv:2306.05087).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from evaluators.agreement.raters import find_majority
from generator.errors import SeedError
from generator.parsing.choices import Choice
from generator.types import Example, SeedTask

T = TypeVar("T")

CHOICES: Mapping[str, Choice] = {"1": "first", "2": "second", "0": "tie", "tie": "tie"}
RECORDED_ORDERS = ("swap = False", "swap = True")
RATED = ("score_1", "score_2")
VERDICT_ENDING = "_result"
LANGUAGE_SAMPLE = 2000  # characters of a task that tell its language
RECORD_FIELDS = ("instruction", "input", "response", "system", "language")


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two responses to one instruction, and what each person chose.

    `recorded` holds the replies in both orders, if any (None: not recorded in that one), `stage` after how many calls
    they came, `ratings` the replies that rate each response.
    """

    id: str
    instruction: str
    input: str
    responses: tuple[str, str]
    choices: tuple[Choice | None, ...]
    language: str = ""
    recorded: tuple[str | None, ...] = ()
    recorded_choices: tuple[Choice | None, ...] = ()
    stage: int = 0
    ratings: tuple[str | None, ...] = ()

    @property
    def label(self) -> Choice | None:
        """What most people chose; None where no choice leads."""
        return find_majority(self.choices)


@dataclass(frozen=True, slots=True)
class LabelledRecord:
    """One record, and the scores that people gave it by dimension (one or several each)."""

    example: Example
    scores: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Labels:
    """What a file holds: its form, and pairs or scored records."""

    form: str
    pairs: tuple[LabelledPair, ...] = ()
    records: tuple[LabelledRecord, ...] = ()


def read_labels(path: Path, identify: Callable[[str], str] = lambda _: "") -> Labels:
    """Read a file of labels; `identify` names the language of an item that does not say it in `language`.

    Raises `SeedError`, with the item's place, for what is none.
    """
    rows = list(_read_rows(path))
    if not rows:
        raise SeedError(f"{path}: the file holds no labelled item.")
    form = _recognise(rows[0][1])
    if form is None:
        names = ", ".join(f"`{name}`" for name in rows[0][1])
        raise SeedError(
            f"{rows[0][0]}: no form of labels that is known: it has {names}. Give `response_1`, `response_2` and `label`"
            " for pairs, or a record with `human` scores (docs/calibration.md)."
        )
    rows = [(place, _set_language(row, identify)) for place, row in rows]
    if form == "scores":
        labels = Labels(form, records=tuple(_read_item(_read_scores, form, row, place) for place, row in rows))
    else:
        labels = Labels(form, pairs=tuple(_read_item(_READ[form], form, row, place) for place, row in rows))
    if not any(pair.label for pair in labels.pairs) and not any(any(one.scores.values()) for one in labels.records):
        raise SeedError(f"{path}: nothing in it is labelled, or no choice leads among people anywhere.")
    return labels


def _set_language(row: Mapping[str, Any], identify: Callable[[str], str]) -> Mapping[str, Any]:
    """Return an item with its language: as it says, else that of its task."""
    task = "\n".join(str(row.get(name) or "") for name in ("instruction", "input"))
    return row if row.get("language") else {**row, "language": identify(task[:LANGUAGE_SAMPLE])}


def _read_item(read: Callable[[Mapping[str, Any], str], T], form: str, row: Mapping[str, Any], place: str) -> T:
    try:
        return read(row, place)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        what = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)
        raise SeedError(f"{place}: not an item of the form {form}: {what}.") from error


def _read_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield rows with their places, `FILE:LINE` or `FILE, item N`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SeedError(f"{path}: the file cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise SeedError(f"{path}: the file is not in UTF-8.") from error
    numbered: Iterable[tuple[str, Any]]
    if text.lstrip().startswith("["):
        numbered = ((f"{path}, item {number}", row) for number, row in enumerate(_parse(text, str(path)), 1))
    else:
        lines = ((f"{path}:{number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
        numbered = ((place, _parse(line, place)) for place, line in lines)
    for place, row in numbered:
        if not isinstance(row, dict):
            raise SeedError(f"{place}: not an object.")
        yield place, row


def _parse(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SeedError(f"{place}: not JSON ({error}).") from error


def _recognise(row: Mapping[str, Any]) -> str | None:
    for form, needs in _NEEDS.items():
        if all(name in row for name in needs):
            return form
    return None


def _read_llmbar(row: Mapping[str, Any], place: str) -> LabelledPair:
    results = row.get("results") or []
    last = results[-1] if isinstance(results, list) and results else results
    if results and not isinstance(last, dict):
        raise TypeError("`results` is no list that ends with an object")
    replies = [last.get(order) if last else None for order in RECORDED_ORDERS]
    ratings = [last[name] for name in RATED if name in last] if last else []
    return LabelledPair(
        id=place, instruction=_read_text(row["input"]), input="", responses=_read_two(row, "output_1", "output_2"),
        choices=(_read_choice(row["label"]),), language=_read_text(row["language"]),
        recorded=tuple(map(_read_reply, replies)) if any(replies) else (),
        recorded_choices=tuple(_read_winner(reply) for reply in replies), stage=len(results),
        ratings=tuple(map(_read_completion, ratings)) if len(ratings) == len(RATED) else (),
    )  # fmt: skip


def _read_reply(reply: object) -> str | None:
    """Return what was replied in one order; None where nothing is recorded."""
    return _read_completion(reply.get("completion")) if isinstance(reply, dict) and "completion" in reply else None


def _read_completion(completion: object) -> str:
    """Return a text of [text, finish reason], or of the text alone; empty where there was none."""
    text = next(iter(completion), None) if isinstance(completion, list) else completion
    return "" if text is None else str(text)


def _read_winner(reply: object) -> Choice | None:
    return CHOICES.get(str(reply.get("winner"))) if isinstance(reply, dict) else None


def _read_pandalm(row: Mapping[str, Any], place: str) -> LabelledPair:
    raters = sorted(name for name in row if name.startswith("annotator"))
    return LabelledPair(
        id=str(row["idx"]), instruction=_read_text(row["instruction"]), input=_read_text(row.get("input")),
        responses=_read_two(row, "response1", "response2"), choices=tuple(_read_choice(row[name]) for name in raters),
        language=_read_text(row["language"]),
    )  # fmt: skip


def _read_pair(row: Mapping[str, Any], place: str) -> LabelledPair:
    given = row["labels"] if "labels" in row else [row["label"]]
    if not isinstance(given, list):
        raise TypeError("`labels` is no list of choices")
    return LabelledPair(
        id=str(row.get("id", place)), instruction=_read_text(row["instruction"]), input=_read_text(row.get("input")),
        responses=_read_two(row, "response_1", "response_2"), choices=tuple(_read_choice(label) for label in given),
        language=_read_text(row["language"]),
    )  # fmt: skip


def _read_two(row: Mapping[str, Any], first: str, second: str) -> tuple[str, str]:
    return _read_text(row[first]), _read_text(row[second])


def _read_scores(row: Mapping[str, Any], place: str) -> LabelledRecord:
    fields = {name: _read_text(row[name]) for name in RECORD_FIELDS if row.get(name)}
    if not isinstance(row["human"], dict):
        raise TypeError("`human` is no object of scores by dimension")
    scores = {
        name: tuple(
            _read_score(score) for score in (given if isinstance(given, list) else [given]) if score is not None
        )
        for name, given in row["human"].items()
    }
    return LabelledRecord(SeedTask(**fields, source=place).to_example(), scores)


def _read_score(score: object) -> float:
    if isinstance(score, bool) or not isinstance(score, int | float) or not math.isfinite(score):
        raise ValueError(f"{score!r:.40} is no score of a person; write a number")
    return float(score)


def _read_text(value: object) -> str:
    """Return a text; published files hold an answer of `true` or a number as such."""
    if isinstance(value, list | dict):
        raise TypeError("a text is a list or an object")
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _read_choice(label: object) -> Choice | None:
    if label is None:
        return None
    choice = CHOICES.get(str(label).strip().lower())
    if choice is None:
        raise ValueError(f"{label!r} is no choice; write 1, 2 or tie")
    return choice


_NEEDS: Mapping[str, tuple[str, ...]] = {
    "llmbar": ("input", "output_1", "output_2", "label"),
    "pandalm": ("idx", "response1", "response2", "annotator1"),
    "pairs": ("instruction", "response_1", "response_2"),
    "scores": ("instruction", "human"),
}
_READ: Mapping[str, Callable[[Mapping[str, Any], str], LabelledPair]] = {
    "llmbar": _read_llmbar,
    "pandalm": _read_pandalm,
    "pairs": _read_pair,
}


def read_recorded_verdicts(path: Path) -> dict[str, Choice | None]:
    """Read a file of recorded verdicts (`idx`, `…_result`): the choice by item; None for a reply that was not in form.

    Raises `SeedError`.
    """
    verdicts: dict[str, Choice | None] = {}
    for place, row in _read_rows(path):
        named = [name for name in row if name.endswith(VERDICT_ENDING)]
        if "idx" not in row or len(named) != 1:
            raise SeedError(
                f"{place}: recorded verdicts have `idx` and one `MODEL{VERDICT_ENDING}`, like `gpt_result`."
            )
        verdicts[str(row["idx"])] = CHOICES.get(str(row[named[0]]).strip().lower())
    return verdicts
