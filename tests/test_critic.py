"""Rubrics, modes and aggregators: what is asked, what comes of it, and where a person should look."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import pytest

from evaluators.critic.manner import Manner
from evaluators.critic.pairwise import PairwiseCritic
from evaluators.critic.probabilities import weigh_scores
from evaluators.critic.references import make_finder, read_references
from evaluators.critic.rubric import Rubric, read_rubric, read_rubrics
from evaluators.critic.seating import Seat, list_columns, seat_critic
from generator.errors import ConfigError, ReplyError, TemplateError
from generator.templates import Templates
from generator.types import ChatRequest, Check, Completion, Example, TokenLogprobs, Turn
from tests.critic_rig import DIMENSIONS, PROMPTS, TEMPLATES, give_opinion, make_ask, make_record, write_verdict

QUALITY = ("accuracy", "completeness", "fluency", "usefulness")


def test_every_rubric_is_read_in_both_languages_as_the_same() -> None:
    rubrics = read_rubrics(TEMPLATES, TEMPLATES.list_names("critic"), ["en", "zh"])
    assert {"overall", "pairwise", "safety", "coherence", "medicine", "law", "code", "support"} <= set(rubrics)
    assert list(rubrics["response_quality"].dimensions) == list(QUALITY)
    for rubric in rubrics.values():
        schema = rubric.make_schema(list(rubric.dimensions))
        assert schema["required"] == list(rubric.dimensions)
        assert next(iter(schema["properties"][schema["required"][0]]["properties"])) == "explanation"


def write_rubric(room: Path, head: str, name: str = "mine") -> Templates:
    path = room / "critic" / f"{name}.jinja"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{{#\n{head}\n#}}\nJudge {{{{ response | fence }}}}{{{{ only }}}}", encoding="utf-8")
    return Templates(PROMPTS, room)


def test_a_rubric_dropped_in_is_there_by_its_name(tmp_path: Path) -> None:
    templates = write_rubric(tmp_path, "scale = [0, 5]\nthreshold = 3.5\n[dimensions]\nwit = 2.0\nsense = 1.0")
    templates.check_overlay()
    rubric = read_rubric(templates, "mine", "en")
    assert rubric == Rubric("mine", "record", {"wit": 2.0, "sense": 1.0}, 0, 5, 3.5)
    assert rubric.combine({"wit": 5, "sense": 2}, "weighted") == 4
    assert rubric.combine({"wit": 5, "sense": 2}, "mean") == 3.5
    assert rubric.combine({"wit": 5, "sense": 2}, "lowest") == 2
    assert rubric.list_columns() == ["mine.wit", "mine.sense", "mine.overall"]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("scale = [1, 5]\nthreshold = 6\n[dimensions]\na = 1.0", "mine.jinja:3: the threshold 6 is not on the scale"),
        ("scale = [5, 1]\n[dimensions]\na = 1.0", "mine.jinja:2: the head's `scale`"),
        ("[dimensions]\na = 1.0\nB = 1.0", "mine.jinja:4: a dimension cannot be called `B`"),
        ("what = 'x'", "names no dimensions"), ("[dimensions]\nspread = 1.0", "cannot be called `spread`"),
        ("what = 'x'\n[dimensions]\n'a b' = 1.0", "cannot be called `a b`"), ("[dimensions]\na = 0.0", "weight 0"),
        ("scale = [5, 5]\n[dimensions]\na = 1.0", "`scale`"), ("[dimensions]\na = -1.0", "greater than or equal"),
        ("looks_at = 'the sky'\n[dimensions]\na = 1.0", "looks_at"),
    ],
)  # fmt: skip
def test_a_bad_head_is_refused_with_its_file(tmp_path: Path, head: str, said: str) -> None:
    with pytest.raises(TemplateError, match=r"mine\.jinja") as error:
        read_rubric(write_rubric(tmp_path, head), "mine", "en")
    assert said in str(error.value)


def test_variants_that_judge_otherwise_are_refused(tmp_path: Path) -> None:
    write_rubric(tmp_path, "[dimensions]\na = 1.0")
    templates = write_rubric(tmp_path, "[dimensions]\na = 2.0", "mine.zh")
    assert read_rubrics(templates, ["mine"], ["en"])
    with pytest.raises(TemplateError, match="are not those of"):
        read_rubrics(templates, ["mine"], ["zh"])


def test_one_call_judges_all_dimensions_or_each_has_its_own() -> None:
    def reply(request: ChatRequest) -> str:
        names = tuple(request.schema["properties"])  # type: ignore[index]
        scores = {"accuracy": 9, "completeness": 7, "fluency": 8, "usefulness": 8}
        return write_verdict(*[scores[name] for name in names], names=names)

    together, backend = give_opinion(reply, "response_quality")
    assert backend.asked.total() == 1
    apart, backend = give_opinion(reply, "response_quality", by_dimension=True)
    assert backend.asked.total() == 4
    assert apart == together
    assert together.columns["response_quality.accuracy"] == 9
    assert together.overall == 8
    lasts = [request.messages[-1][1].splitlines()[-1] for request in backend.requests]
    assert all(f"`{name}` alone" in last for name, last in zip(QUALITY, lasts, strict=True))
    assert len({request.messages[0] for request in backend.requests}) == 1, "the long part can be cached"


def test_samples_are_drawn_warm_and_their_spread_is_told() -> None:
    replies = {0: write_verdict(8, 8, 8), 1: write_verdict(9, 8, 8), 2: write_verdict(7, 8, 8)}
    opinion, backend = give_opinion(lambda request: replies[request.draw], samples=3)
    assert {(request.draw, request.sampling.temperature) for request in backend.requests} == {
        (0, 0.7),
        (1, 0.7),
        (2, 0.7),
    }
    assert (opinion.overall, opinion.columns["spread"], opinion.columns["samples"]) == (8, 2, 3)
    assert opinion.doubts == ()
    replies[2] = write_verdict(2, 8, 10)  # the mean hides it; the spread does not
    assert give_opinion(lambda request: replies[request.draw], samples=3)[0].doubts == ("samples_disagree",)


def test_samples_out_of_form_do_not_count_and_are_not_made_up() -> None:
    def reply(request: ChatRequest) -> str:
        return write_verdict(8) if request.draw % 1_000_000 < 2 else "Good!"

    assert give_opinion(reply, samples=3)[0].columns["samples"] == 2
    with pytest.raises(ReplyError):
        give_opinion(reply, samples=4)


def test_what_code_verified_is_told_and_a_reference_is_shown() -> None:
    checks = (
        Check(kind="min_words", params={"count": 2}, verdict=True),
        Check(kind="required_words", params={"words": ["Nile. 10 for all"]}, verdict=True),
    )
    record = make_record(checks=checks, tags={"reference": "The Nile"}, history=(Turn(role="user", content="Hi."),))
    _, backend = give_opinion(write_verdict(8), record=record, find_reference=make_finder({}))
    user = backend.requests[0].messages[-1][1]
    assert "Use at least 2 words." in user
    assert "Reference answer" in user
    assert "user: Hi." in user
    settled = user.split("Code has checked these demands already")[1]
    assert "<<<" in settled.split("Use at least")[0], "a check's words are a model's: fenced like any"
    plain = give_opinion(write_verdict(8))[1].requests[0].messages[-1][1]
    assert "Code has checked" not in plain
    assert "Reference answer" not in plain


def test_references_come_from_a_file_by_id_or_instruction(tmp_path: Path) -> None:
    path = tmp_path / "references.jsonl"
    path.write_text('{"id": "r1", "reference": "A"}\n\n{"instruction": "Name a lake. ", "reference": "B"}\n')
    find = make_finder(read_references(path))
    assert find(make_record()) == "A"
    assert find(make_record(id="x", instruction="Name a lake.")) == "B"
    assert find(make_record(id="x", tags={"reference": "C"})) == "C"
    assert find(make_record(id="x")) == ""
    for line in (
        '{"id": "r1", "reference": "B"}',
        "{}",
        "x",
        '{"id": "a"}',
        '{"reference": "a"}',
        '{"id": "a", "reference": " "}',
        "[1]",
    ):
        path.write_text(f'{{"id": "r1", "reference": "A"}}\n{line}\n')
        with pytest.raises(ConfigError, match=r"references\.jsonl:2"):
            read_references(path)


def prefer(text: str, record: Example, reply: Any) -> Any:
    ask, _ = make_ask(reply)
    critic = PairwiseCritic(ask, read_rubric(TEMPLATES, "pairwise", "en"))
    return asyncio.run(critic.compare(record, "The Nile.", "Bread.", order=0))


def choose(better: str) -> str:
    return json.dumps({"preference": {"explanation": "so", "better": better}})


def test_a_pair_is_asked_in_both_orders_and_only_agreement_wins() -> None:
    def find_nile(request: ChatRequest) -> str:
        user = request.messages[-1][1]
        return choose("first" if user.index("The Nile.") < user.index("Bread.") else "second")

    record = make_record(response="The Nile.", rejected="Bread.")
    opinion, backend = give_opinion(find_nile, "pairwise", record)
    assert backend.asked.total() == 2
    assert opinion.columns == {"pairwise.preference": 1.0, "pairwise.overall": 1.0, "pairwise.agreement": 1.0}
    assert opinion.doubts == ()
    opinion, _ = give_opinion(choose("first"), "pairwise", record)  # always the first: it is place that speaks
    assert opinion.columns["pairwise.preference"] == 0.5
    assert (opinion.columns["pairwise.agreement"], opinion.doubts) == (0.0, ("orders_disagree",))
    assert give_opinion(choose("tie"), "pairwise", record)[0].columns["pairwise.agreement"] == 1.0
    with pytest.raises(ReplyError):
        give_opinion(lambda request: "no" if request.draw % 2 == 0 else choose("first"), "pairwise", record)


def test_a_record_without_a_pair_has_no_verdict_and_no_score() -> None:
    opinion, backend = give_opinion(choose("first"), "pairwise")
    assert backend.asked.total() == 0
    assert set(opinion.columns.values()) == {None}
    assert opinion.doubts == ("no_pair",)


def spell(text: str, *places: tuple[str, dict[str, float]]) -> Completion:
    """Return a completion whose tokens are characters, but for those given, each with its alternatives."""
    tokens, rest = [], text
    for token, chances in places:
        before, _, rest = rest.partition(token) if token.strip() else (rest, "", "")
        tokens += [TokenLogprobs(char, 0.0) for char in before]
        top = tuple((alternative, math.log(chance)) for alternative, chance in chances.items())
        tokens.append(TokenLogprobs(token, math.log(chances[token]), top))
    tokens += [TokenLogprobs(char, 0.0) for char in rest]
    return Completion(text, logprobs=tuple(tokens))


ONE = ('{"a": {"explanation": "x", "score": %s}}', {"a": 0.0})


def weigh(score: int, *places: tuple[str, dict[str, float]]) -> tuple[float, str]:
    scores, how = weigh_scores(spell(ONE[0] % score, *places), {"a": float(score)}, 1, 10)
    return round(scores["a"], 6), how


def test_scores_are_weighted_by_the_probability_of_their_tokens() -> None:
    assert weigh(8, ("8", {"8": 0.6, "9": 0.3, "7": 0.1})) == (8.2, "probabilities")
    assert weigh(8, (" 8", {" 8": 0.5, " 9": 0.5})) == (8.5, "probabilities")
    assert weigh(8, ("8", {"8": 0.4, "9": 0.2, '"': 0.3, "11": 0.1})) == (round((3.2 + 1.8) / 0.6, 6), "probabilities")
    assert weigh(9, ("9", {"9": 0.5, "10": 0.5})) == (9.5, "probabilities")
    assert weigh(9, ("9", {"9": 0.5, "10": 0.4, "1": 0.1})) == (8.6, "probabilities"), "10 is a token: 1 means 1"
    assert weigh(8, ("8}", {"8}": 0.5, "6}": 0.5})) == (7.0, "probabilities")


def test_ten_in_two_tokens_is_shared_out_by_what_follows() -> None:
    assert weigh(10, ("1", {"1": 0.5, "9": 0.5}), ("0", {"0": 1.0})) == (9.5, "probabilities")
    assert weigh(10, ("1", {"1": 0.5, "9": 0.5}), ("0", {"0": 0.8, "}": 0.2})) == (8.6, "probabilities")
    assert weigh(1, ("1", {"1": 1.0}), ("}", {"}": 0.75, "0": 0.25})) == (3.25, "probabilities")
    assert weigh(9, ("9", {"9": 0.6, "1": 0.4})) == (9.0, "ambiguous_ten")
    assert weigh(9, ("9", {"9": 0.99, "1": 0.01})) == (9.0, "probabilities")


def test_what_cannot_be_weighed_stays_as_written_with_the_reason() -> None:
    text = ONE[0] % 8
    assert weigh_scores(Completion(text), {"a": 8.0}, 1, 10) == ({"a": 8.0}, "no_logprobs")
    assert weigh(8, ("8", {"8": 0.1, '"': 0.9})) == (8.0, "little_mass")
    strange = Completion(text, logprobs=(TokenLogprobs("something else", -1.0),))
    assert weigh_scores(strange, {"a": 8.0}, 1, 10) == ({"a": 8.0}, "misaligned")
    opinion, backend = give_opinion(write_verdict(8), probabilities=True)
    assert backend.requests[0].logprobs > 0
    assert (opinion.overall, opinion.columns["scored_by"]) == (8, "no_logprobs")


def test_characters_that_tokens_split_do_not_lose_the_place() -> None:
    text = '{"a": {"explanation": "很好，准确。", "score": 8}}'
    before, after = text.split("很好")
    middle, rest = after.split("8")
    broken = [TokenLogprobs(piece, -1.0) for piece in ("\\xe5\\xbe", "\\x88", "\ufffd", "\ufffd")]
    chances = TokenLogprobs("8", math.log(0.5), (("8", math.log(0.5)), ("9", math.log(0.5))))
    tokens = (
        *(TokenLogprobs(char, 0.0) for char in before),
        *broken,
        *(TokenLogprobs(c, 0.0) for c in middle),
        chances,
    )
    for last in (rest, "}", "}}\n"):
        told = Completion(text, logprobs=(*tokens, *(TokenLogprobs(char, 0.0) for char in last)))
        assert weigh_scores(told, {"a": 8.0}, 1, 10) == ({"a": 8.5}, "probabilities")
    thinking = tuple(TokenLogprobs(char, 0.0) for char in '<think>"score": 3</think>')
    plain = spell(ONE[0] % 8, ("8", {"8": 0.5, "9": 0.5}))
    assert plain.logprobs is not None
    told = Completion(plain.text, logprobs=(*thinking, *plain.logprobs))
    assert weigh_scores(told, {"a": 8.0}, 1, 10) == ({"a": 8.5}, "probabilities")


def test_the_columns_are_known_before_anything_is_asked() -> None:
    rubrics = list(read_rubrics(TEMPLATES, ["overall", "safety", "pairwise"], ["en"]).values())
    manner = Manner(samples=3, probabilities=True)

    def reply(request: ChatRequest) -> str:
        names = tuple(request.schema["properties"])  # type: ignore[index]
        return choose("first") if names == ("preference",) else write_verdict(8, names=names)

    critic = seat_critic([Seat(make_ask(reply)[0], rubrics), Seat(make_ask(reply)[0], rubrics)], manner)
    verdict = asyncio.run(critic.judge(make_record(rejected="Bread.")))
    known = list_columns(rubrics, manner, 2)
    assert {f"critic.{name}" for name in verdict.scores} <= set(known)
    assert {"critic.overall", "critic.safety.harm", "critic.jury.2", "critic.spread", "critic.doubt"} <= set(known)


def test_the_overall_rubric_asks_as_it_always_did() -> None:
    _, backend = give_opinion(write_verdict(8))
    (request,) = backend.requests
    assert (request.draw, request.logprobs, request.sampling.temperature) == (0, 0, 0.0)
    assert list(request.schema["properties"]) == list(DIMENSIONS)  # type: ignore[index]
    assert set(request.facts) == {"task", "language"}
