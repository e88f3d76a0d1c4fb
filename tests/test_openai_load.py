"""What a server tells beside its answers: limits in headers, load on its page of metrics."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from generator.backends.openai_limits import read_rate_limits
from generator.backends.server_load import locate_metrics, read_server_load
from generator.errors import BackendError
from generator.protocols import LoadSource, RateLimited, RateLimits, ServerLoad
from tests.asking import JSON, make_backend, request
from tests.loopback import Server

VLLM_PAGE = """# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="tiny"} 3.0
vllm:num_requests_running{engine="1",model_name="tiny"} 2.0
# HELP vllm:num_requests_waiting Number of requests waiting to be processed.
vllm:num_requests_waiting{engine="0",model_name="tiny"} 0.0
vllm:num_requests_waiting{engine="1",model_name="tiny"} 41.0
vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 99.0
vllm:prompt_tokens_total{engine="0",model_name="tiny"} 1.2e+06
"""


def encode(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


@pytest.mark.parametrize(("headers", "expected"), [
    ({}, None), ({"content-type": "application/json"}, None), ({"x-ratelimit-limit-requests": "60"}, None),
    ({"x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "1s"}, RateLimits(59, 1.0)),
    ({"X-RateLimit-Remaining-Tokens": "149984", "X-RateLimit-Reset-Tokens": "6m0s"}, RateLimits(None, None, 149984, 360.0)),
    ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20ms"}, RateLimits(0, 0.02)),
    ({"x-ratelimit-reset-requests": "2m59.56s"}, RateLimits(None, 179.56)),
    ({"x-ratelimit-reset-requests": "1h2m3s"}, RateLimits(None, 3723.0)),
    ({"x-ratelimit-reset-tokens": "17"}, RateLimits(None, None, None, 17.0)),
    ({"x-ratelimit-remaining-tokens": "many", "x-ratelimit-reset-tokens": "soon"}, None),
    ({"x-ratelimit-remaining-tokens": "-1", "x-ratelimit-reset-tokens": "-5"}, None),
    ({"x-ratelimit-remaining-tokens": "nan", "x-ratelimit-remaining-requests": "1e999"}, None),
    ({"x-ratelimit-reset-requests": "1763719242"}, None), ({"x-ratelimit-reset-requests": "Fri, 21 Nov 2025"}, None),
    ({"x-ratelimit-remaining-requests": "\xff"}, None), ({"x-ratelimit-reset-requests": "1s2"}, RateLimits(None, 3.0)),
])  # fmt: skip
def test_limits_are_read_from_headers(headers: dict[str, str], expected: RateLimits | None) -> None:
    assert read_rate_limits(encode(headers)) == expected


def test_reading_headers_costs_next_to_nothing() -> None:
    """A ratio of two times taken here: against one dump of a small reply, which every call pays, too."""
    headers = encode({f"x-header-{number}": "value" for number in range(12)})
    limited = headers + encode({"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "1m3.2s"})

    def measure(work: Any) -> float:
        best = 1.0
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(2000):
                work()
            best = min(best, time.perf_counter() - began)
        return best

    many = sum(range(400))
    reference = measure(lambda: sum(range(400)))  # about 5 microseconds
    assert many
    assert measure(lambda: read_rate_limits(headers)) < 3 * reference
    assert measure(lambda: read_rate_limits(limited)) < 8 * reference


def test_limits_are_handed_on_from_answers_and_from_errors() -> None:
    async def work() -> list[RateLimits | None]:
        async with Server() as server:
            backend = make_backend(server.url)
            assert isinstance(backend, RateLimited)
            seen = [backend.limits]
            for status, left in ((200, "7"), (429, "0"), (503, "")):
                headers = JSON | ({"x-ratelimit-remaining-requests": left} if left else {})
                body = b'{"choices": [{"message": {"content": "Hi"}}]}'
                server._fault = lambda *_, told=(status, headers, body): told
                try:
                    await backend.complete(request())
                except BackendError:
                    pass
                seen.append(backend.limits)
            await backend.close()
            return seen

    assert asyncio.run(work()) == [None, RateLimits(7), RateLimits(0), RateLimits(0)]


@pytest.mark.parametrize(("page", "expected"), [
    (VLLM_PAGE, ServerLoad(5, 41)),
    ('sglang:num_running_reqs{model_name="x"} 2.0\nsglang:num_queue_reqs{model_name="x"} 1.0\n', ServerLoad(2, 1)),
    ("llamacpp:requests_processing 1\nllamacpp:requests_deferred 4\n", ServerLoad(1, 4)),
    ("", None), ("<html>not found</html>", None), ('vllm:num_requests_running{engine="0"} 3.0\n', None),
    ("llamacpp:requests_processing many\nllamacpp:requests_deferred 4\n", None),
    ("llamacpp:requests_processing NaN\nllamacpp:requests_deferred 4\n", None),
    ("# llamacpp:requests_processing 1\n# llamacpp:requests_deferred 4\n", None),
])  # fmt: skip
def test_the_load_is_read_from_the_page_of_metrics(page: str, expected: ServerLoad | None) -> None:
    assert read_server_load(page) == expected


@pytest.mark.parametrize(("url", "expected"), [
    ("http://h:8000/v1", "http://h:8000/metrics"), ("http://h:8000/v1/", "http://h:8000/metrics"),
    ("https://h/team/v1", "https://h/team/metrics"), ("http://h", "http://h/metrics"),
])  # fmt: skip
def test_the_page_of_metrics_lies_beside_the_api(url: str, expected: str) -> None:
    assert locate_metrics(url) == expected


def test_a_server_that_tells_no_load_is_not_asked_again() -> None:
    async def work(pages: list[Any]) -> tuple[list[ServerLoad | None], int]:
        async with Server() as server:
            asked = []
            answer = server._answer

            async def tell(path: str, body: bytes) -> Any:
                if path != "/metrics":
                    return await answer(path, body)
                asked.append(path)
                return pages.pop(0)

            server._answer = tell  # type: ignore[method-assign]
            backend = make_backend(server.url)
            assert isinstance(backend, LoadSource)
            loads = [await backend.read_load() for _ in range(3)]
            await backend.close()
            return loads, len(asked)

    page: Any = (200, {}, VLLM_PAGE.encode())
    assert asyncio.run(work([page, page, page])) == ([ServerLoad(5, 41)] * 3, 3)
    assert asyncio.run(work([(404, {}, b"")])) == ([None] * 3, 1)
    assert asyncio.run(work([page, (200, {}, b"<html>")])) == ([ServerLoad(5, 41), None, None], 2)


def test_the_load_is_read_while_every_call_is_in_flight() -> None:
    async def work() -> ServerLoad | None:
        async with Server(gate=5) as server:
            answer = server._answer

            async def tell(path: str, body: bytes) -> Any:
                return (200, {}, VLLM_PAGE.encode()) if path == "/metrics" else await answer(path, body)

            server._answer = tell  # type: ignore[method-assign]
            backend = make_backend(server.url, connections=4)
            calls = [asyncio.create_task(backend.complete(request(str(n)))) for n in range(4)]
            await asyncio.sleep(0.05)
            async with asyncio.timeout(5):
                load = await backend.read_load()
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            await backend.close()
            return load

    assert asyncio.run(work()) == ServerLoad(5, 41)
