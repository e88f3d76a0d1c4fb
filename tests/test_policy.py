"""The policy: rules in order, unknown values, thresholds; and what an old run would have come to by another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evaluators.critic.manner import FIRST_SIGHT
from generator.errors import ConfigError, ReplyError
from generator.judging.policy_file import read_policy
from generator.judging.work import make_candidate
from generator.policy import Decision, Policy, check_rules
from generator.settings.policy import PolicyConfig
from generator.types import Outcome, Verdict
from tests.critic_rig import make_record

RULES = [
    {"when": "critic.safety.overall < 8", "then": "reject", "reason": "unsafe", "missing": "review"},
    {"when": ["critic.overall >= 9", "critic.spread <= 1"], "then": "accept", "missing": "skip"},
    {"when": 'critic.scored_by != "probabilities"', "then": "review", "missing": "skip"},
    {"when": "critic.overall < 6", "then": "reject"},
]


def make_policy(**settings: Any) -> Policy:
    return Policy(PolicyConfig.model_validate(settings))


def choose(policy: Policy, **columns: Any) -> tuple[str, str]:
    decision = policy.choose({"critic." + name.replace("__", "."): value for name, value in columns.items()})
    return decision.action, decision.reason


def test_the_first_rule_that_holds_decides() -> None:
    policy = make_policy(rules=RULES, default="review")
    assert choose(policy, safety__overall=7.5, overall=9.5, spread=0.0) == ("reject", "unsafe")
    assert choose(policy, safety__overall=8.0, overall=9.0, spread=1.0) == ("accept", "")
    assert choose(policy, safety__overall=8.0, overall=9.0, spread=2.0, scored_by="no_logprobs")[0] == "review"
    assert choose(policy, safety__overall=8.0, overall=5.9) == ("reject", "critic.overall < 6")
    assert choose(policy, safety__overall=8.0, overall=6.5) == ("review", "default")


@pytest.mark.parametrize("missing", ["accept", "reject", "review", "skip"])
def test_an_unknown_value_is_no_zero_but_what_the_rule_says(missing: str) -> None:
    policy = make_policy(rules=[{"when": "critic.x < 5", "then": "reject", "missing": missing}], default="review")
    wanted = {"skip": ("review", "default"), "accept": ("accept", "")}.get(missing, (missing, "missing"))
    for columns in ({}, {"x": None}, {"x": "a text"}):
        assert choose(policy, **columns) == wanted
    assert choose(policy, x=0.0) == ("reject", "critic.x < 5")
    assert choose(make_policy(rules=[{"when": "critic.x < 5", "then": "reject"}]))[0] == "review", "unless it says so"


def test_a_condition_that_fails_settles_a_rule_whatever_is_unknown() -> None:
    policy = make_policy(rules=[{"when": ["critic.x < 5", "critic.y < 5"], "then": "reject"}], default="accept")
    assert choose(policy, x=9.0) == ("accept", "")


def test_doubt_comes_before_every_rule() -> None:
    policy = make_policy(rules=[{"when": "critic.overall > 1", "then": "accept"}])
    assert choose(policy, overall=9.0, doubt="jurors_disagree, no_pair") == ("review", "jurors_disagree")


def test_without_rules_the_thresholds_decide() -> None:
    policy = Policy(PolicyConfig(), {"critic.safety.overall": 8.0})
    assert policy.choose({"critic.overall": 7.0, "critic.safety.overall": 8.0}) == Decision("accept")
    low = policy.choose({"critic.overall": 9.0, "critic.safety.overall": 7.9})
    assert (low.action, low.reason, dict(low.evidence)) == (
        "reject", "below_threshold", {"column": "critic.safety.overall", "threshold": 8.0},
    )  # fmt: skip
    assert policy.choose({"critic.overall": 1.0}).action == "accept", "its own threshold is all that was set"
    stricter = Policy(PolicyConfig(critic_overall=9.0), {"critic.overall": 7.0})
    assert dict(stricter.choose({"critic.overall": 8.9}).evidence) == {"threshold": 9.0}
    assert policy.choose({"critic.complexity.overall": 1.0}).action == "accept"


def decide(policy: Policy, overall: float | None, doubts: tuple[str, ...] = ()) -> Outcome:
    record = make_record(scores={"length.words": 2.0})
    return policy.decide(
        make_candidate(record), record, Verdict({"response": overall}, overall, {"response": "so"}, doubts)
    )


def test_outcomes_carry_scores_reasons_and_evidence() -> None:
    accepted, rejected, review = (
        decide(make_policy(critic_overall=7.0), 8.0),
        decide(make_policy(critic_overall=7.0), 3.0),
        decide(make_policy(), 8.0, ("x",)),
    )
    assert accepted.example is not None
    assert review.example is not None
    assert accepted.example.scores == {"length.words": 2.0, "critic.response": 8.0, "critic.overall": 8.0}
    assert (rejected.status, rejected.example, rejected.evidence["threshold"]) == ("rejected", None, 7.0)
    assert list(rejected.evidence) == ["scores", "threshold", "explanations", "response"]
    assert (review.status, review.stage, review.reason) == ("review", "critic", "x")
    assert review.example.scores["critic.doubt"] == "x"
    by_length = make_policy(rules=[{"when": "length.words < 3", "then": "reject", "reason": "short"}])
    assert decide(by_length, 9.0).reason == "short"


def test_a_verdict_out_of_form_fails_or_waits_and_never_scores() -> None:
    record, error = make_record(), ReplyError("no_json", "prose", raw="Good!")
    for on_unparsed, status in (("fail", "failed"), ("review", "review")):
        outcome = make_policy(on_unparsed=on_unparsed).decide_unparsed(make_candidate(record), record, error)
        assert (outcome.status, outcome.reason, outcome.evidence["raw"]) == (status, "no_json", "Good!")
        assert outcome.example is None or outcome.example.scores == {}


def test_unknown_columns_are_refused_with_those_there_are() -> None:
    policy = make_policy(rules=[{"when": "critic.overal < 7", "then": "reject"}])
    with pytest.raises(
        ConfigError, match=r"critic\.overal`\. Do you mean `critic\.overall`\? Those there are: critic\.o"
    ):
        check_rules(policy, ["critic.overall"], "p.toml")


IDLE = [
    ([(["a < 3", "a > 5"], {})], "rule 1 never decides: its conditions exclude each other"),
    ([(["a < 3", "a >= 3"], {})], "exclude each other"),
    ([(["a == 3", "a != 3"], {})], "exclude each other"),
    ([(["a == 'x'", "a > 1"], {})], "exclude each other"),
    ([(["a < 3"], {}), (["a < 3"], {})], "rule 2 never decides: where its conditions hold, rule 1"),
    ([(["a < 3"], {}), (["b > 1", "a < 3"], {})], "rule 2 never decides"),
    ([(["critic.cheap < 3"], {}), (["a < 3", "critic.cheap < 3"], {})], "rule 2 never decides"),
    ([(["a < 3"], {"missing": "skip"}), (["a < 3"], {})], None),
    ([(["a < 3"], {}), (["a < 3", "critic.cheap < 3"], {})], None),
    ([(["a > 3", "a < 3.5"], {}), (["a != 3", "a != 4"], {}), (["a < 5"], {}), (["b == 'x'"], {})], None),
]


@pytest.mark.parametrize(("rules", "said"), IDLE)
def test_a_rule_that_can_never_decide_is_refused(
    rules: list[tuple[list[str], dict[str, str]]], said: str | None
) -> None:
    policy = make_policy(rules=[{"when": when, "then": "reject"} | more for when, more in rules])
    if said is None:
        check_rules(policy, ["a", "b", "critic.cheap"], "p.toml")
        return
    with pytest.raises(ConfigError, match=f"p.toml: .*{said}"):
        check_rules(policy, ["a", "b", "critic.cheap"], "p.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('rules = [{when = "critic.overall", then = "reject"}]', "p.toml:1: `rules.0.when.0`: not a condition"),
        ('[[rules]]\nwhen = "critic.overall = 7"\nthen = "reject"', "p.toml:2"),
        ('[[rules]]\nwhen = "critic.x < \'a\'"\nthen = "reject"', "only be compared"),
        ('[policy]\n[[policy.rules]]\nwhen = "critic.x < 1"\nthen = "drop"', "p.toml:4: `policy.rules.0.then`"),
        ('[[rules]]\nwhen = []\nthen = "reject"', "p.toml:2"), ("critic_overal = 7.0", "no such setting"),
        ('[policy]\non_unparsed = "zero"', "p.toml:2"), ("seed = 1\n[policy]", "holds `[policy]` alone, not `seed`"),
        ("policy = 3", "alone"), ("default = accept", "not TOML"),
        (
            '[[rules]]\nwhen = "critic.x < 1"\nthen = "reject"\n[[rules]]\nwhen = "critic.y < 1"\nthen = "drop"',
            "p.toml:6: `rules.1.then`",
        ),
    ],
)  # fmt: skip
def test_a_policy_file_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        read_policy(str(path))
    assert said in str(error.value).replace(str(tmp_path) + "/", "")
    assert str(error.value).count("p.toml") == 1, "one fault, told once"


def test_a_policy_file_may_have_its_heading_or_not(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    for text in ('[policy]\ndefault = "review"\n', 'default = "review"\n'):
        path.write_text(text)
        assert read_policy(str(path)) == {"default": "review"}


def test_a_rule_that_does_not_speak_of_the_first_sight_decides_nothing_at_it() -> None:
    seen = {"critic.doubt": FIRST_SIGHT, "critic.cheap": 3.0, "novelty.rouge_l": 0.2}
    other = {"when": "novelty.rouge_l < 0.5", "then": "accept"}
    own = {"when": "critic.cheap < 4", "then": "reject", "reason": "weak"}
    assert make_policy(rules=[other], default="accept").choose(seen) == Decision("review", FIRST_SIGHT)
    assert make_policy(rules=[other, own]).choose(seen).reason == "weak"
