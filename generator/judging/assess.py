"""What becomes of a record that has its response: verifiers, critic, policy, in this order, cheap before dear.

Promise: where code can decide, code decides, and the critic is not asked for its opinion on that; a critic that does not
answer in form gives no score.
"""

from __future__ import annotations

from typing import Protocol

from generator.errors import RefusedError, ReplyError
from generator.protocols import Critic, Policy, Verifier
from generator.types import Candidate, Check, Example, Outcome


class Bench(Protocol):
    """What a record is assessed with."""

    @property
    def verifier(self) -> Verifier:
        """Decides constraints by code."""
        ...

    @property
    def critic(self) -> Critic | None:
        """Judges; None where nobody does."""
        ...

    @property
    def policy(self) -> Policy:
        """Turns a verdict into a decision."""
        ...


async def assess(bench: Bench, candidate: Candidate, example: Example, *, order: int) -> Outcome:
    """Return how the candidate ends with this record. Raises what ends the run."""
    try:
        example = example.model_copy(update={"checks": verify_checks(bench.verifier, example)})
    except ReplyError as error:
        return Outcome("failed", "verify", error.reason, candidate, evidence={"error": str(error)})
    broken = [check for check in example.checks if not check.verdict]
    if broken:
        evidence = {"check": broken[0].model_dump(), "response": example.response}
        return Outcome("rejected", "verify", broken[0].kind, candidate, evidence=evidence)
    if bench.critic is None:
        return Outcome("accepted", "critic", "", candidate, example)
    try:
        verdict = await bench.critic.judge(example, order=order)
    except ReplyError as error:
        return bench.policy.decide_unparsed(candidate, example, error)
    except RefusedError as error:
        return Outcome("failed", "critic", "refused", candidate, evidence={"error": str(error)})
    return bench.policy.decide(candidate, example, verdict)


def verify_checks(verifier: Verifier, example: Example) -> tuple[Check, ...]:
    """Return the record's constraints with their verdicts. Raises `ReplyError` for one that code does not know."""
    return tuple(
        check.model_copy(update={"verdict": verifier.verify(check, example.response, example.input)})
        for check in example.checks
    )
