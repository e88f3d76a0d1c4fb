"""What every reply form has in common: reasoning in front of the answer, code fences, markers that mean "no input".

Promise: reasoning never enters a record. A block of reasoning that was cut off leaves no answer, so it is an error.
Every scan here and in the modules beside it is linear in the text, whatever a model writes.

Source: the reasoning tags of DeepSeek-R1 and Qwen3 (`<think>…</think>`, where a chat template may have opened the tag
already, so that the completion holds only the closing one), and the marks of Magistral, Kimi, Command A, OpenThinker,
Gemma and gpt-oss (https://github.com/openai/harmony), as servers let them through that have no parser for them; the
markers for "no input" are those that Alpaca's prompt asks for and those that its published rows leak.
"""

from __future__ import annotations

import re
import unicodedata

from generator.errors import ReplyError

TRUNCATED = frozenset({"length", "max_tokens"})  # finish reasons of a completion that ran into its token limit

# How reasoning begins, and for each way how it ends: tags, of which any may have a name space and attributes; and marks.
_OPEN = re.compile(
    r"\s*(?:<(?P<tag>(?:\w+:)?(?:think|thinking|thoughts?|reasoning))(?:\s[^<>]*)?>"
    r"|(?P<mark>\[THINK\]|◁think▷|<\|START_THINKING\|>|<\|begin_of_thought\|>|<\|channel>thought\b))",
    re.IGNORECASE,
)
_CLOSING = {
    "[think]": "[/THINK]", "◁think▷": "◁/think▷", "<|start_thinking|>": "<|END_THINKING|>",
    "<|begin_of_thought|>": "<|end_of_thought|>", "<|channel>thought": "<channel|>",
}  # fmt: skip
_UNOPENED = re.compile(r"</think>", re.IGNORECASE)
_CHANNELS = re.compile(
    r"\s*(?:<\|start\|>\s*assistant\s*)?<\|channel\|>"
)  # gpt-oss, where a server leaves its marks in …
_FINAL = re.compile(r"<\|channel\|>\s*final\b[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>")
_BARE_CHANNELS = re.compile(r"\s*analysis(?=\S)")  # … or takes out the marks and leaves the words
_BARE_FINAL = "assistantfinal"
_WRAPPERS = re.compile(
    r"^\s*<\|(?:START_RESPONSE|begin_of_solution)\|>|<\|(?:END_RESPONSE|end_of_solution|return|end)\|>\s*$"
)
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
    answer = _take_final(text)
    if answer is None:
        start = 0
        while opened := _OPEN.match(text, start):
            start = _find_end(text, opened)
        answer = text[start:] if start else _drop_unopened_reasoning(text)
    answer = _WRAPPERS.sub("", answer)
    refuse_broken_text(answer, raw=text)
    return answer.strip().removeprefix("\ufeff").strip()


def _take_final(text: str) -> str | None:
    """Return what stands in the last channel of a reply in channels; None where it has none."""
    if _CHANNELS.match(text):
        final = list(_FINAL.finditer(text))
        if not final:
            raise _explain_unfinished(text)
        return text[final[-1].end() :]
    if _BARE_CHANNELS.match(text) and _BARE_FINAL in text:
        return text.rpartition(_BARE_FINAL)[2]
    return None


def _find_end(text: str, opened: re.Match[str]) -> int:
    """Return where reasoning ends that has begun; one within another ends before the other does."""
    name = opened["tag"] or opened["mark"]
    closing = f"</{name}>" if opened["tag"] else _CLOSING[name.lower()]
    close, open_again = (re.compile(re.escape(sign), re.IGNORECASE) for sign in (closing, opened[0].strip()))
    closed = close.search(text, opened.end())
    if closed is None:
        raise _explain_unfinished(text)
    for _ in open_again.finditer(text, opened.end(), closed.start()):
        further = close.search(text, closed.end())
        if further is None or open_again.search(text, closed.end(), further.start()):
            break  # the inner one was only spoken of
        closed = further
    return closed.end()


def _explain_unfinished(text: str) -> ReplyError:
    return ReplyError("unfinished_reasoning", "the reply ends within its reasoning", raw=text)


def require_answer(text: str) -> str:
    """Return the answer as `take_answer` does. Raises `ReplyError` (`empty_reply`) where there is none."""
    answer = take_answer(text)
    if not answer:
        raise ReplyError("empty_reply", "the reply is empty", raw=text)
    return answer


def _drop_unopened_reasoning(text: str) -> str:
    """Drop what stands before a `</think>` that nothing in the text opens: the prompt had opened it."""
    closed = _UNOPENED.search(text)
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
