"""The records that flow through Seedbed: frozen, plain, and the same everywhere.

Two families live here. What is read from or written to disk (`SeedTask`, `Example`, `Check`, `Lineage`) is a pydantic
model, validated on the way in. What only lives inside a run (`ChatRequest`, `Completion`, `Candidate`, `Outcome`) is a
slotted dataclass, because one is built for every call.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

ID_LENGTH = 16  # hexadecimal digits of a record's id: 64 bits, a collision among a million records is ~3e-8


def make_digest(*parts: object) -> str:
    """Return the SHA-256 (64 hexadecimal digits) of the parts, as canonical JSON: stable over runs and machines."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def make_id(*parts: object) -> str:
    """Return a short stable id (16 hexadecimal digits) of what makes a record."""
    return make_digest(*parts)[:ID_LENGTH]


class Check(BaseModel):
    """A machine-checkable constraint of a record.

    `kind` names a verifier, `params` its parameters; `verdict` is True or False once code has checked it, None before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    params: dict[str, Any] = Field(default_factory=dict)
    verdict: bool | None = None


class Lineage(BaseModel):
    """Where a record comes from: recipe, operator, parents (nearest), seeds (roots), model and prompts' digests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: str
    operator: str | None = None
    round: int = 0
    parents: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    backend: str | None = None
    model: str | None = None
    prompts: dict[str, str] = Field(default_factory=dict)
    draw: int = 0


class Turn(BaseModel):
    """One earlier message of a conversation: `user`, `assistant`, `system` or `tool`, and what it says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str = Field(pattern=r"\A(user|assistant|system|tool)\z")  # chat templates set it in as it is
    content: str


def is_unset(value: object) -> bool:
    """Say whether a setting of a record is not there, and so not written."""
    return value is None or value == ()


class Example(BaseModel):
    """One record of a data set, and one member of the pool (a seed task is one with the recipe `seed`).

    `history` holds the turns before the instruction, oldest first; `rejected` the response that lost against
    `response`. Neither is written where it is not there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    instruction: str
    input: str = ""
    response: str = ""
    system: str | None = None
    history: tuple[Turn, ...] = Field(default=(), exclude_if=is_unset)
    rejected: str | None = Field(default=None, exclude_if=is_unset)
    language: str = "en"
    tags: dict[str, str] = Field(default_factory=dict)
    scores: dict[str, float | str | None] = Field(default_factory=dict)
    lineage: Lineage
    checks: tuple[Check, ...] = ()


class SeedTask(BaseModel):
    """One task of a seed file. `source` is `FILE:LINE` as a person would look it up; the id does not depend on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    instruction: str
    input: str = ""
    response: str = ""
    system: str | None = None
    history: tuple[Turn, ...] = ()
    rejected: str | None = None
    language: str = ""
    tags: dict[str, str] = Field(default_factory=dict)
    source: str = ""

    @property
    def id(self) -> str:
        """The stable id: a digest of what is asked and answered."""
        more = [[turn.model_dump() for turn in self.history], self.rejected] if self.history or self.rejected else []
        return make_id("seed", self.instruction, self.input, self.response, self.system, *more)

    def to_example(self) -> Example:
        """Return the seed as a member of the pool."""
        key = self.id
        return Example(
            id=key, instruction=self.instruction, input=self.input, response=self.response, system=self.system,
            history=self.history, rejected=self.rejected, language=self.language, tags=self.tags,
            lineage=Lineage(recipe="seed", seeds=(key,)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; None where the server did not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_prompt_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling parameters; None leaves a parameter to the server."""

    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call to a model.

    `messages` (role, content), `model`, `sampling`, `schema` and `draw` are what the model sees, and so make the key
    of the call in the journal; so does `logprobs` where it is not 0: how many of the likeliest tokens to tell at each
    position, with their log-probabilities. `template` and `facts` are the same request in structured form, for a back
    end that works by rules. `about` (the candidate's id) and `order` (who goes first; lower is older) only label it.
    """

    messages: tuple[tuple[str, str], ...]
    model: str
    sampling: Sampling = Sampling()
    schema: Mapping[str, Any] | None = None
    draw: int = 0
    template: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""
    order: int = 0
    logprobs: int = 0

    @property
    def kind(self) -> str:
        """The family of its template: evolve, respond, critic and so on."""
        return self.template.partition("/")[0]


@dataclass(frozen=True, slots=True)
class TokenLogprobs:
    """One position of a reply: its token, and how likely it was (natural logarithm, so at most 0).

    `top` holds the likeliest tokens there, the likeliest first, each with its log-probability; as many as were asked for
    and the server gives.
    """

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered. `reasoning` is kept apart and never enters a record; `cached` says it cost nothing now.

    `logprobs` has one entry a token of the whole reply; None where none were asked for, or the server leaves them out.
    """

    text: str
    finish_reason: str = "stop"
    model: str = ""
    usage: Usage = Usage()
    reasoning: str | None = None
    cached: bool = False
    logprobs: tuple[TokenLogprobs, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """A completion that is in the form asked for, and what it says."""

    value: T
    completion: Completion


@dataclass(frozen=True, slots=True)
class Operator:
    """A way to evolve a task, in-depth or in-breadth: one template under `prompts/evolve/`, drawn by weight."""

    name: str
    kind: str
    weight: float
    states_checks: bool = False  # a reply must state constraints that code can check


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The nearest text that a novelty filter found: whose it is, how alike (0 to 1), and the text itself."""

    id: str
    similarity: float
    text: str
    by: str = ""  # what measured it, where the filter's name does not say it all: the embedder


@dataclass(frozen=True, slots=True)
class Verdict:
    """A critic's judgement: scores by dimension (1 to 10), the overall score, and the explanations given.

    `scores` may hold more that was found out (how far samples differ, how a score came about), None where it is not
    known; its names are those of the columns, without `critic.`. `overall` is None where nothing is judged as a whole.
    `doubts` name why a person should look: jurors disagree, the two orders of a pair do.
    """

    scores: Mapping[str, float | str | None]
    overall: float | None
    explanations: Mapping[str, str]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An instruction on its way: what a proposer made. `response` is there only where the proposal brought one along.

    `facts` travel from the proposal to the calls about the candidate, for a back end that works by rules.
    """

    id: str
    instruction: str
    input: str
    system: str | None
    language: str
    tags: Mapping[str, str]
    lineage: Lineage
    parents: tuple[Example, ...] = ()
    checks: tuple[Check, ...] = ()
    response: str | None = None
    raw: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[Turn, ...] = ()
    scores: Mapping[str, float | str | None] = field(default_factory=dict)


def join_task(task: Candidate | Example | SeedTask) -> str:
    """Return what a task asks as one text: the instruction and, below it, the input where there is one."""
    return f"{task.instruction}\n{task.input}" if task.input else task.instruction


Status = Literal["accepted", "rejected", "review", "failed"]


# The stages in which a candidate can end, in order: cheap before dear.
STAGES = ("propose", "parse", "eliminate", "meaning", "novelty", "equal", "respond", "verify", "critic")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one candidate ended: accepted with its record, or not, at a stage for a reason with evidence.

    `review` (a person decides) carries the record too; `rejected` and `failed` carry none.
    """

    status: Status
    stage: str
    reason: str
    candidate: Candidate
    example: Example | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
