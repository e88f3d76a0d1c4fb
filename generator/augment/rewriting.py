"""An augmentation that is one prompt: a template under `prompts/augment/` whose head says what it is.

A new file there is a new augmentation. Its head says whether the meaning stays the `same` or is `new`, what becomes of
the response (`keep` it or `ask` anew), how many `partners` it takes, in what `form` the reply comes (a `task`, a `list`
of tasks, or a `follow_up` to the conversation), and in which `variants` (styles, personas) it may be made.

Source: paraphrase and style after document B's list of augmentations; personas after Ge et al. 2024 ("Scaling synthetic
data creation with 1,000,000,000 personas", arXiv:2406.20094); multi-turn extension after Ding et al. 2023 (UltraChat,
arXiv:2305.14233); combining after WizardLM's in-breadth evolving (arXiv:2304.12244).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from generator.augment.draft import Draft, Job, MeaningMode
from generator.conversation import join_turns
from generator.parsing.lists import parse_numbered_list
from generator.parsing.tasks import ParsedTask, parse_task
from generator.propose.outcomes import require_whole
from generator.protocols import Ask
from generator.template_head import Head
from generator.types import Completion, Example, Reply, Turn

LEAST_PARTS = 2  # a split into fewer is none


class Rewriting:
    """One prompt, as an augmentation. Satisfies `protocols.Augmenter`."""

    def __init__(self, name: str, head: Head, ask: Ask, find_variants: Callable[[str], Sequence[str]]) -> None:
        """`find_variants` returns those of a language; none where the prompt has none."""
        self.name = name
        self.prompts: tuple[str, ...] = (f"augment/{name}",)
        self.meaning: MeaningMode = head.meaning
        self.partners = head.partners
        self.most_alike = 0.0
        self.goes_on = head.form == "follow_up"
        self._head = head
        self._ask = ask
        self._find_variants = find_variants

    def list_variants(self, record: Example, seed: str) -> Sequence[str]:
        """Return the one variant that is drawn for the record; "" where the prompt has none."""
        variants = self._find_variants(record.language)
        return [random.Random(f"{seed}/{self.name}/{record.id}").choice(variants)] if variants else [""]

    async def augment(self, job: Job) -> Sequence[Draft]:
        """Ask once; return what came of it. Raises `ReplyError` and the `BackendError` family."""
        record, partner = job.record, job.partner
        variables = {
            "instruction": record.instruction, "input": record.input, "response": record.response,
            "variant": job.variant, "other_instruction": partner.instruction if partner else "",
            "other_input": partner.input if partner else "",
        }  # fmt: skip
        parse = {"task": _read_task, "list": _read_list, "follow_up": _read_task}[self._head.form]
        reply: Reply[list[ParsedTask]] = await self._ask(
            f"augment/{self.name}", record.language, variables, parse, facts=job.facts, about=job.about, order=job.order
        )
        return [self._make_draft(job, task, reply.completion) for task in reply.value]

    def _make_draft(self, job: Job, task: ParsedTask, completion: Completion) -> Draft:
        record, head = job.record, self._head
        stays = head.meaning == "same"
        history = _list_turns(record) if self.goes_on else record.history
        kept_input = record.input if stays or (task.input is None and head.form == "task") else task.input or ""
        return Draft(
            instruction=task.instruction, input=kept_input, language=record.language, history=history,
            goes_on=self.goes_on,
            response=record.response if head.response == "keep" and record.response else None,
            checks=record.checks if stays else task.checks, raw=completion.text,
        )  # fmt: skip


def _list_turns(record: Example) -> tuple[Turn, ...]:
    """Return the conversation so far, the record's own turns and what lies between them included."""
    asked = f"{record.instruction}\n\n{record.input}" if record.input else record.instruction
    return join_turns(asked, record.response, history=record.history, tags=record.tags)


def _read_task(completion: Completion) -> list[ParsedTask]:
    return [parse_task(require_whole(completion))]


def _read_list(completion: Completion) -> list[ParsedTask]:
    items = parse_numbered_list(completion.text, 1, completion.finish_reason).items
    return [ParsedTask(item, "") for item in items] if len(items) >= LEAST_PARTS else []
