"""The index of one source that candidates must differ from: built once, kept, and opened in no time.

Promise: an index is whole or not there, whatever kills its builder; it is named by the digest of what the source holds
and by how it was made, so that a source that changed, or another setting, has another.

It holds texts and where each stands, the codes that ROUGE-L compares, and the sorted bands of MinHash. The pool of a
run asks as it asks its own filters; both answers are verified, so a rejection is never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, overload

import numpy as np

from evaluators.novelty.bands import KEY_BITS, SortedBands
from evaluators.novelty.long_signatures import WIDTHS, LongSignatures, Rows
from evaluators.novelty.minhash import Held, Sketch, Sketching, find_nearest
from evaluators.novelty.rouge_l import RougeLFilter
from evaluators.novelty.signatures import WIDE
from evaluators.novelty.sketches import SCHEME
from generator.against.digests import NamedSource, compute_digest
from generator.against.stored import FolderWriter, StoredFolder, build_beside, hold_lock, open_stored
from generator.errors import ConfigError
from generator.pool import Alike
from generator.settings.novelty import NoveltyConfig
from generator.sources import Located, read_records
from generator.types import Candidate, Example, Neighbour, Outcome, join_task, make_digest

VERSION = 2  # of what an index holds; to be raised with every change of tokens, shingles or reading
BATCH = 1024  # records prepared at once
LONG = Rows._fields  # files of the signatures of long texts, for each width
SORTED_AT_ONCE = 1 << 23  # bands: bounds the memory of a build to some hundred megabytes

Tell = Callable[[str, int], None]  # a source's name, and how many of its records are indexed


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured with: the same settings as for the pool of the run."""

    rouge_l: float
    tokens: str
    text: str
    sketching: Sketching

    def describe(self) -> dict[str, Any]:
        """Return what the content of an index depends on, beside its source. The threshold of ROUGE-L is not part."""
        bands = self.sketching.bands
        sketch = {**SCHEME, "bands": [bands.count, bands.rows]}
        return {"version": VERSION, "tokens": self.tokens, "text": self.text, "minhash": sketch}


def make_measure(config: NoveltyConfig) -> Measure:
    """Return what the configuration says to measure with."""
    return Measure(config.rouge_l, config.tokens, config.text, Sketching(config.minhash, config.minhash_recall))


