"""How replies become records and outcomes, the same for every recipe."""

from __future__ import annotations

from evaluators.elimination.response_rules import check_response
from generator.errors import ReplyError
from generator.parsing.reply_text import TRUNCATED, require_answer
from generator.types import Candidate, Completion, Example, Outcome


def fail(stage: str, error: ReplyError, candidate: Candidate) -> Outcome:
    """Return the outcome of a candidate whose reply is not in the form asked for; the raw text is kept."""
    return Outcome("failed", stage, error.reason, candidate, evidence={"error": str(error), "raw": error.raw})


def require_whole(completion: Completion) -> str:
    """Return the text of a completion. Raises `ReplyError` (`truncated`) where the model came to its limit of tokens."""
    if completion.finish_reason in TRUNCATED:
        raise ReplyError("truncated", "the reply came to its limit of tokens", raw=completion.text)
    return completion.text


def read_answer(completion: Completion) -> str:
    """Return the answer in a completion, without the reasoning before it. Raises `ReplyError`."""
    return require_answer(require_whole(completion))


def read_text(candidate: Candidate, response: str) -> Example | Outcome:
    """Return the record that a response makes of a candidate, or the outcome that eliminates it."""
    hit = check_response(response, candidate.language)
    if hit is not None:
        evidence = {"found": hit.evidence, "response": response}
        return Outcome("rejected", "respond", hit.reason, candidate, evidence=evidence)
    return make_record(candidate, response)


def make_record(candidate: Candidate, response: str) -> Example:
    """Return the record that a response makes of a candidate."""
    return Example(
        id=candidate.id, instruction=candidate.instruction, input=candidate.input, response=response,
        system=candidate.system, history=candidate.history, language=candidate.language, tags=dict(candidate.tags),
        scores=dict(candidate.scores), lineage=candidate.lineage, checks=candidate.checks,
    )  # fmt: skip
