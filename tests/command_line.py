"""The command line in this process, in a room of its own, against the loopback server in a thread."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generator.cli.app import main
from tests.conftest import ROOT
from tests.loopback import Server, answer

TASKS = (
    {"instruction": "Describe how a tide forms in two sentences.", "response": "The moon pulls the sea. It rises."},
    {"instruction": "List three uses of copper in a house.", "response": "Wires, pipes, pans."},
    {"instruction": "Explain to a child why bread rises.", "response": "Yeast makes small bubbles of gas."},
)


ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout; fails where there is anything else."""
        assert self.out.count("\n") == 1, self.out
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


class Room:
    """The working folder of a test, and the commands given in it."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(path)
        self.write("seeds.jsonl", "".join(json.dumps(task | {"language": "en"}) + "\n" for task in TASKS))

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def call(self, *arguments: str) -> Ended:
        self._monkeypatch.setattr(sys, "argv", ["seedbed", *arguments])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ending:
            main()
        out, err = self._capsys.readouterr()
        assert isinstance(ending.value.code, int)
        return Ended(ending.value.code, out, err)

    def read_lines(self, name: str, file: str = "dataset.jsonl") -> list[dict[str, Any]]:
        text = (self.path / "runs" / name / file).read_text(encoding="utf-8")
        assert text == "" or text.endswith("\n")
        return [json.loads(line) for line in text.splitlines()]


def agree(body: dict[str, Any]) -> str:
    """Answer as the loopback server does, but find every task new and good."""
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema") or {"properties": {}}
    if "equal" in schema["properties"]:
        return json.dumps({"explanation": "asks for more", "equal": False})
    if schema["properties"]:
        return json.dumps({name: {"explanation": "fine", "score": 9} for name in schema["properties"]})
    return answer(body)


@contextmanager
def serve(**settings: Any) -> Iterator[Server]:
    """Run a loopback server in a thread; it agrees with everything where no `reply` is given."""
    server = Server(**{"reply": agree, **settings})
    ready, handle = threading.Event(), {}

    async def live() -> None:
        handle["loop"], handle["stop"] = asyncio.get_running_loop(), asyncio.Event()
        async with server:
            ready.set()
            await handle["stop"].wait()

    thread = threading.Thread(target=asyncio.run, args=(live(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        handle["loop"].call_soon_threadsafe(handle["stop"].set)
        thread.join(10)


def check_refused(room: Room, arguments: list[str], *said: str) -> None:
    before = {path for path in room.path.rglob("*")}
    ended = room.call(*arguments, "--json")
    assert ended.status == 2, ended.err
    for part in said:
        assert part in ended.err
    assert "Traceback" not in ended.err
    assert ended.json["exit_status"] == 2
    assert ended.json["error"] in ended.err
    assert {path for path in room.path.rglob("*")} == before


def check_nothing_asked(server: Server, arguments: list[str], room: Room, *said: str) -> None:
    seen = len(server.headers)
    check_refused(room, [*arguments, "--backend", "openai", "--base-url", server.url], *said)
    assert len(server.headers) == seen, "a request was made"


def start(room: Room, *arguments: str, **streams: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "generator", *arguments]
    return subprocess.Popen(command, cwd=room.path, env=ENVIRONMENT, text=True, **streams)
