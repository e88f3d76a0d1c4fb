"""How fast novelty is measured by ROUGE-L, as ratios against the published loop, all in one run.

`python -m benchmarks.novelty [--data DIR] [--candidates N] [--long]`: DIR holds `novelty-bench/`; without it the texts
are generated. Candidates come one at a time, tokens included, in one thread; two fifths are edited copies.

- decide: the nearest text where it is above the threshold, with its score; nearest: the nearest text whatever it is;
  all scores: the ten nearest and the average. Each in CPU time; the best of three rounds.
- published: Self-Instruct's loop (yizhongw/self-instruct, `bootstrap_instructions.py`), rouge-score on every pair in a
  process pool opened for each candidate: in wall time, and in CPU time over the processors, which is what it would take
  if nothing else ran. Ratios are to the latter; the best of a few.
- the whole stream: every text decided, and added where it is novel; bytes a pooled text beside the text itself.
- decisions: a stream decided as rouge-score decides it.
- `--long`: pools of up to 1,000,000 (edited copies beyond what is there), and long texts that share common words only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that the file also runs as a script, from a checkout that is not installed

from benchmarks.novelty_stress import COPIES, count_differences, edit  # noqa: E402
from evaluators.novelty.rouge_l import RougeLFilter  # noqa: E402

POOLS = (1_000, 10_000, 50_000)
LONG_POOLS = (50_000, 100_000, 200_000, 500_000, 1_000_000)
PROCESSES = 4  # of the published loop
PUBLISHED_CANDIDATES = {1_000: 8, 10_000: 5, 50_000: 4}
STRESS = 8_000
LONG_TEXTS = ((60, 50_000), (300, 10_000))  # words of a text, texts in the pool
LONG_CANDIDATES = 20
ROUNDS = 3


def read_texts(data: Path, count: int) -> tuple[list[str], str]:
    """Return at least `count` instructions in a fixed random order, and what they are."""
    path = data / "novelty-bench" / "alpaca_52k_instructions.json"
    rng = random.Random("novelty benchmark")
    if path.is_file():
        texts: list[str] = json.loads(path.read_text(encoding="utf-8"))
        if len(texts) >= count:
            return rng.sample(texts, len(texts)), "Alpaca instructions"
    return [generate_text(rng) for _ in range(count)], "generated texts"


def generate_text(rng: random.Random) -> str:
    """Return about ten words of a vocabulary with the skew of a natural one."""
    return " ".join(f"word{int(rng.paretovariate(0.9))}" for _ in range(rng.randint(4, 16)))


def build_index(texts: Sequence[str]) -> RougeLFilter:
    index = RougeLFilter(scheme="rouge_score")
    extend_index(index, texts)
    return index


def extend_index(index: RougeLFilter, texts: Sequence[str]) -> None:
    for position, text in enumerate(texts, len(index)):
        index.add(str(position), text, index.prepare(text))


def find_nearest(index: RougeLFilter, text: str, above: float = 0.0) -> float:
    prepared = index.prepare(text)
    neighbour = index.nearest(prepared, above=above) if prepared else None
    return neighbour.similarity if neighbour else 0.0


def decide(index: RougeLFilter, text: str) -> float:
    return find_nearest(index, text, index.threshold)


def score_all(index: RougeLFilter, text: str) -> Any:
    prepared = index.prepare(text)
    return index.score_all(prepared) if prepared else None


def find_nearest_as_published(pool: Sequence[str], text: str) -> float:
    """Return the highest similarity as Self-Instruct computes it."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer: Any = RougeScorer(["rougeL"], use_stemmer=False)  # type: ignore[no-untyped-call, unused-ignore]
    with Pool(PROCESSES) as processes:
        scores = processes.map(partial(scorer.score, text), pool)
    return float(max(score["rougeL"].fmeasure for score in scores))


def time_each(work: Callable[[str], object], texts: Sequence[str]) -> float:
    """Return CPU seconds a text: the best of some rounds."""
    work(texts[0])
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for text in texts:
            work(text)
        rounds.append((time.process_time() - start) / len(texts))
    return min(rounds)


def time_published(pool: Sequence[str], texts: Sequence[str]) -> tuple[float, float, list[float]]:
    """Return the seconds a text that its processes need if all processors are theirs, those it took, and the scores."""
    processors = min(PROCESSES, os.cpu_count() or 1)
    needed, taken, found = [], [], []
    for text in texts:
        start, cpu = time.perf_counter(), sum_cpu()
        found.append(find_nearest_as_published(pool, text))
        needed.append((sum_cpu() - cpu) / processors)
        taken.append(time.perf_counter() - start)
    return min(needed), min(taken), found


def sum_cpu() -> float:
    """Return the CPU seconds of this process and of those that it has started and that have ended."""
    return sum(os.times()[:4])


def compare_with_published(texts: Sequence[str], candidates: Sequence[str]) -> None:
    print(f"\n{'pool':>9} {'published':>11} {'CPU/procs':>11} {'decide':>22} {'nearest':>22} {'all scores':>22}")
    for size in POOLS:
        pool = texts[:size]
        index = build_index(pool)
        few = candidates[: PUBLISHED_CANDIDATES[size]]
        published, taken, found = time_published(pool, few)
        assert found == [find_nearest(index, text) for text in few], "not rouge-score's numbers"
        cells = [f"{size:>9,} {taken * 1000:>8,.0f} ms {published * 1000:>8,.0f} ms"]
        for work, part in ((decide, candidates), (find_nearest, candidates), (score_all, candidates[:200])):
            each = time_each(partial(work, index), part)
            cells.append(f"{each * 1e6:>9,.1f} µs {published / each:>7,.0f} ×")
        print(" ".join(cells))


