"""The cheap critic: distilled from verdicts, honest about its agreement, and never with the last word by itself."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from evaluators.critic.cheap import Prescreen, dump_scorer, load_scorer
from generator.distillation.distill import distill, read_verdicts
from generator.errors import ConfigError, SeedError
from generator.policy import Policy
from generator.run_folder import RunFolder
from generator.settings.policy import PolicyConfig
from generator.types import Candidate, Example, Lineage, SeedTask, Verdict

GOOD, BAD = ("exact", "shows", "proof", "careful"), ("maybe", "stuff", "whatever", "dunno")


class Counting:
    """An embedder for tests: how often each of some words stands in a text, of length 1."""

    name = "counting"
    languages: frozenset[str] = frozenset()

    def embed(self, texts: Sequence[str]) -> np.ndarray:  # type: ignore[type-arg]
        counts = np.array([[1 + text.count(word) for word in (*GOOD, *BAD)] for text in texts], dtype=np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def write_text(dice: random.Random, quality: int) -> str:
    return " ".join(dice.choices(GOOD, k=quality) + dice.choices(BAD, k=10 - quality))


def make_verdicts(count: int = 120) -> list[tuple[str, str, float]]:
    dice = random.Random(1)
    return [(str(n), write_text(dice, quality := dice.randrange(1, 10)), float(quality)) for n in range(count)]


def make_example(response: str) -> Example:
    return SeedTask(instruction="Say it.", response=response).to_example()


class Strict:
    """A critic that counts how often it is asked."""

    name = "strict"
    model = "big"

    def __init__(self) -> None:
        self.asked = 0

    async def judge(self, example: Example, *, order: int = 0) -> Verdict:
        self.asked += 1
        return Verdict({"response": 9.0}, 9.0, {})


def test_a_scorer_agrees_with_verdicts_that_it_has_not_seen(tmp_path: Path) -> None:
    scorer = distill(make_verdicts(), "critic.overall", "counting", lambda _: Counting())
    assert scorer.agreement["items"] == 120
    assert scorer.agreement["spearman"] > 0.9
    assert scorer.agreement["mean_error"] < scorer.agreement["mean_error_of_the_mean"] / 2
    path = tmp_path / "scorer.json"
    path.write_text(dump_scorer(scorer), encoding="utf-8")
    again = load_scorer(path)
    vectors = Counting().embed([write_text(random.Random(3), 7)])
    assert again.ridge.predict(vectors) == pytest.approx(scorer.ridge.predict(vectors), abs=1e-6)


def test_noise_is_not_learned() -> None:
    dice = random.Random(5)
    noise = [(key, text, float(dice.randrange(1, 10))) for key, text, _ in make_verdicts()]
    agreement = distill(noise, "critic.overall", "counting", lambda _: Counting()).agreement
    assert agreement["spearman"] < 0.3
    assert agreement["mean_error"] > 0.9 * agreement["mean_error_of_the_mean"]


def test_what_is_weak_is_not_asked_about_and_leaves_a_doubt() -> None:
    scorer = distill(make_verdicts(), "critic.overall", "counting", lambda _: Counting())
    critic = Strict()
    first = Prescreen(critic, scorer, Counting(), below=4.0)
    dice = random.Random(2)
    weak = asyncio.run(first.judge(make_example(write_text(dice, 1))))
    assert (critic.asked, weak.overall, weak.doubts) == (0, None, ("weak_at_first_sight",))
    assert float(weak.scores["cheap"] or 0) < 4
    fine = asyncio.run(first.judge(make_example(write_text(dice, 9))))
    assert (critic.asked, fine.overall, fine.scores["response"], fine.doubts) == (1, 9.0, 9.0, ())
    assert float(fine.scores["cheap"] or 0) > 6


OTHER_RULE = {"when": "critic.overall < 6", "then": "reject"}  # whose missing value is none of its business


@pytest.mark.parametrize(
    ("rules", "default", "status"),
    [
        ([], None, "review"), ([], "accept", "review"), ([OTHER_RULE], "accept", "review"),
        ([OTHER_RULE, {"when": ["critic.cheap < 4"], "then": "reject"}], None, "rejected"),
        ([{"when": ["critic.cheap < 1"], "then": "reject"}], "accept", "review"),
        ([{"when": ["critic.cheap < 4", "critic.overall < 3"], "then": "reject"}], "accept", "review"),
    ],
)  # fmt: skip
def test_only_a_rule_on_its_column_gives_it_the_last_word(
    rules: list[dict[str, object]], default: str | None, status: str
) -> None:
    policy = Policy(PolicyConfig.model_validate({"rules": rules, "default": default}))
    verdict = Verdict({"cheap": 2.0}, None, {}, ("weak_at_first_sight",))
    example = make_example("whatever")
    candidate = Candidate(
        example.id, example.instruction, "", None, "en", {}, Lineage(recipe="seed"), response=example.response
    )
    assert policy.decide(candidate, example, verdict).status == status


def test_verdicts_are_read_of_what_was_accepted_and_what_was_not(tmp_path: Path) -> None:
    folder = RunFolder(str(tmp_path), "run")
    folder.path.mkdir()
    record = {"id": "a", "instruction": "Do it.", "input": "", "lineage": {"recipe": "x"}}
    accepted = {**record, "response": "Done.", "scores": {"critic.overall": 8}}
    rejected = {**record, "id": "b", "evidence": {"scores": {"critic.overall": 3}, "response": "No."}}
    elsewhere = {**record, "id": "c", "evidence": {"similarity": 0.9}}
    folder.dataset.write_text(json.dumps(accepted) + "\n")
    folder.rejects.write_text(json.dumps(rejected) + "\n" + json.dumps(elsewhere) + "\n" + '{"torn')
    found = list(read_verdicts(folder, "critic.overall"))
    assert found == [("a", "Do it.\n\nDone.", 8.0), ("b", "Do it.\n\nNo.", 3.0)]
    folder.dataset.write_text("{}\n")
    with pytest.raises(SeedError, match=r"dataset.jsonl:1: damaged"):
        list(read_verdicts(folder, "critic.overall"))


def test_too_few_verdicts_or_all_the_same_are_refused() -> None:
    with pytest.raises(ConfigError, match="50 are the least"):
        distill(make_verdicts(20), "critic.overall", "counting", lambda _: Counting())
    flat = [(key, text, 7.0) for key, text, _ in make_verdicts()]
    with pytest.raises(ConfigError, match="nothing to learn"):
        distill(flat, "critic.overall", "counting", lambda _: Counting())


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 99}'])
def test_what_is_no_scorer_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(ConfigError, match=r"s.json"):
        load_scorer(tmp_path / "s.json")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_scorer(tmp_path / "none.json")
