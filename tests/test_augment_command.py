"""The command `augment`: from a file to a run, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import Room, agree, check_refused, serve

REWORDED = {
    "tide": "In two sentences, describe how a tide is formed.",
    "copper": "Name three ways in which copper is used in a house.",
    "bread": "Tell a child the reason why bread rises.",
}


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


def reword(body: dict[str, Any]) -> str:
    """Play a model that rewords faithfully, and finds that both wordings mean the same."""
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema", {}).get("properties", {})
    if "equal" in schema:
        return json.dumps({"explanation": "the same", "equal": True})
    if schema:
        return agree(body)
    asked = body["messages"][-1]["content"]
    return f"<instruction>{next(text for word, text in REWORDED.items() if word in asked)}</instruction>"


def test_the_command_augments_a_file_and_asks_nothing_twice(room: Room) -> None:
    arguments = ["augment", "seeds.jsonl", "--with", "paraphrase,substitution", "--run", "a", "--json"]
    with serve(reply=reword) as server:
        ended = room.call(*arguments, "--base-url", server.url)
        assert ended.status == 0, ended.err
        assert "(3 records, paraphrase, substitution, model tiny)" in ended.err
        made = room.read_lines("a")
        assert {record["lineage"]["operator"] for record in made} >= {"paraphrase"}
        again = room.call(*arguments, "--base-url", server.url)
    assert again.json["calls"]["asked"] == 0
    assert room.read_lines("a") == made


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["augment"], "say what to augment"),
        (["augment", "seeds.jsonl"], "--with NAME"),
        (["augment", "seeds.jsonl", "--with", "nosuch"], "no augmentation `nosuch`"),
        (["augment", "seeds.jsonl", "--with", ","], "names none"),
        (["augment", "seeds.jsonl", "--with", "paraphrase"], "embedded"),
        (["augment", "empty.jsonl", "--with", "substitution"], "there is no record in it"),
        (["augment", "nosuch.jsonl", "--with", "substitution"], "nosuch.jsonl"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(room: Room, arguments: list[str], said: str) -> None:
    room.write("empty.jsonl", "")
    check_refused(room, arguments, said)
