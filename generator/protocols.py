"""The seams. Everything that can be exchanged is one of these protocols; nothing here imports more than the records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

from generator.errors import ReplyError
from generator.types import Candidate, ChatRequest, Check, Completion, Example, Neighbour, Outcome, Reply, Turn, Verdict

T = TypeVar("T")


class Backend(Protocol):
    """Answers chat requests: a model's server, an engine in this process, rules, or a layer around another back end."""

    name: str

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer one request. Raises the `BackendError` family only.

        A `RetryableError` says `overloaded` where it is a sign of too much load (429, 503, 504, a time-out).
        """
        ...

    async def close(self) -> None:
        """Free what it holds."""
        ...


class ModelSource(Backend, Protocol):
    """A bare back end: it also knows which model to use where the user names none."""

    async def find_model(self) -> str:
        """Return that model's name. Raises `BackendSetupError`."""
        ...


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """How busy a server says it is, all its users together: requests that it works on, and those in its queue."""

    running: int
    waiting: int


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What the headers of one response (`x-ratelimit-*`) say is left; None where they don't say.

    The times are seconds from that response until the allowance is full again.
    """

    remaining_requests: int | None = None
    requests_reset_s: float | None = None
    remaining_tokens: int | None = None
    tokens_reset_s: float | None = None


@runtime_checkable
class LoadSource(Protocol):
    """A back end that can also be asked how busy its server is (optional)."""

    async def read_load(self) -> ServerLoad | None:
        """Return the load now; None where the server does not tell. Raises nothing but what ends the run."""
        ...


@runtime_checkable
class RateLimited(Protocol):
    """A back end that hands on its server's `x-ratelimit-*` headers (optional).

    `limits` is a new object after each response that has such headers, errors included, set before `complete` returns
    or raises; None before the first.
    """

    limits: RateLimits | None


@runtime_checkable
class Announcing(Protocol):
    """A back end that has something to say to the person at the keyboard, once: `announce` is called with one line."""

    announce: Callable[[str], None]


@runtime_checkable
class Stoppable(Protocol):
    """A back end with a long beginning (an engine that starts): told to stop, it gives up what has not begun."""

    def stop(self) -> None:
        """Let calls that wait for the beginning fail; answer those that have begun."""
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
        draw: int = 0, about: str = "", order: int = 0, logprobs: int = 0, temperature: float | None = None,
        history: Sequence[Turn] = (),
    ) -> Reply[T]:  # fmt: skip
        """Ask `template` in `language`; `variables` fill it, `facts` are for a back end that works by rules.

        With `logprobs`, the completion tells so many of the likeliest tokens at each position, where the server can.
        `temperature` takes the place of the template's own; `history` stands between system prompt and question.

        A reply that `parse` refuses (`ReplyError`) is asked for again, a bounded number of times, as a new draw; then
        the last error is raised.
        """
        ...


class Proposer(Protocol):
    """A recipe: makes candidates (job by job) and, once they are novel, their responses.

    `width`: job n builds on job n - width (a lane). `speculative`: it may build on the foreseen outcome of that job,
    or must wait until that is committed. `most`: so many candidates a job makes at most.
    """

    name: str
    width: int
    speculative: bool
    most: int

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

    def prepare_many(self, texts: Sequence[str]) -> Sequence[Any]:
        """Return what `prepare` returns for each. Raises the `BackendError` family where that asks a model."""
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


@runtime_checkable
class Measuring(Protocol):
    """A filter whose similarity holds for any two texts, not only for near-duplicates (optional)."""

    def measure(self, prepared: Any, stop: int) -> Neighbour | None:
        """Return the most similar of the first `stop` texts, the earliest on a tie; None where there is none."""
        ...


class Augmenter(Protocol):
    """Makes new texts of a record: one method, in one or several variants (languages, styles, personas).

    `meaning` says whether they must mean the same; `partners` how many other records go in; `prompts` which templates it
    asks with (none: code alone); `most_alike` how like its source a text of this method may be, whatever else is set;
    `goes_on` whether it makes a further turn of the record's conversation.
    """

    name: str
    meaning: Literal["same", "new"]
    partners: int
    prompts: tuple[str, ...]
    most_alike: float
    goes_on: bool

    def list_variants(self, record: Example, seed: str) -> Sequence[str]:
        """Return the variants to make of the record; none where it has nothing to work on."""
        ...

    async def augment(self, job: Any) -> Sequence[Any]:
        """Do a `Job`; return its `Draft`s (`generator/augment/draft.py`). Raises `ReplyError` and `BackendError`."""
        ...


class BatchFilter(Filter, Protocol):
    """A filter that asks a model, and so is dear for one text and much cheaper for many: the semantic one."""

    embedder: Embedder

    def nearest_many(self, prepared: Sequence[Any], since: int = 0, above: float = 0.0) -> Sequence[Neighbour | None]:
        """Return what `nearest` returns for each."""
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


class Screen(Protocol):
    """Rejects candidates for what they say, by code."""

    def check(self, candidate: Candidate, example: Example | None = None) -> Outcome | None:
        """Return the rejection of a candidate, or of its record where there is one already; None where it may pass."""
        ...


class Policy(Protocol):
    """Turns a verdict into a decision. It measures nothing."""

    def decide(self, candidate: Candidate, example: Example, verdict: Verdict) -> Outcome:
        """Return the outcome at the critic's stage."""
        ...

    def decide_unparsed(self, candidate: Candidate, example: Example, error: ReplyError) -> Outcome:
        """Return the outcome of a record whose verdict is not in form: failed or for review, never with a score."""
        ...
