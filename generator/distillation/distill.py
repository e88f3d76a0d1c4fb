"""Fits a small scorer to the verdicts of a run's critic, and says how well it agrees with verdicts it has not seen.

Every record that the critic scored counts, whatever became of it: a scorer that has seen only what was accepted knows
nothing of what is weak.

Source: five folds as in document C's rule of validation; the agreement's measures as in `evaluators/agreement/`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from evaluators.agreement.scores import ScoredItem, report_scores
from evaluators.critic.cheap import Scorer, describe_text
from evaluators.ridge import FOLDS, fit_ridge, predict_left_out
from generator.errors import ConfigError, SeedError
from generator.protocols import Embedder
from generator.run_folder import RunFolder
from generator.types import Example, make_digest

LEAST_VERDICTS = 50  # fewer say nothing about hundreds of dimensions


def read_verdicts(folder: RunFolder, column: str) -> Iterator[tuple[str, str, float]]:
    """Yield (id, text, score) of every record of a run that has a score in the column. Raises `SeedError`."""
    for path in (folder.dataset, folder.review, folder.rejects):
        if not path.is_file():
            continue
        with path.open(encoding="utf-8", errors="surrogatepass") as lines:
            for number, line in enumerate(lines, 1):
                if line.endswith("\n"):
                    yield from _read_line(line, f"{path}:{number}", column)


def _read_line(line: str, place: str, column: str) -> Iterator[tuple[str, str, float]]:
    try:
        row = json.loads(line)
        evidence = row.get("evidence") or {}
        score = (row.get("scores") or evidence.get("scores") or {}).get(column)
        response = row.get("response") or evidence.get("response") or ""
        fields = {"id": row["id"], "instruction": row["instruction"], "input": row["input"], "lineage": row["lineage"]}
        example = Example.model_validate({**fields, "response": response})
    except (ValueError, KeyError, AttributeError) as error:
        raise SeedError(f"{place}: damaged, not a line of a run.") from error
    if isinstance(score, int | float):
        yield example.id, describe_text(example), float(score)


def distill(
    verdicts: Sequence[tuple[str, str, float]], column: str, kind: str, make: Callable[[Sequence[str]], Embedder], *,
    seed: int = 0,
) -> Scorer:  # fmt: skip
    """Return a scorer fitted to all verdicts, with its agreement by five folds. Raises `ConfigError` for too few."""
    if len(verdicts) < LEAST_VERDICTS:
        raise ConfigError(
            f"there are {len(verdicts)} verdicts with a score in `{column}`; {LEAST_VERDICTS} are the least."
        )
    texts, scores = [text for _, text, _ in verdicts], [score for *_, score in verdicts]
    if len(set(scores)) == 1:
        raise ConfigError(f"every verdict in `{column}` is {scores[0]:g}: there is nothing to learn from it.")
    fit_texts = tuple(texts) if kind == "tfidf" else ()
    embedder = make(fit_texts)
    vectors = embedder.embed(texts)
    folds = [int(make_digest("fold", seed, key)[:8], 16) % FOLDS for key, *_ in verdicts]
    predicted = predict_left_out(vectors, scores, folds)
    items = [ScoredItem(key, score, one) for (key, _, score), one in zip(verdicts, predicted, strict=True)]
    mean = sum(scores) / len(scores)
    return Scorer(fit_ridge(vectors, scores), column, kind, fit_texts, _describe(items, mean, seed))


def _describe(items: Sequence[ScoredItem], mean: float, seed: int) -> dict[str, Any]:
    """Return the agreement with verdicts that were left out, beside that of the mean verdict for everything."""
    report = report_scores(items, seed=seed)
    kept = ("items", "spearman", "spearman_interval", "kappa_quadratic", "within_one", "mean_error")
    always_mean = sum(abs(item.people - mean) for item in items) / len(items)
    return {name: report[name] for name in kept} | {"mean_error_of_the_mean": always_mean}
