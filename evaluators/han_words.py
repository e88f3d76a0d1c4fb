"""Cuts Chinese text, which writes no spaces, into words: jieba, from the extra `segment`.

The promise: the same words for the same text on every machine (the dictionary is the one that jieba ships), nothing
printed, and nothing read that another user could have put in a shared temporary folder. The dictionary is loaded when
the first word is cut, which takes about a second.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from generator.errors import ConfigError


def check_segmenter() -> None:
    """Raise `ConfigError` where jieba is not installed."""
    _import_jieba()


def cut_words(text: str) -> list[str]:
    """Return the words of a run of Chinese characters, in order; together they are the text."""
    return list(_load_cut()(text))


@cache
def _import_jieba() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its source and its use of pkg_resources are of an older Python
            import jieba
    except ImportError as error:
        raise ConfigError("words of Chinese text need jieba: pip install 'seedbed[segment]'") from error
    jieba.setLogLevel(logging.WARNING)
    return jieba


@cache
def _load_cut() -> Callable[[str], Iterator[str]]:
    """Load the dictionary. jieba would keep it as a marshalled file in the shared temporary folder; here it is private."""
    tokenizer = _import_jieba().Tokenizer()
    with tempfile.TemporaryDirectory(prefix="seedbed-jieba-") as folder:
        tokenizer.tmp_dir = folder
        tokenizer.initialize()
    cut: Callable[[str], Iterator[str]] = tokenizer.cut
    return cut
