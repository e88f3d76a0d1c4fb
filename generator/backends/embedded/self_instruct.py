"""Proposes new tasks from demonstrations by rules, with their instances, in the forms that a model is asked for.

Four sources of tasks: something computed from a demonstration's texts, a label by a stated rule, two demonstrations in
one, a demonstration with requirements. A task's place in the reply and the facts of the proposal give its instance
again. Every task passes the elimination rules before it is proposed, and its instance is read back by the parser before
it is given; a text that would break the form (a line that begins with `Output:`, say) is left out.

Source: Wang et al. 2022 (arXiv:2212.10560), section 2; Taori et al. 2023 (Alpaca) for the blocks.
Deviations: a rule makes instruction and instance together, so the instance always fits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from evaluators.elimination.instruction_rules import ALPACA, SELF_INSTRUCT, check_instruction
from evaluators.elimination.response_rules import check_instance, check_response
from evaluators.tokens import tokenize
from evaluators.verifiers.segment import count_words
from generator.backends.embedded.evolve import measure_closeness
from generator.backends.embedded.forms import complicate_input
from generator.backends.embedded.in_breadth import broaden
from generator.backends.embedded.in_depth import add_constraints, concretize, deepen
from generator.backends.embedded.labelling import LABELLINGS, Item
from generator.backends.embedded.pairing import match_answers, pair_requests
from generator.backends.embedded.plan import Plan, Task, check_plan, read_task
from generator.backends.embedded.reasoning import increase_reasoning
from generator.backends.embedded.voice import Voice, make_voice
from generator.errors import RefusedError, ReplyError
from generator.parsing.lists import parse_blocks, parse_instances_input_first, parse_instances_output_first
from generator.parsing.reply_text import fold_space

CACHED_PROPOSALS = 64  # prompts under way at a time, with room to spare
ATTEMPTS = 12  # drafts of one task
CLOSE = 0.6  # ROUGE-L F1 to a demonstration or an earlier task of the reply; the filter's threshold is 0.7
MAX_ROOT = 40  # words of a demonstration that a task is built on; a longer one is often built itself
MIN_WORDS, MAX_WORDS = 4, 140  # Self-Instruct drops 3 and fewer, and more than 150
EVOLUTIONS: tuple[Callable[[Task, Voice], Plan | None], ...] = (
    add_constraints, concretize, deepen, increase_reasoning, complicate_input,
)  # fmt: skip
KINDS = ("computed", "computed", "computed", "label", "label", "pair", "evolved", "evolved", "evolved", "match")


def plan_items(facts: Mapping[str, Any]) -> tuple[Item, ...]:
    """Return the tasks that the facts of a list or blocks request stand for, fewer where no more can be found.

    Raises `RefusedError` where none can be found, or the language is not spoken.
    """
    needed = {key: facts[key] for key in ("rng", "language", "demonstrations", "count")}
    return _plan_items(json.dumps(needed, ensure_ascii=False, sort_keys=True))


@lru_cache(maxsize=CACHED_PROPOSALS)
def _plan_items(key: str) -> tuple[Item, ...]:
    """Return the tasks of facts written as JSON; they are kept, since each of them is asked about again."""
    facts = json.loads(key)
    language = str(facts["language"])
    demos = [read_task(demo) for demo in facts["demonstrations"]]
    roots = [demo for demo in demos if count_words(demo.instruction) <= MAX_ROOT and (demo.response or demo.input)]
    near = [tokenize(demo.instruction) for demo in demos]
    items: list[Item] = []
    for place in range(int(facts["count"])):
        for item in draft_items(roots, language, facts["rng"], place) if roots else ():
            tokens = tokenize(item.instruction)
            if all(measure_closeness(tokens, other) <= CLOSE for other in near):
                items.append(item)
                near.append(tokens)
                break
    if not items:
        raise RefusedError("the embedded back end finds no new task by its rules in the demonstrations' texts")
    return tuple(items)


def draft_items(roots: Sequence[Task], language: str, rng: str, place: int) -> Iterator[Item]:
    """Yield drafts of one task that pass all rules. Raises `RefusedError` for a language it does not speak."""
    for attempt in range(ATTEMPTS):
        voice = make_voice(language, rng, "item", place, attempt)
        item = draft_item(roots, voice)
        if item is not None and is_proper(item := fold_item(item), language):
            yield item


def draft_item(roots: Sequence[Task], voice: Voice) -> Item | None:
    """Return a task of a kind that is drawn; None where the demonstrations do not have what it takes."""
    kind = voice.rng.choice(KINDS)
    answered = [root for root in roots if root.response]
    if kind == "computed" or not answered:
        return hold_plan(broaden(voice.rng.choice(roots), voice), voice)
    if kind == "evolved":
        return hold_plan(voice.rng.choice(EVOLUTIONS)(voice.rng.choice(answered), voice), voice)
    if len(answered) < 2:
        return None
    if kind == "label":
        return voice.rng.choice(LABELLINGS)(answered, voice)
    return pair_requests(answered, voice) if kind == "pair" else match_answers(answered, voice)


def hold_plan(plan: Plan | None, voice: Voice) -> Item | None:
    """Return a verified plan as a task; None where its instruction is laid out in lines, which a list cannot show."""
    if plan is None or "\n-" in plan.instruction or "\n1." in plan.instruction or not check_plan(plan):
        return None
    return Item(voice.join(plan.instruction.split("\n\n")), ((plan.input, plan.response),))


def fold_item(item: Item) -> Item:
    """Return the task with its instruction on one line, and its instances without white space around."""
    instances = tuple((source.strip(), output.strip()) for source, output in item.instances)
    return Item(fold_space(item.instruction), instances, item.classification)


def is_proper(item: Item, language: str) -> bool:
    """Say whether a task passes the rules of both recipes, and a parser reads its instances as they are."""
    sized = MIN_WORDS <= count_words(item.instruction) and len(item.instruction.split()) <= MAX_WORDS
    passes = not any(check_instruction(item.instruction, language, rules=rules) for rules in (SELF_INSTRUCT, ALPACA))
    whole = not any(check_instance(*each) or check_response(each[1], language) for each in item.instances)
    return sized and passes and whole and reads_back(item, language)


def reads_back(item: Item, language: str) -> bool:
    """Say whether the parsers give the task's instances back from both forms."""
    parse = parse_instances_output_first if item.classification else parse_instances_input_first
    first_input, first_output = item.instances[0]
    try:
        given = parse(write_instances(item, language))
        blocks = parse_blocks(write_block(item, 4, language), 4)
    except ReplyError:
        return False
    (block, *rest) = blocks
    said = (block.instruction, block.input, block.output, block.fault)
    return given == item.instances and not rest and said == (item.instruction, first_input, first_output, None)


