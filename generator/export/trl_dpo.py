"""TRL's DPO: preference pairs with an explicit prompt, conversational.

Source: TRL, "Dataset formats and types", preference.
"""

from __future__ import annotations

from generator.export.form import Form
from generator.export.messages import CHAT, JOINED
from generator.export.preference import arrange_pairs

TRL_DPO = Form("trl_dpo", ".jsonl", CHAT | {"rejected"}, joins=JOINED, arrange=arrange_pairs)
