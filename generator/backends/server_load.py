"""How busy a server says it is: the gauges of running and waiting requests on its page of metrics. Pure.

A saturated server of these makes never says 429, it queues; its page tells so before the latency does.

Source: https://docs.vllm.ai (`vllm:num_requests_*`); SGLang and llama.cpp (`--metrics`) for theirs.
"""

from __future__ import annotations

import math
import re
from urllib.parse import urlsplit, urlunsplit

from generator.protocols import ServerLoad

_RUNNING = ("vllm:num_requests_running", "sglang:num_running_reqs", "llamacpp:requests_processing")
_WAITING = ("vllm:num_requests_waiting", "sglang:num_queue_reqs", "llamacpp:requests_deferred")
_GAUGE = re.compile(rf"^({'|'.join(_RUNNING + _WAITING)})(?:\{{[^\n]*\}})? (\S+)", re.MULTILINE)


def locate_metrics(base_url: str) -> str:
    """Return the address of the page of metrics, which lies beside `/v1`."""
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/").removesuffix("/v1")
    return urlunsplit((parts.scheme, parts.netloc, f"{path}/metrics", "", ""))


def read_server_load(page: str) -> ServerLoad | None:
    """Return the load, all engines behind the address together; None where the page does not tell."""
    counts: dict[bool, float] = {}
    for name, value in _GAUGE.findall(page):
        try:
            counts[name in _WAITING] = counts.get(name in _WAITING, 0.0) + float(value)
        except ValueError:
            return None
    if len(counts) < 2 or not all(map(math.isfinite, counts.values())):
        return None
    return ServerLoad(running=int(counts[False]), waiting=int(counts[True]))
