"""The pool's claims: who is on the way is found as a rival, and what is decided is forgotten."""

from __future__ import annotations

import asyncio

from evaluators.novelty.rouge_l import RougeLFilter
from generator.pool import Pool
from tests.export_rig import make_example
from tests.loopback import WORDS


def test_what_is_decided_is_swept_out_and_what_is_on_its_way_stays() -> None:
    made: list[RougeLFilter] = []

    def make_claims() -> RougeLFilter:
        made.append(RougeLFilter())
        return made[-1]

    async def work() -> None:
        pool = Pool([RougeLFilter()], make_claims)
        text = "Describe how a tide forms in two sentences."
        live = await pool.prepare(text)
        assert live is not None
        pool.claim((0, 0), live)
        for number in range(1, 700):
            probe = await pool.prepare(f"{WORDS[number % 20]} {number} {WORDS[number // 20]} {number + 1}")
            assert probe is not None
            pool.claim((number, 0), probe)
            pool.release((number, 0))
        later = await pool.prepare(text)
        assert later is not None
        assert pool.find_rival((800, 0), later) == (0, 0)
        assert pool.find_rival((0, 0), later) is None  # nobody waits for who comes after, or for oneself
        pool.release((0, 0))
        assert pool.find_rival((800, 0), later) is None

    asyncio.run(work())
    assert len(made) > 1
    assert len(made[-1]) < 700


def test_what_is_exactly_at_the_threshold_is_still_novel() -> None:
    for threshold, name in ((0.5, None), (0.49, "rouge_l")):
        pool = Pool([RougeLFilter(threshold)], RougeLFilter)
        pool.add_seeds([make_example(instruction="alpha bravo candle delta")])
        probe = asyncio.run(pool.prepare("alpha bravo engine forest"))  # two words of four: 0.5
        assert probe is not None
        alike = pool.decide(probe)
        assert (alike and alike.reason) == name