def reply_list(facts: Mapping[str, Any]) -> str:
    """Return the new instructions as a numbered list. Raises `RefusedError`."""
    first = len(facts["demonstrations"]) + 1
    return "\n".join(f"{number}. {item.instruction}" for number, item in enumerate(plan_items(facts), first))


def reply_blocks(facts: Mapping[str, Any]) -> str:
    """Return the new tasks with their first instances as numbered blocks. Raises `RefusedError`."""
    first = len(facts["demonstrations"]) + 1
    language = str(facts["language"])
    return "\n".join(write_block(item, number, language) for number, item in enumerate(plan_items(facts), first))


def write_block(item: Item, number: int, language: str) -> str:
    """Return one block."""
    names = ("指令：", "输入：", "输出：") if language.startswith("zh") else ("Instruction: ", "Input:", "Output:")
    source, output = item.instances[0]
    return (
        f"###\n{number}. {names[0]}{item.instruction}\n{number}. {names[1]}\n{source or '<noinput>'}\n"
        f"{number}. {names[2]}\n{output}"
    )


def find_item(facts: Mapping[str, Any]) -> Item:
    """Return the task that an instance is asked for. Raises `RefusedError` where this back end did not propose it."""
    items = plan_items(facts["proposal"])
    asked = fold_space(str(facts["instruction"]))
    item = next((item for item in items if item.instruction == asked), None)
    if item is None:
        raise RefusedError("the embedded back end has instances only for tasks that it proposed itself; use a model")
    return item


def reply_classification(facts: Mapping[str, Any]) -> str:
    """Return whether the task is classification, as yes or no in the language. Raises `RefusedError`."""
    yes, no = ("是", "否") if str(facts["language"]).startswith("zh") else ("Yes", "No")
    return yes if find_item(facts).classification else no


def reply_instances(facts: Mapping[str, Any]) -> str:
    """Return the task's instances in the form that suits it. Raises `RefusedError`."""
    return write_instances(find_item(facts), str(facts["language"]))


def write_instances(item: Item, language: str) -> str:
    """Return the instances: label first for classification, else input first."""
    chinese = language.startswith("zh")
    label, source, output, example = ("类别标签：", "输入：", "输出：", "示例") if chinese else (
        "Class label: ", "Input: ", "Output: ", "Example"
    )  # fmt: skip
    if item.classification:
        return "\n".join(f"{label}{answer}\n{source}{given}" for given, answer in item.instances)
    if not item.instances[0][0]:
        return f"{output}{item.instances[0][1]}"
    numbered = enumerate(item.instances, 1)
    return "\n".join(f"{example} {number}\n{source}{given}\n{output}{answer}" for number, (given, answer) in numbered)
