"""What counts as novel."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field

from generator.settings.backend import Address
from generator.settings.section import SECTION, Text

_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)


def check_shared_address(text: str) -> str:
    """Return the address of a shared pool as it was given. Raises `ValueError` where it is none."""
    example = "it looks like redis://127.0.0.1:6379/0#NAME"
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and not parts.query and parts.port != 0
        sound = sound and int(parts.path.strip("/") or 0) >= 0
    except ValueError as error:
        raise ValueError(f"not an address ({error}); {example}") from error
    if not sound:
        raise ValueError(f"not an address of a Redis; {example}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address must hold no user name or password; they come from the environment")
    if parts.fragment and not _NAME.fullmatch(parts.fragment):
        raise ValueError(f"a pool's name has letters, digits, `_`, `-` and `.` only; {example}")
    return text


SharedAddress = Annotated[Text, AfterValidator(check_shared_address)]


class NoveltyConfig(BaseModel):
    """Candidates more alike than this to anything in the pool are rejected."""

    model_config = SECTION

    # Self-Instruct, section 2.3: ROUGE-L F1 above 0.7
    rouge_l: float = Field(default=0.7, ge=0, le=1, description="highest ROUGE-L similarity that is still novel")
    minhash: float = Field(
        default=0.7, ge=0, le=1, description="highest Jaccard similarity (word 3-grams, character 5-grams) still novel"
    )
    minhash_recall: float = Field(
        default=0.989, gt=0, lt=1,
        description="part of the texts exactly at `minhash` that are found; of those above it, more",
    )  # fmt: skip
    minhash_storage: SharedAddress | None = Field(
        default=None,
        description="a pool that other runs fill too, in a Redis: `redis://HOST:PORT/DB#NAME` (docs/novelty.md); unset: none",
    )  # fmt: skip
    text: Literal["instruction", "instruction+input"] = Field(
        default="instruction", description="what of a task is compared"
    )
    tokens: Literal["multilingual", "rouge_score", "words"] = Field(
        default="multilingual",
        description="how ROUGE-L cuts words; `rouge_score` knows only a to z and digits, `words` cuts Chinese into words",
    )  # fmt: skip
    semantic: float | None = Field(
        default=None, gt=0, le=1,
        description="highest cosine similarity of embeddings that is still novel; unset: not looked at (docs/novelty.md)",
    )  # fmt: skip
    embedder: Literal["auto", "minilm", "tfidf", "server"] = Field(
        default="auto",
        description="what embeds; `auto`: the server of `embedder_base_url`, else MiniLM for English, else `tfidf`",
    )
    embedder_model: Text | None = Field(default=None, description="the model of the embedder `server`")
    embedder_base_url: Address | None = Field(
        default=None, description="address of a server of embeddings; unset: `OPENAI_BASE_URL`, else OpenAI's own"
    )
    embedder_api_key_env: str = Field(
        default="OPENAI_API_KEY", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="name of the environment variable that holds that server's key (never the key itself)",
    )  # fmt: skip
