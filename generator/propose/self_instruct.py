"""Self-Instruct: new instructions from demonstrations drawn from the seeds and the growing pool, then their instances.

Two forms. `list`: one prompt shows eight instructions and the model goes on with the list; each new instruction is then
classified and gets an instance (label first for classification, input first otherwise). `blocks`: one prompt asks for
whole tasks, response included, in numbered blocks (Alpaca).

A prompt draws on the pool as it was committed `lag` prompts earlier: so prompts may be on their way at the same time,
and yet what each one shows depends on nothing but its number. Seeds are drawn by rendezvous hashing, so one more seed
changes only the prompts that it enters.

Source: Wang et al. 2022 (arXiv:2212.10560), section 2 and appendix A; Taori et al. 2023 (Alpaca).
Deviations: a truncated reply keeps its complete items; texts keep their capitals; all demonstrations of a prompt are of
one language; one instance a task enters the data set (the first that passes).
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evaluators.elimination.instruction_rules import ALPACA, SELF_INSTRUCT, check_instruction
from generator.errors import RefusedError, ReplyError
from generator.pool import Pool
from generator.propose.facts import describe_task
from generator.propose.instances import ask_instance
from generator.propose.items import Item, read_items
from generator.propose.outcomes import fail, read_text
from generator.protocols import Ask
from generator.settings.recipes import SelfInstructConfig
from generator.types import Candidate, Completion, Example, Lineage, Outcome, make_id


class SelfInstruct:
    """The proposer. Job n is prompt n; its basis is how many examples of the pool it may draw on."""

    name = "self_instruct"
    speculative = False

    def __init__(self, pool: Pool, config: SelfInstructConfig, ask: Ask, *, seed: int) -> None:
        self.width = config.lag
        self.most = config.blocks_items if config.form == "blocks" else config.items
        self._pool = pool
        self._config = config
        self._ask = ask
        self._seed = seed
        self._by_language: dict[str, list[Example]] = {}
        whole_only = config.form == "blocks"  # a block shows a response, so it takes one to show
        for example in pool.seeds:
            if whole_only and not example.response:
                continue
            self._by_language.setdefault(example.language, []).append(example)

    def start(self, index: int) -> int:
        """Return 0: the first prompts see the seeds alone."""
        return 0

    def advance(self, index: int, basis: int, outcomes: Sequence[Outcome | None]) -> int:
        """Return how many examples are committed now."""
        return len(self._pool.machine)

    def settle(self, index: int, outcomes: Sequence[Outcome]) -> None:
        """Nothing to note: what a prompt shows depends on the pool alone."""

    async def propose(self, index: int, basis: int) -> Sequence[Candidate | Outcome]:
        """Ask one prompt; its items as candidates, in order."""
        form = self._config.form
        rng = random.Random(f"{self._seed}/self_instruct/{index}")
        language = self._draw_language(rng)
        shown = self._draw_demonstrations(rng, language, index, basis)
        template = f"self_instruct/{form}"
        variables, facts = self._make_prompt(shown, language, index)
        lineage = Lineage(
            recipe=self.name, operator=form, round=0, parents=tuple(example.id for example in shown),
            seeds=tuple(dict.fromkeys(seed for example in shown for seed in example.lineage.seeds)),
            backend=self._ask.backend, model=self._ask.model,
            prompts={form: self._ask.digest(template, language)}, draw=index,
        )  # fmt: skip
        prompt = Candidate(
            id=make_id(self.name, lineage.parents, form, lineage.prompts[form], index), instruction="", input="",
            system=None, language=language, tags={}, lineage=lineage, parents=tuple(shown), facts=facts,
        )  # fmt: skip

        def read(completion: Completion) -> list[Item]:
            return read_items(form, completion, variables["first"])

        try:
            reply = await self._ask(
                template, language, variables, read, facts=facts, draw=index, about=prompt.id, order=index
            )
        except ReplyError as error:
            return [fail("parse", error, replace(prompt, raw=error.raw))]
        except RefusedError as error:
            return [Outcome("failed", "propose", "refused", prompt, evidence={"error": str(error)})]
        return [self._check(prompt, item) for item in reply.value]

    def _draw_language(self, rng: random.Random) -> str:
        languages = sorted(self._by_language)
        return rng.choices(languages, [len(self._by_language[language]) for language in languages])[0]

    def _draw_demonstrations(self, rng: random.Random, language: str, index: int, basis: int) -> list[Example]:
        if self._config.form == "blocks":
            return self._draw_seeds(language, index, self._config.blocks_demonstrations)
        known = self._pool.count_machine(language, basis)
        numbers = rng.sample(range(known), min(known, self._config.machine_demonstrations))
        shown = [self._pool.get_machine(language, number) for number in numbers]
        shown += self._draw_seeds(language, index, self._config.demonstrations - len(shown))
        rng.shuffle(shown)
        return shown

    def _draw_seeds(self, language: str, index: int, count: int) -> list[Example]:
        """Return the `count` seeds that this prompt ranks first, by a digest of the prompt and each seed."""

        def rank(seed: Example) -> bytes:
            return hashlib.blake2b(f"{self._seed}/{index}/{seed.id}".encode(), digest_size=8).digest()

        return sorted(self._by_language[language], key=rank)[:count]

    def _make_prompt(self, shown: list[Example], language: str, index: int) -> tuple[dict[str, Any], dict[str, Any]]:
        blocks = self._config.form == "blocks"
        count = self._config.blocks_items if blocks else self._config.items
        first = len(shown) + 1
        demonstrations: list[Any] = [" ".join(example.instruction.split()) for example in shown]
        if blocks:
            demonstrations = [
                {"instruction": text, "input": example.input, "output": example.response}
                for text, example in zip(demonstrations, shown, strict=True)
            ]
        variables = {"demonstrations": demonstrations, "first": first, "last": first + count - 1, "count": count}
        facts = {
            "rng": f"{self._seed}/{index}", "demonstrations": [describe_task(example) for example in shown],
            "count": count, "language": language,
        }  # fmt: skip
        return variables, facts

    def _check(self, prompt: Candidate, item: Item) -> Candidate | Outcome:
        candidate = Candidate(
            id=make_id(prompt.id, item.number), instruction=item.instruction, input=item.input, system=None,
            language=prompt.language, tags={}, lineage=prompt.lineage, parents=prompt.parents, response=item.response,
            raw=item.raw, facts={"proposal": prompt.facts, "item": item.number, "language": prompt.language},
        )  # fmt: skip
        if item.fault:
            return Outcome("rejected", "parse", item.fault, candidate, evidence={"raw": item.raw})
        rules = ALPACA if self._config.form == "blocks" else SELF_INSTRUCT
        hit = check_instruction(item.instruction, prompt.language, rules=rules)
        if hit is not None:
            return Outcome("rejected", "eliminate", hit.reason, candidate, evidence={"found": hit.evidence})
        return candidate

    async def respond(self, index: int, candidate: Candidate) -> Example | Outcome:
        """Return the record: from the block itself, or by asking for an instance."""
        if candidate.response is not None:
            return read_text(candidate, candidate.response)
        return await ask_instance(self._ask, candidate, index)
