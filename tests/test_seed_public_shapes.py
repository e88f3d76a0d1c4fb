"""Public sets with their true field lists: what each becomes, and that nothing of a preference or a slot is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.seed_files.read import check_seed_file, read_folders, read_seeds
from generator.types import SeedTask
from tests.test_seed_shapes import read, shape_of, turn, warnings_of
from tests.test_seed_trees import TREE, message, nest

ASKED = {"dataset": "eli5", "id": "abc", "full_text": "Why?"}


def side(answer: str, score: float) -> dict[str, Any]:
    tokens = {"prefix": [1], "completion": [2]}
    return {
        "question": ASKED,
        "quotes": {"title": [], "extract": []},
        "answer": answer,
        "tokens": tokens,
        "score": score,
    }


def tell(task: SeedTask) -> tuple[str, str, str | None]:
    return task.instruction, task.response, task.rejected


CHAT = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
LOST = [CHAT[0], {"role": "assistant", "content": "B"}]


@pytest.mark.parametrize(("row", "expected"), [
    # UltraFeedback as binarized: the preference counts, though there are messages, too
    (
        {"prompt": "Q", "prompt_id": "x", "chosen": CHAT, "rejected": LOST, "messages": CHAT, "score_chosen": 9.0},
        ("Q", "A", "B"),
    ),
    ({"messages": CHAT[:1], "chosen": CHAT[1], "rejected": LOST[1]}, ("Q", "A", "B")),
    ({"conversations": CHAT[:1], "chosen": "A", "rejected": "B"}, ("Q", "A", "B")),
    ({"chosen_messages": CHAT, "rejected_messages": LOST}, ("Q", "A", "B")),
    ({"prompt": "Q", "response_0": "B", "response_1": "A", "better_response_id": 1, "safer_response_id": 0}, ("Q", "A", "B")),
    ({"post_id": "p", "history": "Q", "human_ref_A": "A", "human_ref_B": "B", "labels": 1, "score_A": 3}, ("Q", "A", "B")),
    ([side("B", -0.5), side("A", 0.5)], ("Q", "A", "B")),
    # OpenAI's own preferences
    (
        {"input": {"messages": CHAT[:1], "tools": []}, "preferred_output": CHAT[1:], "non_preferred_output": LOST[1:]},
        ("Q", "A", "B"),
    ),
    ({"question": "Q", "answer_0": "B", "answer_1": "A", "score_0": "-0.5", "score_1": "0.5"}, ("Q", "A", "B")),
    ({"question": "Q", "answer_0": "B", "answer_1": "A", "score_0": "", "score_1": 1}, ("Q", "B", None)),  # unknown is no loss
    ({"prompt": "Q", "chosen": {"role": "assistant", "content": "A"}, "rejected": {"value": "B"}}, ("Q", "A", "B")),
    # KTO's rows, in any form: what is not wanted is no response
    ({"instruction": "Q", "input": "", "output": "B", "kto_tag": False}, ("Q", "", "B")),
    ({"messages": LOST, "label": False}, ("Q", "", "B")),
    ({"messages": CHAT, "label": True}, ("Q", "A", None)),
    (
        {"inputs_pretokenized": "Q", "targets_pretokenized": "\nB", "inputs": [1], "targets": [2], "is_correct": False},
        ("Q", "", "B"),
    ),
])  # fmt: skip
def test_what_was_preferred_is_kept(tmp_path: Path, row: Any, expected: tuple[str, str, str | None]) -> None:
    [task] = read(tmp_path, row)
    assert tell(task) == (("Why?", *expected[1:]) if isinstance(row, list) else expected)


@pytest.mark.parametrize(("row", "history"), [
    ({"id": "0", "data": ["1", "2", "Q", "A"]}, True),  # UltraChat
    ({"conversations": ["1", "2", "Q", "A"], "source": "multi_turn"}, True),  # LIMA
    ({"source": "s", "conversation": [{"input": "1", "output": "2"}, {"input": "Q", "output": "A"}]}, True),  # Capybara
    ({"instruction": "", "conversations": [{"question": "1", "answer": "2"}, {"question": "Q", "answer": "A"}]}, True),  # COIG
    ({"query": "Q", "response": "A", "history": [["1", "2"]]}, True),  # ms-swift
    ({"instruction": "Q", "input": "", "output": "A", "history": [["1", "2"]], "system": ""}, True),  # LLaMA-Factory
    ({"input": "Q", "target": "A", "kind": "NLI"}, False),  # Firefly
    ({"inputs": "Q", "targets": "A", "_task_name": "t"}, False),
    ({"problem": "Q", "solution": "A", "level": "Level 1"}, False),  # MATH
    ({"Instruction": "Q", "Response": "A"}, False),
    ({"question": "Q", "std_answer": "A", "class": "code"}, False),  # BELLE's evaluation set
])  # fmt: skip
def test_conversations_in_texts_and_pairs(tmp_path: Path, row: Any, history: bool) -> None:
    [task] = read(tmp_path, row)
    assert tell(task) == ("Q", "A", None)
    assert task.history == ((turn("user", "1"), turn("assistant", "2")) if history else ())


def test_parts_of_a_message(tmp_path: Path) -> None:
    thought = {"type": "reasoning", "value": "hm"}
    rows = [
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "What is "}, {"type": "text", "text": "this?"}]}]},
        {"messages": [*CHAT[:1], {"role": "assistant", "content": [thought, {"type": "text", "value": "A"}]}]},
        {"messages": [*CHAT[:1], {"role": "assistant", "content": None, "refusal": "I won't."}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}] * 2}, *CHAT]},
    ]  # fmt: skip
    asked, thinking, refused = read(tmp_path, *rows)
    assert asked.instruction == "What is\nthis?"
    assert (thinking.response, refused.response) == ("A", "I won't.")
    assert warnings_of(tmp_path) == [
        "a message holds what the model thought. It is left out of the text.",
        "a message holds a part that is no text ('image_url'). The record is left out.",
    ]


def test_open_assistant_messages_that_hold_their_replies_and_prompts_alone(tmp_path: Path) -> None:
    lone = message("p", None, "prompter", "Nur gefragt.", message_tree_id="t9")
    held, asked = read(tmp_path, nest(TREE)["prompt"], lone)
    assert (held.response, asked.instruction, asked.response, asked.language) == ("Ende.", "Nur gefragt.", "", "de")


def test_a_folder_may_ask_for_all_paths(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in TREE))
    (tmp_path / "seeds.toml").write_text('trees = "all"')
    assert [task.response for task, _ in read_folders([tmp_path]).tasks] == ["Ende.", "Schlechter."]


def test_squad_nested(tmp_path: Path) -> None:
    answers = [{"text": "1981", "answer_start": 8}, {"text": "in 1981", "answer_start": 5}]
    qas = [
        {"id": "q1", "question": "When?", "answers": answers, "is_impossible": False},
        {"id": "q2", "question": "Who?", "answers": [], "plausible_answers": answers, "is_impossible": True},
        {"id": "q3", "question": " ", "answers": []},
    ]
    article = {"title": "T", "paragraphs": [{"context": "Born in 1981.", "qas": qas}]}
    path = tmp_path / "train-v2.0.json"
    path.write_text(json.dumps({"version": "v2.0", "data": [article, article]}))
    assert (report := check_seed_file(path)).shape == "squad"
    assert (report.count, report.fault_count) == (2, 0)
    answered, impossible = read_seeds([path])
    assert (answered.instruction, answered.input, answered.response) == ("When?", "Born in 1981.", "1981")
    assert json.loads(answered.tags["answers"]) == ["1981", "in 1981"]
    assert (answered.tags["title"], answered.tags["question_id"]) == ("T", "q1")
    assert (impossible.response, impossible.tags["answerable"]) == ("", "false")
    [chinese] = read(
        tmp_path, {"context_text": "c", "qas": [{"query_text": "q", "query_id": "1", "answers": ["a", "b"]}]}
    )
    assert (chinese.instruction, chinese.input, chinese.response) == ("q", "c", "a")


def test_natural_instructions(tmp_path: Path) -> None:
    path = tmp_path / "task1.json"
    instances = [{"id": "1", "input": "x", "output": ["a", "b"]}, {"input": "y", "output": ["c"]}]
    example = {"input": "e", "output": "f", "explanation": "g"}
    path.write_text(json.dumps({
        "Contributors": ["C"], "Source": ["s"], "Categories": ["Coreference"], "Definition": ["Find it."],
        "Input_language": ["English"], "Positive Examples": [example], "Negative Examples": [], "Instances": instances,
        "Instance License": ["MIT"],
    }, indent=4))  # fmt: skip
    first, second = read_seeds([path])
    assert (first.instruction, first.input, first.response, first.language) == ("Find it.", "x", "a", "en")
    assert json.loads(first.tags["answers"]) == ["a", "b"]
    assert (second.input, second.response, second.tags["category"]) == ("y", "c", "Coreference")
    row = {"Task": "t", "Definition": "Find it.", "Instance": {"id": "1", "input": "x", "output": ["a"]}}
    hub = {"task_name": "t", "id": "t-1", "definition": "Find it.", "inputs": "x", "targets": ["a"]}
    assert {(task.instruction, task.input, task.response) for task in read(tmp_path, row, hub)} == {
        ("Find it.", "x", "a")
    }


def test_slots_in_parts_marks_and_by_intent(tmp_path: Path) -> None:
    path = tmp_path / "snips.json"
    parts = [{"text": " play "}, {"text": "free jazz ", "entity": "genre"}, {"text": "now"}]
    path.write_text(json.dumps({"PlayMusic": [{"data": parts}], "GetWeather": [{"data": [{"text": "rain?"}]}]}))
    [play, rain] = read_seeds([path])
    slot = {"slot": "genre", "value": "free jazz", "start": 5, "end": 14}
    assert (play.instruction, json.loads(play.response)) == (
        "play free jazz now",
        {"intent": "PlayMusic", "slots": [slot]},
    )
    assert (rain.instruction, rain.tags["intent"]) == ("rain?", "GetWeather")
    path.write_text(json.dumps({"rasa_nlu_data": {"common_examples": [
        {"text": "play free jazz", "intent": "PlayMusic",
         "entities": [{"start": 5, "end": 14, "value": "x", "entity": "genre"}]}
    ], "regex_features": []}}))  # fmt: skip
    assert json.loads(read_seeds([path])[0].response)["slots"] == [slot]
    massive = {
        "id": "1",
        "locale": "en-US",
        "intent": "play",
        "utt": "play free jazz",
        "annot_utt": "play [genre : free jazz]",
    }
    assert json.loads(read(tmp_path, massive)[0].response)["slots"] == [slot]


def test_names_of_fields_in_any_case_and_names_of_languages(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Question,Answer,Language,Difficulty\nQ,A,English,3\n")
    [task] = read_seeds([path])
    assert (task.instruction, task.response, task.language, task.tags["difficulty"]) == ("Q", "A", "en", "3")
    assert shape_of(tmp_path, "a.csv") == "question_answer"
    [listed] = read(
        tmp_path, {"instruction": "Q", "output": "A", "domain": ["law", "tax"], "task_type": {"major": ["QA"]}}
    )
    assert listed.tags == {"domain": "law, tax", "task_type": "QA"}


@pytest.mark.parametrize(("row", "expected"), [
    # red-team attempts: `tags` is a list, or null
    (
        {"transcript": "\n\nHuman: Q\n\nAssistant: A\n", "rating": 4.0, "task_description": "d", "tags": ["Theft", "Fraud"]},
        {"instruction": "Q", "response": "A", "tags": {"tags": "Theft, Fraud"}},
    ),
    (
        {"meta_instruction": "S", "num_turns": 1, "category": "C", "chat": {"turn_1": {
            "Human": "<|Human|>: Q<eoh>\n", "Inner Thoughts": "<|Inner Thoughts|>: None<eot>\n",
            "Commands": "<|Commands|>: None<eoc>\n", "Tool Responses": "<|Results|>: None<eor>\n", "MOSS": "<|MOSS|>: A<eom>\n",
        }}},
        {"instruction": "Q", "response": "A", "system": "S", "tags": {"category": "C"}},
    ),
    (
        {"prefix": "S", "plain_text": "[Human]: Q<eoh> [MOSS]: A<eoa> ", "num_turns": 1},
        {"instruction": "Q", "response": "A", "system": "S"},
    ),
    (
        {"instruction": "Human:P\nAssistant:B\nHuman:Q\nAssistant:", "input": "", "output": "A"},
        {"instruction": "Q", "response": "A", "history": (turn("user", "P"), turn("assistant", "B"))},
    ),
    (
        {"prompt": "Q", "answers": [{"answer": "B", "rank": 7.0}, {"answer": "C", "rank": 2.0}, {"answer": "A", "rank": 1.0}]},
        {"instruction": "Q", "response": "A", "rejected": "B"},
    ),
    (
        {"instruction": "Q", "completions": [{"response": "B", "overall_score": 2}, {"response": "A", "overall_score": 8.5}]},
        {"instruction": "Q", "response": "A", "rejected": "B"},
    ),
    ({"question": "Q", "choices": ["3", "4"], "answer": 1}, {"instruction": "Q", "input": "A. 3\nB. 4", "response": "B. 4"}),
    (
        {"question": "Q", "choices": {"text": ["x", "y"], "label": ["1", "2"]}, "answerKey": "2"},
        {"instruction": "Q", "input": "1. x\n2. y", "response": "2. y"},
    ),
    (
        {"Question": "Q", "A": "w", "B": "x", "C": "y", "D": "z", "Answer": "C"},
        {"instruction": "Q", "input": "A. w\nB. x\nC. y\nD. z", "response": "C. y"},
    ),
    (
        {"textbox_q_instruction": "I", "textbox_q_context": "K", "textbox_question": "Q", "textbox_answer": "A",
         "textbox_answer_analysis": "W"},
        {"instruction": "I", "input": "K\n\nQ", "response": "A", "tags": {"analysis": "W"}},
    ),
    (
        {"contents": [{"role": "user", "parts": [{"text": "Q"}]}, {"role": "model", "parts": [{"text": "A"}]}]},
        {"instruction": "Q", "response": "A"},
    ),
    ({"问题": "Q", "答案": "A", "来源": "手册"}, {"instruction": "Q", "response": "A", "tags": {"source": "手册"}}),
    ({"指示": "Q", "入力": "I", "出力": "A"}, {"instruction": "Q", "input": "I", "response": "A"}),
])  # fmt: skip
def test_more_public_sets_and_names_of_fields(tmp_path: Path, row: Any, expected: dict[str, Any]) -> None:
    [task] = read(tmp_path, row)
    found = {name: getattr(task, name) for name in expected}
    assert found == expected


def test_a_transcript_in_a_text_about_one_stays_a_text(tmp_path: Path) -> None:
    [task] = read(
        tmp_path, {"instruction": "Human: and Assistant: are marks.\nName others.", "input": "", "output": "A"}
    )
    assert (task.instruction, task.history) == ("Human: and Assistant: are marks.\nName others.", ())


def test_a_preference_over_two_conversations_that_differ_earlier_is_none(tmp_path: Path) -> None:
    other = [{"role": "user", "content": "Another?"}, LOST[1]]
    [task] = read(tmp_path, {"chosen": CHAT, "rejected": other})
    assert tell(task) == ("Q", "A", None)
    assert "differ before the last reply" in warnings_of(tmp_path)[0]


@pytest.mark.parametrize(("answers", "response", "kept"), [
    ({"text": ["A", "B"], "answer_start": [1, 2]}, "A", ["A", "B"]),
    ([{"text": "A"}, {"text": "B"}], "A", ["A", "B"]),
    (7, "7", None),
    ([], "", None),
])  # fmt: skip
def test_answers_in_every_form(tmp_path: Path, answers: Any, response: str, kept: list[str] | None) -> None:
    [task] = read(tmp_path, {"question": "Q?", "context": ["one", "two"], "answers": answers})
    assert (task.response, task.input) == (response, "one\n\ntwo")
    assert json.loads(task.tags.get("answers", "null")) == kept


@pytest.mark.parametrize("labels", [
    {"name": ["spam", "quality"], "value": [0.9, 0.1], "count": [3, 3]},
    {"spam": {"value": 0.9, "count": 3}},
    [{"name": "quality", "value": 0.1}, {"name": "spam", "value": 0.9}],
])  # fmt: skip
def test_spam_is_told_in_every_form_of_labels(tmp_path: Path, labels: Any) -> None:
    rows = [
        message("m1", None, "prompter", "Q"),
        message("m2", "m1", "assistant", "B", rank=0, labels=labels),
        message("m3", "m1", "assistant", "A", rank=1, labels={"name": ["spam"], "value": None}),
    ]
    assert [tell(task) for task in read(tmp_path, *rows)] == [("Q", "A", None)]


def test_messages_that_do_not_name_their_tree_are_joined_by_their_parents(tmp_path: Path) -> None:
    rows = [
        {key: value for key, value in message(*parts).items() if key != "message_tree_id"}
        for parts in (
            ("a1", None, "prompter", "Q"), ("b1", None, "prompter", "Other?"), ("a2", "a1", "assistant", "A"),
            ("b2", "b1", "assistant", "B"),
        )
    ]  # fmt: skip
    assert sorted(map(tell, read(tmp_path, *rows))) == [("Other?", "B", None), ("Q", "A", None)]
