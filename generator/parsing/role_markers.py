"""Markers by which chat templates say who speaks and where a turn ends: in a text, they are letters and nothing more.

Servers (vLLM, llama.cpp and others) read such a marker as the control token of its name wherever it stands, so a text
that holds one could end its turn and go on as the system. Here its brackets become others that belong to no token:
`<|im_end|>` is sent as `‹|im_end|›`, `</s>` as `‹/s›`, `[INST]` as `⟦INST⟧`. Each stays readable, no other character of
a text changes, and a text without a marker is sent as it is.

Promise: what was changed on the way out is changed back on the way in, so that code keeps its `<s>`. Linear in the text.

Source: the special tokens of published tokenizers and chat templates; whose they are stands beside each form.
Deviations: words in plain letters that mark a speaker (`USER:`, `### Instruction:`) are no token anywhere, and stay.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_ANGLED = (
    r"\|[^\s<>|‹›]{1,64}\|>",  # ChatML, Qwen, Llama 3 and 4, Phi, GPT, GLM, Command R, Granite: <|im_end|>, <|eot_id|>
    r"｜[^\s<>｜‹›]{1,64}｜>",  # DeepSeek, Hunyuan: <｜User｜>, <｜end▁of▁sentence｜>
    r"\|[A-Za-z_]{1,32}>|[A-Za-z_]{1,32}\|>",  # Gemma 4: <|turn>, <turn|>
    r"/?s>|</?SYS>>",  # Llama 2, Mistral, BLOOM
    r"(?:bos|eos|start_of_turn|end_of_turn|BOS_TOKEN|EOS_TOKEN)>",  # Gemma, Command R
    r"(?:sop|eop|eoh|eoa|sep|beginning_of_sentence|end_of_sentence|end_of_utterance)>",  # GLM, InternLM, Reka, SmolVLM
    r"/?role>",  # Ling
    r"seed:[a-z_:/]{1,32}>",  # Seed-OSS
    r"(?:SPECIAL_|extra_id_|reserved_)[0-9]{1,4}>",  # Nemotron, Baichuan
)
_SQUARE = (
    r"\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|BOS|EOS|EOT)\]",  # Mistral, Kimi
    r"\[UNUSED_TOKEN_[0-9]{1,3}\]",  # InternLM 2
    r"\[\|(?:system|user|assistant|tool|endofturn)\|\]",  # EXAONE
    r"\]~!?b[\[\]]|\[e~\[",  # MiniMax
)
# Apart, and the first with one letter before all else, since such a pattern is searched for some five times as fast.
_MARKERS = (re.compile(f"<(?:{'|'.join(_ANGLED)})"), re.compile("|".join(_SQUARE)))
_SHOWN = str.maketrans("<>[]", "‹›⟦⟧")
_MEANT = str.maketrans("‹›⟦⟧", "<>[]")


def find_markers(texts: Iterable[str]) -> frozenset[str]:
    """Return the role markers that stand in the texts."""
    return frozenset(found for text in texts for pattern in _list_patterns(text) for found in pattern.findall(text))


def disarm(text: str) -> str:
    """Return the text with the brackets of its role markers exchanged, so that no server reads one as a token."""
    for pattern in _list_patterns(text):
        text = pattern.sub(lambda marker: marker[0].translate(_SHOWN), text)
    return text


def rearm(text: str, markers: Collection[str]) -> str:
    """Return a reply with these markers as they stood in the text that it answers, where it has them disarmed."""
    for pattern in _MARKERS:
        meant = text.translate(_MEANT)  # of the same length
        parts, end = [], 0
        for found in pattern.finditer(meant):
            shown = text[found.start() : found.end()]
            if found[0] in markers and shown == found[0].translate(_SHOWN):
                parts += [text[end : found.start()], found[0]]
                end = found.end()
        text = "".join(parts) + text[end:]
    return text


def ignore_arms(text: str) -> str:
    """Return the text with disarmed brackets as plain ones, to compare texts in which markers may stand either way."""
    return text.translate(_MEANT)


def _list_patterns(text: str) -> tuple[re.Pattern[str], ...]:
    return _MARKERS if "[" in text or "]" in text else _MARKERS[:1]
