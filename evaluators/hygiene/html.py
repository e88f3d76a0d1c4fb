"""Takes the HTML out of prose: tags that only set text, and character references; what is about HTML stays.

Tags go only where every one of them is a tag of running text, opened and closed around words: a text with a `<div>`, a
lone `<b>` or an empty `<p></p>` speaks of HTML, and stays as it is. Paragraphs and lines become line ends, items of a
list begin with `- `, the address of a link follows it, `<pre>` becomes a fence.
Source: HTML Living Standard, sections 4.4 to 4.5 (grouping and text-level elements). Deviations: as above.
"""

from __future__ import annotations

import html
import re
from collections import Counter

from evaluators.hygiene.prose import split_code

BLOCKS = frozenset("p blockquote ul ol li h1 h2 h3 h4 h5 h6 pre".split())
INLINE = frozenset(
    "a b i u s em strong small sub sup span font mark del ins q cite tt strike code abbr big center".split()
)
VOID = frozenset("br hr wbr".split())
_KNOWN = BLOCKS | INLINE | VOID
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:\s[^<>]*)?)/?>")
_EMPTY = re.compile(r"<([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?>\s*</\1>")
_LINK = re.compile(r"<a\s[^<>]*?href\s*=\s*[\"']([^\"'<>]+)[\"'][^<>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)
_PRE = re.compile(r"<pre(?:\s[^<>]*)?>\s*(?:<code(?:\s[^<>]*)?>)?(.*?)(?:</code>)?\s*</pre>", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"<code(?:\s[^<>]*)?>(.*?)</code>", re.IGNORECASE | re.DOTALL)
_RAISED = re.compile(r"<sup(?:\s[^<>]*)?>([^<>]+)</sup>", re.IGNORECASE)
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_BREAK = re.compile(r"<br\s*/?>\n?", re.IGNORECASE)
_ITEM = re.compile(r"\s*<li(?:\s[^<>]*)?>\s*", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:p|blockquote|h[1-6]|ul|ol|hr)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_HOLD = "\0"  # stands for a piece of code while the tags are taken out
_REFERENCE = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|ndash|mdash|hellip|[lr]dquo|[lr]squo|#\d{2,6}|#x[0-9A-Fa-f]{2,5});"
)
_ABOUT = re.compile(
    r"\b(?:x?html5?|xml|svg|css|jsx|markup|tags?|javascript|web ?page|dom|escape[sd]?|entit(?:y|ies))\b|标签|网页",
    re.IGNORECASE,
)


def is_about_html(text: str) -> bool:
    """Say whether a text speaks of HTML or the like, so that its tags are its matter."""
    return _ABOUT.search(text) is not None


def strip_html(text: str) -> str:
    """Return the text with the HTML of its prose taken out; code, and prose that speaks of HTML, as it was."""
    if ("<" not in text and "&" not in text) or _HOLD in text:
        return text
    pieces = list(split_code(text))
    held = [piece for code, piece in pieces if code]
    places = (_HOLD + str(n) + _HOLD for n in range(len(held)))
    prose = "".join(next(places) if code else piece for code, piece in pieces)
    if _sets_text(prose):
        prose = _strip_tags(prose, held)
    elif not _TAG.search(prose):
        prose = _unescape(prose)
    return re.sub(f"{_HOLD}(\\d+){_HOLD}", lambda found: held[int(found[1])], prose)


def _sets_text(text: str) -> bool:
    """Say whether the tags only set text: all known, opened and closed, around something."""
    if is_about_html(_TAG.sub("", text)) or _EMPTY.search(text):
        return False
    opened: Counter[str] = Counter()
    seen = False
    for closes, name, _ in _TAG.findall(text):
        tag = name.lower()
        if tag not in _KNOWN:
            return False
        seen = True
        if tag not in VOID:
            opened[tag] += -1 if closes else 1
        if opened[tag] < 0:
            return False
    loose = {"p", "li"}  # may stay open, by the standard
    return seen and not any(count for tag, count in opened.items() if tag not in loose)


def _strip_tags(text: str, held: list[str]) -> str:
    """Return the text without its tags; code that they marked is added to `held`."""

    def hold(code: str) -> str:
        held.append(code)
        return f"{_HOLD}{len(held) - 1}{_HOLD}"

    def fence(found: re.Match[str]) -> str:
        return "\n\n" + hold("```\n" + html.unescape(found[1]).strip("\n") + "\n```") + "\n\n"

    text = _PRE.sub(fence, text)
    text = _CODE.sub(lambda found: hold(f"`{html.unescape(found[1])}`"), text)
    text = _LINK.sub(lambda found: found[2] if found[1] in found[2] else f"{found[2]} ({found[1]})", text)
    text = _RAISED.sub(
        lambda found: found[1].translate(_SUPERSCRIPTS) if found[1].isdecimal() else f"^{found[1]}", text
    )
    text = _BREAK.sub("\n", text)
    text = _ITEM.sub("\n- ", text)
    text = _BLOCK.sub("\n\n", text)
    text = _unescape(_TAG.sub("", text))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def _unescape(text: str) -> str:
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text)
