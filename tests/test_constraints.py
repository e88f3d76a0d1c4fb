"""The planner keeps its promises on many shapes of response: met, kept, deterministic, spread, never out of shape."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.verifiers.segment import count_words, find_words, read_code_blocks
from evaluators.verifiers.verify import KINDS, describe, is_compatible, verify, verify_all
from generator.backends.embedded.constraint_phrases import CLOSINGS, OPENINGS
from generator.backends.embedded.constraints import OFFERS, Plan, plan_constraints
from generator.types import Check

ENGLISH = (
    "Salt lowers the freezing point of water. The salt ions get between the molecules of water. Ice forms only at a "
    "lower temperature. Roads therefore stay wet and free of ice in a mild frost.",
    "The heart is a pump. It moves blood through the body; the blood carries oxygen to every organ.\n\n"
    "The lungs fill the blood with oxygen. Without the lungs the heart would pump in vain!\n\n"
    "Both organs work without a pause. Sport makes the heart and the lungs stronger.",
    "Pack these:\n\n- tent\n- stove\n- blanket\n- lamp\n\nLeave the radio at home and the neighbors in peace, please.",
    "- **Cause:** a virus in the nose\n- **Course:** about a week\n- **Care:** rest, water and sleep for the patient",
    "1. Boil the water.\n2. Pour the water over the leaves.\n3. Wait for three minutes.\n4. Drink the tea slowly.",
    "**What it is**\n\nA loan is money that a bank lends to a customer for a time.\n\n**What it costs**\n\n"
    "The customer pays interest on the loan to the bank every month, and the bank keeps a record of the loan.",
    "| Plan | Price |\n|---|---|\n| Basic | 5 |\n| Large | 9 |\n\nThe large plan pays off for a family of four people.",
    "```python\ndef add(a, b):\n    return a + b\n```\n\nThe function returns the sum of two numbers, and it is new.",
    "Dear Ms. [name],\n\nThank you for the letter about the broken lamp in the hall.\n\nKind regards,\n[sender]",
    "The moon hangs low\nThe river sleeps\nA heron waits\nAnd silence keeps",
    '{"name": "Ann", "age": 3}',
    "positive",
    "Photosynthesis turns light into sugar",
    "Le chat dort sur la table de la cuisine et ne veut pas manger.",
)
CHINESE = (
    "镜片会起雾，是因为镜片很冷。屋里的水汽碰到镜片，就凝成水珠！水珠把光线打散，所以看不清。等镜片变暖，水珠就不见了。",
    "心脏是一个泵。心脏把血液送到全身。\n\n肺给血液带来氧气。没有氧气，身体就不能工作。",
    "- 总量：每天不超过五克\n- 烹调：出锅前再放盐\n- 选购：看清营养成分表\n- 外食：点菜时说明少盐",
    "1. 烧水。\n2. 把水倒在茶叶上。\n3. 等三分钟。",
    "需要带的东西：\n\n- 帐篷\n- 炉子和锅\n- 毯子和水\n\n请把收音机留在家里，也别打扰邻居。",
    "```sql\nSELECT 1;\n```\n\n这条语句返回一行，行里只有一个数字，可以用来检查连接。",
    "各位业主：\n因更换水管，三号楼周六停水。请提前储水。\n物业服务中心",
    "正面",
    "| 项目 | 价格 |\n|---|---|\n| 小 | 5 |\n\n小份更适合一个人吃，价格也便宜。",
)
CASES = {"all_lowercase", "all_uppercase"}
SAMPLES = [("en", text) for text in ENGLISH] + [("zh", text) for text in CHINESE]


def plan(text: str, language: str, key: str, count: int, **options: object) -> Plan | None:
    return plan_constraints(text, language=language, rng=Random(key), count=count, **options)  # type: ignore[arg-type]


def plan_many(draws: int) -> list[tuple[str, str, int, Plan | None]]:
    return [
        (language, text, 1 + draw % 4, plan(text, language, f"{text}|{draw}", 1 + draw % 4))
        for language, text in SAMPLES
        for draw in range(draws)
    ]


@pytest.fixture(scope="module")
def plans() -> list[tuple[str, str, int, Plan]]:
    return [(language, text, count, found) for language, text, count, found in plan_many(60) if found]


def test_every_check_is_met_compatible_and_can_be_asked_for(plans: list[tuple[str, str, int, Plan]]) -> None:
    for language, _text, count, found in plans:
        assert 1 <= len(found.checks) <= count
        assert verify_all(found.checks, found.response) == found.checks
        kinds = [check.kind for check in found.checks]
        assert all(is_compatible(a, b) for index, a in enumerate(kinds) for b in kinds[:index])
        assert all(describe(check, language) for check in found.checks)
        assert all(check.params == json.loads(json.dumps(check.params)) for check in found.checks)


def test_nearly_every_response_gets_as_many_as_asked_for(plans: list[tuple[str, str, int, Plan]]) -> None:
    assert len(plans) == 60 * len(SAMPLES)
    full = sum(len(found.checks) == count for _language, _text, count, found in plans)
    assert full > 0.85 * len(plans)


def test_no_content_is_lost(plans: list[tuple[str, str, int, Plan]]) -> None:
    for _language, text, _count, found in plans:
        left = Counter(word.casefold().rstrip(".") for word in find_words(text.replace("|", " ")))
        escaped = found.response.replace("\\n", " ").replace('\\"', '"')
        left -= Counter(word.casefold().rstrip(".") for word in find_words(escaped))
        assert not left, (text, found)


def test_what_is_added_are_fixed_words_and_the_response_s_own(plans: list[tuple[str, str, int, Plan]]) -> None:
    for _language, text, _count, found in plans:
        added = count_words(found.response) - count_words(text)
        assert added <= 60, found
        for check in found.checks:
            for word in check.params.get("words", []) if check.kind == "required_words" else []:
                assert word.casefold() in text.casefold()


def test_fenced_code_stays_as_it_is(plans: list[tuple[str, str, int, Plan]]) -> None:
    fenced = [(text, found) for _language, text, _count, found in plans if "```" in text]
    assert fenced
    assert all(read_code_blocks(text) == read_code_blocks(found.response) for text, found in fenced)


def test_data_labels_and_letters_keep_their_form(plans: list[tuple[str, str, int, Plan]]) -> None:
    for _language, text, _count, found in plans:
        kinds = {check.kind for check in found.checks}
        if text.startswith("{"):
            assert kinds <= {"max_characters", "tags", "code_block", "line_count"}
        if text in ("positive", "正面"):
            assert kinds <= {"max_words", "json_object", "key_value_lines", "quoted", "tags"} | CASES
        if text.startswith(("Dear", "各位")):
            assert not kinds & {"title", "starts_with", "ends_with", "bullet_count", "sections", "numbered_list"}


def test_kinds_are_reached_and_spread(plans: list[tuple[str, str, int, Plan]]) -> None:
    for language, least in (("en", 40), ("zh", 36)):
        counts = Counter(check.kind for own, _text, _count, found in plans if own == language for check in found.checks)
        offered = {kind for kind, offer in OFFERS.items() if language in offer.languages}
        assert len(counts) >= least, offered - set(counts)
        assert max(counts.values()) < 0.12 * sum(counts.values()), counts.most_common(3)
        assert sum(count >= 5 for count in counts.values()) >= least - 6


def test_what_is_offered_can_be_worded_in_its_language() -> None:
    for kind, offer in OFFERS.items():
        assert set(offer.languages) <= set(KINDS[kind].languages)


def test_the_same_generator_gives_the_same_plan() -> None:
    assert plan_many(3) == plan_many(3)
    assert len({str(plan(ENGLISH[0], "en", str(key), 3)) for key in range(20)}) > 15


def test_kinds_to_avoid_are_avoided_and_checks_to_keep_are_kept() -> None:
    kept = (Check(kind="max_words", params={"count": 36}), Check(kind="sentence_count", params={"count": 4}))
    assert all(verify(check, ENGLISH[0]) for check in kept)
    avoid = frozenset({"required_words", "forbidden_words", "bold_terms"})
    for key in range(60):
        found = plan(ENGLISH[0], "en", str(key), 3, avoid=avoid, keep=kept)
        if found:
            assert all(verify(check, found.response) for check in kept)
            assert not {check.kind for check in found.checks} & (avoid | {"max_words", "min_words", "sentence_count"})
    answer = Check(kind="computed", params={"operation": "sum_numbers"})
    for key in range(40):
        sums = "Add them up, one after the other.\n\n1 + 2\n\nAnswer: 3"
        found = plan(sums, "en", str(key), 2, keep=(answer,), task_input="1 2")
        assert found is None or verify(answer, found.response, "1 2")


@pytest.mark.parametrize(
    ("text", "language", "count"), [("", "en", 2), (" \n", "zh", 2), (ENGLISH[0], "fr", 2), (ENGLISH[0], "en", 0)]
)
def test_where_nothing_fits_there_is_no_plan(text: str, language: str, count: int) -> None:
    assert plan(text, language, "", count) is None


def test_regional_codes_are_their_language() -> None:
    assert plan(CHINESE[0], "zh-CN", "a", 3) == plan(CHINESE[0], "zh", "a", 3)


PIECES = [*"a.。\n|#*`<>[]{}:：", "- ", "1. ", "word ", "词语", "```\n", "The cat sat. ", "**b** ", "\n\n", "A: b\n"]
ANYTHING = st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@given(st.sampled_from(["en", "zh"]), st.integers(0, 9), ANYTHING)
@settings(max_examples=200)
def test_any_response_gets_a_plan_that_holds_or_none(language: str, key: int, text: str) -> None:
    found = plan(text, language, str(key), 3)
    assert found is None or all(verify(check, found.response) for check in found.checks)


def test_the_seeds_that_ship_get_plans() -> None:
    files = sorted((Path(__file__).parent.parent / "seeds").glob("*.jsonl"))
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines() if line.strip()]
    if not rows:
        pytest.skip("no seed files")
    found = [plan(row["response"], row["language"], row["instruction"], 2) for row in rows]
    assert sum(one is not None for one in found) > 0.95 * len(rows)
    assert all(verify(check, one.response) for one in found if one for check in one.checks)


def test_the_fixed_wording_is_no_pattern_of_an_assistant_s_boilerplate() -> None:
    for phrases in (*OPENINGS.values(), *CLOSINGS.values()):
        assert not any("as an AI" in phrase or "sorry" in phrase or "help" in phrase for phrase in phrases)
        assert len(set(phrases)) == len(phrases)
