"""Evol-Instruct: each round rewrites the last accepted task of every lane; the response is a call of its own.

A lane begins at a seed task (or at one that Self-Instruct made). Each round draws an operator, in-depth or in-breadth,
by weight (`operators.py`); what is eliminated leaves the lane's task unchanged, to be tried again next round with another
draw. No lane depends on another, but through the novelty gate.

Source: Xu et al. 2023 (WizardLM, arXiv:2304.12244), section 3 and appendices A to F.
Deviations: string rules and novelty come before the judge's Equal check, because they cost nothing; the elimination
lists are per language; rewriting into something like any earlier task is rejected, not only into something like its
parent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evaluators.elimination.evolved_rules import check_evolved
from evaluators.verifiers.listing import list_kinds
from evaluators.verifiers.verify import is_compatible, validate
from generator.errors import RefusedError, ReplyError
from generator.parsing.json_reply import parse_equal
from generator.parsing.tasks import ParsedTask, parse_task
from generator.propose.facts import describe_task
from generator.propose.operators import OperatorDraw
from generator.propose.outcomes import fail, read_answer, read_text, require_whole
from generator.protocols import Ask
from generator.types import Candidate, Completion, Example, Lineage, Operator, Outcome, Reply, make_id

EQUAL_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"explanation": {"type": "string"}, "equal": {"type": "boolean"}},
    "required": ["explanation", "equal"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a lane stands: the task to evolve, and how often evolving it has failed. Equal by the task's id."""

    parent_id: str
    draw: int
    parent: Example = field(compare=False)


class EvolInstruct:
    """The proposer. Lane i evolves `lanes[i]`; job n is lane n % width in round n // width + 1."""

    name = "evol_instruct"
    speculative = True
    most = 1

    def __init__(
        self, lanes: Sequence[Example], operators: OperatorDraw, ask: Ask, *, seed: int, judge_equal: bool
    ) -> None:
        self.width = len(lanes)
        self._lanes = lanes
        self._operators = operators
        self._ask = ask
        self._seed = seed
        self._judge_equal = judge_equal

    def start(self, index: int) -> Basis:
        """Return the lane's first task."""
        return Basis(self._lanes[index].id, 0, self._lanes[index])

    def advance(self, index: int, basis: Basis, outcomes: Sequence[Outcome | None]) -> Basis:
        """Return the accepted task, or the same one to be tried again with the next draw."""
        for outcome in outcomes:
            if outcome is not None and outcome.example is not None:
                return Basis(outcome.example.id, 0, outcome.example)
        return Basis(basis.parent_id, basis.draw + 1, basis.parent)

    def settle(self, index: int, outcomes: Sequence[Outcome]) -> None:
        """Take note of what a job came to."""
        for outcome in outcomes:
            self._operators.settle(outcome.candidate.lineage.operator or "", is_accepted=outcome.status == "accepted")

    async def propose(self, index: int, basis: Basis) -> Sequence[Candidate | Outcome]:
        """Evolve the lane's task once; one candidate, with what eliminated it where something did."""
        operator = await self._operators.choose(index, basis.parent_id, basis.draw)
        candidate = self._make_candidate(index, basis, operator)
        parent = basis.parent
        variables = {
            "instruction": parent.instruction, "input": parent.input, "check_kinds": list_kinds(parent.language),
        }  # fmt: skip
        try:
            reply = await self._ask(
                f"evolve/{operator.name}", parent.language, variables,
                _read_verifiable_task if operator.states_checks else _read_task, facts=candidate.facts,
                draw=basis.draw, about=candidate.id, order=index,
            )  # fmt: skip
        except ReplyError as error:
            return [fail("parse", error, replace(candidate, raw=error.raw))]
        except RefusedError as error:
            return [Outcome("failed", "propose", "refused", candidate, evidence={"error": str(error)})]
        return [_read_proposal(candidate, parent, reply)]

    def _make_candidate(self, index: int, basis: Basis, operator: Operator) -> Candidate:
        """Return the candidate as far as it is known before the call: everything but its text."""
        parent = basis.parent
        root = self._lanes[index % self.width]
        digest = self._ask.digest(f"evolve/{operator.name}", parent.language)
        lineage = Lineage(
            recipe=self.name, operator=operator.name, round=index // self.width + 1, parents=(parent.id,),
            seeds=parent.lineage.seeds, backend=self._ask.backend, model=self._ask.model,
            prompts={operator.name: digest}, draw=basis.draw,
        )  # fmt: skip
        facts = {
            "rng": f"{self._seed}/{parent.id}/{basis.draw}", "operator": operator.name, "kind": operator.kind,
            "parent": describe_task(parent), "seed": describe_task(root), "language": parent.language,
        }  # fmt: skip
        tags = parent.tags if operator.kind == "in-depth" else {k: v for k, v in parent.tags.items() if k == "domain"}
        return Candidate(
            id=make_id(self.name, parent.id, operator.name, digest, basis.draw), instruction=parent.instruction,
            input=parent.input, system=parent.system, language=parent.language, tags=tags, lineage=lineage,
            parents=(parent,), facts=facts,
        )  # fmt: skip

    async def respond(self, index: int, candidate: Candidate) -> Example | Outcome:
        """Judge the rewrite against its parent, then ask for the response and check it."""
        if self._judge_equal:
            verdict = await self._check_equal(index, candidate)
            if verdict is not None:
                return verdict
        task = {"instruction": candidate.instruction, "input": candidate.input, "system": candidate.system}
        try:
            reply = await self._ask(
                "respond/answer", candidate.language, task, read_answer,
                facts={**candidate.facts, "task": describe_task(candidate)}, about=candidate.id, order=index,
            )  # fmt: skip
        except ReplyError as error:
            return fail("respond", error, candidate)
        return read_text(candidate, reply.value)

    async def _check_equal(self, index: int, candidate: Candidate) -> Outcome | None:
        (parent,) = candidate.parents
        variables = {
            "first_instruction": parent.instruction, "first_input": parent.input,
            "second_instruction": candidate.instruction, "second_input": candidate.input,
        }  # fmt: skip
        facts = {
            "first": describe_task(parent), "second": describe_task(candidate), "language": candidate.language,
        }  # fmt: skip

        def read(completion: Completion) -> tuple[bool, str]:
            return parse_equal(require_whole(completion), variables.values())

        try:
            reply = await self._ask(
                "judge/equal", candidate.language, variables, read, facts=facts, schema=EQUAL_SCHEMA,
                about=candidate.id, order=index,
            )  # fmt: skip
        except ReplyError as error:
            return fail("equal", error, candidate)
        equal, explanation = reply.value
        if equal:
            evidence = {"parent": parent.instruction, "explanation": explanation}
            return Outcome("rejected", "equal", "equal_to_parent", candidate, evidence=evidence)
        return None


