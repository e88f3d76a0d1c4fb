"""Which words: required, forbidden, how often, first and last; and what marks may not appear.

Source: the keyword, start/end and punctuation constraints of IFEval (Zhou et al. 2023, arXiv:2311.07911, table 1).
Deviations: a word counts only as a whole word ("cat" is not in "category"), whatever its case; a term with a Chinese
character counts wherever it appears, as Chinese has no spaces to mark words.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from evaluators.verifiers.groups import FIRST_LINE, JSON, LAST_LINE
from evaluators.verifiers.kind import MAX_TEXT, Clean, Param, Params, Rule, choice, refuse, text, texts, whole
from evaluators.verifiers.segment import CACHED_TEXTS, find_sentences, find_words, is_cjk

SCRIPT_SHARE = 0.9  # of the letters; leaves room for names and terms in another script
COMMAS = ",，、"
SCRIPTS: dict[str, str] = {
    "Latin": "LATIN", "Han": "CJK", "Cyrillic": "CYRILLIC", "Arabic": "ARABIC", "Devanagari": "DEVANAGARI",
    "Greek": "GREEK", "Hebrew": "HEBREW", "Hangul": "HANGUL", "Hiragana": "HIRAGANA", "Katakana": "KATAKANA",
    "Thai": "THAI",
}  # fmt: skip  # script -> how the Unicode names of its letters begin


@lru_cache(maxsize=CACHED_TEXTS)
def fold(text: str) -> str:
    """Return the text as terms are compared: without case, runs of white space as one space."""
    return " ".join(text.split()).casefold()


def touches(char: str) -> bool:
    """Say whether a character beside a term makes it part of a longer word; CJK and no character at all do not."""
    return (char.isalnum() or char == "_") and not is_cjk(char)


def count_term(term: str, text: str) -> int:
    """Count the places where the term stands as a whole word, in any case; a term with a CJK character, anywhere."""
    needle, hay = fold(term), fold(text)
    anywhere = is_cjk(term)
    count = begin = 0
    while needle and (place := hay.find(needle, begin)) >= 0:
        end = place + len(needle)
        stands = anywhere or not (touches(hay[place - 1 : place]) or touches(hay[end : end + 1]))
        count += stands
        begin = end if stands else place + 1
    return count


def has_term(term: str, text: str) -> bool:
    """Say whether the term stands somewhere in the text, as `count_term` counts."""
    return count_term(term, text) > 0


def has_all(response: str, params: Params, _: str) -> bool:
    """Say whether every word of `words` appears."""
    return all(has_term(word, response) for word in params["words"])


def has_none(response: str, params: Params, _: str) -> bool:
    """Say whether no word of `words` appears."""
    return not any(has_term(word, response) for word in params["words"])


def mentions_first(response: str, params: Params, _: str) -> bool:
    """Say whether the first sentence has the word."""
    sentences = find_sentences(response)
    return bool(sentences) and has_term(params["word"], sentences[0])


def mentions_last(response: str, params: Params, _: str) -> bool:
    """Say whether the last sentence has the word."""
    sentences = find_sentences(response)
    return bool(sentences) and has_term(params["word"], sentences[-1])


def opens_differently(response: str, _params: Params, _: str) -> bool:
    """Say whether no two sentences start with the same word (a Chinese character is a word), whatever the case."""
    openings = [words[0].casefold() for words in map(find_words, find_sentences(response)) if words]
    return len(set(openings)) == len(openings) > 0


def repeats_no_sentence(response: str, _params: Params, _: str) -> bool:
    """Say whether no two sentences have the same words in the same order, whatever case and punctuation."""
    sentences = [" ".join(find_words(sentence)).casefold() for sentence in find_sentences(response)]
    return len(set(sentences)) == len(sentences) > 0


def is_in_script(response: str, params: Params, _: str) -> bool:
    """Say whether the share of the letters that are of the script is at least `SCRIPT_SHARE`."""
    prefix = SCRIPTS[params["script"]]
    letters = [char for char in response if char.isalpha()]
    own = sum(1 for char in letters if unicodedata.name(char, "").startswith(prefix))
    return bool(letters) and own >= SCRIPT_SHARE * len(letters)


def marks(max_items: int = 10) -> Clean:
    """Return a check for a list of punctuation marks or symbols, one character each."""
    several = texts(1, max_items)

    def clean(value: object) -> tuple[str, ...]:
        items: tuple[str, ...] = several(value)
        if any(unicodedata.category(item[0])[0] not in "PS" for item in items):
            raise refuse("must hold punctuation marks only")
        return items

    return Clean('["mark", …]', clean)


WORDS_PARAM = {"words": Param(texts())}
WORD_PARAM = {"word": Param(text(80))}
TEXT_PARAM = {"text": Param(text(MAX_TEXT))}

WORD_RULES: dict[str, Rule] = {
    "required_words": Rule(
        WORDS_PARAM,
        has_all,
    ),
    "forbidden_words": Rule(
        WORDS_PARAM,
        has_none,
    ),
    "word_frequency": Rule(
        WORD_PARAM | {"count": Param(whole(1, 1000))},
        lambda response, params, _: count_term(params["word"], response) >= params["count"],
    ),
    "opening_mentions": Rule(
        WORD_PARAM,
        mentions_first, FIRST_LINE | {"headings", "sections", "key_value_lines"},
    ),
    "closing_mentions": Rule(
        WORD_PARAM,
        mentions_last, LAST_LINE,
    ),
    "starts_with": Rule(
        TEXT_PARAM,
        lambda response, params, _: response.strip().startswith(params["text"]),
        FIRST_LINE,
    ),
    "ends_with": Rule(
        TEXT_PARAM,
        lambda response, params, _: response.strip().endswith(params["text"]),
        LAST_LINE,
    ),
    "no_commas": Rule(
        {},
        lambda response, _params, _: not any(comma in response for comma in COMMAS),
        JSON,
    ),
    "forbidden_marks": Rule(
        {"marks": Param(marks())},
        lambda response, params, _: not any(mark in response for mark in params["marks"]),
        JSON,
    ),
    "no_digits": Rule(
        {},
        lambda response, _params, _: not any("0" <= char <= "9" or "０" <= char <= "９" for char in response),
        frozenset({"numbered_list", "sections", "json_array", "json_object"}),
    ),
    "distinct_openings": Rule(
        {},
        opens_differently, JSON | {"table"},
    ),
    "no_repeated_sentences": Rule(
        {},
        repeats_no_sentence, JSON | {"table"},
    ),
    "script": Rule(
        {"script": Param(choice(*SCRIPTS))},
        is_in_script,
    ),
}  # fmt: skip
