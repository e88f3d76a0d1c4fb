"""How replies become records and outcomes, the same for every recipe."""

from __future__ import annotations

from evaluators.elimination.response_rules import check_response
from generator.errors import ReplyError
from generator.parsing.reply_text import TRUNCATED, take_answer
from generator.types import Candidate, Completion, Example, Outcome


def fail(stage: str, error: ReplyError, candidate: Candidate, completion: Completion) -> Outcome:
    """Return the outcome of a candidate whose reply is not in the form asked for; the raw text is kept."""
    return Outcome("failed", stage, error.reason, candidate, evidence={"error": str(error), "raw": completion.text})


def read_response(candidate: Candidate, completion: Completion) -> Example | Outcome:
    """Return the record that a completion makes of a candidate, or the outcome that eliminates it."""
    if completion.finish_reason in TRUNCATED:
        return Outcome("rejected", "respond", "truncated", candidate, evidence={"raw": completion.text})
    try:
        response = take_answer(completion.text)
    except ReplyError as error:
        return fail("respond", error, candidate, completion)
    return read_text(candidate, response)


def read_text(candidate: Candidate, response: str) -> Example | Outcome:
    """Return the record that a response makes of a candidate, or the outcome that eliminates it."""
    hit = check_response(response, candidate.language)
    if hit is not None:
        evidence = {"found": hit.evidence, "response": response}
        return Outcome("rejected", "respond", hit.reason, candidate, evidence=evidence)
    return Example(
        id=candidate.id, instruction=candidate.instruction, input=candidate.input, response=response,
        system=candidate.system, language=candidate.language, tags=dict(candidate.tags), lineage=candidate.lineage,
        checks=candidate.checks,
    )  # fmt: skip
