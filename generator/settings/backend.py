"""A back end and how to reach it; the critic's is a section of the same form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field

from generator.errors import ConfigError
from generator.model_names import is_place, name_folder
from generator.settings.section import SECTION, Text

BackendKind = Literal["auto", "embedded", "openai", "vllm"]
# Engine arguments that say how a model is run and not what it says: another machine needs others. All that stand not
# here (dtype, quantization, max_model_len, revision, …) say what the data set is made with.
OPERATIONAL_OPTIONS = frozenset({
    "async_scheduling", "attention_backend", "block_size", "compilation_config", "cpu_offload_gb", "cudagraph_capture_sizes",
    "data_parallel_size", "device_ids", "disable_custom_all_reduce", "disable_log_stats", "distributed_executor_backend",
    "download_dir", "enable_chunked_prefill", "enable_expert_parallel", "enable_log_requests", "enable_prefix_caching",
    "enforce_eager", "gpu_memory_utilization", "kv_cache_memory_bytes", "kv_offloading_backend", "kv_offloading_size",
    "load_format", "max_num_batched_tokens", "max_num_seqs", "max_parallel_loading_workers", "model_loader_extra_config",
    "num_gpu_blocks_override", "offload_backend", "optimization_level", "performance_mode", "pipeline_parallel_size",
    "scheduling_policy", "tensor_parallel_size", "use_tqdm_on_load", "worker_cls",
})  # fmt: skip
_SET_ELSEWHERE = {"model": "model", "served_model_name": "model"}


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
    options: dict[str, Any] = Field(
        default={}, description="arguments of vLLM's engine in this process, by their Python names (`AsyncEngineArgs`)"
    )

    @property
    def runs_engine(self) -> bool:
        """Whether the model runs in this process."""
        return self.kind == "vllm" and self.base_url is None

    @property
    def model_name(self) -> str | None:
        """The model as requests name it: of a folder that an engine here loads, its name; a server knows its own names."""
        if not (self.runs_engine and self.model):
            return self.model
        folder = Path(self.model).expanduser()
        return name_folder(folder) if is_place(self.model) or folder.is_dir() else self.model  # it may have moved away

    def describe_model(self) -> dict[str, Any]:
        """Return the settings that say which model it is, without the place where it lies and how it is run there."""
        telling = {name: value for name, value in self.options.items() if name not in OPERATIONAL_OPTIONS}
        return {"model": self.model_name, "options": telling}

    def check_options(self) -> None:
        """Raise `ConfigError` for options that nobody takes, or that are set in another way."""
        if self.options and not self.runs_engine:
            names = ", ".join(sorted(self.options))
            raise ConfigError(
                f"options ({names}): arguments of the engine in this process (--backend vllm --model, without an "
                "address). A server takes its own at its start."
            )
        for name in sorted(self.options.keys() & _SET_ELSEWHERE.keys()):
            raise ConfigError(f"options.{name}: set `{_SET_ELSEWHERE[name]}` (--model) instead.")
        if "hf_token" in self.options:
            raise ConfigError("options.hf_token: a token never stands in a file. Set HF_TOKEN in the environment.")
