"""`judge` over files and runs, killed or not; by rubrics of one's own; and what another policy would change."""

from __future__ import annotations

import json
import math
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import Room, agree, serve, start
from tests.test_judging_runs import count_up, score


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


RECORDS = [
    {"instruction": f"Name river number {n} of the list below.", "input": "A list.", "output": f"It is river {n * 37}."}
    for n in range(60)
]


def write_records(room: Room, name: str = "data.jsonl") -> None:
    room.write(name, "".join(json.dumps(row) + "\n" for row in RECORDS))


def judge_by_text(body: dict[str, Any]) -> str:
    names = body["response_format"]["json_schema"]["schema"]["properties"]
    return score(5 + sum(map(ord, body["messages"][-1]["content"])) % 5, names)


def test_judge_goes_over_a_file_and_keeps_what_each_record_came_to(room: Room) -> None:
    write_records(room)
    room.write("p.toml", 'default = "accept"\n[[rules]]\nwhen = "critic.overall < 6"\nthen = "reject"\n'
               '[[rules]]\nwhen = "critic.overall < 8"\nthen = "review"\n')  # fmt: skip
    with serve(reply=judge_by_text) as server:
        arguments = ["judge", "data.jsonl", "--base-url", server.url, "--policy", "p.toml", "--run", "j", "--json"]
        ended = room.call(*arguments, "--concurrency", "7")
        assert ended.status == 0, ended.err
        first = [
            (room.path / "runs/j" / name).read_bytes() for name in ("dataset.jsonl", "review.jsonl", "rejects.jsonl")
        ]
        asked = server.answered.total()
        assert room.call(*arguments).status == 0
        assert server.answered.total() == asked, "nothing is paid twice"
        other = room.call(*[part if part != "j" else "k" for part in arguments], "--concurrency", "40")
    assert other.status == 0
    assert first == [
        (room.path / "runs/k" / name).read_bytes() for name in ("dataset.jsonl", "review.jsonl", "rejects.jsonl")
    ]
    counts = ended.json["candidates"]
    assert counts["total"] == len(RECORDS) == asked
    count_up(counts)
    rows = [*room.read_lines("j"), *room.read_lines("j", "review.jsonl"), *room.read_lines("j", "rejects.jsonl")]
    assert {row["instruction"] for row in rows} == {row["instruction"] for row in RECORDS}
    assert all(row["scores"]["critic.overall"] >= 8 for row in room.read_lines("j"))
    assert ended.json["by_kind"]["critic"]["calls"] == asked


