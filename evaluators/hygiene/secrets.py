"""Finds keys and tokens by the prefixes that their issuers gave them, and private keys by their armour.

A row of one letter, or of too few different ones, is a placeholder (`sk-xxxx…`) and not reported.
Source: the issuers' documentation of the forms (GitHub, GitLab, AWS, Google, Slack, OpenAI, Anthropic, Hugging Face, npm,
PyPI, Stripe, SendGrid, DigitalOcean), RFC 7519 (JWT), RFC 7468 (armour).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MIN_DISTINCT = 8  # different characters of a token; chosen: a random one of 16 has 12 and more
_FORMS = (
    r"sk-(?:proj-|svcacct-|ant-[a-z0-9]+-)?[A-Za-z0-9_-]{20,}", r"gh[pousr]_[A-Za-z0-9]{36,}",
    r"github_pat_[A-Za-z0-9_]{50,}", r"gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,}", r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    r"AIza[0-9A-Za-z_-]{35}", r"ya29\.[0-9A-Za-z_-]{20,}", r"xox[abeprs]-[0-9A-Za-z-]{10,}", r"hf_[A-Za-z0-9]{30,}",
    r"npm_[A-Za-z0-9]{36}", r"pypi-AgEI[A-Za-z0-9_-]{40,}", r"[sr]k_(?:live|test)_[0-9A-Za-z]{16,}",
    r"SG\.[\w-]{16,}\.[\w-]{16,}", r"dop_v1_[0-9a-f]{64}",
    r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
)  # fmt: skip
_TOKEN = re.compile(rf"(?<![A-Za-z0-9_-])(?:{'|'.join(_FORMS)})(?![A-Za-z0-9_])", re.ASCII)
_ARMOUR = re.compile(
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:[\s\S]{0,10000}?-----END (?:[A-Z]+ )*PRIVATE KEY-----)?"
)


def find_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Yield the characters [start, end) of each secret."""
    for found in _TOKEN.finditer(text):
        if len(set(found[0][-24:])) >= MIN_DISTINCT and any(map(str.isdigit, found[0])):
            yield found.span()
    for found in _ARMOUR.finditer(text):
        yield found.span()
