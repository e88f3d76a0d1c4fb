"""vLLM's own server, by its address: OpenAI's protocol, and what only vLLM offers.

Schemas go out as `structured_outputs`, which any vLLM since 0.11 takes, whatever else its `response_format` may hold; an
older one ignores it without a word, as this one does the older `guided_*`, and the reply is validated as ever. The
gauges on its page of metrics tell its queue. No seed is sent: the server's own draws are as good, and a seed a call
makes each of its steps slower.

Source: https://docs.vllm.ai (OpenAI-compatible server, extra parameters; structured outputs; metrics)
"""

from __future__ import annotations

from generator.backends.openai import OpenAIBackend
from generator.backends.openai_dialect import VLLM_WAYS, Dialect


def make_vllm_server(*, base_url: str | None, api_key_env: str, timeout_s: float, connections: int) -> OpenAIBackend:
    """Return the back end for a vLLM server. Raises `ConfigError` for a bad address or a missing key."""
    return OpenAIBackend(
        base_url=base_url, api_key_env=api_key_env, timeout_s=timeout_s, connections=connections, name="vllm",
        dialect=Dialect(ways=VLLM_WAYS),
    )  # fmt: skip