class _Numbers(Sequence[str]):
    """Positions as keys, made when they are asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, position: int) -> str: ...
    @overload
    def __getitem__(self, position: slice) -> list[str]: ...
    def __getitem__(self, position: int | slice) -> str | list[str]:
        return str(position) if isinstance(position, int) else [str(one) for one in range(self._count)[position]]


class SourceIndex:
    """One source, opened."""

    def __init__(self, name: str, stored: StoredFolder, measure: Measure) -> None:
        self._name = name
        self._places = stored.read_texts("places")
        keys, texts, codes = (stored.read_texts(one) for one in ("keys", "texts", "codes"))
        bands = SortedBands(stored.read("bands"), stored.read("holders"))
        self._texts = texts
        self._minhash = Held(texts, stored.read("sizes"), bands)
        self._keys = keys
        self._rouge_l = RougeLFilter(measure.rouge_l, measure.tokens)
        wide_4n = np.ascontiguousarray(stored.read("wide").T)
        self._rouge_l.load(
            stored.read_texts("types"), _Numbers(len(keys)), texts, codes, wide_4n, stored.read("lengths"),
            _read_long(stored),
        )  # fmt: skip
        self._threshold = measure.sketching.threshold

    def __len__(self) -> int:
        """Count the records."""
        return len(self._keys)

    def find(self, text: str, sketch: Sketch | None) -> Alike | None:
        """Return the record most like a text where it is too like: by ROUGE-L, else by MinHash."""
        codes = self._rouge_l.prepare(text)
        least = self._rouge_l.threshold
        neighbour = self._rouge_l.nearest(codes, above=least) if codes is not None else None
        if neighbour is not None and neighbour.similarity > least:  # above 0 any text is looked for
            return self._match("rouge_l", int(neighbour.id), neighbour.similarity)
        found = find_nearest(self._minhash, sketch, above=self._threshold) if sketch is not None else None
        return self._match("minhash", *found) if found is not None else None

    def _match(self, name: str, position: int, similarity: float) -> Alike:
        neighbour = Neighbour(self._keys[position], similarity, self._texts[position])
        return Alike(name, neighbour, self._name, self._places[position])


class Against:
    """All sources that candidates of a run must differ from."""

    def __init__(self, indexes: Sequence[SourceIndex], measure: Measure) -> None:
        self._indexes = indexes
        self._sketching = measure.sketching

    def find(self, text: str) -> Alike | None:
        """Return the record that a text is most like, of those that it is too like; the first source on a tie."""
        sketch = self._sketching.prepare(text)
        found = [match for index in self._indexes if (match := index.find(text, sketch)) is not None]
        return max(found, key=lambda match: match.neighbour.similarity, default=None)


class AgainstScreen:
    """Rejects what is too like a record of an earlier set, for work that has no pool of its own: augmenting."""

    def __init__(self, against: Against, measure: Measure) -> None:
        self._against = against
        self._measure = measure

    def check(self, candidate: Candidate, example: Example | None = None) -> Outcome | None:
        """Return the rejection of a candidate; None where it may pass, and for its record, which asks the same."""
        alike = self._against.find(_choose_text(candidate, self._measure)) if example is None else None
        if alike is None:
            return None
        return Outcome("rejected", "novelty", alike.reason, candidate, evidence=alike.describe())


def build_index(source: NamedSource, folder: Path, measure: Measure, tell: Tell) -> StoredFolder:
    """Return the index of a source in `folder`, which is built where it is not there yet.

    Raises `SeedError` for a record that cannot be read, `ConfigError` for a source that changes meanwhile.
    """
    scheme = measure.describe()
    place = folder / f"{source.digest[:16]}-{make_digest(scheme)[:16]}"
    scheme["source"] = source.digest
    stored = open_stored(place, scheme)
    if stored is None:
        with hold_lock(folder):
            if open_stored(place, scheme) is None:
                _build(source, place, scheme, measure, tell)
        stored = open_stored(place, scheme)
    if stored is None:
        raise ConfigError(f"{place}: this index was taken away while it was opened. Run the same command again.")
    return stored


def _build(source: NamedSource, place: Path, scheme: Mapping[str, Any], measure: Measure, tell: Tell) -> None:
    with build_beside(place) as writer:
        count = 0
        rouge_l = RougeLFilter(measure.rouge_l, measure.tokens)
        for batch in _batch(read_records(source.source)):
            texts = [_choose_text(located.example, measure) for located in batch]
            _write_records(writer, batch, texts, measure)
            _write_codes(writer, count, texts, rouge_l)
            count += len(batch)
            tell(source.name, count)
        if compute_digest(source.source) != source.digest:
            raise ConfigError(f"{source.source.name} changed while it was read. Wait until it is finished.")
        for token in rouge_l.types:
            writer.write_text("types", token)
        sort_bands(writer)
        writer.finish(scheme, {"records": count})


def _batch(records: Iterator[Located]) -> Iterator[list[Located]]:
    while batch := list(islice(records, BATCH)):
        yield batch


def _choose_text(task: Candidate | Example, measure: Measure) -> str:
    return join_task(task) if measure.text == "instruction+input" else task.instruction


def _write_records(writer: FolderWriter, batch: Sequence[Located], texts: Sequence[str], measure: Measure) -> None:
    for located, text in zip(batch, texts, strict=True):
        writer.write_text("keys", located.example.id)
        writer.write_text("places", f"{located.path.name}:{located.line}" + _name_element(located.element))
        writer.write_text("texts", text)
    keys, sizes = measure.sketching.cut_many(texts)
    writer.write("sizes", sizes)
    writer.write("unsorted", np.where(sizes[:, None] > 0, keys, 0))


def _write_codes(writer: FolderWriter, first: int, texts: Sequence[str], rouge_l: RougeLFilter) -> None:
    """Write what ROUGE-L compares: the codes of each text, its signatures, and its length (0: no token).

    `first` is the position of the first text.
    """
    prepared = [rouge_l.prepare(text) for text in texts]
    for one in prepared:
        writer.write_text("codes", one.codes if one else "")
    signatures = b"".join([(one.signature.wide if one else 0).to_bytes(WIDE // 8, "little") for one in prepared])
    writer.write("wide", np.frombuffer(signatures, dtype="<u8").reshape(len(texts), -1))
    writer.write("lengths", np.array([len(one.codes) if one else 0 for one in prepared], dtype=np.uint32))
    long = LongSignatures()
    for position, one in enumerate(prepared, first):
        if one is not None:
            long.append(position, one.codes)
    for bits, rows in long.list_rows():
        for name, part in rows._asdict().items():
            writer.write(f"long{bits}.{name}", part)


def _read_long(stored: StoredFolder) -> list[Rows]:
    """Return the signatures of long texts, as they were written."""
    return [
        Rows(*(stored.read(f"long{bits}.{name}") for name in LONG))
        for bits in WIDTHS
        if f"long{bits}.{LONG[0]}" in stored
    ]


def _name_element(element: int) -> str:
    return f" (element {element})" if element else ""


def sort_bands(writer: FolderWriter) -> None:
    """Write what `SortedBands` takes, range by range of the keys, from the keys by position (N, count).

    The key 0 stands for no band.
    """
    unsorted = writer.read_back("unsorted")
    flat, count = unsorted.reshape(-1), unsorted.shape[1]
    ranges = 1 + len(flat) // SORTED_AT_ONCE
    edges = [number * (1 << KEY_BITS) // ranges for number in range(ranges)]
    for first, last in zip(edges, [*edges[1:], 1 << KEY_BITS], strict=True):
        held = np.flatnonzero((flat >= np.uint64(max(1, first))) & (flat <= np.uint64(last - 1)))
        keys = flat[held]
        order = np.argsort(keys)
        writer.write("bands", keys[order])
        writer.write("holders", (held[order] // count).astype(np.uint32))
    writer.drop("unsorted")
