"""Which back ends and models a run asks: `auto` resolved, the critic's filled in, models found. One owner of defaults."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TypeVar

from generator import catalog
from generator.config import RunConfig
from generator.errors import BackendSetupError, ConfigError, RetryableError
from generator.settings.backend import BackendConfig, check_address
from generator.settings.critic import CriticConfig, JurorConfig, take_backend
from generator.settings.recipes import JUDGING

ADDRESS_VARIABLE = "OPENAI_BASE_URL"
_MODEL_WAITS_S = (0.2, 0.5, 0.0)  # a connection that breaks off once is no reason not to begin
JudgeConfig = TypeVar("JudgeConfig", CriticConfig, JurorConfig)


def choose_backends(config: RunConfig) -> tuple[RunConfig, str]:
    """Resolve `auto`, for generator and critic; also return one line that says which back end and why. Calls nobody.

    Raises `ConfigError` for a back end that is not there, a bad address or a missing key.
    """
    backend, reason = _choose_backend(config.backend)
    critic = _choose_critic(config.critic, backend) if config.policy.critic else config.critic
    jury = tuple(_choose_critic(juror, take_backend(critic)) for juror in config.jury)
    for one in (backend, critic, *jury) if config.policy.critic else (backend,):
        if one.kind not in catalog.BACKENDS:
            known = ", ".join(["auto", *catalog.BACKENDS])
            raise ConfigError(f"--backend {one.kind}: not in this version. Those there are: {known}.")
        catalog.make_backend(one, connections=1)  # looks at address and key; it connects on its first call
    chosen = config.model_copy(update={"backend": backend, "critic": critic, "jury": jury})
    return chosen, f"back end: {backend.kind} ({reason})"


def _choose_backend(config: BackendConfig) -> tuple[BackendConfig, str]:
    reasons = [
        (bool(config.base_url), "--base-url is given"),
        (bool(os.environ.get(ADDRESS_VARIABLE)), f"{ADDRESS_VARIABLE} is set"),
        (bool(os.environ.get(config.api_key_env)), f"{config.api_key_env} is set"),
    ]
    if config.kind != "auto":
        return _fill_address(config), "as asked"
    for holds, reason in reasons:
        if holds:
            return _fill_address(config.model_copy(update={"kind": "openai"})), reason
    reason = f"no --base-url, {ADDRESS_VARIABLE} or {config.api_key_env}: rules instead of a model"
    return config.model_copy(update={"kind": "embedded"}), reason


def _fill_address(config: BackendConfig) -> BackendConfig:
    """Return the configuration with the environment's address where it has none, so that the saved one is whole.

    So is the path to a folder that holds a model.
    """
    if config.runs_engine and config.model and (folder := Path(config.model).expanduser()).is_dir():
        return config.model_copy(update={"model": str(folder.absolute())})
    address = os.environ.get(ADDRESS_VARIABLE, "").strip()
    if config.kind != "openai" or config.base_url or not address:
        return config
    try:
        return config.model_copy(update={"base_url": check_address(address)})
    except ValueError as error:
        raise ConfigError(f"{ADDRESS_VARIABLE} {address}: {error}.") from error


def _choose_critic(critic: JudgeConfig, backend: BackendConfig) -> JudgeConfig:
    """Return the critic with its back end: the generator's, but for what was set for the critic itself."""
    names = BackendConfig.model_fields.keys()
    own = {name: getattr(critic, name) for name in critic.model_fields_set & names if name != "kind"}
    own = {name: value for name, value in own.items() if value is not None}
    if critic.kind in ("auto", backend.kind) and "base_url" not in own:
        chosen = backend.model_copy(update=own)
    else:
        chosen = _choose_backend(take_backend(critic))[0]
    return critic.model_copy(update={name: getattr(chosen, name) for name in names})


async def choose_models(config: RunConfig) -> RunConfig:
    """Fill in the models where none is named: the rules' own, the server's first, or OpenAI's small one.

    Raises `BackendSetupError` where nothing answers at the address.
    """
    if config.recipe in JUDGING and config.critic.model is not None:
        backend = config.backend  # nobody asks it
    else:
        backend = await _choose_model(config.backend)
    critic, jury = config.critic, list(config.jury)
    if config.policy.critic:
        critic = await _follow_model(critic, backend)
        jury = [await _follow_model(juror, critic) for juror in jury]
    return config.model_copy(update={"backend": backend, "critic": critic, "jury": tuple(jury)})


async def _follow_model(critic: JudgeConfig, backend: BackendConfig) -> JudgeConfig:
    """Return the critic with a model: its own, or the generator's where both are with the same server."""
    if critic.model is not None:
        return critic
    same_server = (critic.kind, critic.base_url) == (backend.kind, backend.base_url)
    model = backend.model if same_server else (await _choose_model(take_backend(critic))).model
    return critic.model_copy(update={"model": model})


async def _choose_model(config: BackendConfig) -> BackendConfig:
    if config.model:
        return config
    backend = catalog.make_backend(config, connections=1)
    try:
        for wait_s in _MODEL_WAITS_S:
            try:
                return config.model_copy(update={"model": await backend.find_model()})
            except RetryableError as error:
                fault = error
                await asyncio.sleep(wait_s)
    finally:
        await backend.close()
    where = config.base_url or config.kind  # it may work later, but nothing has begun that could wait for it
    raise BackendSetupError(f"nothing answers at {where} ({fault}). Is the server up? Check --base-url.") from fault
