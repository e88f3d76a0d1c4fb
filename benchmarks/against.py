"""What it costs to hold candidates against an earlier set: the index of a million records, built, opened, asked, killed.

`python -m benchmarks.against [--data DIR] [--records N] [--room DIR]`: the records are edited copies of the Alpaca
instructions in DIR (generated texts without it), in a JSONL file of our own form. Shown: records a second while the
index is built, and how much faster it is to open than to read the source anew; its size; a look-up of a candidate that
has a neighbour there, and of one that has none; and that a builder killed at random moments leaves no half an index.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that the file also runs as a script, from a checkout that is not installed

from benchmarks.minhash import edit, read_texts  # noqa: E402
from generator.against.opening import FOLDER, build_indexes, open_against  # noqa: E402
from generator.against.stored import BUILDING  # noqa: E402
from generator.config import RunConfig, make_config  # noqa: E402
from generator.types import SeedTask  # noqa: E402

RECORDS = 1_000_000
KILLS = 5
KILLED_RECORDS = 20_000  # of the source whose builder is killed
QUERIES = 200


def write_source(texts: Sequence[str], count: int, path: Path) -> None:
    """Write edited copies of the texts, each with the beginning of another text behind it."""
    rng = random.Random("against records")
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            text = texts[number % len(texts)]
            if number >= len(texts):
                text = f"{edit(text, rng)} {' '.join(rng.choice(texts).split()[:4])}"
            file.write(SeedTask(instruction=text, language="en").to_example().model_dump_json() + "\n")


def configure(source: Path, room: Path) -> RunConfig:
    return make_config({"against": {"novel": [str(source)]}, "runs_dir": str(room)})


def time_once(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def measure_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(source: Path, room: Path, count: int, texts: Sequence[str]) -> None:
    config = configure(source, room)
    began = time.process_time()
    build_s, _ = time_once(lambda: build_indexes(config, lambda *_: None))
    build_cpu_s = time.process_time() - began
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    open_s, against = time_once(lambda: open_against(config))
    print(f"built in {build_s:.1f} s ({build_cpu_s:.1f} s of CPU: {count / build_cpu_s:,.0f} records a CPU-second, at most "
          f"{held:,.0f} MiB held), opened in "
          f"{open_s:.2f} s: {build_s / open_s:.0f} × faster than anew")  # fmt: skip
    size, source_size = measure_size(room / FOLDER), source.stat().st_size
    print(f"{size / 2**20:,.0f} MiB on disk, {size / count:.0f} bytes a record (the source: {source_size / count:.0f})")
    rng = random.Random("against queries")
    near = [edit(text, rng) for text in rng.sample(texts, QUERIES)]
    far = [" ".join(f"{word}x{number}" for word in text.split()) for number, text in enumerate(near)]
    for name, asked in (("with a neighbour", near), ("with none", far)):
        against.find(asked[0])
        began = time.process_time()
        found = [against.find(text) for text in asked]
        took_s = time.process_time() - began
        print(f"a look-up of a text {name}: {took_s / len(asked) * 1000:.2f} ms of CPU "
              f"({sum(one is not None for one in found)} of {len(asked)} are too like one)")  # fmt: skip


def kill_builders(texts: Sequence[str], room: Path) -> None:
    """Kill builders at random moments; look each time that what is there is nothing, or the whole."""
    source, rng = room / "small.jsonl", random.Random("against kills")
    write_source(texts, KILLED_RECORDS, source)
    program = "import sys; from benchmarks.against import *; build_indexes(configure(Path(sys.argv[1]), Path(sys.argv[2])), lambda *_: None)"
    command = [sys.executable, "-c", program, str(source), str(room / "killed")]
    whole_s, _ = time_once(lambda: subprocess.run(command, cwd=ROOT, check=True))
    whole = measure_size(room / "killed" / FOLDER)
    left = []
    for _ in range(KILLS):
        subprocess.run(["rm", "-r", str(room / "killed")], check=True)
        with subprocess.Popen(command, cwd=ROOT) as builder:
            time.sleep(whole_s * rng.uniform(0.2, 1.0))
            builder.send_signal(signal.SIGKILL)
        names = [path.name for path in (room / "killed").glob(f"{FOLDER}/*") if path.name != "lock"]
        left.append(
            "half, not used" if any(name.startswith(BUILDING) for name in names) else "whole" if names else "nothing"
        )
        subprocess.run(command, cwd=ROOT, check=True)
        assert measure_size(room / "killed" / FOLDER) == whole
    print(f"{KILLS} builders killed; they left: {', '.join(left)}; the next one each time made the same index, whole")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("SEEDBED_DATA") or ROOT.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default), help="folder with recorded data")
    parser.add_argument("--records", type=int, default=RECORDS, help="records of the source")
    parser.add_argument("--room", type=Path, help="folder for source and index [a temporary one]")
    options = parser.parse_args()
    texts, kind = read_texts(options.data)
    with tempfile.TemporaryDirectory(dir=options.room) as name:
        room = Path(name)
        write_source(texts, options.records, room / "source.jsonl")
        print(f"{options.records:,} edited copies of {kind}, {os.cpu_count()} processors")
        measure(room / "source.jsonl", room, options.records, texts)
        kill_builders(texts, room)


if __name__ == "__main__":
    main()
