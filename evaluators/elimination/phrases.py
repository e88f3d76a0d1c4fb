"""Phrases that give a text away: an assistant's boilerplate, refusals, apologies, the prompt's own words.

Texts are folded before they are searched (`fold_text`), so neither case, width, spacing nor the shape of an apostrophe
hides a phrase.

Source: WizardLM's elimination (arXiv:2304.12244, section 3.3, rules 2 and 4) for the apology and the copied words; the
refusals are those that open-weight and hosted assistants write.
"""

from __future__ import annotations

import re
import unicodedata

# Rule 4, and the words that the Evol-Instruct prompts of the field use for their parts, in three languages.
PROMPT_MARKERS = (
    "given prompt", "rewritten prompt", "created prompt", "given_prompt", "rewritten_prompt", "created_prompt",
    "#prompt#", "# prompt #", "new prompt:", "evolved instruction:", "rewritten instruction:", "#instruction#",
    "给定的提示", "给定提示", "改写后的提示", "改写的提示", "重写后的提示", "重写的提示", "创建的提示",
    "改写后的指令", "重写后的指令", "#提示#", "給定的提示", "改寫後的提示", "重寫後的提示",
    "与えられたプロンプト", "書き換えられたプロンプト", "書き換えたプロンプト", "作成されたプロンプト",
    "<instruction>", "</instruction>", "</input>", "<checks>", "</checks>",  # the tags that our own prompts ask for
)  # fmt: skip

# In an instruction and in a response alike.
BOILERPLATE = (
    "as an ai language model", "as a large language model", "as an ai assistant, i ", "as an ai model, i ",
    "as an ai, i ", "i'm an ai language model", "i am an ai language model", "my knowledge cutoff",
    "作为一个ai语言模型", "作为一名ai语言模型", "作为ai语言模型", "作为一个人工智能语言模型", "作为人工智能语言模型",
    "作为一个大型语言模型", "作为一个语言模型", "作为语言模型", "我是一个ai语言模型", "我是一个人工智能语言模型",
    "ai言語モデルとして", "aiの言語モデルとして",
)  # fmt: skip

# An assistant's greeting: a fault in an instruction, and in a response that is hardly more than that.
GREETINGS = (
    "how can i assist", "how may i assist", "how can i help you", "how may i help you", "what can i help you with",
    "is there anything else i can help",
    "有什么可以帮您", "有什么可以帮你", "有什么我可以帮", "我能为您做些什么", "请问有什么需要帮助",
    "何かお手伝いできること",
)  # fmt: skip

APOLOGIES = {
    "": re.compile(r"\bsorry\b"),
    "zh": re.compile("抱歉|对不起|對不起"),
    "ja": re.compile("申し訳|ごめんなさい|すみません"),
    "de": re.compile(r"\bentschuldig|\btut mir leid\b"),
    "fr": re.compile(r"\bdésolée?s?\b"),
    "es": re.compile(r"\blo siento\b|\blo lamento\b"),
}

_HELP = r"(?:assist|help (?:you )?with|provide|comply|fulfil|answer|complete|generate|create|do (?:that|this)|access)"
REFUSALS = (
    re.compile(rf"\A(?:unfortunately,? )?i (?:can't|cannot|can not|won't|am unable to|am not able to) {_HELP}"),
    re.compile(rf"\A(?:i'm|i am) (?:unable to|not able to) {_HELP}"),
    re.compile(r"\A(?:i'm|i am)(?: very| so| really)? sorry,? (?:but )?(?:i|as an)\b"),
    re.compile(r"\Ai apologi[sz]e,? but i\b"),
    re.compile(r"\A(?:我)?(?:很|非常|十分)?(?:抱歉|遗憾|对不起)[,， ]{0,2}(?:但)?(?:我)?(?:无法|不能|没办法)"),
    re.compile(r"\A我(?:无法|不能)(?:提供|回答|满足|协助|帮助|完成|生成|访问)"),
    re.compile(r"\A申し訳(?:ありません|ございません)が"),
)


def fold_text(text: str) -> str:
    """Return the text in lower case, NFKC, straight apostrophes, single spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("\u2018", "'")
    return " ".join(folded.split())


def find_phrase(folded: str, phrases: tuple[str, ...]) -> str | None:
    """Return the first of the phrases that a folded text contains."""
    return next((phrase for phrase in phrases if phrase in folded), None)
