"""TRL's trainers take a step each on what we wrote, with a tiny random model."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluators.rewards import verify_reward
from tests.neighbours_job.loading import load
from tests.neighbours_job.records import say

COMMON: dict[str, Any] = {
    "max_steps": 1, "per_device_train_batch_size": 2, "report_to": [], "use_cpu": True, "logging_steps": 1, "bf16": False,
    "save_strategy": "no", "disable_tqdm": True,
}  # fmt: skip


class Trainers:
    """The trainers over one model and one folder of exports."""

    def __init__(self, model: Path, out: Path, room: Path) -> None:
        self._model, self._out, self._room = model, out, room

    def check(self) -> None:
        for name, take in self.list().items():
            trainer = take()
            trainer.train()
            losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
            assert trainer.state.global_step == 1, name
            assert all(math.isfinite(loss) for loss in losses), (name, losses)
            say(f"TRL {name}: one step, loss {losses[0]:.3f}, {len(trainer.train_dataset)} rows")

    def list(self) -> dict[str, Callable[[], Any]]:
        return {"SFT": self.sft, "DPO": self.dpo, "KTO": self.kto, "ORPO": self.orpo, "GRPO": self.grpo}

    def _rows(self, form: str) -> Any:
        return load(self._out / form, self._room / "cache")["train"]

    def _load(self) -> tuple[Any, Any]:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        model = AutoModelForCausalLM.from_pretrained(self._model, dtype=torch.float32)
        return model, AutoTokenizer.from_pretrained(self._model)

    def _args(self, make: Any, name: str, **more: Any) -> Any:
        return make(output_dir=str(self._room / name), **COMMON, **more)

    def sft(self) -> Any:
        from trl import SFTConfig, SFTTrainer

        model, tokenizer = self._load()
        args = self._args(SFTConfig, "sft", max_length=256)
        return SFTTrainer(model=model, args=args, train_dataset=self._rows("trl_sft"), processing_class=tokenizer)

    def dpo(self) -> Any:
        from trl import DPOConfig, DPOTrainer

        model, tokenizer = self._load()
        args = self._args(DPOConfig, "dpo", max_length=256)
        return DPOTrainer(model=model, args=args, train_dataset=self._rows("trl_dpo"), processing_class=tokenizer)

    def kto(self) -> Any:
        from trl import KTOConfig, KTOTrainer

        model, tokenizer = self._load()
        args = self._args(KTOConfig, "kto", max_length=256)
        return KTOTrainer(model=model, args=args, train_dataset=self._rows("trl_kto"), processing_class=tokenizer)

    def orpo(self) -> Any:
        from trl.experimental.orpo import ORPOConfig, ORPOTrainer

        model, tokenizer = self._load()
        args = self._args(ORPOConfig, "orpo", max_length=256)
        return ORPOTrainer(model=model, args=args, train_dataset=self._rows("trl_orpo"), processing_class=tokenizer)

    def grpo(self) -> Any:
        from trl import GRPOConfig, GRPOTrainer

        model, tokenizer = self._load()
        args = self._args(GRPOConfig, "grpo", num_generations=2, max_completion_length=16)
        rows = self._rows("trl_grpo")
        return GRPOTrainer(
            model=model, args=args, train_dataset=rows, processing_class=tokenizer, reward_funcs=verify_reward
        )
