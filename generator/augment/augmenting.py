"""All augmentations of a record, side by side, each checked for meaning and for change.

A new text must differ enough from its source and from its siblings to be worth having, and where its meaning is to stay, it is
held against its source: by code always, by a model where there is one.

Source: the checks are those of `evaluators/meaning/`; the model's verdict as in the Equal check of Evol-Instruct
(arXiv:2304.12244, section 3.3), the other way round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evaluators.elimination.evolved_rules import check_evolved
from evaluators.elimination.hit import Hit
from evaluators.meaning.change import measure_similarity
from evaluators.meaning.check import check_meaning
from generator.augment.draft import Draft, Job
from generator.augment.labels import BY_TOKEN, carry_labels
from generator.augment.partners import choose_partner
from generator.conversation import BETWEEN
from generator.errors import RefusedError, ReplyError
from generator.parsing.json_reply import parse_equal
from generator.propose.facts import describe_task
from generator.propose.outcomes import fail, make_record, read_answer, read_text, require_whole
from generator.protocols import Ask, Augmenter
from generator.types import Candidate, Completion, Example, Lineage, Outcome, make_id

JUDGE = "judge/equivalent"
OF_RESPONSE = frozenset({BETWEEN, "answers", "answerable", "intent", *BY_TOKEN})  # tags


class Augmenting:
    """Makes the candidates of a record, and their responses."""

    name = "augment"

    def __init__(
        self, methods: Sequence[Augmenter], ask: Ask, identify: Callable[[str], str], *, seed: int, similarity: float,
        judge: Mapping[str, Any] | None,
    ) -> None:  # fmt: skip
        """`judge` is the schema of the model's verdict on meaning; None where no model is asked."""
        self._methods = {method.name: method for method in methods}
        self._ask = ask
        self._identify = identify
        self._seed = seed
        self._similarity = similarity
        self._judge = judge

    async def propose(self, index: int, record: Example, recent: Sequence[Example]) -> Sequence[Candidate | Outcome]:
        """Make every augmentation of the record, in the order of the methods, whatever is answered first.

        `recent` are the records before it, among which a partner is looked for.
        """
        jobs = [
            (method, variant, choose_partner(record, recent) if method.partners else None)
            for method in self._methods.values()
            for variant in method.list_variants(record, str(self._seed))
        ]
        jobs = [job for job in jobs if not job[0].partners or job[2] is not None]
        made = await asyncio.gather(*(self._make(index, record, *job) for job in jobs))
        return self._drop_alike(record, [one for several in made for one in several])

    async def _make(
        self, index: int, record: Example, method: Augmenter, variant: str, partner: Example | None
    ) -> list[Candidate | Outcome]:
        blank = self._make_candidate(record, method, variant, partner)
        if (reason := _find_obstacle(record, method)) is not None:
            return [Outcome("rejected", "eliminate", reason, blank)]
        job = Job(record, variant, partner, blank.id, index, blank.facts)
        try:
            drafts = await method.augment(job)
        except ReplyError as error:
            return [fail("parse", error, replace(blank, raw=error.raw))]
        except RefusedError as error:
            return [Outcome("failed", "propose", "refused", blank, evidence={"error": str(error)})]
        if not drafts:
            return [Outcome("rejected", "parse", "nothing_made", blank)]
        return [
            self._check(record, method, self._fill(blank, draft, number), draft) for number, draft in enumerate(drafts)
        ]

    def _make_candidate(self, record: Example, method: Augmenter, variant: str, partner: Example | None) -> Candidate:
        prompts = {name: self._ask.digest(name, record.language) for name in method.prompts}
        parents = (record, partner) if partner else (record,)
        by_code = not method.prompts
        lineage = Lineage(
            recipe=self.name, operator=method.name, round=record.lineage.round,
            parents=tuple(parent.id for parent in parents),
            seeds=tuple(dict.fromkeys(seed for parent in parents for seed in parent.lineage.seeds)),
            backend=None if by_code else self._ask.backend, model=None if by_code else self._ask.model,
            prompts={name.partition("/")[2]: digest for name, digest in prompts.items()},
        )  # fmt: skip
        key = make_id(self.name, method.name, variant, [parent.id for parent in parents], prompts, self._seed)
        facts = {
            "recipe": self.name, "rng": f"{self._seed}/{key}", "operator": method.name, "variant": variant,
            "parent": describe_task(record),
            "seed": describe_task(record), "partner": describe_task(partner) if partner else None,
            "language": record.language,
        }  # fmt: skip
        tags = dict(record.tags) | ({"variant": variant} if variant else {})
        return Candidate(
            id=key, instruction=record.instruction, input=record.input, system=record.system, language=record.language,
            tags=tags, lineage=lineage, parents=parents, facts=facts,
        )  # fmt: skip

    def _fill(self, blank: Candidate, draft: Draft, number: int) -> Candidate:
        return replace(
            blank, id=blank.id if number == 0 else make_id(blank.id, number), instruction=draft.instruction,
            input=draft.input, response=draft.response, language=draft.language or blank.language,
            history=draft.history, checks=draft.checks, raw=draft.raw, system=draft.system or blank.system,
            tags=blank.tags if draft.response is not None else _drop_answers(blank.tags),
        )  # fmt: skip

    def _check(self, record: Example, method: Augmenter, candidate: Candidate, draft: Draft) -> Candidate | Outcome:
        """Return the candidate, or what code finds wrong with it."""
        if draft.found is not None:
            return _reject("meaning", draft.found, candidate)
        same_language = candidate.language == record.language
        if method.prompts and same_language and not draft.goes_on:
            hit = check_evolved(
                candidate.instruction, candidate.input, record.instruction, record.input, record.language
            )
            if hit is not None and hit.reason != "wrong_language":
                return _reject("eliminate", hit, candidate)
        if method.meaning == "same":
            meaning = check_meaning(
                draft.compared or record.instruction, candidate.instruction, record.language, candidate.language,
                self._identify, record.response, is_task=bool(method.prompts),
            )  # fmt: skip
            if meaning.hit is not None:
                return _reject("meaning", meaning.hit, candidate)
            scored = replace(candidate, scores={**draft.scores, "meaning.chrf": _round(meaning.similarity)})
            return _move_labels(record, scored) if same_language else scored
        return replace(candidate, scores=draft.scores)

    def _drop_alike(self, record: Example, made: Sequence[Candidate | Outcome]) -> list[Candidate | Outcome]:
        """Reject what says too nearly the same words as the record, or as an earlier augmentation of it."""
        kept = [(record.id, record.instruction)]
        decided: list[Candidate | Outcome] = []
        for one in made:
            if isinstance(one, Outcome):
                decided.append(one)
                continue
            scored = [(measure_similarity(one.instruction, text), key, text) for key, text in kept]
            similarity, key, text = max(scored, key=lambda score: score[0])
            if similarity > max(self._similarity, self._methods[one.lineage.operator or ""].most_alike):
                evidence = {"similarity": similarity, "neighbour": key, "neighbour_text": text}
                decided.append(Outcome("rejected", "novelty", "too_like_source", one, evidence=evidence))
                continue
            kept.append((one.id, one.instruction))
            decided.append(replace(one, scores={**one.scores, "augment.similarity": _round(similarity)}))
        return decided

    async def respond(self, index: int, candidate: Candidate) -> Example | Outcome:
        """Let a model judge the meaning where it should have stayed; then keep the response, or ask for one."""
        method = self._methods[candidate.lineage.operator or ""]
        if method.meaning == "same" and method.prompts and self._judge is not None:
            verdict = await self._check_equivalent(index, candidate)
            if verdict is not None:
                return verdict
        if candidate.response is not None:
            is_kept = candidate.language == candidate.parents[0].language  # then no rule for a model's replies applies
            return (make_record if is_kept else read_text)(candidate, candidate.response)
        task = {"instruction": candidate.instruction, "input": candidate.input, "system": candidate.system}
        try:
            reply = await self._ask(
                "respond/answer", candidate.language, task, read_answer,
                facts={**candidate.facts, "task": describe_task(candidate)}, about=candidate.id, order=index,
                history=candidate.history,
            )  # fmt: skip
        except ReplyError as error:
            return fail("respond", error, candidate)
        return read_text(candidate, reply.value)

    async def _check_equivalent(self, index: int, candidate: Candidate) -> Outcome | None:
        record = candidate.parents[0]
        variables = {
            "first_instruction": record.instruction, "first_input": record.input,
            "second_instruction": candidate.instruction, "second_input": candidate.input,
        }  # fmt: skip
        facts = {"first": describe_task(record), "second": describe_task(candidate), "language": record.language}

        def read(completion: Completion) -> tuple[bool, str]:
            return parse_equal(require_whole(completion), variables.values())

        try:
            reply = await self._ask(
                JUDGE, record.language, variables, read, facts=facts, schema=self._judge, about=candidate.id,
                order=index,
            )  # fmt: skip
        except ReplyError as error:
            return fail("equal", error, candidate)
        equal, explanation = reply.value
        if equal:
            return None
        evidence = {"source": record.instruction, "explanation": explanation}
        return Outcome("rejected", "equal", "not_equivalent", candidate, evidence=evidence)


def _find_obstacle(record: Example, method: Augmenter) -> str | None:
    """Return why a method can make nothing of a record, before anybody is asked; None where it can.

    A task of its own cannot be made of a turn that only its conversation explains, and nothing goes on from no answer.
    """
    if method.goes_on:
        return None if record.response else "no_response"
    return "mid_conversation" if record.history and method.meaning == "new" else None


def _drop_answers(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags without those that belong to a response that is asked for anew."""
    return {name: text for name, text in tags.items() if name not in OF_RESPONSE}


def _move_labels(record: Example, candidate: Candidate) -> Candidate | Outcome:
    """Return the candidate with its labels where its instruction has them now, or what rejects it."""
    if candidate.response is None:
        return candidate
    labels = carry_labels(record, candidate.instruction, candidate.response, candidate.tags)
    if labels.lost is not None:
        return _reject("meaning", Hit("label_lost", labels.lost), candidate)
    return replace(candidate, response=labels.response, tags=labels.tags)


def _reject(stage: str, hit: Hit, candidate: Candidate) -> Outcome:
    evidence = {"found": hit.evidence, "source": candidate.parents[0].instruction}
    return Outcome("rejected", stage, hit.reason, candidate, evidence=evidence)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
