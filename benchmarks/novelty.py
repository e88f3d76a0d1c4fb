"""How fast novelty is measured, as ratios against the published loops, all in one run.

`python -m benchmarks.novelty [--data DIR] [--candidates N]`: DIR holds `novelty-bench/alpaca_52k_instructions.json`;
without it the texts are generated. ROUGE-L: candidates a second, one at a time, each with its true nearest neighbour,
against pools of 1,000, 10,000 and 50,000; the Self-Instruct loop scores every pair by rouge-score in a process pool
opened for each candidate (yizhongw/self-instruct, `bootstrap_instructions.py`). MinHash: texts a CPU-second through
sign, look up and insert; datasketch takes a shingle at a time and its own index.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that the file also runs as a script, from a checkout that is not installed

from evaluators.novelty.minhash import MinHashFilter, choose_bands, list_shingles  # noqa: E402
from evaluators.novelty.rouge_l import RougeLFilter  # noqa: E402

POOLS = (1_000, 10_000, 50_000)
PROCESSES = 4  # of the published loop
BASELINE_CANDIDATES = {1_000: 8, 10_000: 3, 50_000: 2}
MINHASH_TEXTS = 20_000
MINHASH_BASELINE_TEXTS = 2_000


def read_texts(data: Path, count: int) -> tuple[list[str], str]:
    """Return `count` instructions in a fixed random order, and what they are."""
    path = data / "novelty-bench" / "alpaca_52k_instructions.json"
    rng = random.Random("novelty benchmark")
    if path.is_file():
        texts: list[str] = json.loads(path.read_text(encoding="utf-8"))
        if len(texts) >= count:
            return rng.sample(texts, count), "Alpaca instructions"
    return [generate_text(rng) for _ in range(count)], "generated texts"


def generate_text(rng: random.Random) -> str:
    """Return about ten words of a vocabulary with the skew of a natural one."""
    return " ".join(f"word{int(rng.paretovariate(0.9))}" for _ in range(rng.randint(4, 16)))


def time_rate(work: Callable[[str], object], texts: Sequence[str], clock: Callable[[], float]) -> float:
    """Return texts a second."""
    start = clock()
    for text in texts:
        work(text)
    return len(texts) / (clock() - start)


def build_index(texts: Sequence[str]) -> RougeLFilter:
    index = RougeLFilter(scheme="rouge_score")
    for position, text in enumerate(texts):
        index.add(str(position), text, index.prepare(text))
    return index


def find_nearest(index: RougeLFilter, text: str) -> float:
    prepared = index.prepare(text)
    neighbour = index.nearest(prepared) if prepared else None
    return neighbour.similarity if neighbour else 0.0


def find_nearest_as_published(pool: Sequence[str], text: str) -> float:
    """Return the highest similarity as Self-Instruct computes it."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer: Any = RougeScorer(["rougeL"], use_stemmer=False)  # type: ignore[no-untyped-call]
    with Pool(PROCESSES) as processes:
        scores = processes.map(partial(scorer.score, text), pool)
    return float(max(score["rougeL"].fmeasure for score in scores))


def compare_rouge_l(texts: Sequence[str], candidates: Sequence[str]) -> None:
    print(f"{'ROUGE-L, pool':>14} {'candidates/s':>13} {'ms each':>8} {'as published/s':>15} {'ratio':>9}")
    for size in POOLS:
        pool = texts[:size]
        index = build_index(pool)
        few = candidates[: BASELINE_CANDIDATES[size]]
        assert [find_nearest(index, text) for text in few] == [find_nearest_as_published(pool, text) for text in few]
        rate = time_rate(partial(find_nearest, index), candidates, time.perf_counter)
        published = time_rate(partial(find_nearest_as_published, pool), few, time.perf_counter)
        print(f"{size:>14,} {rate:>13,.0f} {1000 / rate:>8.3f} {published:>15.2f} {rate / published:>9,.0f}")


def compare_minhash(texts: Sequence[str]) -> None:
    from datasketch import MinHash, MinHashLSH

    index = MinHashFilter()
    bands = choose_bands(index.threshold)
    lsh = MinHashLSH(num_perm=128, params=(bands.count, bands.rows))

    def take(text: str) -> None:
        prepared = index.prepare(text)
        if prepared:
            index.nearest(prepared)
            index.add(str(len(index)), text, prepared)

    def take_as_usual(text: str) -> None:
        signature = MinHash(num_perm=128)
        for shingle in list_shingles(text):
            signature.update(shingle.encode())
        lsh.query(signature)
        lsh.insert(len(lsh.keys), signature, check_duplication=False)

    rate = time_rate(take, texts[:MINHASH_TEXTS], time.process_time)
    usual = time_rate(take_as_usual, texts[:MINHASH_BASELINE_TEXTS], time.process_time)
    print(f"{'MinHash':>14} {rate:>13,.0f} {1000 / rate:>8.3f} {usual:>15,.0f} {rate / usual:>9.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("SEEDBED_DATA") or ROOT.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default), help="folder with recorded data")
    parser.add_argument("--candidates", type=int, default=1000, help="candidates timed against each pool")
    options = parser.parse_args()
    texts, kind = read_texts(options.data, POOLS[-1] + options.candidates)
    print(f"{kind}, {os.cpu_count()} processors, rouge-score's tokens")
    compare_rouge_l(texts, texts[POOLS[-1] :])
    compare_minhash(texts)


if __name__ == "__main__":
    main()
