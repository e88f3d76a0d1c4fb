"""TRL's ORPO: the same pairs as for DPO.

Source: TRL, "Dataset formats and types", preference.
"""

from __future__ import annotations

from generator.export.form import Form
from generator.export.messages import JOINED
from generator.export.preference import arrange_pairs
from generator.export.trl_dpo import PAIR

TRL_ORPO = Form("trl_orpo", ".jsonl", PAIR, joins=JOINED, arrange=arrange_pairs)
