"""TRL's ORPO: the same pairs as for DPO.

Source: TRL, "Dataset formats and types", preference.
"""

from __future__ import annotations

from dataclasses import replace

from generator.export.trl_dpo import TRL_DPO

TRL_ORPO = replace(TRL_DPO, name="trl_orpo")
