"""Every mistake of a user ends with exit status 2 and a plain message: nothing is spent, nothing is left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from generator.backends.embedded.voice import BANKS
from generator.preparation.generating import RULES_SPEAK
from tests.command_line import Room, check_nothing_asked, check_refused, serve
from tests.loopback import Server

Fault = tuple[int, dict[str, str], bytes]
SOUND = '{"instruction": "Name three rivers that flow north.", "response": "Nile, Rhine, Ob.", "language": "en"}\n'


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as server:
        yield server


SEEDS: dict[str, tuple[str, bytes, list[str]]] = {
    "broken line": ("s.jsonl", (SOUND + '{"instruction": "x"\n').encode(), ["s.jsonl:2:", "JSON"]),
    "missing field": ("s.jsonl", b'\n{"response": "x"}\n', ["s.jsonl:2:", "`instruction`"]),
    "wrong type": ("s.jsonl", b'{"instruction": 7}\n', ["s.jsonl:1:", "instruction"]),
    "empty file": ("s.jsonl", b"", ["s.jsonl:", "no seed task"]),
    "bad UTF-8": ("s.jsonl", b'{"instruction": "caf\xe9"}\n', ["s.jsonl:1:", "not UTF-8", "0xE9"]),
    "UTF-16": ("s.jsonl", SOUND.encode("utf-16"), ["s.jsonl:1:", "UTF-16"]),
    "50 MB line": ("s.jsonl", b'{"instruction": "' + b"x" * 50_000_000 + b'"}\n', ["s.jsonl:1:", "longer than"]),
    "unknown ending": ("s.xyz", b"Dear all,\n", ["s.xyz:", "ending"]),
}


@pytest.mark.parametrize("case", SEEDS)
def test_seeds_that_cannot_be_read(room: Room, server: Server, case: str) -> None:
    name, content, said = SEEDS[case]
    room.write(name, content)
    check_nothing_asked(server, ["evolve", name], room, *said)


def test_all_faults_come_at_once(room: Room, server: Server) -> None:
    room.write("in/a.jsonl", "{\n")
    room.write("in/b.jsonl", SOUND + "[]\n")
    check_nothing_asked(server, ["evolve", "in"], room, "in/a.jsonl:1:", "in/b.jsonl:2:")


def test_a_folder_without_seeds_and_a_missing_path(room: Room, server: Server) -> None:
    room.write("in/README.md", "nothing here")
    check_nothing_asked(server, ["evolve", "in"], room, "in:", "no seed file")
    check_nothing_asked(server, ["evolve", "nowhere.jsonl"], room, "nowhere.jsonl:", "no such file")


def test_a_byte_order_mark_is_a_warning(room: Room, server: Server) -> None:
    room.write("s.jsonl", b"\xef\xbb\xbf" + SOUND.encode())
    ended = room.call("evolve", "s.jsonl", "--base-url", server.url, "--rounds", "1", "--run", "marked")
    assert ended.status == 0, ended.err
    assert "warning: s.jsonl:1: " in ended.err


FILES: dict[str, tuple[str, list[str]]] = {
    "unknown key": ("rounds = 3\n", ["c.toml:1:", "`rounds`", "`evolve.rounds`"]),
    "unknown nested key": ("[evolve]\nrounds = 3\n\nroundz = 3\n", ["c.toml:4:", "`evolve.roundz`", "`evolve.rounds`"]),
    "unknown section": ("[novelti]\nminhash = 1\n", ["c.toml:1:", "`novelti`"]),
    "unknown dotted key": ("seed = 1\nnovelty.rouge = 1\n", ["c.toml:2:", "`novelty.rouge`"]),
    "a key": ('[backend]\napi_key = "sk-123"\n', ["c.toml:2:", "OPENAI_API_KEY"]),
    "text for a number": ('[evolve]\nrounds = "four"\n', ["c.toml:2:", "`evolve.rounds`", "whole number"]),
    "a number in quotes": ('[evolve]\nrounds = "4"\n', ["c.toml:2:", "whole number"]),
    "truth for a number": ("[novelty]\nrouge_l = true\n", ["c.toml:2:", "must be a number"]),
    "not a number": ("[novelty]\nrouge_l = nan\n", ["c.toml:2:", "`novelty.rouge_l`"]),
    "text for a list": ('seeds = "seeds.jsonl"\n', ["c.toml:1:", "`seeds`", "list"]),
    "text for a section": ('backend = "openai"\n', ["c.toml:1:", "`backend`", "section"]),
    "too small": ("# a comment\nconcurrency = 0\n", ["c.toml:2:", "`concurrency`", "greater than or equal to 1"]),
    "too large": ("[policy]\ncritic_overall = 11\n", ["c.toml:2:", "less than or equal to 10"]),
    "unknown choice": ('[backend]\nkind = "gpt"\n', ["c.toml:2:", "'auto', 'embedded'"]),
    "bad address": ('[critic]\nbase_url = "foo"\n', ["c.toml:2:", "`critic.base_url`", "not an address"]),
    "more than are shown": (
        "[self_instruct]\ndemonstrations = 2\nmachine_demonstrations = 3\n", ["c.toml:3:", "`self_instruct.demonst"],
    ),
    "unknown operator": ("[evolve]\noperators = {deepenn = 1}\n", ["c.toml:2:", "`deepenn`", "deepen,"]),
    "every weight 0": ("[evolve.operators]\ndeepen = 0\n", ["c.toml:1:", "weight 0"]),
    "another command": ('recipe = "self-instruct"\n', ["c.toml:1:", "`self-instruct`"]),
    "syntax": ("seed = 1\n[evolve\n", ["c.toml:2:", "not TOML"]),
    "syntax at the end": ("seed = 1\nx = [1,\n", ["c.toml", "not TOML"]),
    "missing seeds": ('\nseeds = ["nowhere.jsonl"]\n', ["nowhere.jsonl:", "no such file"]),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_configuration_with_a_fault(room: Room, server: Server, case: str) -> None:
    text, said = FILES[case]
    room.write("c.toml", text)
    seeds = [] if case in ("missing seeds", "text for a list") else ["seeds.jsonl"]
    seen = len(server.headers)
    flags = [] if case in ("unknown choice", "text for a section") else ["--base-url", server.url]
    check_refused(room, ["evolve", *seeds, "--config", "c.toml", *flags], *said)
    assert len(server.headers) == seen


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "--config c.toml: no such file"),
        (b"\xff\xfea\x00", "not UTF-8"),
        (b"seed = '\xe9'", "not UTF-8 (byte 9)"),
    ],
)
def test_a_configuration_that_cannot_be_read(room: Room, content: bytes | None, said: str) -> None:
    if content is not None:
        room.write("c.toml", content)
    check_refused(room, ["evolve", "seeds.jsonl", "--config", "c.toml"], "c.toml:", said)


def test_a_folder_as_configuration(room: Room) -> None:
    check_refused(room, ["evolve", "--config", "."], ".: cannot be read")


FLAGS: dict[str, tuple[list[str], list[str]]] = {
    "unknown operator": (["--operators", "deepen,deeper"], ["--operators", "`deeper`", "add_constraints"]),
    "weight is text": (["--operators", "deepen=much"], ["--operators deepen=much"]),
    "negative weight": (["--operators", "deepen=-1"], ["--operators deepen", "greater than or equal to 0"]),
    "infinite weight": (["--operators", "deepen=inf"], ["--operators deepen", "finite"]),
    "every weight 0": (["--operators", "deepen=0"], ["--operators", "weight 0"]),
    "no operator": (["--operators", ","], ["--operators"]),
    "rounds 0": (["--rounds", "0"], ["--rounds", "nothing to do"]),
    "rounds negative": (["--rounds", "-1"], ["--rounds -1", "greater than or equal to 0"]),
    "rounds text": (["--rounds", "many"], ["--rounds", "integer"]),
    "bootstrap to what is there": (["--rounds", "0", "--bootstrap", "3"], ["--bootstrap 3", "3 seed tasks already"]),
    "target 0": (["--target", "0"], ["--target 0", "greater than or equal to 1"]),
    "concurrency 0": (["--concurrency", "0"], ["--concurrency 0", "greater than or equal to 1"]),
    "candidates 0": (["--max-candidates", "0"], ["--max-candidates 0"]),
    "unknown back end": (["--backend", "gpt"], ["--backend gpt", "'embedded'"]),
    "unknown critic": (["--critic-backend", "gpt"], ["--critic-backend gpt"]),
    "empty run": (["--run", ""], ["--run", "empty"]),
    "empty prompts": (["--prompts", ""], ["--prompts", "empty"]),
    "empty model": (["--model", ""], ["--model", "empty"]),
    "empty seeds": ([""], ["SEEDS", "empty"]),
    "unknown flag": (["--round", "2"], ["--round"]),
    "flag without value": (["--rounds"], ["--rounds"]),
    "path up": (["--run", "../x"], ["--run ../x"]),
    "absolute path": (["--run", "/tmp/x"], ["--run /tmp/x"]),
    "path down": (["--run", "a/b"], ["--run a/b"]),
    "dots": (["--run", ".."], ["--run .."]),
    "control character": (["--run", "a\x1b[31m"], ["--run a\\u001b[31m"]),
    "too long": (["--run", "x" * 300], ["--run xxx"]),
    "a name that is not UTF-8": (["--run", "a\udce9"], ["--run", "UTF-8"]),
}  # fmt: skip


@pytest.mark.parametrize("case", FLAGS)
def test_a_flag_with_a_fault(room: Room, server: Server, case: str) -> None:
    flags, said = FLAGS[case]
    seen = len(server.headers)
    ended = room.call("evolve", "seeds.jsonl", "--base-url", server.url, *flags)
    assert ended.status == 2, ended.err
    assert all(part in ended.err for part in said), ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""
    assert not (room.path / "runs").exists()
    assert [line for line in server.headers[seen:] if "/models" not in line] == []


ADDRESSES = ["foo", "http://", "127.0.0.1:8000", "localhost:8000", "ftp://h/v1", "http://[::1", "http://h:99999/v1",
             "http://h:x/v1", "http://a b/v1", "http://me:secret@h/v1", ""]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("flag", ["--base-url", "--critic-base-url"])
def test_a_malformed_address(room: Room, address: str, flag: str) -> None:
    given = [] if flag == "--base-url" else ["--base-url", "http://127.0.0.1:1/v1"]
    check_refused(room, ["evolve", "seeds.jsonl", *given, flag, address], f"{flag} {address}")


def test_a_malformed_address_in_the_environment(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "foo")
    check_refused(room, ["evolve", "seeds.jsonl"], "OPENAI_BASE_URL foo", "not an address")


def test_no_key(room: Room) -> None:
    check_refused(room, ["evolve", "seeds.jsonl", "--backend", "openai"], "OPENAI_API_KEY")
    address = ["--base-url", "https://models.example/v1"]
    check_refused(room, ["evolve", "seeds.jsonl", *address], "No key for models.example", "OPENAI_API_KEY")
    critic = ["--base-url", "http://127.0.0.1:1/v1", "--critic-base-url", "https://models.example/v1"]
    check_refused(room, ["evolve", "seeds.jsonl", *critic], "No key for models.example")


@pytest.mark.parametrize("model", [[], ["--model", "m"]])
def test_nothing_listens(room: Room, model: list[str]) -> None:
    address = "http://127.0.0.1:1/v1"
    check_refused(room, ["evolve", "seeds.jsonl", "--base-url", address, *model], address, "--base-url")


def make_refusal(status: int) -> Callable[[int, str], Fault]:
    body = json.dumps({"error": {"message": "you shall not pass"}}).encode()
    return lambda *_: (status, {"content-type": "application/json"}, body)


@pytest.mark.parametrize(("status", "said"), [(401, "key"), (403, "key"), (404, "--base-url")])
@pytest.mark.parametrize("model", [[], ["--model", "m"]])
def test_a_server_that_refuses_everything(room: Room, status: int, said: str, model: list[str]) -> None:
    with serve(fault=make_refusal(status)) as server:
        check_refused(room, ["evolve", "seeds.jsonl", "--base-url", server.url, *model], "you shall not pass", said)


def test_self_instruct_without_a_target(room: Room, server: Server) -> None:
    check_nothing_asked(server, ["self-instruct", "seeds.jsonl"], room, "--target")


def test_whole_tasks_from_seeds_without_a_response(room: Room, server: Server) -> None:
    room.write("bare.jsonl", '{"instruction": "Name three rivers."}\n')
    arguments = ["self-instruct", "bare.jsonl", "--target", "2", "--form", "blocks"]
    check_nothing_asked(server, arguments, room, "--form", "no seed has a response")


def test_seeds_in_a_language_that_the_rules_do_not_speak(room: Room) -> None:
    german = '{"instruction": "Nenne drei Flüsse.", "response": "Rhein, Elbe, Ob.", "language": "de"}\n'
    room.write("de.jsonl", german)
    check_refused(
        room, ["evolve", "de.jsonl", "--backend", "embedded"], "English and Chinese only", "(de)", "--base-url"
    )
    room.write("both.jsonl", german + SOUND)
    ended = room.call("evolve", "both.jsonl", "--backend", "embedded", "--rounds", "1", "--json")
    assert "warning: the embedded back end works by rules" in ended.err
    assert "1 of 2 seed tasks are in other languages (de) and will fail" in ended.err
    assert ended.json["candidates"]["total"] == 2


def test_seeds_without_a_response_are_a_warning_to_the_rules(room: Room) -> None:
    room.write("bare.jsonl", '{"instruction": "Name three rivers that flow north.", "language": "en"}\n')
    ended = room.call("evolve", "bare.jsonl", "--backend", "embedded", "--rounds", "1", "--json")
    assert "warning: no seed has a response" in ended.err
    assert ended.json["candidates"]["total"] == 1
    assert {str(code) for code in BANKS} == set(RULES_SPEAK)


def test_places_that_cannot_be_written(room: Room, server: Server) -> None:
    address = ["--base-url", server.url]
    room.write("file", "x")
    check_refused(room, ["evolve", "seeds.jsonl", *address, "--runs-dir", "file"], "file/evolve-", "cannot be written")
    room.write("runs/file", "x")
    check_refused(room, ["evolve", "seeds.jsonl", *address, "--run", "file"], "runs/file", "not a run's folder")
    room.write("runs/mine/thesis.txt", "x")
    check_refused(room, ["evolve", "seeds.jsonl", *address, "--run", "mine"], "runs/mine", "not a run's folder")


def test_unknown_commands(room: Room) -> None:
    check_refused(room, ["evolv"], "evolv")
    check_refused(room, ["seeds", "chek"], "chek")
    check_refused(room, ["why", "run"], "ID")
