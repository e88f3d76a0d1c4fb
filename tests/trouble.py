"""A loopback server that misbehaves as servers do: faults by chance, a limit, a queue, damaged replies, an outage.

`python -m tests.trouble --help` tells how to order them; it prints its address and serves until it is killed, and
`GET /stats` also tells how often it did what, and how many attempts came before their Retry-After was over.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.loopback import Raw, Server, answer

JSON_TYPE = {"content-type": "application/json"}
BOOM: tuple[int, dict[str, str], bytes] = (500, {}, b'{"error":{"message":"boom"}}')
CUT = (200, JSON_TYPE, b'{"choices": [{"mess')
CUT_SHORT = Raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{", "reset")
NO_JSON = (200, {"content-type": "text/html"}, b"<html>busy</html>")
SPOILED: list[tuple[int, dict[str, str], bytes] | Raw] = [CUT, CUT_SHORT, NO_JSON]
EARLY_S = 0.002  # clocks and the loop's own grain


@dataclass
class Trouble:
    """Chooses, call by call, whether the server fails, and how. The shares are of all calls."""

    error: float = 0.0  # HTTP 500
    turned_away: float = 0.0  # HTTP 429, by chance
    dropped: float = 0.0
    cut: float = 0.0  # bodies cut short, or no JSON
    hangs: float = 0.0
    retry_after_s: float | None = 0.2
    most: int | None = None  # calls at a time; what is above is turned away
    seed: int = 3
    server: Server | None = None
    count: Counter[str] = field(default_factory=Counter)
    early: int = 0
    texts: list[str] = field(default_factory=list)  # what was answered, in order

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._not_before: dict[str, float] = {}
        self.marks: list[bool] = []  # of each call, whether it was turned away

    def __call__(self, number: int, digest: str) -> tuple[int, dict[str, str], bytes] | Raw | None:
        now = asyncio.get_running_loop().time()
        self.early += now < self._not_before.get(digest, 0.0) - EARLY_S
        kind = self._choose()
        self.marks.append(kind == "turned_away")
        if kind is None:
            return None
        self.count[kind] += 1
        if kind == "turned_away":
            headers = {} if self.retry_after_s is None else {"retry-after": str(self.retry_after_s)}
            self._not_before[digest] = now + (self.retry_after_s or 0.0)
            return 429, headers, b'{"error":{"message":"slow down"}}'
        if kind == "cut":
            return self._random.choice(SPOILED)
        return BOOM if kind == "error" else Raw(end="hang" if kind == "hangs" else "reset")

    def _choose(self) -> str | None:
        if self.most is not None and self.server is not None and self.server.in_flight > self.most:
            return "turned_away"
        drawn = self._random.random()
        for kind in ("error", "turned_away", "dropped", "cut", "hangs"):
            drawn -= getattr(self, kind)
            if drawn < 0:
                return kind
        return None

    @property
    def late_share(self) -> float:
        """The share turned away of the second half of all calls."""
        late = self.marks[len(self.marks) // 2 :]
        return sum(late) / max(1, len(late))

    def describe(self) -> dict[str, Any]:
        told = {"faults": dict(self.count), "early": self.early, "late_share": self.late_share}
        return told | {"late_latency_s": self._find_late_latency(), "texts": self.texts}

    def _find_late_latency(self) -> float:
        if self.server is None or not self.server.latencies:
            return 0.0
        late = self.server.latencies[len(self.server.latencies) // 2 :]
        return sum(late) / len(late)


class Damage:
    """Replies of which some are cut off, empty, or no JSON where that was asked for.

    Which, is a function of the request and of how often it was answered before.
    """

    def __init__(self, cut_off: float = 0.02, out_of_form: float = 0.02, empty: float = 0.01) -> None:
        self._shares = {"cut_off": cut_off, "out_of_form": out_of_form, "empty": empty}
        self._asked: Counter[str] = Counter()
        self.count: Counter[str] = Counter()

    def __call__(self, body: dict[str, Any]) -> str | dict[str, Any]:
        text = answer(body)
        key = json.dumps(body, sort_keys=True)
        self._asked[key] += 1
        drawn = random.Random(f"{key}{self._asked[key]}").random()
        for kind, share in self._shares.items():
            drawn -= share
            if drawn < 0 and (kind != "out_of_form" or text.startswith("{")):
                self.count[kind] += 1
                return make_body(body, *self._spoil(kind, text))
        return text

    def _spoil(self, kind: str, text: str) -> tuple[str, str]:
        if kind == "cut_off":
            return text[: len(text) // 2], "length"
        return ("", "stop") if kind == "empty" else (text[: len(text) // 3], "stop")


def make_body(request: dict[str, Any], text: str, finish_reason: str) -> dict[str, Any]:
    """Return the whole body of a reply."""
    message = {"role": "assistant", "content": text}
    return {
        "model": request["model"], "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }  # fmt: skip


def parse() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--latency", type=float, default=0.0, metavar="MEDIAN_S")
    arguments.add_argument("--sigma", type=float, default=0.5)
    for name in ("error", "turned-away", "dropped", "cut", "hangs"):
        arguments.add_argument(f"--{name}", type=float, default=0.0, metavar="SHARE")
    arguments.add_argument("--retry-after", type=float, default=0.2)
    arguments.add_argument("--most", type=int, help="calls at a time; what is above gets a 429")
    arguments.add_argument("--works-on", type=int, help="calls at a time; what is above waits in a queue")
    arguments.add_argument("--down", type=float, nargs=2, metavar=("AFTER_CALLS", "SECONDS"))
    arguments.add_argument("--damage", action="store_true", help="5%% of the replies cut off, not in form, or empty")
    arguments.add_argument("--texts", action="store_true", help="tell in /stats what was answered, in order")
    return arguments.parse_args()


async def serve_forever(given: argparse.Namespace) -> None:
    trouble = Trouble(
        error=given.error, turned_away=given.turned_away, dropped=given.dropped, cut=given.cut, hangs=given.hangs,
        retry_after_s=given.retry_after, most=given.most,
    )  # fmt: skip
    damage = Damage()

    def reply(body: dict[str, Any]) -> str | dict[str, Any]:
        told = damage(body) if given.damage else answer(body)
        if isinstance(told, str) and given.texts:
            trouble.texts.append(told)
        return told

    async with Server(
        latency_s=given.latency, sigma=given.sigma, fault=trouble, reply=reply, works_on=given.works_on
    ) as server:
        trouble.server = server
        print(server.url, flush=True)  # noqa: T201 - the address is this program's output
        if given.down is not None:
            while server.asked.total() < given.down[0]:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)
            await server.go_down(given.down[1])
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve_forever(parse()))
