"""The cheap critic: a ridge on embeddings, fitted to some hundred verdicts of a real one, to look at records before it.

It never has the last word unless the policy says so: what it finds weak is not asked about any more, and goes to review;
only a rule of the policy on its column (`critic.cheap`) can reject it.

Source: distilling a model's quality scores into a small scorer after Liu et al. 2024 (DEITA, arXiv:2312.15685, section
3.2). Deviations: a linear map of embeddings where they fine-tune a language model.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.critic.manner import CHEAP, FIRST_SIGHT
from evaluators.ridge import Ridge
from generator.errors import ConfigError
from generator.protocols import Critic, Embedder
from generator.types import Example, Verdict

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Scorer:
    """A map of embeddings to the scores of one column, what its embedder is fitted on, and how well it agrees."""

    ridge: Ridge
    column: str
    embedder: str
    fit_texts: tuple[str, ...]
    agreement: Mapping[str, Any]


def describe_text(example: Example) -> str:
    """Return the text of a record that is embedded."""
    return "\n\n".join(part for part in (example.instruction, example.input, example.response) if part)


def dump_scorer(scorer: Scorer) -> str:
    """Return a scorer as the JSON text of its file."""
    ridge = scorer.ridge
    row = {
        "format": FORMAT, "column": scorer.column, "embedder": scorer.embedder, "agreement": dict(scorer.agreement),
        "intercept": ridge.intercept, "penalty": ridge.penalty, "weights": [round(float(w), 9) for w in ridge.weights_D],
        "fit_texts": list(scorer.fit_texts),
    }  # fmt: skip
    return json.dumps(row, ensure_ascii=False) + "\n"


def load_scorer(path: Path) -> Scorer:
    """Read a scorer's file. Raises `ConfigError`."""
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        if row["format"] != FORMAT:
            raise ConfigError(f"{path}: a scorer of another version of Seedbed. Make it anew with `distill`.")
        ridge = Ridge(np.asarray(row["weights"], dtype=float), float(row["intercept"]), float(row["penalty"]))
        return Scorer(ridge, row["column"], row["embedder"], tuple(row["fit_texts"]), row["agreement"])
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}). `distill` makes a scorer.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: not a scorer. `distill` makes one.") from error


class Prescreen:
    """A critic before a critic: asks the other only about what is not weak at first sight. Satisfies `protocols.Critic`."""

    def __init__(self, critic: Critic, scorer: Scorer, embedder: Embedder, *, below: float) -> None:
        """Below `below` the other critic is not asked: a rule of the policy on the score decides then, else a person."""
        self.name = critic.name
        self.model = critic.model
        self._critic = critic
        self._scorer = scorer
        self._embedder = embedder
        self._below = below

    async def judge(self, example: Example, *, order: int = 0) -> Verdict:
        """Return the other's verdict with the cheap score beside it, or that score alone. Raises what the other raises."""
        score = await asyncio.to_thread(self._score, describe_text(example))
        if score < self._below:
            return Verdict({CHEAP: score}, None, {}, (FIRST_SIGHT,))
        verdict = await self._critic.judge(example, order=order)
        return Verdict({**verdict.scores, CHEAP: score}, verdict.overall, verdict.explanations, verdict.doubts)

    def _score(self, text: str) -> float:
        return round(float(self._scorer.ridge.predict(self._embedder.embed([text]))[0]), 4)
