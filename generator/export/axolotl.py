"""Axolotl: messages, one conversation a line, and the stanza of its YAML configuration that names them.

Source: Axolotl's documentation, "Dataset formats, conversation", and its configuration reference (`SFTDataset`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from generator.export.form import Form, Written
from generator.export.messages import CHAT, JOINED
from generator.export.trl_sft import make_rows

STANZA = "axolotl.yaml"
TRAINING = "train"


def describe(written: Written) -> Mapping[str, str]:
    """Return the stanza: `datasets`, and `test_datasets` for the other splits. Paths are seen from the folder."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for file in written.files:
        section = "datasets" if file.split == TRAINING else "test_datasets"
        sections.setdefault(section, []).append({
            "path": file.name, "ds_type": "json", "type": "chat_template", "split": "train",
            "field_messages": "messages", "message_property_mappings": {"role": "role", "content": "content"},
        })  # fmt: skip
    return {STANZA: yaml.safe_dump(sections, sort_keys=False, allow_unicode=True)}


AXOLOTL = Form("axolotl", ".jsonl", CHAT, make_rows, joins=JOINED, describe=describe)
