"""Instances for instructions without any: is it a classification task, then label first or input first.

Source: Wang et al. 2022 (arXiv:2212.10560), sections 2.2 and appendix A.2 to A.4.
"""

from __future__ import annotations

from dataclasses import replace

from evaluators.elimination.response_rules import check_instance, drop_conflicts, find_conflict
from generator.errors import ReplyError
from generator.parsing.lists import parse_instances_input_first, parse_instances_output_first, parse_yes_no
from generator.propose.outcomes import fail, read_text
from generator.protocols import Ask
from generator.types import Candidate, Completion, Example, Outcome


async def ask_instance(ask: Ask, candidate: Candidate, order: int) -> Example | Outcome:
    """Classify the instruction, ask for an instance in the form that fits, and return the first that passes."""
    variables = {"instruction": candidate.instruction}
    facts = {"instruction": candidate.instruction} | dict(candidate.facts)
    label = await ask(
        "self_instruct/classification", candidate.language, variables, facts=facts, about=candidate.id, order=order
    )
    try:
        is_classification = parse_yes_no(label.text)
    except ReplyError as error:
        return fail("respond", error, candidate, label)
    template = "output_first" if is_classification else "input_first"
    completion = await ask(
        f"self_instruct/{template}", candidate.language, variables, facts=facts, about=candidate.id, order=order
    )
    return _read_instance(candidate, completion, is_classification=is_classification)


def _read_instance(candidate: Candidate, completion: Completion, *, is_classification: bool) -> Example | Outcome:
    parse = parse_instances_output_first if is_classification else parse_instances_input_first
    try:
        instances = parse(completion.text, completion.finish_reason)
    except ReplyError as error:
        return fail("respond", error, candidate, completion)
    kept = drop_conflicts(instances)
    hits = [check_instance(*instance) for instance in kept]
    good = [instance for instance, hit in zip(kept, hits, strict=True) if hit is None]
    if not good:
        hit = find_conflict(instances) or next((hit for hit in hits if hit is not None), None)
        reason = hit.reason if hit is not None else "no_instance"
        return Outcome("rejected", "respond", reason, candidate, evidence={"raw": completion.text})
    task_input, response = good[0]
    tags = {"task_type": "classification"} if is_classification else {}
    return read_text(replace(candidate, input=task_input, tags=tags), response)