def stream_all(texts: Sequence[str]) -> None:
    """Decide and add every text; tell the CPU time and the memory."""
    for name, above in (("decided", 0.7), ("with the nearest text", 0.0)):
        index = RougeLFilter(scheme="rouge_score")
        start = time.process_time()
        for text in texts:
            prepared = index.prepare(text)
            if prepared is not None:
                neighbour = index.nearest(prepared, above=above)
                if neighbour is None or neighbour.similarity <= index.threshold:
                    index.add(text, text, prepared)
        print(f"stream of {len(texts):,}, {name}: {time.process_time() - start:.1f} CPU-seconds, {len(index):,} pooled")
    plain, indexed = measure_memory(texts)
    print(f"a pooled text takes {plain:.0f} bytes beside itself; {indexed:.0f} once all scores were asked for")


def measure_memory(texts: Sequence[str]) -> tuple[float, float]:
    """Return bytes a text, its key and itself left out, before and after it is indexed for all scores."""
    keys = [str(position) for position in range(len(texts))]
    tracemalloc.start()
    index = RougeLFilter(scheme="rouge_score")
    for key, text in zip(keys, texts, strict=True):
        index.add(key, text, index.prepare(text))
    plain = tracemalloc.get_traced_memory()[0]
    score_all(index, texts[0])
    indexed = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return plain / len(texts), indexed / len(texts)


def check_decisions(data: Path, texts: Sequence[str]) -> None:
    streams = [("English", list(texts), "rouge_score")]
    path = data / "novelty-bench" / "zh_instructions.json"
    if path.is_file():
        streams.append(("Chinese", json.loads(path.read_text(encoding="utf-8")), "multilingual"))
    for name, stream, scheme in streams:
        found = count_differences(stream, min(STRESS, len(stream)), scheme)
        print(f"{name}: {found.pop('differences')} differences to rouge-score in {found}")


def make_pool(texts: Sequence[str], count: int) -> list[str]:
    """Return the texts, and edited copies of them up to `count`."""
    rng = random.Random("edited copies")
    return [*texts, *(edit(rng.choice(texts), texts, rng) for _ in range(count - len(texts)))][:count]


def show_growth(texts: Sequence[str], candidates: Sequence[str]) -> None:
    print(f"\n{'pool':>9} {'decide':>12} {'nearest':>12} {'all scores':>12} {'bytes a text':>13}", end="")
    print(f"   (edited copies beyond {len(texts):,}; resident memory, indexed for all scores, keys included)")
    index, pool = RougeLFilter(scheme="rouge_score"), make_pool(texts, LONG_POOLS[-1])
    before = measure_resident()
    for size in LONG_POOLS:
        extend_index(index, pool[len(index) : size])
        works = ((decide, candidates[:200]), (find_nearest, candidates[:200]), (score_all, candidates[:20]))
        times = [time_each(partial(work, index), part) * 1e6 for work, part in works]
        held = (measure_resident() - before) / size
        print(f"{size:>9,} " + " ".join(f"{each:>9,.0f} µs" for each in times) + f" {held:>13,.0f}")


def measure_resident() -> int:
    """Return the bytes of this process that are in memory; 0 where the system does not say so here."""
    statistics = Path("/proc/self/statm")
    return int(statistics.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statistics.is_file() else 0


def show_worst_case(texts: Sequence[str]) -> None:
    """Time long texts of common words: alike enough for no signature to tell them apart, and not for a rejection."""
    rng = random.Random("long texts")
    words = [word for text in texts[:5000] for word in text.split()]
    works = (("decide", decide), ("nearest", find_nearest), ("all scores", score_all))
    print()
    for length, size in LONG_TEXTS:
        drawn = [" ".join(rng.choices(words, k=length)) for _ in range(size + LONG_CANDIDATES)]
        index = build_index(drawn[:size])
        times = [f"{name} {time_each(partial(work, index), drawn[size:]) * 1000:.2f} ms" for name, work in works]
        print(f"{size:,} unrelated texts of {length} words: {', '.join(times)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("SEEDBED_DATA") or ROOT.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default), help="folder with recorded data")
    parser.add_argument("--candidates", type=int, default=1000, help="candidates timed against each pool")
    parser.add_argument("--long", action="store_true", help="also pools of up to a million, and long texts")
    options = parser.parse_args()
    texts, kind = read_texts(options.data, POOLS[-1] + options.candidates)
    rng = random.Random("candidates")
    fresh = texts[POOLS[-1] : POOLS[-1] + options.candidates]
    candidates = [edit(rng.choice(texts[:1000]), texts, rng) if rng.random() < COPIES else text for text in fresh]
    load = os.getloadavg()[0]
    print(f"{kind}, {os.cpu_count()} processors, load {load:.1f}, rouge-score's tokens")
    compare_with_published(texts, candidates)
    stream_all(texts)
    check_decisions(options.data, texts)
    if options.long:
        show_growth(texts[: POOLS[-1]], candidates)
        show_worst_case(texts)


if __name__ == "__main__":
    main()
