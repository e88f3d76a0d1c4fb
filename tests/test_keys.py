"""A key is in no file of a run, in nothing that is printed, in no error, also where the server throws it back."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.loopback import Fault, Server, answer
from tests.rig import TASKS

CANARY = "sk-canary-7f3a9c1e5b2d4860"
PARTS = (CANARY, CANARY[3:], CANARY[:14])  # a tail or a head of it would do harm, too
JSON_TYPE = {"content-type": "application/json", "x-request-id": CANARY, "www-authenticate": f"Bearer {CANARY}"}


def throw_back(status: int, after: int = 0) -> Fault:
    """Return the fault: an error that holds the key in its body and its headers, from call number `after` on."""
    body = json.dumps({"error": {"message": f"Incorrect API key provided: {CANARY}.", "key": CANARY}}).encode()
    return lambda number, _: (status, JSON_TYPE, body) if number > after else None


def reply_with_key(body: dict[str, Any]) -> dict[str, Any]:
    """Answer with a body that is no completion and holds the key."""
    return {"object": "error", "message": f"what is {CANARY}?", "choices": None}


def answer_with_key(body: dict[str, Any]) -> dict[str, Any]:
    """Answer with a completion that holds the key wherever it can."""
    text = answer(body) if "response_format" in body else f"{CANARY} {answer(body)}"
    message = {"content": text, "reasoning_content": CANARY}
    return {"model": CANARY, "choices": [{"message": message, "finish_reason": CANARY}]}


def redirect(number: int, _: str) -> tuple[int, dict[str, str], bytes]:
    return 302, {"location": f"http://127.0.0.1:1/{CANARY}"}, b""


CASES: dict[str, tuple[Callable[..., Server], int]] = {
    "all is well": (lambda: Server(), 0),
    "401": (lambda: Server(fault=throw_back(401)), 1),
    "401 after a while": (lambda: Server(fault=throw_back(401, after=12)), 1),
    "403": (lambda: Server(fault=throw_back(403)), 1),
    "400 for some": (lambda: Server(fault=lambda n, d: throw_back(400)(n, d) if n % 3 == 0 else None), 0),
    "500 for ever": (lambda: Server(fault=throw_back(500, after=12)), 1),
    "429 now and then": (lambda: Server(fault=lambda n, d: throw_back(429)(n, d) if n % 5 == 0 else None), 0),
    "no completion": (lambda: Server(reply=reply_with_key), 1),
    "an answer": (lambda: Server(reply=answer_with_key), 0),
    "a redirect": (lambda: Server(fault=redirect), 1),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.timeout(60)
def test_a_key_is_nowhere(case: str, tmp_path: Path) -> None:
    make_server, wanted = CASES[case]
    (tmp_path / "seeds.jsonl").write_text("".join(json.dumps({"language": "en"} | task) + "\n" for task in TASKS))
    (tmp_path / "config.toml").write_text('[backend]\nmodel = "m"\ngive_up_s = 1.0\n')
    environment = os.environ | {"OPENAI_API_KEY": CANARY, "PYTHONASYNCIODEBUG": "1"}

    async def work() -> tuple[int, bytes, list[str]]:
        async with make_server() as server:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "generator", "evolve", str(tmp_path / "seeds.jsonl"), "--rounds", "1", "-v",
                "--base-url", server.url, "--runs-dir", str(tmp_path / "runs"), "--config", str(tmp_path / "config.toml"),
                cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            said, _ = await process.communicate()
            return process.returncode or 0, said, server.headers

    status, said, heads = asyncio.run(work())
    assert bool(status) == bool(wanted), said.decode()
    assert any(f"Bearer {CANARY}" in head for head in heads), "the server did get the key"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    for part in PARTS:
        assert part not in said.decode("utf-8", "replace")
        assert [path.name for path in files if part.encode() in path.read_bytes()] == []