@pytest.mark.timeout(120)
def test_killed_while_it_judges_it_comes_to_the_same_bytes(room: Room) -> None:
    write_records(room)
    room.write("p.toml", 'default = "accept"\n[[rules]]\nwhen = "critic.overall < 7"\nthen = "review"\n')
    with serve(reply=judge_by_text, latency_s=0.02) as server:
        arguments = ["judge", "data.jsonl", "--base-url", server.url, "--policy", "p.toml", "--concurrency", "3"]
        assert room.call(*arguments, "--run", "whole").status == 0
        whole, killed = (room.path / "runs" / name for name in ("whole", "killed"))
        with start(room, *arguments, "--run", "killed", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            while not (killed / "review.jsonl").is_file() and run.poll() is None:
                time.sleep(0.02)
            run.kill()
        for name in ("dataset.jsonl", "review.jsonl"):
            assert (whole / name).read_bytes().startswith((killed / name).read_bytes())
        while server.in_flight:  # answers that nobody waits for any more
            time.sleep(0.02)
        before = server.answered.total()
        assert room.call(*arguments, "--run", "killed").status == 0
        assert server.answered.total() - before < len(RECORDS)
    for name in ("dataset.jsonl", "review.jsonl", "rejects.jsonl"):
        assert (whole / name).read_bytes() == (killed / name).read_bytes()


def test_judge_by_rubrics_of_ones_own_over_a_run(room: Room) -> None:
    room.write(
        "mine/critic/wit.jinja", "{#\nlooks_at = 'record'\n[dimensions]\nwit = 1.0\n#}\nJudge {{ response | fence }}"
    )
    with serve() as server:
        where = ["--base-url", server.url]
        assert room.call("evolve", "seeds.jsonl", "--rounds", "1", "--run", "a", *where).status == 0
        ended = room.call(
            "judge", "a", "--rubrics", "wit,response_quality", "--prompts", "mine", "--run", "j", *where,
            "--critic-model", "other", "--json",
        )  # fmt: skip
    assert ended.status == 0, ended.err
    for row, before in zip(room.read_lines("j"), room.read_lines("a"), strict=True):
        assert {"critic.wit.wit", "critic.response_quality.accuracy", "critic.overall", "novelty.rouge_l"} <= set(
            row["scores"]
        )
        assert "critic.alignment" not in row["scores"], "an earlier verdict is no part of this one"
        assert (row["id"], row["response"], row["lineage"]) == (before["id"], before["response"], before["lineage"])
    assert "favour their own prose" not in ended.err


def test_a_model_that_judges_itself_is_told_once(room: Room) -> None:
    with serve() as server:
        where = ["--base-url", server.url, "--rounds", "1"]
        ended = room.call("evolve", "seeds.jsonl", "--run", "a", *where)
        assert ended.err.count("favour their own prose") == 1
        assert "of that the critic: 3 calls" in ended.out
        assert "favour" not in room.call("evolve", "seeds.jsonl", "--run", "b", *where, "--critic-model", "x").err
        assert room.call("judge", "a", "--base-url", server.url).err.count("favour their own prose") == 1


def test_judge_refuses_what_it_cannot_judge(room: Room) -> None:
    room.write("empty.jsonl", "")
    write_records(room)
    room.write("p.toml", '[[rules]]\nwhen = "critic.style < 7"\nthen = "reject"\n')
    for arguments, said in [
        (["nowhere"], "nowhere"), (["empty.jsonl"], "no record"), ([], "what to judge"),
        (["data.jsonl", "--rubrics", "safety"], "needs a model"), (["data.jsonl", "--policy", "p.toml"], "critic.style"),
        (["data.jsonl", "--policy", "none.toml"], "none.toml"), (["data.jsonl", "--replay", "x"], "one of them"),
        (["--replay", "x"], "no run `x`"),
    ]:  # fmt: skip
        ended = room.call("judge", *arguments, "--json")
        assert (ended.status, ended.json["exit_status"]) == (2, 2), ended.err
        assert said in ended.err
        assert not (room.path / "runs").exists()


def test_a_run_that_judges_another_source_is_not_taken_over(room: Room) -> None:
    write_records(room)
    write_records(room, "other.jsonl")
    assert room.call("judge", "data.jsonl", "--run", "j").status == 0
    before = room.read_lines("j")
    ended = room.call("judge", "other.jsonl", "--run", "j")
    assert (ended.status, "another source" in ended.err) == (2, True)
    assert room.read_lines("j") == before


def test_judge_by_rules_needs_no_model_and_can_be_explained(room: Room) -> None:
    write_records(room)
    ended = room.call("judge", "data.jsonl", "--run", "j", "--json")
    assert ended.status == 0, ended.err
    row = room.read_lines("j")[0]
    told = room.call("why", "j", row["id"]).out
    assert "call critic/overall" in told
    assert "accepted" in told


def test_replay_shows_what_another_policy_would_change_without_a_call(room: Room) -> None:
    write_records(room)
    with serve(reply=judge_by_text) as server:
        room.call("judge", "data.jsonl", "--base-url", server.url, "--run", "j")
        asked = len(server.headers)
        before = {path: path.read_bytes() for path in (room.path / "runs").rglob("*") if path.is_file()}
        same = room.call("judge", "--replay", "j", "--json")
        assert (same.status, same.json["changed"]) == (0, 0)
        room.write("p.toml", '[[rules]]\nwhen = "critic.overall < 8"\nthen = "review"\n')
        ended = room.call("judge", "--replay", "j", "--policy", "p.toml", "--json")
        assert len(server.headers) == asked
    assert {path: path.read_bytes() for path in (room.path / "runs").rglob("*") if path.is_file()} == before
    found = ended.json
    accepted = {row["id"]: row["scores"]["critic.overall"] for row in room.read_lines("j")}
    rejected = [row["id"] for row in room.read_lines("j", "rejects.jsonl")]
    waits = [key for key, overall in accepted.items() if overall < 8]
    assert waits
    assert rejected
    assert {change["id"] for change in found["changes"]} == {*waits, *rejected}
    assert found["moves"] == {"accepted → review": len(waits), "rejected → review": len(rejected)}
    assert all(change["reason"] == "critic.overall < 8" for change in found["changes"])
    said = room.call("judge", "--replay", "j", "--policy", "p.toml").out
    assert f"{len(waits) + len(rejected)} of {len(RECORDS)} records would end otherwise" in said
    room.write("q.toml", '[[rules]]\nwhen = "critic.style < 8"\nthen = "review"\n')
    refused = room.call("judge", "--replay", "j", "--policy", "q.toml")
    assert (refused.status, "Those there are: critic.alignment" in refused.err) == (2, True)


RULES = [
    "", 'default = "review"\n', "critic_overall = 9.0\n", '[[rules]]\nwhen = "critic.doubt == \'x\'"\nthen = "reject"\n',
    '[[rules]]\nwhen = "critic.response > 6"\nthen = "accept"\n[[rules]]\nwhen = "critic.overall < 6"\nthen = "review"\n',
    'on_unparsed = "review"\n[[rules]]\nwhen = "critic.doubt != \'x\'"\nthen = "reject"\nmissing = "skip"\n',
]  # fmt: skip


def test_replay_comes_to_what_judging_by_that_policy_comes_to(room: Room) -> None:
    write_records(room)

    def reply(body: dict[str, Any]) -> str:
        return "Good!" if "number 7 " in str(body) else judge_by_text(body)

    with serve(reply=reply) as server:
        where = ["--base-url", server.url, "--json"]
        room.call("judge", "data.jsonl", "--run", "j", *where)
        for number, text in enumerate(RULES):
            room.write("p.toml", text)
            replayed = room.call("judge", "--replay", "j", "--policy", "p.toml", "--json")
            judged = room.call("judge", "data.jsonl", "--policy", "p.toml", "--run", f"j{number}", *where)
            assert replayed.status == 0, replayed.err
            for kind in ("accepted", "review", "rejected", "failed"):
                assert replayed.json["after"].get(kind, 0) == judged.json["candidates"].get(kind, 0)


@pytest.mark.parametrize("low", [3, 2])
def test_a_rubrics_threshold_is_told_on_its_own_scale(room: Room, low: int) -> None:
    write_records(room)
    room.write(
        "mine/critic/stars.jinja",
        "{#\nscale = [1, 5]\nthreshold = 3.0\n[dimensions]\nstars = 1.0\n#}\n{{ response | fence }}",
    )
    with serve(reply=lambda _: score(low, ["stars"])) as server:
        arguments = ["judge", "data.jsonl", "--rubrics", "stars", "--prompts", "mine", "--json"]
        arguments += ["--base-url", server.url]
        ended = room.call(*arguments, "--run", "j")
        room.write("p.toml", "critic_overall = 6\n")
        stricter = room.call(*arguments, "--run", "k", "--policy", "p.toml")
    assert ended.json["candidates"]["accepted"] == (len(RECORDS) if low == 3 else 0)
    assert stricter.json["candidates"]["accepted"] == 0, "3 of 5 is 5.5 of 10"
    if low < 3:
        evidence = room.read_lines("j", "rejects.jsonl")[0]["evidence"]
        assert (evidence["column"], evidence["threshold"]) == ("critic.stars.overall", 3)


def test_a_limit_leaves_verdicts_that_are_whole_whatever_they_say(room: Room) -> None:
    write_records(room)
    with serve(reply=lambda _: score(2)) as server:
        ended = room.call("judge", "data.jsonl", "--base-url", server.url, "--run", "j", "--max-calls", "7", "--json")
        assert (ended.status, server.answered.total()) == (3, 7)
    assert (ended.json["state"], ended.json["candidates"]["rejected"]) == ("stopped", 7)


def test_replay_decides_replies_out_of_form_too(room: Room) -> None:
    write_records(room)
    with serve(reply=lambda body: "Good!" if "number 7 " in str(body) else agree(body)) as server:
        room.call("judge", "data.jsonl", "--base-url", server.url, "--run", "j")
    room.write("p.toml", 'on_unparsed = "review"\n')
    found = room.call("judge", "--replay", "j", "--policy", "p.toml", "--json").json
    assert found["moves"] == {"failed → review": 1}
    assert found["changes"][0]["reason"] == "no_json"


def spell_with_chances(body: dict[str, Any]) -> dict[str, Any]:
    """Answer 8 throughout, with 9 as likely as 8 and the tokens told, where they are asked for."""
    text = judge_by_eight(body)
    tokens = [{"token": char, "logprob": 0.0, "top_logprobs": []} for char in text]
    for token in tokens:
        if token["token"] == "8":
            chances = [{"token": char, "logprob": math.log(0.5)} for char in "89"]
            token |= {"logprob": math.log(0.5), "top_logprobs": chances}
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    if body.get("logprobs"):
        choice["logprobs"] = {"content": tokens}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": body["model"], "choices": [choice]}


def judge_by_eight(body: dict[str, Any]) -> str:
    return score(8, body["response_format"]["json_schema"]["schema"]["properties"])


def test_scores_are_weighted_end_to_end_and_again_from_the_journal(room: Room) -> None:
    write_records(room)
    room.write("c.toml", "[critic]\nprobabilities = true\n")
    with serve(reply=spell_with_chances) as server:
        arguments = ["judge", "data.jsonl", "--base-url", server.url, "--config", "c.toml", "--run", "j", "--json"]
        ended = room.call(*arguments)
        assert ended.status == 0, ended.err
        before = (room.path / "runs/j/dataset.jsonl").read_bytes()
        (room.path / "runs/j/dataset.jsonl").unlink()
        asked = server.answered.total()
        assert room.call(*arguments).status == 0
        assert server.answered.total() == asked
    assert (room.path / "runs/j/dataset.jsonl").read_bytes() == before
    scores = [row["scores"] for row in room.read_lines("j")]
    assert {row["critic.scored_by"] for row in scores} == {"probabilities"}
    assert {round(row["critic.response"], 9) for row in scores} == {8.5}


def test_a_server_without_log_probabilities_is_told_and_scores_stay_as_written(room: Room) -> None:
    write_records(room)
    room.write("c.toml", "[critic]\nprobabilities = true\n")
    with serve(reply=judge_by_eight) as server:
        assert (
            room.call("judge", "data.jsonl", "--base-url", server.url, "--config", "c.toml", "--run", "j").status == 0
        )
    found = {(row["scores"]["critic.scored_by"], row["scores"]["critic.overall"]) for row in room.read_lines("j")}
    assert found == {("no_logprobs", 8.0)}


def test_the_rules_judge_one_dimension_at_a_time_too(room: Room) -> None:
    write_records(room)
    room.write("c.toml", "[critic]\nby_dimension = true\nsamples = 2\n")
    ended = room.call("judge", "data.jsonl", "--config", "c.toml", "--run", "j", "--json")
    assert (ended.status, ended.json["calls"]["answered"]) == (0, 6 * len(RECORDS))
    assert {row["scores"]["critic.spread"] for row in room.read_lines("j")} == {0.0}


def test_what_a_run_saved_runs_the_same_again(room: Room) -> None:
    room.write(
        "c.toml",
        '[critic]\nmodel = "a"\nrubrics = ["response_quality", "alignment"]\njury_by = "majority"\n'
        '[[jury]]\n[[jury]]\nmodel = "b"\nrubric = "safety"\n[[jury]]\nmodel = "c"\narbiter = true\n'
        '[[policy.rules]]\nwhen = ["critic.votes < 0.5", "critic.overall < 9"]\nthen = "reject"\nmissing = "skip"\n',
    )
    with serve() as server:
        arguments = ["evolve", "seeds.jsonl", "--rounds", "1", "--base-url", server.url, "--run", "a", "--json"]
        first = room.call(*arguments, "--config", "c.toml")
        assert first.status == 0, first.err
        asked = server.answered.total()
        again = room.call("evolve", "--config", "runs/a/config.toml", "--json")
        assert again.status == 0, again.err
        assert server.answered.total() == asked
        other = room.call(*arguments, "--config", "c.toml", "--critic-model", "z")
    assert again.json["candidates"] == first.json["candidates"]
    assert (other.status, "critic.model" in other.err) == (2, True)
    models = {body["model"] for body in server.bodies}
    assert models == {"tiny", "a", "b"}, "the arbiter is not asked where nobody disagrees"
    scores = room.read_lines("a")[0]["scores"]
    assert {"critic.safety.harm", "critic.alignment.style", "critic.jury.2", "critic.votes"} <= set(scores)
