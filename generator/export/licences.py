"""A licence as the hub's data set cards name it: by an id that the hub knows, else `other` with a name of its own.

Source: Hugging Face, "Licenses" (the hub's list of ids) and "Dataset Cards" (`license: other` with `license_name`).
"""

from __future__ import annotations

import re

OTHER, UNKNOWN = "other", "unknown"
KNOWN = frozenset(
    "apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m afl-3.0"
    " artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0"
    " cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0"
    " cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0"
    " epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc intel-research"
    " h-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openrail++ osl-3.0 postgresql ofl-1.1"
    " ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma".split()
) | {OTHER, UNKNOWN}
_FILLING = re.compile(r"\b(?:licen[cs]e|version|the)\b|(?<![a-z])v(?=\d)|[(),]")
_NO_NAME = re.compile(r"[^\w.+-]+")


def describe_licence(said: str) -> dict[str, str]:
    """Return what a card says of a licence that somebody names, "" for none."""
    name = said.strip()
    if not name:
        return {"license": UNKNOWN}
    plain = "-".join(_FILLING.sub(" ", name.lower()).split())
    found = next((one for one in (name.lower(), plain) if one in KNOWN), None)
    if found is not None:
        return {"license": found}
    return {"license": OTHER, "license_name": _NO_NAME.sub("-", name).strip("-") or OTHER}
