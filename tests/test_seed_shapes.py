"""Each public shape is told by its content and read for what it says; the samples follow the published field lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.conversation import join_turns, read_between
from generator.seed_files.read import check_seed_file, read_folders, read_seeds
from generator.sources import find_source, read_examples
from generator.types import SeedTask, Turn


def read(folder: Path, *rows: object, **options: Any) -> list[SeedTask]:
    path = folder / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return [task for task, _ in read_folders([path], **options).tasks]


def shape_of(folder: Path, name: str = "a.jsonl") -> str:
    return check_seed_file(folder / name).shape


def warnings_of(folder: Path) -> list[str]:
    return [warning.message for warning in check_seed_file(folder / "a.jsonl").warnings]


def turn(role: str, content: str) -> Turn:
    return Turn(role=role, content=content)


def test_dolly(tmp_path: Path) -> None:
    row = {"instruction": "When did Virgin Australia start operating?", "context": "Virgin Australia commenced services "
           "on 31 August 2000.", "response": "31 August 2000.", "category": "closed_qa"}  # fmt: skip
    [task, bare] = read(tmp_path, row, {**row, "context": "", "category": "open_qa"})
    assert shape_of(tmp_path) == "dolly"
    assert (task.input, task.response, task.tags) == (row["context"], row["response"], {"category": "closed_qa"})
    assert (bare.input, bare.tags) == ("", {"category": "open_qa"})


def test_sharegpt_keeps_all_turns(tmp_path: Path) -> None:
    turns = [("human", "Hi"), ("gpt", "Hello!"), ("human", "Name a river."), ("gpt", "The Rhine.")]
    row = {"id": "QWJhYvA_0", "conversations": [{"from": role, "value": text} for role, text in turns]}
    system = {"conversations": [{"from": "system", "value": "Be brief."}, *row["conversations"]], "tools": "[]"}
    [task, guided] = read(tmp_path, row, system)
    assert shape_of(tmp_path) == "sharegpt"
    assert (task.instruction, task.response, task.system) == ("Name a river.", "The Rhine.", None)
    assert task.history == (turn("user", "Hi"), turn("assistant", "Hello!"))
    assert (guided.system, guided.tags) == ("Be brief.", {"tools": "[]"})
    last = {**row, "conversations": row["conversations"][:3]}
    [open_end] = read(tmp_path, last)
    assert (open_end.instruction, open_end.response, len(open_end.history)) == ("Name a river.", "", 2)
    pair = {**last, "chosen": {"from": "gpt", "value": "The Rhine."}, "rejected": {"from": "gpt", "value": "Rome."}}
    [preferred] = read(tmp_path, pair)
    assert (preferred.response, preferred.rejected) == ("The Rhine.", "Rome.")


def test_openai_messages_keep_the_calls_of_tools(tmp_path: Path) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"place": "Oslo"}'}}
    messages = [
        {"role": "developer", "content": "Use tools."}, {"role": "user", "content": [{"type": "text", "text": "Rain?"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "wet"}, {"role": "assistant", "content": "Yes."},
    ]  # fmt: skip
    [task] = read(tmp_path, {"messages": messages, "tools": [{"type": "function"}]})
    assert shape_of(tmp_path) == "messages"
    assert (task.system, task.instruction, task.response, task.history) == ("Use tools.", "Rain?", "Yes.", ())
    called, told = read_between(task.tags)
    assert called.role == "assistant"
    assert json.loads(called.content.removeprefix("<tool_call>\n").removesuffix("\n</tool_call>")) == call
    assert told == turn("tool", "wet")
    whole = join_turns(task.instruction, task.response, system=task.system, history=task.history, tags=task.tags)
    assert [one.role for one in whole] == ["system", "user", "assistant", "tool", "assistant"]


@pytest.mark.parametrize(("row", "said"), [
    ({"messages": [{"role": "wizard", "content": "Hi"}]}, "`messages[0].role` is 'wizard'"),
    ({"messages": "x"}, "`messages` is a string. Make it a list"),
    ({"prompt": "  ", "completion": "x"}, "`prompt` is empty"),
    ({"chosen": "a", "rejected": "b"}, "there is no `prompt`"),
    ({"tokens": ["a", "b"], "bio": ["O"]}, "there are 2 tokens and 1 tags"),
    ({"question": {"full_text": ""}, "answer_0": "a", "answer_1": "b"}, "`question.full_text` is empty"),
    ({"question": {"full_text": "q"}, "answer_0": "a", "answer_1": "b", "score_0": []}, "`score_0` is a list"),
])  # fmt: skip
def test_what_a_shape_cannot_be_without_is_a_fault(tmp_path: Path, row: object, said: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row))
    assert said in check_seed_file(path).faults[0].message


def test_a_conversation_in_which_nobody_asks_is_left_out_and_told(tmp_path: Path) -> None:
    told: list[str] = []
    good = {"conversations": [{"from": "human", "value": "Q"}]}
    tasks = read(tmp_path, {"conversations": []}, {"conversations": [{"from": "gpt", "value": "Hi"}]}, good)
    assert [task.instruction for task in tasks] == ["Q"]
    assert warnings_of(tmp_path) == ["no turn is a user's. The record is left out. (2 times, the first here.)"]
    source = find_source(str(tmp_path / "a.jsonl"), "runs")
    assert len(list(read_examples(source))) == 1
    assert len(list(read_examples(source, on_fault=lambda _, fault: told.append(f"{fault.line}")))) == 1
    assert told == ["1", "2"]


def test_chatml_text(tmp_path: Path) -> None:
    said = [("system", "Be kind."), ("user", "Hi\n\nthere"), ("assistant", "Hello")]
    text = "".join(f"<|im_start|>{role}\n{words}<|im_end|>\n" for role, words in said)
    [task, asked] = read(tmp_path, {"text": text}, {"text": "<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n"})
    assert shape_of(tmp_path) == "chatml"
    assert (task.system, task.instruction, task.response) == ("Be kind.", "Hi\n\nthere", "Hello")
    assert (asked.instruction, asked.response) == ("Q", "")


def test_hh_rlhf(tmp_path: Path) -> None:
    head = "\n\nHuman: What is a tide?\n\nAssistant: The sea's rise.\n\nHuman: Why?\n\nAssistant:"
    row = {"chosen": f"{head} The moon pulls.", "rejected": f"{head} No idea."}
    other = {"chosen": f"{head} A", "rejected": "\n\nHuman: Else?\n\nAssistant: B"}
    [task, unpaired, team] = read(tmp_path, row, other, {"transcript": f"{head} Bye", "rating": 1.0, "tags": None})
    assert shape_of(tmp_path) == "hh_rlhf"
    assert (task.instruction, task.response, task.rejected) == ("Why?", "The moon pulls.", "No idea.")
    assert task.history == (turn("user", "What is a tide?"), turn("assistant", "The sea's rise."))
    assert (unpaired.response, unpaired.rejected) == ("A", None)
    assert warnings_of(tmp_path) == ["`chosen` and `rejected` differ before the last reply. Read without a preference."]
    assert (team.instruction, team.response) == ("Why?", "Bye")


def test_webgpt(tmp_path: Path) -> None:
    row = {"question": {"dataset": "eli5", "id": "5lrq9g", "full_text": "Why is ice slippery?"},
           "quotes_0": {"title": [], "extract": []}, "answer_0": "Cold.", "tokens_0": {}, "score_0": -0.5,
           "quotes_1": {"title": [], "extract": []}, "answer_1": "A film of water.",
           "tokens_1": {}, "score_1": 0.5}  # fmt: skip
    sides = [
        {"question": row["question"], "answer": "A", "score": 0.25},
        {"question": row["question"], "answer": "B", "score": -0.25},
    ]
    [task, tie, first] = read(tmp_path, row, {**row, "score_0": 0, "score_1": 0}, sides)
    assert shape_of(tmp_path) == "webgpt"
    assert (task.instruction, task.response, task.rejected) == ("Why is ice slippery?", "A film of water.", "Cold.")
    assert task.tags == {"source": "eli5", "question_id": "5lrq9g"}
    assert (tie.response, tie.rejected) == ("Cold.", None)
    assert (first.response, first.rejected) == ("A", "B")


def test_flan(tmp_path: Path) -> None:
    row = {"inputs": "Is it rainy?\nOPTIONS: yes, no", "targets": "no", "task": "rte"}
    orca = {
        "inputs": "Q",
        "targets": "A",
        "_template_idx": 3,
        "_task_source": "NIv2",
        "_task_name": "task1",
        "_template_type": "fs_opt",
    }
    [task, tagged] = read(tmp_path, row, orca)
    assert shape_of(tmp_path) == "flan"
    assert (task.instruction, task.response, task.tags) == (row["inputs"], "no", {"task": "rte"})
    assert tagged.tags == {"task": "task1", "task_source": "NIv2", "template": "fs_opt", "template_index": "3"}


def test_trl_preferences_and_completions(tmp_path: Path) -> None:
    def say(role: str, content: str) -> dict[str, str]:
        return {"role": role, "content": content}

    asked, good, bad = say("user", "Q"), say("assistant", "good"), say("assistant", "bad")
    rows = [
        {"prompt": "Q", "chosen": "good", "rejected": "bad"},
        {"prompt": [asked], "chosen": [good], "rejected": [bad]},
        {"chosen": [asked, good], "rejected": [asked, bad]},
        {"prompt": "Q", "chosen": [asked, good], "rejected": [asked, bad], "score_chosen": 9.0},
        {"prompt": "\n\nHuman: Q\n\nAssistant:", "chosen": "good", "rejected": "bad"},
    ]
    for row in rows:
        [task] = read(tmp_path, row)
        assert (task.instruction, task.response, task.rejected) == ("Q", "good", "bad"), row
        assert shape_of(tmp_path) == "preference"
    [wanted, unwanted] = read(
        tmp_path, *({"prompt": [asked], "completion": [one], "label": one is good} for one in (good, bad))
    )
    assert shape_of(tmp_path) == "prompt_completion"
    assert (wanted.response, wanted.rejected, unwanted.response, unwanted.rejected) == ("good", None, "", "bad")
    [legacy, alone] = read(tmp_path, {"prompt": "Q ->", "completion": " A"}, {"prompt": [asked], "difficulty": "easy"})
    assert (legacy.instruction, legacy.response) == ("Q ->", "A")
    assert (alone.instruction, alone.response, alone.tags) == ("Q", "", {"difficulty": "easy"})


def test_questions_keep_their_provenance(tmp_path: Path) -> None:
    row = {"question": "Who signs?", "answer": "The buyer.", "context": "§ 3 The buyer signs.", "doc_id": "C-17",
           "paragraph": 3, "confidence": 0.92, "source_weight": 1.5, "source": "contract", "license": "CC0"}  # fmt: skip
    nested = {"question": "Q", "answer": "A", "provenance": {"document_id": "D", "paragraph": "p4", "confidence": 1}}
    squad = {
        "id": "5733be",
        "title": "T",
        "context": "C",
        "question": "When?",
        "answers": {"text": ["1990", "in 1990"], "answer_start": [1, 2]},
    }
    orca = {"id": "niv.1", "system_prompt": "You think.", "question": "Q2", "response": "A2"}
    [task, deep, many, guided] = read(tmp_path, row, nested, squad, orca)
    assert shape_of(tmp_path) == "question_answer"
    assert (task.instruction, task.input, task.response) == ("Who signs?", "§ 3 The buyer signs.", "The buyer.")
    assert task.tags == {"document_id": "C-17", "paragraph": "3", "confidence": "0.92", "source_weight": "1.5",
                         "source": "contract", "licence": "CC0"}  # fmt: skip
    assert deep.tags == {"document_id": "D", "paragraph": "p4", "confidence": "1"}
    assert (many.response, json.loads(many.tags["answers"])) == ("1990", ["1990", "in 1990"])
    assert guided.system == "You think."


def test_intents_and_slots(tmp_path: Path) -> None:
    tokens, bio = ["Fly", "to", "New", "York", "today"], ["O", "O", "B-city", "I-city", "B-date"]
    spans = [
        {"slot": "city", "value": "New York", "start": 7, "end": 15},
        {"slot": "date", "value": "today", "start": 16, "end": 21},
    ]
    [task, spaced, marked, named] = read(
        tmp_path,
        {"tokens": tokens, "tags": bio, "intent": "book"},
        {"utterance": "Fly to New York today!", "bio": " ".join([*bio]), "intent": "book"},
        {"text": "Fly to New York today.", "entities": [{"label": "city", "start": 7, "end": 15}], "intent": "book"},
        {"utterance": "Fly  to New York today", "slots": {"city": "New York"}, "intent": ["book", "ask"]},
    )  # fmt: skip
    assert shape_of(tmp_path) == "slots"
    assert json.loads(task.response) == {"intent": "book", "slots": spans}
    assert (json.loads(task.tags["tokens"]), json.loads(task.tags["bio"]), task.tags["intent"]) == (tokens, bio, "book")
    assert [slot["value"] for slot in json.loads(spaced.response)["slots"]] == ["New York", "today!"]
    assert json.loads(marked.response)["slots"] == spans[:1]
    assert json.loads(named.response) == {"intent": "book+ask", "slots": [{**spans[0], "start": 8, "end": 16}]}


def test_comparisons(tmp_path: Path) -> None:
    llmbar = {"input": "Q", "output_1": "A", "output_2": "B", "label": 2}
    pandalm = {
        "instruction": "I",
        "input": "x",
        "response1": True,
        "response2": "B",
        "annotator1": 1,
        "annotator2": 1,
        "annotator3": 0,
    }
    [task, voted, tied] = read(tmp_path, llmbar, pandalm, {**pandalm, "annotator2": 2})
    assert shape_of(tmp_path) == "comparison"
    assert (task.instruction, task.response, task.rejected) == ("Q", "B", "A")
    assert (voted.input, voted.response, voted.rejected) == ("x", "true", "B")
    assert (tied.response, tied.rejected) == ("true", None)


def test_our_own_with_history_and_a_rejected_response(tmp_path: Path) -> None:
    row = {
        "instruction": "Q",
        "response": "A",
        "history": [["Hi", "Hello"]],
        "rejected": "B",
        "licence": "MIT",
        "source": "team",
    }
    as_turns = {**row, "history": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
    [task] = read(tmp_path, row, as_turns)
    assert task.history == (turn("user", "Hi"), turn("assistant", "Hello"))
    assert (task.rejected, task.tags) == ("B", {"licence": "MIT", "source": "team"})


def test_texts_alone_and_objects_of_lists(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(["Name a river.", "给出三个提示。"], ensure_ascii=False), encoding="utf-8")
    assert [task.instruction for task in read_seeds([path])] == ["Name a river.", "给出三个提示。"]
    path.write_text(
        json.dumps({"train": [{"instruction": "a"}, {"instruction": "b"}], "test": [], "dev": [{"instruction": "c"}]})
    )
    assert [task.instruction for task in read_seeds([path])] == ["a", "b", "c"]
