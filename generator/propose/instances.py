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
from generator.types import Candidate, Completion, Example, Outcome, Reply

Instances = tuple[tuple[str, str], ...]


async def ask_instance(ask: Ask, candidate: Candidate, order: int) -> Example | Outcome:
    """Classify the instruction, ask for an instance in the form that fits, and return the first that passes."""
    variables = {"instruction": candidate.instruction}
    facts = {"instruction": candidate.instruction} | dict(candidate.facts)
    try:
        label = await ask(
            "self_instruct/classification", candidate.language, variables, _read_label, facts=facts,
            about=candidate.id, order=order,
        )  # fmt: skip
        template, parse = ("output_first", _read_labels_first) if label.value else ("input_first", _read_inputs_first)
        reply = await ask(
            f"self_instruct/{template}", candidate.language, variables, parse, facts=facts, about=candidate.id,
            order=order,
        )  # fmt: skip
    except ReplyError as error:
        return fail("respond", error, candidate)
    return _choose_instance(candidate, reply, is_classification=label.value)


def _read_label(completion: Completion) -> bool:
    return parse_yes_no(completion.text)


def _read_labels_first(completion: Completion) -> Instances:
    return _require_some(parse_instances_output_first(completion.text, completion.finish_reason), completion)


def _read_inputs_first(completion: Completion) -> Instances:
    return _require_some(parse_instances_input_first(completion.text, completion.finish_reason), completion)


def _require_some(instances: Instances, completion: Completion) -> Instances:
    if not instances:
        raise ReplyError("no_instance", "the reply holds no whole instance", raw=completion.text)
    return instances


def _choose_instance(candidate: Candidate, reply: Reply[Instances], *, is_classification: bool) -> Example | Outcome:
    hits = [check_instance(*instance) for instance in reply.value]
    sound = [instance for instance, hit in zip(reply.value, hits, strict=True) if hit is None]
    good = drop_conflicts(sound)
    if not good:
        hit = find_conflict(sound) or next(hit for hit in hits if hit is not None)
        return Outcome("rejected", "respond", hit.reason, candidate, evidence={"raw": reply.completion.text})
    task_input, response = good[0]
    tags = {"task_type": "classification"} if is_classification else {}
    return read_text(replace(candidate, input=task_input, tags=tags), response)
