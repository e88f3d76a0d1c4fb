"""What every reply form has in common: reasoning in front of the answer, code fences, markers that mean "no input".

Promise: reasoning never enters a record. A block of reasoning that was cut off leaves no answer, so it is an error.
Every scan here and in the modules beside it is linear in the text, whatever a model writes.

Source: the reasoning tags of DeepSeek-R1 and Qwen3 (`<think>…</think>`, where a chat template may have opened the tag
already, so that the completion holds only the closing one); the markers for "no input" are those that Alpaca's prompt
asks for and those that its published rows leak.
"""

from __future__ import annotations

import re
import unicodedata

from generator.errors import ReplyError

TRUNCATED = frozenset({"length", "max_tokens"})  # finish reasons of a completion that ran into its token limit

_OPEN = re.compile(r"\s*<(think|thinking|reasoning)>", re.IGNORECASE)
_CLOSE = {
    name: re.compile(rf"</{name}>", re.IGNORECASE) for name in ("think", "thinking", "reasoning")
}  # a pattern a tag, so that one tag inside another's reasoning does not end it
_FENCE = "```"
_SPACE = re.compile(r"[\s_-]+")

NO_INPUT = frozenset({
    "noinput", "ninput", "no input", "no inputs", "none", "n/a", "n.a", "null", "nil", "not applicable",
    "no input needed", "no input required", "no input necessary", "no input provided", "no input given",
    "no input is needed", "no input is required", "input not needed", "input not required",
    "无", "無", "空", "暂无", "无输入", "無輸入", "没有输入", "沒有輸入", "无需输入", "無需輸入", "不需要输入",
    "不需要輸入", "不适用", "不適用", "なし", "入力なし",
})  # fmt: skip
_LONGEST_MARKER = 40  # characters, punctuation included; a longer text is an input whatever it says


def take_answer(text: str) -> str:
    """Return the answer without the reasoning before it and without surrounding white space; it may be empty.

    Raises `ReplyError` (`unfinished_reasoning`) where the reasoning never ends, (`broken_text`) at a lone surrogate.
    """
    start = 0
    while opened := _OPEN.match(text, start):
        closed = _CLOSE[opened[1].lower()].search(text, opened.end())
        if closed is None:
            raise ReplyError("unfinished_reasoning", "the reply ends within its reasoning", raw=text)
        start = closed.end()
    answer = text[start:] if start else _drop_unopened_reasoning(text)
    refuse_broken_text(answer, raw=text)
    return answer.strip().removeprefix("\ufeff").strip()


def require_answer(text: str) -> str:
    """Return the answer as `take_answer` does. Raises `ReplyError` (`empty_reply`) where there is none."""
    answer = take_answer(text)
    if not answer:
        raise ReplyError("empty_reply", "the reply is empty", raw=text)
    return answer


def _drop_unopened_reasoning(text: str) -> str:
    """Drop what stands before a `</think>` that nothing in the text opens: the prompt had opened it."""
    closed = _CLOSE["think"].search(text)
    if closed is None or "<think>" in text[: closed.start()].lower():
        return text
    return text[closed.end() :]


def refuse_broken_text(text: str, *, raw: str) -> None:
    """Raise `ReplyError` (`broken_text`) where the text holds half a surrogate pair, which no file can hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ReplyError("broken_text", "the reply holds half a surrogate pair", raw=raw) from error


def unwrap_fence(text: str) -> str:
    """Return the inside of a code fence where the whole text is one; else the text."""
    stripped = text.strip()
    if not (stripped.startswith(_FENCE) and stripped.endswith(_FENCE)):
        return text
    _, line_break, inside = stripped.removeprefix(_FENCE).removesuffix(_FENCE).partition("\n")
    return inside.strip() if line_break and _FENCE not in inside else text


def fold_space(text: str) -> str:
    """Return the text with every run of white space as one space, and none at its ends."""
    return " ".join(text.split())


def is_no_input(text: str) -> bool:
    """Say whether an input is a marker that means none (`<noinput>`, `N/A.`, `无`, …), or empty, or only dashes."""
    if len(text) > _LONGEST_MARKER:
        return not text.strip()
    bare = _strip_punctuation(unicodedata.normalize("NFKC", text).casefold())
    if not bare:
        return set(text.strip()) <= set("-\u2013\u2014\u2026.")
    return _SPACE.sub(" ", bare) in NO_INPUT


def _strip_punctuation(text: str) -> str:
    """Strip white space, punctuation and symbols from both ends."""
    kept = [position for position, char in enumerate(text) if unicodedata.category(char)[0] not in "PSZC"]
    return text[kept[0] : kept[-1] + 1] if kept else ""
