"""Translation into other languages, and back-translation: over one pivot language, or several one after the other.

Each text is one call and one check: what must not change in a translation is looked for after every step, so a number
that was lost on the way there is not excused by a lucky way back.

Source: back-translation after Sennrich et al. 2016 (arXiv:1511.06709); as paraphrase over a pivot, Mallinson et al. 2017
("Paraphrasing revisited with neural machine translation").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluators.elimination.hit import Hit
from evaluators.meaning.check import check_meaning
from generator.augment.draft import Draft, Job, MeaningMode
from generator.augment.labels import has_spans
from generator.augment.languages import find_language
from generator.propose.outcomes import read_answer
from generator.protocols import Ask
from generator.types import Completion, Example

CHAIN = ">"  # `fr>ja`: into French, from there into Japanese, and back
TEMPLATE = "augment/translate"
SPANS = "slots with their places cannot follow into another language"
DEFAULT_PIVOTS = ("en", "zh", "fr", "de", "es", "ja")


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in a language, the replies that led to it, and what was found wrong on the way."""

    text: str
    language: str
    replies: tuple[str, ...] = ()
    found: Hit | None = None


class Translator:
    """Translates a text step by step, checking every step."""

    def __init__(self, ask: Ask, identify: Callable[[str], str]) -> None:
        self._ask = ask
        self._identify = identify

    async def translate(
        self, text: str, language: str, steps: Sequence[str], job: Job, response: str = "", *, is_task: bool = True
    ) -> _Text:
        """Return the text after the steps (codes of languages), or as far as it came before something was wrong."""
        now = _Text(text, language)
        for step in steps:
            code, name = find_language(step)
            reply = await self._ask(
                TEMPLATE, "", {"text": now.text, "variant": name}, _read_translation, facts=job.facts,
                about=job.about, order=job.order,
            )  # fmt: skip
            result = reply.value
            meaning = check_meaning(now.text, result, now.language, code, self._identify, response, is_task=is_task)
            now = _Text(result, code, (*now.replies, reply.completion.text), meaning.hit)
            if meaning.hit is not None:
                return now
        return now


def _read_translation(completion: Completion) -> str:
    return read_answer(completion)


class BackTranslation:
    """Says the instruction anew by way of other languages; input and response stay. Satisfies `protocols.Augmenter`."""

    name = "back_translation"
    meaning: MeaningMode = "same"
    partners = 0
    prompts: tuple[str, ...] = (TEMPLATE,)
    most_alike = 0.0
    goes_on = False

    def __init__(self, translator: Translator, pivots: Sequence[str] = ()) -> None:
        self._translator = translator
        self._pivots = tuple(pivots)

    def list_variants(self, record: Example, seed: str) -> Sequence[str]:
        """Return the pivots: those that were set, else the first common language that is not the record's own."""
        own = record.language.partition("-")[0]
        if not self._pivots:
            return [next(pivot for pivot in DEFAULT_PIVOTS if pivot != own)]
        return [pivot for pivot in self._pivots if find_language(pivot.split(CHAIN)[0])[0] != own]

    async def augment(self, job: Job) -> Sequence[Draft]:
        """Translate there and back. Raises `ReplyError` and the `BackendError` family."""
        record = job.record
        steps = [*job.variant.split(CHAIN), record.language]
        said = await self._translator.translate(record.instruction, record.language, steps, job, record.response)
        return [
            Draft(
                instruction=said.text, input=record.input, response=record.response or None, language=record.language,
                history=record.history, checks=record.checks, found=said.found, raw="\n\n".join(said.replies),
            )
        ]  # fmt: skip


class Translation:
    """The whole record in another language. Satisfies `protocols.Augmenter`."""

    name = "translation"
    meaning: MeaningMode = "same"
    partners = 0
    prompts: tuple[str, ...] = (TEMPLATE,)
    most_alike = 0.0
    goes_on = False

    def __init__(self, translator: Translator, languages: Sequence[str]) -> None:
        self._translator = translator
        self._languages = [find_language(language)[0] for language in languages]

    def list_variants(self, record: Example, seed: str) -> Sequence[str]:
        """Return the languages that are not the record's own."""
        return [language for language in self._languages if language != record.language.partition("-")[0]]

    async def augment(self, job: Job) -> Sequence[Draft]:
        """Translate everything that is said, turn by turn. Raises `ReplyError` and the `BackendError` family."""
        record, into = job.record, job.variant
        if has_spans(record):
            return [Draft(record.instruction, language=into, found=Hit("label_lost", SPANS))]
        said = [record.system or "", *(turn.content for turn in record.history)]
        texts: list[_Text] = []
        for text in (*said, record.instruction, record.input, record.response):
            is_task = len(texts) == len(said)
            texts.append(await self._translate(text, job, is_task=is_task))
            if texts[-1].found is not None:
                break
        raw = "\n\n".join(reply for text in texts for reply in text.replies)
        if texts[-1].found is not None:
            return [Draft(texts[-1].text, language=into, found=texts[-1].found, raw=raw)]
        system, *earlier = (text.text for text in texts)
        *turns, instruction, task_input, response = earlier
        history = tuple(
            turn.model_copy(update={"content": content}) for turn, content in zip(record.history, turns, strict=True)
        )
        return [
            Draft(
                instruction=instruction, input=task_input, response=response or None, language=into, history=history,
                system=system or None, checks=record.checks, raw=raw,
            )
        ]  # fmt: skip

    async def _translate(self, text: str, job: Job, *, is_task: bool) -> _Text:
        if not text.strip():
            return _Text(text, job.variant)
        return await self._translator.translate(text, job.record.language, [job.variant], job, is_task=is_task)
