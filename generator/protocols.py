"""The seams. Everything that can be exchanged is one of these protocols; nothing here imports more than the records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from generator.types import Candidate, ChatRequest, Check, Completion, Example, Neighbour, Outcome, Reply, Verdict

T = TypeVar("T")


class Backend(Protocol):
    """Answers chat requests: a model's server, an engine in this process, rules, or a layer around another back end."""

    name: str

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer one request. Raises the `BackendError` family only."""
        ...

    async def close(self) -> None:
        """Free what it holds."""
        ...


class ModelSource(Backend, Protocol):
    """A bare back end: it also knows which model to use where the user names none."""

    async def find_model(self) -> str:
        """Return that model's name. Raises `BackendSetupError`."""
        ...


class Ask(Protocol):
    """Renders a prompt template and asks a back end: what proposers and critics hold instead of a back end."""

    backend: str
    model: str

    def digest(self, template: str, language: str) -> str:
        """Return the digest (`sha256:…`) of the template that would be used for this language."""
        ...

    async def __call__(
        self, template: str, language: str, variables: Mapping[str, Any], parse: Callable[[Completion], T], *,
        facts: Mapping[str, Any] | None = None, schema: Mapping[str, Any] | None = None,
        draw: int = 0, about: str = "", order: int = 0,
    ) -> Reply[T]:  # fmt: skip
        """Ask `template` in `language`; `variables` fill it, `facts` are for a back end that works by rules.

        A reply that `parse` refuses (`ReplyError`) is asked for again, a bounded number of times, as a new draw; then
        the last error is raised.
        """
        ...


class Proposer(Protocol):
    """A recipe: makes candidates (job by job) and, once they are novel, their responses.

    `width`: job n builds on job n - width (a lane). `speculative`: it may build on the foreseen outcome of that job,
    or must wait until that is committed.
    """

    name: str
    width: int
    speculative: bool

    def start(self, index: int) -> Any:
        """Return the basis of job `index` < width: what it builds on."""
        ...

    async def propose(self, index: int, basis: Any) -> Sequence[Candidate | Outcome]:
        """Do the job: candidates, each with what already rejected it (an Outcome) where something did."""
        ...

    async def respond(self, index: int, candidate: Candidate) -> Example | Outcome:
        """Give a novel candidate its response; an Outcome where it is rejected or fails on the way."""
        ...

    def advance(self, index: int, basis: Any, outcomes: Sequence[Outcome | None]) -> Any:
        """Return the basis of job `index + width`, foreseen or final.

        None stands for a candidate that is not accepted. Bases are compared with `==`.
        """
        ...

    def settle(self, index: int, outcomes: Sequence[Outcome]) -> None:
        """Take note of what job `index` came to for good; called once a job, in order."""
        ...


class Filter(Protocol):
    """A novelty filter: an append-only index of texts that finds the nearest neighbour of another.

    Positions count from 0 in the order of `add`. Similarity is in [0, 1]; a text is too like when it is *above* the
    threshold. `prepare` does the costly part (tokens, signature) once for `nearest` and `add`.
    """

    name: str
    threshold: float

    def prepare(self, text: str) -> Any:
        """Return what `nearest` and `add` take; None where the text cannot be measured (no token)."""
        ...

    def nearest(self, prepared: Any, since: int = 0, above: float = 0.0) -> Neighbour | None:
        """Return the most similar text among the positions `since`…, the earliest on a tie; None where there is none.

        With `above`, only a text more similar than that is wanted.
        """
        ...

    def add(self, key: str, text: str, prepared: Any) -> None:
        """Append a text."""
        ...

    def __len__(self) -> int:
        """Count the texts."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors whose inner product is the cosine similarity.

    `name` says what made them, with its dimension, as it is noted in a record; `languages` lists the ISO 639-1 codes
    that are its own, empty for any.
    """

    name: str
    languages: frozenset[str]

    def embed(self, texts: Sequence[str]) -> Any:
        """Return the vectors (N, D), float32, each of length 1. Raises `BackendError` where a server makes them."""
        ...


class Critic(Protocol):
    """Judges a record."""

    name: str
    model: str

    async def judge(self, example: Example, *, order: int = 0) -> Verdict:
        """Return a verdict. Raises `ReplyError` where the critic did not answer in form, never a made-up score."""
        ...


class Verifier(Protocol):
    """Decides machine-checkable constraints by code."""

    def verify(self, check: Check, response: str, task_input: str) -> bool:
        """Say whether the response meets the constraint. Raises `ReplyError` for an unknown kind or bad parameters."""
        ...


class Policy(Protocol):
    """Turns a verdict into a decision. It measures nothing."""

    def decide(self, candidate: Candidate, example: Example, verdict: Verdict) -> Outcome:
        """Return the outcome at the critic's stage."""
        ...
