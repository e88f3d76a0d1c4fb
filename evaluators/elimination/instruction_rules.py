"""Rules on a new instruction: length, what a text model cannot do, form, and language.

Promise: an instruction is rejected by the first rule that it breaks, in the order of the original, and the hit says
which and by which words.

Source: Self-Instruct's filters (arXiv:2212.10560, section 2.2, and the repository's bootstrap script); Alpaca's
additions to the keyword list (tatsu-lab/stanford_alpaca). The bounds of `EVOL`: see the constants.

Deviations: the original wants an ASCII first character, which loses every Chinese task; a check of the script takes its
place, so a quotation mark or `¿` may open a text that is not English. Lengths of unspaced scripts count by characters.
Keywords belong to a language. `COMPAT` and `COMPAT_ALPACA` keep the original rules.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from evaluators.elimination.hit import Hit, show_start
from evaluators.elimination.scripts import (
    LANGUAGE_SCRIPTS,
    LETTERS_AN_IDEOGRAPH,
    count_words,
    find_base_language,
    find_script,
    weigh_scripts,
)

MIN_WORDS = 3  # Self-Instruct: as many or fewer are too short
MAX_WORDS = 150  # Self-Instruct: more are too long
MAX_WORDS_EVOLVED = 500  # twice a seed at Self-Instruct's bound with 4 rounds of 10 to 20 words (WizardLM, appendix A)
MIN_SCRIPT_SHARE = 0.1  # below, a text is not in the language, whatever it begins with: a task may quote another one
MIN_SCRIPT_SHARE_ELSE = 0.5  # the same where already the first letter is of another script
MAX_KANA_SHARE_ZH = 0.2  # of ideographs and kana: Japanese prose has about half, Chinese that speaks of Japanese little
MIN_IDEOGRAPHS_JA = 10  # so many ideographs without one kana are Chinese

ENGLISH_KEYWORDS = (
    "image", "images", "graph", "graphs", "picture", "pictures", "file", "files", "map", "maps", "draw", "plot",
    "go to",
)  # fmt: skip
ALPACA_KEYWORDS = ("video", "audio", "music", "flowchart", "diagram")
CHINESE_KEYWORDS = (
    "图片", "图像", "图表", "照片", "截图", "附件", "文件夹", "打开文件", "上传文件", "地图",
    "绘制", "绘图", "画出", "画一", "画图",
    "圖片", "圖像", "圖表", "檔案", "地圖", "繪製", "畫出", "畫一", "畫圖",
)  # fmt: skip
CHINESE_ALPACA_KEYWORDS = (
    "视频", "音频", "音乐", "流程图", "示意图",
    "影片", "視頻", "音訊", "音樂", "流程圖", "示意圖",
)  # fmt: skip
_PROGRAM = {
    "en": re.compile(r"write a program\b", re.IGNORECASE),
    "zh": re.compile(r"请?[编编写編寫]{1,2}(?:一个|一個|一段|个|個)?程[序式]"),
}
_COMPAT_PROGRAM = "Write a program"

Keywords = Mapping[str, tuple[str, ...]]  # by language; "" applies to every language


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Which rules apply. Lengths are in words; `start` says what an instruction may begin with.

    `start`: `free`; `word` (no punctuation, and the language's script); `ascii` (no punctuation, and ASCII); `script`
    (anything, in the language's script).
    """

    name: str
    max_words: int = MAX_WORDS
    keywords: Keywords = field(default_factory=dict)
    refuses_programs: bool = True
    start: Literal["free", "word", "ascii", "script"] = "word"


SELF_INSTRUCT = RuleSet("self_instruct", keywords={"en": ENGLISH_KEYWORDS, "zh": CHINESE_KEYWORDS})
ALPACA = RuleSet(
    "alpaca",
    keywords={"en": ENGLISH_KEYWORDS + ALPACA_KEYWORDS, "zh": CHINESE_KEYWORDS + CHINESE_ALPACA_KEYWORDS},
)
EVOL = RuleSet("evol", max_words=MAX_WORDS_EVOLVED, refuses_programs=False, start="script")
COMPAT = RuleSet("compat", keywords={"": ENGLISH_KEYWORDS}, start="ascii")
COMPAT_ALPACA = RuleSet("compat_alpaca", keywords={"": ENGLISH_KEYWORDS + ALPACA_KEYWORDS}, start="ascii")


