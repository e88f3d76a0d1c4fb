"""How fast records are exported, beside `datasets`' own JSON writer, and how much memory it takes; all in one run.

`python -m benchmarks.export [--records N]`, in an environment that has `datasets` (`.ci/neighbours` builds one). Each side
reads the same JSONL of our records from disk and writes it as JSONL: ours with every record checked, theirs through Arrow
(`load_dataset`, then `to_json`), read anew each time. Then the same for Parquet, and the peak memory of each process.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that the file also runs as a script, from a checkout that is not installed

WORDS_ASKED, WORDS_ANSWERED = 20, 120
THEIRS = """
import os, sys
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": sys.argv[3]}
from datasets import disable_progress_bars, load_dataset
disable_progress_bars()
rows = load_dataset("json", data_files=sys.argv[1], split="train", cache_dir=sys.argv[3])
import time
began = time.perf_counter()
rows.to_json(sys.argv[2]) if sys.argv[2].endswith(".jsonl") else rows.to_parquet(sys.argv[2])
print(time.perf_counter() - began)
"""


def write_source(path: Path, count: int) -> None:
    """Write records with ids, tags, scores, lineage and a check, as a run has them."""
    rng = random.Random("export benchmark")
    words = [f"word{number}" for number in range(5000)]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            seed = f"{number % 5000:016x}"
            record = {
                "id": f"{number:016x}", "instruction": f"{' '.join(rng.choices(words, k=WORDS_ASKED))} {number}", "input": "",
                "response": " ".join(rng.choices(words, k=WORDS_ANSWERED)), "system": None, "language": "en",
                "tags": {"domain": rng.choice("abcd")}, "scores": {"critic.overall": rng.uniform(5, 10)},
                "lineage": {"recipe": "evol_instruct", "parents": [seed], "seeds": [seed], "prompts": {"deepen": "sha256:0"}},
                "checks": [{"kind": "max_words", "params": {"count": 200}, "verdict": True}],
            }  # fmt: skip
            file.write(json.dumps(record) + "\n")


def run(command: list[str]) -> tuple[float, int, str]:
    """Return wall seconds, peak memory in MiB, and what a command printed."""
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:4]} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_maxrss // 1024, said


def export(source: Path, form: str, target: Path) -> list[str]:
    """Return our command."""
    return [sys.executable, "-m", "generator", "export", str(source), "--to", form, "-o", str(target)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    count = parser.parse_args().records
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        small, large = room / "small.jsonl", room / "large.jsonl"
        write_source(small, count // 10)
        write_source(large, count)
        print(f"{count:,} records, {os.path.getsize(large) / 1e6:.0f} MB")
        for form, ending in (("jsonl", ".jsonl"), ("alpaca", ".jsonl"), ("parquet", ".parquet")):
            _, few, _ = run(export(small, form, room / f"small-{form}{ending}"))
            ours, many, _ = run(export(large, form, room / f"{form}{ending}"))
            print(
                f"ours, {form}: {ours:.1f} s, {count / ours:,.0f} records/s; peak memory {few} MiB at a tenth, {many} MiB at all"
            )
            if importlib.util.find_spec("datasets") is None:
                print("NOT RUN: datasets is not installed here; .ci/neighbours builds an environment that has it")
                continue
            if form != "alpaca":
                command = [
                    sys.executable,
                    "-W",
                    "ignore",
                    "-c",
                    THEIRS,
                    str(large),
                    str(room / f"theirs{ending}"),
                    str(room / form),
                ]
                theirs, peak, said = run(command)
                print(
                    f"datasets, {form}: {theirs:.1f} s from file to file, of them {float(said):.1f} s writing; peak {peak} MiB; "
                    f"theirs / ours, file to file: {theirs / ours:.2f}"
                )


if __name__ == "__main__":
    main()
