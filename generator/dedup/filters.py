"""The filters of a pass, from what the user asked for: those of a run, by the same settings."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from generator import catalog
from generator.dedup.gate import Gate
from generator.dedup.job import Plan
from generator.dedup.texts import choose_text
from generator.errors import ConfigError
from generator.settings.novelty import NoveltyConfig
from generator.sources import Source, read_records
from generator.types import Example

FILTERS = ("exact", "rouge_l", "minhash", "semantic")  # in the order in which they speak: cheap before dear
DEFAULT = ("exact", "rouge_l", "minhash")
SAMPLED = 10_000  # texts that an embedder is chosen by, and fitted on: as many as it takes
IDENTIFIED = 1000  # of those, texts whose language is looked at where the record does not say it
VECTORS_ENDING = ".vectors.sqlite"
LEAST_SHARE = 0.01  # a language of fewer texts than this is likely a mistake


def read_names(text: str) -> tuple[str, ...]:
    """Return the filters that `--by` names, in the order in which they speak. Raises `ConfigError`."""
    wanted = {part.strip() for part in text.split(",") if part.strip()}
    unknown = sorted(wanted - set(FILTERS))
    if unknown or not wanted:
        raise ConfigError(f"--by {text}: choose among {', '.join(FILTERS)}.")
    return tuple(name for name in FILTERS if name in wanted)


def make_gate(
    names: Sequence[str], novelty: NoveltyConfig, plan: Plan, tell_progress: Callable[[], None]
) -> tuple[Gate, str]:
    """Build the gate; also return the embedder's name ("" for none). Raises the `InputError` and `BackendError` families.

    For the semantic filter the sources are read once before: for their languages, and to fit on. Vectors of a server
    are kept beside the report, else beside the output.
    """
    quick = [catalog.make_filter(name, novelty) for name in names if name != "semantic"]
    if "semantic" not in names:
        return Gate(quick), ""
    examples = sample_examples(read_all(plan.sources, tell_progress), SAMPLED)
    texts = [choose_text(example, plan.text) for example in examples]
    languages = find_languages(examples, texts, catalog.load_language_identifier())
    beside = plan.report or plan.output
    store = beside.with_name(beside.name + VECTORS_ENDING) if beside else None
    semantic = catalog.make_semantic_filter(novelty, languages, texts, store)
    return Gate(quick, semantic), semantic.embedder.name


def read_all(sources: Iterable[Source], tell_progress: Callable[[], None]) -> Iterator[Example]:
    """Yield the sound records of all sources."""
    for source in sources:
        for located in read_records(source, on_fault=lambda *_: None):
            tell_progress()
            yield located.example


def sample_examples(examples: Iterable[Example], count: int) -> list[Example]:
    """Return so many of a stream, each as likely as any other, the same ones each time (reservoir sampling).

    Source: Vitter 1985, "Random sampling with a reservoir", algorithm R.
    """
    draw = random.Random("dedup sample")
    held: list[Example] = []
    for number, example in enumerate(examples):
        if number < count:
            held.append(example)
        elif (place := draw.randrange(number + 1)) < count:
            held[place] = example
    return held


def find_languages(examples: Sequence[Example], texts: Sequence[str], identify: Callable[[str], str]) -> set[str]:
    """Return the languages that at least 1% of the texts are in; by the records, else by looking at up to 1,000."""
    counts = Counter(
        example.language or identify(text)
        for example, text in zip(examples[:IDENTIFIED], texts[:IDENTIFIED], strict=True)
    )
    return {language for language, count in counts.items() if count >= LEAST_SHARE * counts.total()}
