"""Runs that share a pool in a real Redis. Marked `redis`: they need Debian's redis-server and the extra (`.ci/redis`)."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluators.novelty.minhash import Sketching
from evaluators.novelty.shingles import compute_jaccard, list_shingles
from generator.errors import ConfigError
from tests.conftest import ROOT

pytestmark = [pytest.mark.redis, pytest.mark.timeout(240)]
SUBJECTS = "tide copper bread river glacier violin bridge market harbour orchard lantern compass".split()
ASK = (
    "Describe to a patient student, in plain words, how a {} comes about, what it is good for, and who looks after it."
)


class Server:
    """A redis-server of the test's own, on a free loopback port. It keeps nothing when it is killed."""

    def __init__(self, room: Path) -> None:
        if shutil.which("redis-server") is None:
            pytest.skip("there is no redis-server (Debian: apt-get install redis-server)")
        pytest.importorskip("redis", reason="the extra is missing: pip install 'seedbed[redis]'")
        self._room = room
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([*command, "--dir", str(self._room)], stdout=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the server does not come up")

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0#team"

    def read_texts(self) -> dict[str, str]:
        import redis

        with redis.Redis(port=self.port) as client:
            held: Any = client.hgetall("team:texts")
        return {key.decode(): text.decode() for key, text in held.items()}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.kill()


def begin(server: Server, room: Path, name: str) -> subprocess.Popen[bytes]:
    """Start a run of two rounds; all runs have the same seeds, so that they come to the same texts."""
    lines = [
        json.dumps({"instruction": ASK.format(one), "response": f"A {one}.", "language": "en"}) for one in SUBJECTS
    ]
    (room / "seeds.jsonl").write_text("\n".join(lines) + "\n")
    settings = room / f"{name}.toml"
    settings.write_text(f'[novelty]\nminhash_storage = "{server.address}"\n')
    command = [
        sys.executable, "-m", "generator", "evolve", str(room / "seeds.jsonl"), "--rounds", "2", "--backend", "embedded",
        "--run", name, "--runs-dir", str(room / "runs"), "--config", str(settings), "--concurrency", "8",
    ]  # fmt: skip
    with (room / f"{name}.err").open("wb") as said:
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=said)


def read_rows(room: Path, name: str, file: str = "dataset.jsonl") -> list[dict[str, Any]]:
    path = room / "runs" / name / file
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def check_shared(server: Server, room: Path, *names: str) -> None:
    """Check that the pool holds what the runs accepted, each once, and that no two of different runs are too alike."""
    accepted = {name: [row["instruction"] for row in read_rows(room, name)] for name in names}
    assert sorted(server.read_texts().values()) == sorted(text for texts in accepted.values() for text in texts)
    for text in accepted[names[0]]:
        for other in accepted[names[-1]] if len(names) > 1 else ():
            assert compute_jaccard(list_shingles(text), list_shingles(other)) <= 0.7
    assert all(accepted.values())


def test_two_processes_share_one_pool(server: Server, tmp_path: Path) -> None:
    runs = [begin(server, tmp_path, name) for name in ("one", "two")]
    for run, name in zip(runs, ("one", "two"), strict=True):
        assert run.wait() in (0, 1), (tmp_path / f"{name}.err").read_text()
    check_shared_or_alone(server, tmp_path)
    rejects = [row for name in ("one", "two") for row in read_rows(tmp_path, name, "rejects.jsonl")]
    found = [row["evidence"] for row in rejects if row["reason"] == "against"]
    assert found
    texts = server.read_texts()
    for evidence in found:
        assert evidence["source"] == "shared pool team"
        assert texts[evidence["record"]] == evidence["neighbour_text"]
        assert evidence["similarity"] > 0.7


def check_shared_or_alone(server: Server, room: Path) -> None:
    """The slower of two equal runs may find everything taken."""
    names = [name for name in ("one", "two") if read_rows(room, name)]
    check_shared(server, room, *names)


def test_a_server_killed_and_restarted_in_the_middle_loses_and_doubles_nothing(server: Server, tmp_path: Path) -> None:
    run = begin(server, tmp_path, "one")
    wait_for_lines(tmp_path, "one", 5, run)
    server.kill()
    time.sleep(1.0)
    assert run.poll() is None, "the run did not wait"
    server.start()
    assert run.wait() == 0, (tmp_path / "one.err").read_text()
    check_shared(server, tmp_path, "one")
    alone = begin(Quiet(server), tmp_path, "alone")  # the same run, with nobody else in the pool
    assert alone.wait() == 0
    assert read_rows(tmp_path, "alone") == read_rows(tmp_path, "one")


class Quiet(Server):
    """The same server, another pool."""

    def __init__(self, server: Server) -> None:
        self.port = server.port

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0#alone"


def wait_for_lines(room: Path, name: str, count: int, run: subprocess.Popen[bytes]) -> None:
    while len(read_rows(room, name)) < count:
        assert run.poll() is None, (room / f"{name}.err").read_text()
        time.sleep(0.02)


def test_a_run_killed_and_resumed_comes_to_what_it_had_decided(server: Server, tmp_path: Path) -> None:
    other = begin(server, tmp_path, "other")
    run = begin(server, tmp_path, "one")
    wait_for_lines(tmp_path, "one", 1, run)
    run.send_signal(signal.SIGKILL)
    run.wait()
    before = (tmp_path / "runs" / "one" / "dataset.jsonl").read_bytes()
    assert other.wait() in (0, 1)
    assert begin(server, tmp_path, "one").wait() in (0, 3)
    after = (tmp_path / "runs" / "one" / "dataset.jsonl").read_bytes()
    assert after.startswith(before)
    rejects = (tmp_path / "runs" / "one" / "rejects.jsonl").read_bytes()
    assert begin(server, tmp_path, "one").wait() in (0, 3)
    assert (tmp_path / "runs" / "one" / "dataset.jsonl").read_bytes() == after
    assert (tmp_path / "runs" / "one" / "rejects.jsonl").read_bytes() == rejects
    check_shared(server, tmp_path, "one", "other")


def test_a_pool_of_another_scheme_is_refused(server: Server) -> None:
    from evaluators.novelty.storage import RedisPool, read_address

    RedisPool(read_address(server.address), Sketching(0.7))
    with pytest.raises(ConfigError, match="compares texts otherwise"):
        RedisPool(read_address(server.address), Sketching(0.8))


def test_a_server_that_is_not_there_is_told_before_anything_is_spent(server: Server, tmp_path: Path) -> None:
    server.kill()
    run = begin(server, tmp_path, "one")
    assert run.wait() == 2
    assert "shared pool" in (tmp_path / "one.err").read_text()
    assert not (tmp_path / "runs" / "one").exists()
    server.start()


def test_the_bands_are_where_datasketch_looks_for_them(server: Server) -> None:
    import redis
    from datasketch import MinHash, MinHashLSH

    from evaluators.novelty.storage import RedisPool, read_address

    pool = RedisPool(read_address(server.address), Sketching(0.7))
    pool.add(ASK.format("tide"), "a", "owner")
    connections: Any = redis.ConnectionPool(host="127.0.0.1", port=server.port)
    storage = {"type": "redis", "basename": b"team", "redis": {"connection_pool": connections}}
    theirs: Any = MinHashLSH(num_perm=128, params=(25, 5), storage_config=storage, prepickle=False)
    sketch = MinHash(num_perm=128, hashfunc=zlib.crc32)
    for shingle in list_shingles(ASK.format("tide") + " Please."):
        sketch.update(shingle.encode())
    assert theirs.query(sketch) == [b"owner/a"]
    connections.disconnect()
