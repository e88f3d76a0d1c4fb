"""Chinese novelty: identical texts are always caught, and no text is lost for a word or a number that it shares."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from evaluators.novelty.rouge_l import RougeLFilter
from evaluators.novelty.shingles import compute_jaccard, list_shingles
from evaluators.tokens import tokenize
from generator.errors import ConfigError

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
RUNS = st.text(HAN, min_size=2, max_size=10)
FOREIGN = st.sampled_from([
    "Python 3", "C++", "HTML5", "iPhone 15 Pro", "ＧＰＴ４", "3.12", "AI", "2024", "x²",
    "internationalization", "3.14159265358979", "https://example.com/articles/2023/index.html",
])  # fmt: skip
MIXED = st.lists(st.one_of(RUNS, FOREIGN, st.sampled_from("，。！？ \n")), min_size=1, max_size=6).map("".join)
SCHEMES = ["multilingual", pytest.param("words", marks=pytest.mark.skipif(
    importlib.util.find_spec("jieba") is None, reason="jieba is not installed (extra `segment`)"
))]  # fmt: skip
REFERENCE_ASCII: Any = RougeScorer(["rougeL"], use_stemmer=False)  # type: ignore[no-untyped-call]


def measure(first: str, second: str, scheme: str = "multilingual") -> float:
    index = RougeLFilter(scheme=scheme)
    index.add("first", first, index.prepare(first))
    prepared = index.prepare(second)
    assert prepared is not None
    neighbour = index.nearest(prepared)
    assert neighbour is not None
    return neighbour.similarity


@pytest.mark.parametrize("scheme", SCHEMES)
@given(text=MIXED)
@settings(max_examples=50, deadline=None)
def test_identical_texts_are_always_caught(scheme: str, text: str) -> None:
    index = RougeLFilter(scheme=scheme)
    prepared = index.prepare(text)
    assume(prepared is not None)
    assert prepared is not None
    index.add("first", text, prepared)
    for copy in (text, f" {text}。", text.replace("，", ",").replace("！", "!")):
        again = index.prepare(copy)
        assert again is not None
        found = index.nearest(again, above=index.threshold)
        assert found is not None
        assert found.similarity == 1.0


@given(RUNS, RUNS, st.lists(FOREIGN, min_size=1, max_size=2), st.booleans())
def test_shared_words_of_another_script_do_not_make_texts_alike(
    first: str, second: str, shared: list[str], leads: bool
) -> None:
    """Two texts without a common Chinese character, of more than 0.43 of them for each shared token."""
    assume(not set(first) & set(second))
    foreign = "和".join(shared).replace("和", " ")
    assume(len(first) + len(second) > 6 / 7 * len(tokenize(foreign)))  # at exactly so many, F is 0.7 or a bit above
    pair = [foreign + text if leads else text + foreign for text in (first, second)]
    assert measure(*pair) <= 0.7
    assert compute_jaccard(*map(list_shingles, pair)) <= 0.7


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("first", "second"), [
    ("用 Python 3 写一个排序函数", "请解释 Python 3 中的装饰器"),
    ("安装Python 3", "学习Python 3"),
    ("如何卸载 Python 3？", "什么是 Python 3？"),
    ("列出 5 种水果", "解释 5 个成语"),
    ("2024年的奥运会", "2024年流行的手机"),
    ("比较 iPhone 15 和 iPhone 14", "iPhone 15 多少钱"),
    ("什么是Internationalization？", "介绍Internationalization"),
    ("翻译supercalifragilisticexpialidocious", "解释supercalifragilisticexpialidocious的来源"),
])  # fmt: skip
def test_different_requests_about_one_thing_stay(scheme: str, first: str, second: str) -> None:
    assert measure(first, second, scheme) <= 0.7
    assert compute_jaccard(list_shingles(first), list_shingles(second)) <= 0.7


def test_rouge_scores_own_tokens_would_take_them_for_one() -> None:
    first, second = "用 Python 写一个排序函数", "请解释 Python 中的装饰器"
    assert REFERENCE_ASCII.score(first, second)["rougeL"].fmeasure == measure(first, second, "rouge_score") == 1.0
    assert measure(first, second) < 0.3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_words_are_longer_than_characters_and_other_scripts_stay(scheme: str) -> None:
    expected = {"multilingual": "机 器 学 习 with python3", "words": "机器 学习 with python3"}
    assert tokenize("机器学习 with Python3", scheme) == expected[scheme].split()
    assert tokenize("これは機械学習です。", scheme) == list("これは機械学習です")
    assert tokenize("Привет, мир", scheme) == ["привет", "мир"]


def test_words_need_an_extra_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jieba", None)
    from evaluators import han_words

    han_words._import_jieba.cache_clear()
    with pytest.raises(ConfigError, match=r"seedbed\[segment\]"):
        RougeLFilter(scheme="words")
    han_words._import_jieba.cache_clear()


@pytest.mark.skipif(importlib.util.find_spec("jieba") is None, reason="jieba is not installed (extra `segment`)")
def test_cutting_words_says_nothing_and_leaves_nothing(tmp_path: Any) -> None:
    code = "from evaluators.tokens import tokenize; assert tokenize('机器学习', 'words') == ['机器', '学习']"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"TMPDIR": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("", "")
    assert list(tmp_path.iterdir()) == []
