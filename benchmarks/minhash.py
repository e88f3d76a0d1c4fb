"""How many near-duplicates MinHash finds, and how fast, against an exact join and datasketch's own loop, in one run.

`python -m benchmarks.minhash [--data DIR] [--recall R]`: DIR holds `novelty-bench` (English, and fewer Chinese texts);
without it the texts are generated. Edited copies of every tenth are added, and all are shuffled. For each threshold:

- the bands chosen, and the recall expected at the threshold; recall and precision as measured against the exact join
  (all pairs of a Jaccard similarity above the threshold), by pairs and by decisions (a text with such an earlier one);
- texts a CPU-second from the text to the decision, shingling and verification included, one at a time and in batches;
- datasketch: `MinHash.update()` a shingle at a time, `MinHashLSH` of the same bands, the same shingles, not verified.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that the file also runs as a script, from a checkout that is not installed

from evaluators.novelty.bands import RECALL, BandTable  # noqa: E402
from evaluators.novelty.minhash import MinHashFilter, Sketch  # noqa: E402
from evaluators.novelty.shingles import Shingles, compute_jaccard, list_shingles  # noqa: E402

TEXTS = 52_002
THRESHOLDS = (0.7, 0.8)
BATCH = 512
BASELINE_TEXTS = 6_000  # datasketch takes every so-manieth text; its index is then smaller than ours, in its favour
TURNS = 24
NUMBERS = count()  # names of texts for datasketch
MOST_EDITS = 0.3  # of the words of a copy


def read_texts(data: Path) -> tuple[list[str], str]:
    path = data / "novelty-bench" / "alpaca_52k_instructions.json"
    if path.is_file():
        texts: list[str] = json.loads(path.read_text(encoding="utf-8"))
        return texts, "Alpaca instructions"
    rng = random.Random("minhash texts")
    return [
        " ".join(f"word{int(rng.paretovariate(0.9))}" for _ in range(rng.randint(4, 16))) for _ in range(TEXTS)
    ], "generated texts"


def add_copies(texts: Sequence[str]) -> list[str]:
    """Return the texts and edited copies of a tenth of them, shuffled."""
    rng = random.Random("minhash copies")
    copies = [edit(text, rng) for text in rng.sample(texts, len(texts) // 10)]
    every = [*texts, *copies]
    rng.shuffle(every)
    return every


def edit(text: str, rng: random.Random) -> str:
    """Return the text with up to three tenths of its words (or characters) replaced, dropped or doubled; one at least."""
    glue = " " if " " in text.strip() else ""
    words = text.split() if glue else list(text)
    for _ in range(max(1, round(rng.random() * MOST_EDITS * len(words)))):
        place = rng.randrange(len(words))
        words[place : place + 1] = rng.choice([["edited"], [], [words[place], words[place]]])
        if not words:
            return "edited"
    return glue.join(words)


def join_exactly(shingles: Sequence[Shingles], threshold: float) -> dict[tuple[int, int], float]:
    """Return the pairs above the threshold (earlier, later) and their similarity, by prefix filtering.

    Sets above a Jaccard similarity t share one of the n - ceil(t n) + 1 rarest members of each (Bayardo et al. 2007).
    """
    counts = Counter(one for each in shingles for one in each)
    holders: dict[str, list[int]] = defaultdict(list)
    pairs: dict[tuple[int, int], float] = {}
    for position, each in enumerate(shingles):
        rarest = sorted(each, key=lambda one: (counts[one], one))[: len(each) - math.ceil(threshold * len(each)) + 1]
        for other in {other for one in rarest for other in holders[one]}:
            similarity = compute_jaccard(each, shingles[other])
            if similarity > threshold:
                pairs[other, position] = similarity
        for one in rarest:
            holders[one].append(position)
    return pairs


def find_pairs(sketches: Sequence[Sketch | None], threshold: float) -> tuple[set[tuple[int, int]], int]:
    """Return the pairs that share a band and are verified, and how many shared one."""
    table, hits, found = BandTable(), 0, set()
    for position, sketch in enumerate(sketches):
        if sketch is None:
            continue
        for other in table.list_hits(sketch.bands):
            hits += 1
            held = sketches[other]
            if held is not None and compute_jaccard(sketch.shingles, held.shingles) > threshold:
                found.add((other, position))
        table.add(position, sketch.bands)
    return found, hits


Decide = Callable[[Sequence[str]], list[bool]]


def decide_one_by_one(index: MinHashFilter, texts: Sequence[str]) -> list[bool]:
    return [take(index, text, index.prepare(text)) for text in texts]


def decide_in_batches(index: MinHashFilter, texts: Sequence[str]) -> list[bool]:
    decisions = []
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        decisions += [take(index, text, sketch) for text, sketch in zip(batch, index.prepare_many(batch), strict=True)]
    return decisions


def take(index: MinHashFilter, text: str, sketch: Sketch | None) -> bool:
    found = sketch is not None and index.nearest(sketch, above=index.threshold) is not None
    index.add("", text, sketch)
    return found


def decide_as_usual(lsh: Any, texts: Sequence[str]) -> list[bool]:
    from datasketch import MinHash

    decisions = []
    for text in texts:
        signature = MinHash(num_perm=128)
        for shingle in list_shingles(text):
            signature.update(shingle.encode())
        decisions.append(bool(lsh.query(signature)))
        lsh.insert(next(NUMBERS), signature)
    return decisions


def time_in_turns(works: Sequence[tuple[Decide, Sequence[str]]]) -> list[tuple[float, list[bool]]]:
    """Return texts a CPU-second and the decisions of each work; a part of each in turn, so that all share the weather."""
    taken, decisions = [0.0] * len(works), [list[bool]() for _ in works]
    for turn in range(TURNS):
        for number, (decide, texts) in enumerate(works):
            part = texts[turn * len(texts) // TURNS : (turn + 1) * len(texts) // TURNS]
            began = time.process_time()
            decisions[number] += decide(part)
            taken[number] += time.process_time() - began
    return [(len(found) / spent, found) for spent, found in zip(taken, decisions, strict=True)]


def measure(texts: Sequence[str], threshold: float, recall: float) -> None:
    from datasketch import MinHashLSH

    index = MinHashFilter(threshold, recall)
    bands = index.bands
    shingles = [list_shingles(text) for text in texts]
    pairs = join_exactly(shingles, threshold)
    found, hits = find_pairs(index.prepare_many(texts), threshold)
    lsh: Any = MinHashLSH(num_perm=128, params=(bands.count, bands.rows))
    works: list[tuple[Decide, Sequence[str]]] = [
        (partial(decide_one_by_one, MinHashFilter(threshold, recall)), texts),
        (partial(decide_in_batches, MinHashFilter(threshold, recall)), texts),
        (partial(decide_as_usual, lsh), texts[:: max(1, len(texts) // BASELINE_TEXTS)]),
    ]
    (single, one_by_one), (batched, in_batches), (usual, _) = time_in_turns(works)
    assert one_by_one == in_batches
    wanted = {later for _, later in pairs}
    decided = {position for position, alike in enumerate(one_by_one) if alike}
    print(
        f"threshold {threshold}: {bands.count} bands of {bands.rows}, expected recall at the threshold {bands.recall:.4f}"
    )
    print(f"  pairs above it {len(pairs):,}: recall {len(found & pairs.keys()) / len(pairs):.4f}, precision "
          f"{len(found & pairs.keys()) / len(found):.4f} after verification, {len(found) / hits:.2f} before")  # fmt: skip
    print(f"  texts with an earlier one above it {len(wanted):,}: recall {len(decided & wanted) / len(wanted):.4f}, "
          f"precision {len(decided & wanted) / len(decided):.4f}")  # fmt: skip
    print(f"  texts a CPU-second: {batched:,.0f} in batches of {BATCH}, {single:,.0f} one at a time, datasketch "
          f"{usual:,.0f}; ratios {batched / usual:.1f} and {single / usual:.1f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("SEEDBED_DATA") or ROOT.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default), help="folder with recorded data")
    parser.add_argument("--recall", type=float, default=RECALL, help="recall wanted at the threshold")
    options = parser.parse_args()
    sets = [read_texts(options.data)]
    chinese = options.data / "novelty-bench" / "zh_instructions.json"
    if chinese.is_file():
        sets.append((json.loads(chinese.read_text(encoding="utf-8")), "Chinese instructions"))
    for texts, kind in sets:
        every = add_copies(texts)
        print(f"{kind}: {len(texts):,} and {len(every) - len(texts):,} edited copies, {os.cpu_count()} processors")
        for threshold in THRESHOLDS:
            measure(every, threshold, options.recall)


if __name__ == "__main__":
    main()
