"""The kinds of constraints as a list for a model that is to state some: written from the rules, so it never goes stale."""

from __future__ import annotations

import re
from functools import lru_cache

from evaluators.verifiers.kind import Kind
from evaluators.verifiers.verify import KINDS
from evaluators.verifiers.wording import TEMPLATES

_SLOT = re.compile(r"\{([a-z]+)(?::([^}]*))?\}")


@lru_cache(maxsize=8)
def list_kinds(language: str) -> str:
    """Return a line for each kind that can be asked for in the language (else in English): parameters and demand."""
    code = language.partition("-")[0]
    spoken = code if code in TEMPLATES else "en"
    return "\n".join(_list_kind(kind, spoken) for kind in KINDS.values() if spoken in kind.languages)


def _list_kind(kind: Kind, language: str) -> str:
    params = ", ".join(
        f'"{name}"{"" if param.required else "?"}: {param.clean.form}' for name, param in kind.params.items()
    )
    return f'- "{kind.name}" {{{params}}}: {_SLOT.sub(_name_slot, TEMPLATES[language][kind.name][0]).strip()}'


def _name_slot(slot: re.Match[str]) -> str:
    """Return a parameter's place in a sentence, by its name in capitals."""
    name, spec = slot[1].upper(), slot[2] or ""
    if "|" in spec:
        return f"{name} {spec.split('|')[1]}"
    return f"“{name}”" if spec == "quote" else name
