"""Which back end a configuration gets."""

from __future__ import annotations

import pytest

from generator.backends.embedded.backend import EmbeddedBackend
from generator.backends.openai import OpenAIBackend
from generator.catalog import make_backend
from generator.errors import ConfigError
from generator.settings.backend import BackendConfig


def test_vllm_is_a_server_with_an_address_and_an_engine_with_a_model() -> None:
    server = make_backend(BackendConfig(kind="vllm", base_url="http://127.0.0.1:8000/v1", model="m"), 1)
    assert isinstance(server, OpenAIBackend)
    with pytest.raises(ConfigError, match="--model DIR_OR_NAME"):
        make_backend(BackendConfig(kind="vllm"), 1)


def test_the_embedded_one_needs_nothing() -> None:
    assert isinstance(make_backend(BackendConfig(kind="embedded"), 1), EmbeddedBackend)