def check_instruction(text: str, language: str, *, rules: RuleSet = SELF_INSTRUCT) -> Hit | None:
    """Return the first rule that rejects an instruction, None where all let it pass.

    Reasons, in order: `too_short`, `too_long`, `not_for_text_models`, `write_a_program`, `starts_with_punctuation`,
    `wrong_language` (`not_ascii` in the rule sets that keep the original).
    """
    base = find_base_language(language)
    stripped = text.strip()
    return (
        _check_length(stripped, rules)
        or _check_keywords(stripped, base, rules)
        or _check_program(stripped, base, rules)
        or _check_start(stripped, base, rules)
        or _check_language(stripped, base, rules)
    )


def _check_length(text: str, rules: RuleSet) -> Hit | None:
    words = float(len(text.split())) if rules.start == "ascii" else count_words(text)
    if words <= MIN_WORDS:
        return Hit("too_short", f"{words:.4g} words, {len(text)} characters")
    if words > rules.max_words:
        return Hit("too_long", f"{words:.4g} words, {len(text)} characters")
    return None


def _check_keywords(text: str, base: str, rules: RuleSet) -> Hit | None:
    words = (*rules.keywords.get("", ()), *rules.keywords.get(base or "en", ()))
    hit = _compile_keywords(words).search(text) if words else None
    return Hit("not_for_text_models", hit[0]) if hit else None


@lru_cache(maxsize=16)
def _compile_keywords(words: tuple[str, ...]) -> re.Pattern[str]:
    """Compile keywords to a pattern: whole words where words have spaces between them, else anywhere."""
    parts = (rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in words)
    return re.compile("|".join(parts), re.IGNORECASE)


def _check_program(text: str, base: str, rules: RuleSet) -> Hit | None:
    if not rules.refuses_programs:
        return None
    if rules.start == "ascii":
        return Hit("write_a_program", _COMPAT_PROGRAM) if text.startswith(_COMPAT_PROGRAM) else None
    pattern = _PROGRAM.get(base or "en")
    hit = pattern.match(text) if pattern else None
    return Hit("write_a_program", hit[0]) if hit else None


def _check_start(text: str, base: str, rules: RuleSet) -> Hit | None:
    """Refuse punctuation at the start; outside English an opening bracket or quotation mark, `¿` and `¡` are fine."""
    if rules.start not in ("word", "ascii"):
        return None
    first = text[0]
    category = unicodedata.category(first)
    opens = not first.isascii() and base not in ("", "en") and (category in ("Ps", "Pi") or first in "¿¡")
    odd = first in string.punctuation or (rules.start == "word" and category[0] in "PS" and not opens)
    return Hit("starts_with_punctuation", first) if odd else None


def _check_language(text: str, base: str, rules: RuleSet) -> Hit | None:
    if rules.start == "free":
        return None
    if rules.start == "ascii":
        return None if text[0].isascii() else Hit("not_ascii", text[0])
    expected = LANGUAGE_SCRIPTS.get(base)
    return _check_script(text, base, expected) if expected else None


def _check_script(text: str, base: str, expected: frozenset[str]) -> Hit | None:
    """Refuse a text whose letters are mostly of scripts that the language is not written in."""
    weights = weigh_scripts(text)
    total = sum(weights.values())
    if not total:
        return None
    first = next(script for script in map(find_script, text) if script)
    share = sum(weights[script] for script in expected) / total
    kana = weights["HIRAGANA"] + weights["KATAKANA"]
    ideographs = weights["CJK"] / LETTERS_AN_IDEOGRAPH
    wrong = (
        share < (MIN_SCRIPT_SHARE if first in expected else MIN_SCRIPT_SHARE_ELSE)
        or (base == "zh" and kana > MAX_KANA_SHARE_ZH * (kana + ideographs))
        or (base == "ja" and not kana and ideographs >= MIN_IDEOGRAPHS_JA)
    )
    return Hit("wrong_language", show_start(text)) if wrong else None
