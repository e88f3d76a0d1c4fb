"""A back end and how to reach it; the critic's is a section of the same form."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field

from generator.settings.section import SECTION, Text

BackendKind = Literal["auto", "embedded", "openai", "vllm"]


def check_address(url: str) -> str:
    """Return the address of a server as it was given. Raises `ValueError` where it is none."""
    example = "it looks like http://127.0.0.1:8000/v1"
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:  # an impossible port or a broken IPv6 address
        raise ValueError(f"not an address ({error}); {example}") from error
    if not sound or re.search(r"\s", url):
        raise ValueError(f"not an address; {example}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address must hold no user name or password; a key comes from the environment")
    return url


Address = Annotated[Text, AfterValidator(check_address)]


class BackendConfig(BaseModel):
    """A back end and how to reach it. Keys never stand here: they come from the environment (`api_key_env`)."""

    model_config = SECTION

    kind: BackendKind = Field(
        default="auto", description="what answers; `auto` is `openai` where an address or a key is set, else `embedded`"
    )
    model: Text | None = Field(
        default=None, description="the model; unset: the server's first, or a small one of OpenAI's"
    )
    base_url: Address | None = Field(
        default=None, description="address of an OpenAI-compatible server; unset: `OPENAI_BASE_URL`, else OpenAI's own"
    )
    api_key_env: str = Field(
        default="OPENAI_API_KEY", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="name of the environment variable that holds the key (never the key itself)",
    )  # fmt: skip
    timeout_s: float = Field(default=120.0, gt=0, description="seconds that one call may take")
    give_up_s: float = Field(
        default=120.0, ge=0, description="seconds without any answer at all after which the back end counts as gone"
    )
