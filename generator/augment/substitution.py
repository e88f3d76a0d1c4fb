"""Substitution: by code alone, the opening is said another way and people get other names, everywhere in the record.

Nothing that carries knowledge is exchanged: only given names that stand alone, and weekdays, which all move by the same
number of days. What changes in the instruction changes in the input and the response too.

Source: document B's "template variation, keyword and entity substitution"; entity replacement as augmentation after Dai
and Adel 2020 ("An analysis of simple data augmentation for named entity recognition", arXiv:2010.11683).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence

from generator.augment.draft import Draft, Job, MeaningMode
from generator.types import Example

NAMES: Mapping[str, tuple[tuple[str, ...], ...]] = {  # given names by the pronoun that a text may use for them
    "en": (
        ("Alice", "Anna", "Emma", "Emily", "Jane", "Julia", "Laura", "Lisa", "Maria", "Mary", "Sarah", "Sophie"),
        ("Alex", "Bob", "Daniel", "David", "James", "John", "Mark", "Michael", "Peter", "Robert", "Thomas", "Tom"),
    ),
    "zh": (("小红", "小芳", "小丽", "小敏", "小燕", "小雪"), ("小明", "小刚", "小强", "小华", "小军", "小杰")),
}
WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
}
OPENINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "Write": ("Compose", "Draft", "Your task is to write", "I need you to write"),
        "List": ("Name", "Give a list of", "Make a list of"),
        "Describe": ("Give a description of", "Your task is to describe"),
        "Explain": ("Give an explanation of", "Make clear", "I would like you to explain"),
        "Summarize": ("Give a summary of", "Sum up", "Your task is to summarize"),
        "Create": ("Make", "Put together", "Come up with"),
        "Generate": ("Produce", "Come up with", "I need you to generate"),
        "Give": ("Provide", "Offer"),
        "Identify": ("Find", "Point out", "Work out"),
        "Compare": ("Draw a comparison of", "I would like you to compare"),
        "Rewrite": ("Reword", "Write anew", "Your task is to rewrite"),
        "Classify": ("Sort", "Your task is to classify"),
        "Calculate": ("Compute", "Work out"),
        "Translate": ("Please translate", "Your task is to translate"),
    },
    "zh": {
        "写": ("撰写", "请你写", "你的任务是写"), "列出": ("列举", "请你列出", "给出"), "解释": ("说明", "请你解释", "阐明"),
        "描述": ("请你描述", "说一说"), "总结": ("概括", "请你总结", "归纳"), "请写": ("请撰写", "麻烦写"),
        "请列出": ("请列举", "请给出"), "请解释": ("请说明", "请阐明"), "请总结": ("请概括", "请归纳"),
        "给出": ("提供", "请给出"), "比较": ("对比", "请你比较"), "翻译": ("请你翻译", "你的任务是翻译"),
        "计算": ("算出", "请你计算"), "分析": ("请你分析", "剖析"), "设计": ("请你设计", "构思"),
    },
}  # fmt: skip


MOST_ALIKE = 0.97  # ROUGE-L: exchanged words are few by nature; what they teach is that the rest does not hang on them

# Capitalised words that stand before a given name without being one.
_BEFORE_A_NAME = frozenset(
    "And As Ask Because But Dear For From Had Has Hello Help Hey Hi How If Is Let Meet Tell Thanks That Then To Was What When"
    " Where Why With Write Yours".split()
)


class Substitution:
    """Exchanges openings, names and weekdays. Satisfies `protocols.Augmenter`; it asks nobody."""

    name = "substitution"
    meaning: MeaningMode = "same"
    partners = 0
    prompts: tuple[str, ...] = ()
    most_alike = MOST_ALIKE
    goes_on = False

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def list_variants(self, record: Example, seed: str) -> Sequence[str]:
        """Return the one variant there is, or none where there is nothing to exchange."""
        return [""] if self._choose(record) is not None else []

    async def augment(self, job: Job) -> Sequence[Draft]:
        """Return the record with what can be exchanged exchanged."""
        record, chosen = job.record, self._choose(job.record)
        if chosen is None:
            return []
        exchange, opening = chosen
        instruction = exchange(record.instruction)
        return [
            Draft(
                instruction=opening(instruction), input=exchange(record.input), language=record.language,
                response=exchange(record.response) or None, checks=record.checks, compared=instruction,
                history=tuple(turn.model_copy(update={"content": exchange(turn.content)}) for turn in record.history),
                system=exchange(record.system or "") or None,
            )
        ]  # fmt: skip

    def _choose(self, record: Example) -> tuple[Callable[[str], str], Callable[[str], str]] | None:
        """Return what exchanges names and weekdays in a text, and what changes the opening; None where nothing would."""
        language = record.language.partition("-")[0]
        dice = random.Random(f"{self._seed}/substitution/{record.id}")
        earlier = [turn.content for turn in record.history]
        everything = "\n".join((record.system or "", *earlier, record.instruction, record.input, record.response))
        mapping = _map_names(everything, language, dice) | _map_weekdays(everything, language, dice)
        opening = _choose_opening(record.instruction, language, dice)
        if not mapping and opening is None:
            return None
        return _make_exchange(mapping, language), opening or (lambda text: text)


def _find(word: str, language: str) -> re.Pattern[str]:
    return re.compile(re.escape(word) if language == "zh" else rf"\b{word}\b")


def _stands_alone(name: str, text: str, language: str) -> bool:
    """Say whether a name is nowhere part of a full name, an address or a longer word."""
    if language == "zh":
        return True
    if re.search(rf"\b[A-Z]\. {name}\b|\b{name} (?:[A-Z][a-z]|[A-Z]\.)|[\w@_-]{name}\b|\b{name}(?:[@_-]|\.\w)", text):
        return False
    return all(word in _BEFORE_A_NAME for word in re.findall(rf"\b([A-Z][a-z]+) {name}\b", text))


def _map_names(text: str, language: str, dice: random.Random) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for group in NAMES.get(language, ()):
        there = [name for name in group if _find(name, language).search(text) and _stands_alone(name, text, language)]
        free = [name for name in group if name not in text]
        dice.shuffle(free)
        mapping |= dict(zip(there, free, strict=False))
    return mapping


def _map_weekdays(text: str, language: str, dice: random.Random) -> dict[str, str]:
    days = WEEKDAYS.get(language, ())
    step = dice.randrange(1, 7)
    if not any(day in text for day in days) or "星期天" in text:
        return {}
    if re.search(r"\d{4}-\d\d-\d\d|\b\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?[A-Z][a-z]+\b|\d+\s*月|weekend|周末", text):
        return {}  # a date, or the weekend, would no longer agree with its weekday
    return {day: days[(place + step) % len(days)] for place, day in enumerate(days)}


def _make_exchange(mapping: Mapping[str, str], language: str) -> Callable[[str], str]:
    if not mapping:
        return lambda text: text
    words = sorted(mapping, key=len, reverse=True)
    pattern = re.compile("|".join(f"(?:{_find(word, language).pattern})" for word in words))
    return lambda text: pattern.sub(lambda match: mapping.get(match[0], match[0]), text)


def _choose_opening(instruction: str, language: str, dice: random.Random) -> Callable[[str], str] | None:
    for opening in sorted(OPENINGS.get(language, {}), key=len, reverse=True):
        follows = instruction[len(opening) : len(opening) + 1]
        if instruction.startswith(opening) and (language == "zh" or follows == " "):
            other = dice.choice(OPENINGS[language][opening])
            return lambda text, begin=opening, new=other: new + text[len(begin) :]  # type: ignore[misc]
    return None
