"""A critic of pairs, measured: choices in free text, swapped orders, habits, and the labels of people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.agreement.pairs import JudgedPair, report_pairs
from evaluators.agreement.published import compute_llmbar, compute_pandalm
from evaluators.agreement.raters import find_majority, report_raters
from evaluators.agreement.scores import ScoredItem, calibrate, report_scores
from generator.calibration.labels import read_labels, read_recorded_verdicts
from generator.errors import ConfigError, ReplyError, SeedError
from generator.parsing.choices import parse_choice, read_choice, read_rating, swap_choice


@pytest.mark.parametrize(
    ("form", "text", "choice"),
    [
        ("direct", "Output (a)", "first"),
        ("direct", "  Output (b)", "second"),
        ("direct", "My choice:\nOutput (b)", "second"),
        ("direct", "I prefer Output (a)", None),
        ("direct", "Both are good.", None),
        ("direct", "", None),
        ("direct", "output (a)", None),
        ("direct", "Output a", None),
        ("reasoned", "Output (a) names it. Output (b) does not. Therefore, Output (a) is better.", "first"),
        ("reasoned", "Output (a) is fine, but Output (b) is better.", "second"),
        ("reasoned", "Output (a) is as good as Output (b).", None),
        ("reasoned", "Therefore, Output (a) is bet", None),
    ],
)
def test_a_choice_is_read_only_where_it_is_in_form(form: str, text: str, choice: str | None) -> None:
    assert read_choice(text, form) == choice


CLOSE_A, CLOSE_B = "Therefore, Output (a) is better.", "Therefore, Output (b) is better."


@pytest.mark.parametrize(
    ("form", "text", "choice"),
    [
        ("direct", "Output (a)", "first"), ("direct", " **Output (b)**.\n", "second"), ("direct", "`Output (a)`", "first"),
        ("direct", "Output (a) is wrong, so Output (b)", "no_choice"), ("direct", "Output (a)\nOutput (b)", "no_choice"),
        ("direct", "Output (c)", "no_choice"), ("direct", "(a)", "no_choice"), ("direct", "output (a)", "no_choice"),
        ("reasoned", f"It is exact. {CLOSE_A}", "first"), ("reasoned", f"So.\n\n**{CLOSE_B}**", "second"),
        ("reasoned", f"{CLOSE_A} Indeed: {CLOSE_A}", "first"),
        ("reasoned", f"One says “{CLOSE_A}” of itself. {CLOSE_B}", "two_choices"),
        ("reasoned", f"{CLOSE_A} Or is it?", "no_choice"), ("reasoned", "I don't think Output (a) is better.", "no_choice"),
        ("reasoned", "Output (a) is better in tone. Output (b) is better.", "no_choice"), ("reasoned", "", "no_choice"),
        ("reasoned", "Output (a)", "no_choice"), ("reasoned", "Neither is better.", "no_choice"),
        ("reasoned", "所以 (a) 更好。", "no_choice"),
    ],
)  # fmt: skip
def test_a_live_reply_names_one_output_to_the_letter_or_none(form: str, text: str, choice: str) -> None:
    if choice in ("first", "second"):
        assert parse_choice(text, form) == choice
        return
    with pytest.raises(ReplyError) as error:
        parse_choice(text, form)
    assert error.value.reason == choice


def test_a_rating_is_a_whole_number() -> None:
    assert [read_rating(text) for text in ("7", " 10\n", "0")] == [7, 10, 0]
    assert [read_rating(text) for text in ("", "seven", "7.5", "-1", "7/9", "７", "9" * 5000, "七")] == [None] * 8


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ConfigError, match="direct, reasoned"):
        read_choice("Output (a)", "free")


def test_a_swapped_choice_is_the_other_one() -> None:
    assert [swap_choice(choice) for choice in ("first", "second", "tie", None)] == ["second", "first", "tie", None]


def judge(*rows: tuple[str, str | None, str | None]) -> list[JudgedPair]:
    return [JudgedPair(label, given, swapped, True, (10, 20)) for label, given, swapped in rows]  # type: ignore[arg-type]


def test_orders_that_differ_are_a_tie_for_review_and_what_does_not_parse_is_neither() -> None:
    pairs = judge(
        ("first", "first", "first"), ("first", "first", "second"), ("second", None, "second"), ("second", None, None)
    )
    assert [pair.verdict for pair in pairs] == ["first", "tie", None, None]
    report = report_pairs(pairs)
    assert (report["items"], report["replies"], report["unparsed"], report["to_review"]) == (4, 8, 3, 3)
    assert (report["accuracy"], report["swap_agreement"], report["correct_in_both_orders"]) == (0.25, 0.25, 0.25)
    assert report["by_order"]["given"] == {"accuracy": 0.5, "kappa": None, "unparsed": 2}


def test_habits_show() -> None:
    always_first = judge(*[("first", "first", "second"), ("second", "first", "second")] * 5)
    report = report_pairs(always_first)
    assert (report["p_first"], report["p_longer"], report["swap_agreement"]) == (1.0, 0.5, 0.0)
    always_longer = judge(*[("first", "second", "second"), ("second", "second", "second")] * 5)
    report = report_pairs(always_longer)
    assert (report["p_first"], report["p_longer"], report["p_longer_people"]) == (0.5, 1.0, 0.5)


choices = st.sampled_from(["first", "second", "tie", None])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["first", "second", "tie"]), choices, choices), min_size=1, max_size=30))
def test_a_report_stays_within_its_bounds(rows: list[tuple[str, str | None, str | None]]) -> None:
    report = report_pairs(judge(*rows))
    shares = [report[name] for name in ("accuracy", "swap_agreement", "correct_in_both_orders", "p_first", "p_longer")]
    assert all(share is None or 0 <= share <= 1 for share in shares)
    assert report["correct_in_both_orders"] <= min(report["accuracy"], report["swap_agreement"])
    assert report["unparsed"] == sum((given is None) + (swapped is None) for _, given, swapped in rows)


def test_published_arithmetic_keeps_its_own_ways() -> None:
    pairs = judge(("first", "first", "first"), ("second", "second", "first"), ("second", None, None))
    published = compute_llmbar(pairs)
    assert published["correct_False"] == f"2 / 3 = {2 / 3 * 100}%"
    assert published["equal"] == f"2 / 3 = {2 / 3 * 100}%"  # two unparsed replies count as equal there
    assert report_pairs(pairs)["swap_agreement"] == pytest.approx(1 / 3)  # and not here
    assert compute_pandalm([JudgedPair("tie", None)])["accuracy"] == 1  # an unparsed reply is a tie there


def test_a_majority_leads_or_there_is_none() -> None:
    assert [find_majority(votes) for votes in ([1, 1, 2], [1, 2, 3], [1, None, None], [])] == [1, None, 1, None]
    report = report_raters([(1, 1, 2), (2, 2, 2), (1, 2, None)])
    assert (report["majority"], report["without_majority"], report["fleiss_kappa"]) == ({"1": 1, "2": 1}, 1, None)
    assert len(report["cohen_kappa"]) == 3


def test_scores_are_held_against_people_and_calibrated_apart_from_the_test() -> None:
    items = [ScoredItem(str(n), people=n % 5 + 1, critic=min(10, 2 * (n % 5 + 1)), spread=0.5) for n in range(200)]
    report = report_scores([*items, ScoredItem("lost", 3, None)])
    assert (report["items"], report["unparsed"], report["mean_spread"]) == (201, 1, 0.5)
    assert report["spearman"] == pytest.approx(1)
    assert report["bias"] == pytest.approx(3)
    calibration = report["calibration"]
    assert calibration["fitted_on"] + calibration["tested_on"] == 200
    assert calibration["error_before"] > 2
    assert calibration["error_after"] == pytest.approx(0)
    assert calibrate(items[:10])[0] is None  # too few to fit and to test


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_our_own_labels_are_read(tmp_path: Path) -> None:
    pair = {"instruction": "Say hi.", "response_1": "Hi", "response_2": "No", "labels": [1, "tie", 1]}
    labels = read_labels(write(tmp_path / "pairs.jsonl", pair))
    assert (labels.form, labels.pairs[0].label, labels.pairs[0].choices) == (
        "pairs",
        "first",
        ("first", "tie", "first"),
    )
    record = {"instruction": "Say hi.", "response": "Hi", "human": {"accuracy": [7, 8], "fluency": 9}}
    labels = read_labels(write(tmp_path / "scores.jsonl", record))
    assert labels.records[0].scores == {"accuracy": (7.0, 8.0), "fluency": (9.0,)}
    assert labels.records[0].example.response == "Hi"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no labelled item"),
        ('{"a": 1}', "bad.json:1: no form of labels"),
        ("[1]", "item 1: not an object"),
        ("{", "bad.json:1: not JSON"),
        ('{"instruction": "x", "response_1": "a", "response_2": "b"}', "bad.json:1: .*`label` is missing"),
        ('{"instruction": "x", "response_1": "a", "response_2": "b", "label": 3}', "3 is no choice"),
        ('{"instruction": "x", "human": {"a": "high"}}', "bad.json:1: not an item"),
    ],
)
def test_what_is_no_label_is_named_by_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    with pytest.raises(SeedError, match=said):
        read_labels(tmp_path / "bad.json")


def test_a_mean_between_two_scores_is_rounded_the_same_way_everywhere() -> None:
    for critic, exact in ((0, 0), (1, 1)):
        items = [ScoredItem(str(n), n + 0.5, n + critic) for n in range(1, 9)]
        assert report_scores(items)["exact"] == exact


def test_what_is_not_defined_says_why() -> None:
    alone = JudgedPair("first", "first")
    reports = [
        report_pairs([]), report_pairs([alone]), report_pairs([JudgedPair("first", None, None, is_swapped=True)]),
        report_scores([ScoredItem("a", 5, None)]), report_scores([ScoredItem("a", 5, 5)]),
        report_scores([ScoredItem(str(n), 5, n % 3) for n in range(40)]),
        report_raters([(1, None), (None, 2)]), report_raters([(1, 1), (1, 1)]),
    ]  # fmt: skip
    for report in reports:
        silent = {name for name, value in report.items() if value is None and not name.endswith("_interval")}
        assert silent == set(report["undefined"])
        json.dumps(report, allow_nan=False)
    assert reports[1]["undefined"]["swap_agreement"] == "no pair was shown in both orders"
    assert "fewer than two items" in reports[4]["undefined"]["spearman"]


def test_recorded_verdicts_keep_what_was_not_in_form_apart_from_ties(tmp_path: Path) -> None:
    rows = [{"idx": 0, "gpt_result": "1"}, {"idx": 1, "gpt_result": "Tie"}, {"idx": 2, "gpt_result": "garbage"}]
    assert read_recorded_verdicts(write(tmp_path / "r.jsonl", *rows)) == {"0": "first", "1": "tie", "2": None}
    other = write(tmp_path / "o.jsonl", {"idx": 7, "pandalm_result": 2, "pandalm_reason": "Response 1 is better."})
    assert read_recorded_verdicts(other) == {"7": "second"}
    with pytest.raises(SeedError, match="one `MODEL_result`"):
        read_recorded_verdicts(write(tmp_path / "n.jsonl", {"idx": 7, "a_result": 2, "b_result": 1}))
