"""What `dedup` finds and what it costs, on real instructions and on a stream of which a tenth are edited copies.

`python -m benchmarks.dedup [--data DIR] [--semantic]`: DIR holds `novelty-bench` and `alpaca-5000`; without it there is
nothing to measure. CPU seconds of whole commands, each in a process of its own, and the share of the limit of 60 that the
52,002 records take. The counts of `exact` and `minhash` are compared with a brute-force count on a sample.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that the file also runs as a script, from a checkout that is not installed

from evaluators.novelty.exact import normalise_text  # noqa: E402
from evaluators.tokens import is_spaceless, tokenize  # noqa: E402

LIMIT_S = 60.0
SAMPLE = 4_000  # texts compared pair by pair
THRESHOLD = 0.7
Shingles = frozenset[tuple[str, ...]]


def edit(text: str, draw: random.Random, words: Sequence[str]) -> str:
    """Return the text with a tenth of its words (characters, in Chinese) deleted, swapped, replaced or added."""
    spaced = " " in text
    parts = text.split() if spaced else list(text)
    for _ in range(max(1, round(len(parts) / 10))):
        at = draw.randrange(len(parts))
        kind = draw.choice("dsra")
        if kind == "d" and len(parts) > 3:
            del parts[at]
        elif kind == "s" and at + 1 < len(parts):
            parts[at], parts[at + 1] = parts[at + 1], parts[at]
        elif kind == "r":
            parts[at] = draw.choice(words)
        else:
            parts.insert(at, draw.choice(words))
    return (" " if spaced else "").join(parts)


def add_copies(texts: Sequence[str], share: float, exact: float) -> list[str]:
    """Return the texts with edited copies among them, and exact ones, each somewhere after its original."""
    draw = random.Random("dedup benchmark")
    words = [word for text in texts[:5000] for word in (text.split() if " " in text else list(text))]
    placed = [(number + 0.0, text) for number, text in enumerate(texts)]
    for number in draw.sample(range(len(texts)), round((share + exact) * len(texts))):
        is_exact = draw.random() < exact / (share + exact)
        copy = texts[number].upper() if is_exact else edit(texts[number], draw, words)
        placed.append((draw.uniform(number + 0.5, len(texts)), copy))
    return [text for _, text in sorted(placed)]


def write(path: Path, texts: Sequence[str]) -> Path:
    path.write_text("".join(json.dumps({"instruction": text}, ensure_ascii=False) + "\n" for text in texts), "utf-8")
    return path


def run(path: Path, room: Path, *arguments: str) -> tuple[dict[str, Any], float, float]:
    """Return what the command said, its CPU seconds, and its peak of memory (MiB; the highest of all so far)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "generator", "dedup", str(path), "-o", str(room / "out"), "--json", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(out), cpu_s, after.ru_maxrss / 1024


def count_exact_by_force(texts: Sequence[str]) -> int:
    return len(texts) - len({normalise_text(text) for text in texts if normalise_text(text)})


def count_minhash_by_force(texts: Sequence[str]) -> int:
    """Count what has an earlier kept text above the threshold by exact Jaccard, every pair compared."""
    kept: list[Shingles] = []
    for text in texts:
        shingles = list_shingles(text)
        if any(compute_jaccard(shingles, other) > THRESHOLD for other in kept):
            continue
        kept.append(shingles)
    return len(texts) - len(kept)


def list_shingles(text: str) -> Shingles:
    """Return runs of 3 tokens, or of 5 where most are characters: written anew, not the filter's own."""
    tokens = tokenize(text)
    size = 5 if 2 * sum(map(is_spaceless, tokens)) > len(tokens) else 3
    return frozenset(tuple(tokens[at : at + size]) for at in range(max(1, len(tokens) - size + 1)))


def compute_jaccard(one: Shingles, other: Shingles) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def show(name: str, path: Path, room: Path, *arguments: str) -> dict[str, Any]:
    said, cpu_s, peak = run(path, room, *arguments)
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in said["reasons"].items()) or "none"
    rate = said["read"] / cpu_s
    print(
        f"{name:<34} {said['read']:>7,} {said['kept']:>7,} {cpu_s:>6.1f} {rate:>7,.0f} {cpu_s / LIMIT_S:>6.2f} {peak:>6,.0f}  {reasons}"
    )
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("SEEDBED_DATA") or ROOT.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default), help="folder with recorded data")
    parser.add_argument("--semantic", action="store_true", help="also by embeddings (needs the extra [semantic])")
    options = parser.parse_args()
    if not (options.data / "novelty-bench").is_dir():
        print(f"NOT RUN: no data at {options.data}")
        return
    english: list[str] = json.loads((options.data / "novelty-bench/alpaca_52k_instructions.json").read_text("utf-8"))
    chinese: list[str] = json.loads((options.data / "novelty-bench/zh_instructions.json").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        print(f"{'dedup':<34} {'read':>7} {'kept':>7} {'CPU s':>6} {'rec/s':>7} {'/ 60 s':>6} {'MiB':>6}  removed")
        show("alpaca-5000", options.data / "alpaca-5000/alpaca_5000.json", room)
        for text in ("instruction+input", "all"):
            show(f"… {text}", options.data / "alpaca-5000/alpaca_5000.json", room, "--text", text)
        show("Chinese", write(room / "zh.jsonl", chinese), room)
        show("Alpaca", write(room / "en.jsonl", english), room)
        show("Alpaca, 10% edited, 2% exact", write(room / "copies.jsonl", add_copies(english, 0.10, 0.02)), room)
        for name, texts in (
            ("English", add_copies(english[:SAMPLE], 0.10, 0.02)),
            ("Chinese", add_copies(chinese[:SAMPLE], 0.10, 0.02)),
        ):
            path = write(room / f"{name}.jsonl", texts)
            for filter_, count in (("exact", count_exact_by_force(texts)), ("minhash", count_minhash_by_force(texts))):
                said = show(f"{name} sample, {filter_}", path, room, "--by", filter_)
                print(
                    f"{'':<34} by brute force: {count:,} removed, by dedup {said['removed']:,}: {said['removed'] / max(1, count):.3f}"
                )
        if options.semantic:
            show("Chinese, semantic", room / "zh.jsonl", room, "--by", "exact,rouge_l,minhash,semantic")


if __name__ == "__main__":
    main()