def _read_task(completion: Completion) -> ParsedTask:
    return parse_task(require_whole(completion))


def _read_verifiable_task(completion: Completion) -> ParsedTask:
    """Return the task with its constraints. Raises `ReplyError` for none, or for one that the verifiers don't know."""
    task = _read_task(completion)
    if not task.checks:
        raise ReplyError("no_checks", "the reply states no constraint that code can check", raw=completion.text)
    for number, check in enumerate(task.checks):
        try:
            validate(check)
        except ReplyError as error:
            raise ReplyError(error.reason, str(error), raw=completion.text) from None
        others = [other.kind for other in task.checks[:number]]
        strange = next((kind for kind in others if not is_compatible(check.kind, kind)), None)
        if strange is not None:
            said = f"the constraints `{strange}` and `{check.kind}` cannot stand beside each other"
            raise ReplyError("conflicting_checks", said, raw=completion.text)
    return task


def _read_proposal(candidate: Candidate, parent: Example, reply: Reply[ParsedTask]) -> Candidate | Outcome:
    task = reply.value
    kept_input = parent.input if candidate.facts["kind"] == "in-depth" else ""
    candidate = replace(
        candidate, instruction=task.instruction, input=kept_input if task.input is None else task.input,
        checks=task.checks, raw=reply.completion.text,
    )  # fmt: skip
    hit = check_evolved(candidate.instruction, candidate.input, parent.instruction, parent.input, candidate.language)
    if hit is not None:
        return Outcome("rejected", "eliminate", hit.reason, candidate, evidence={"found": hit.evidence})
    return candidate
