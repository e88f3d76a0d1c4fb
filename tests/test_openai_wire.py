"""What is sent and what is read: request bodies, and replies of all the shapes that servers send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.backends.openai_dialect import Dialect
from generator.backends.openai_faults import FaultReader, read_retry_after
from generator.backends.openai_wire import find_message, make_body, read_completion, read_error
from generator.errors import BackendError
from generator.types import ChatRequest, Completion, Sampling, Usage

FULL = Sampling(0.7, 0.9, 0.5, 100, ("\n\n",))
MESSAGES = (("system", "Be brief."), ("user", "为什么?"))


def body(model: str = "tiny", dialect: Dialect | None = None, **what: Any) -> dict[str, Any]:
    request = ChatRequest(MESSAGES, model, **what)
    sent: dict[str, Any] = json.loads(make_body(request, dialect or Dialect()))
    return sent


def test_what_is_not_asked_for_is_left_to_the_server() -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "为什么?"}]
    assert body() == {"model": "tiny", "messages": messages}


def test_a_classic_model_gets_all_sampling_parameters() -> None:
    sent = body(sampling=FULL)
    del sent["messages"]
    assert sent == {
        "model": "tiny", "max_tokens": 100, "temperature": 0.7, "top_p": 0.9, "presence_penalty": 0.5, "stop": ["\n\n"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "model", ["o1", "o3-mini", "o4-mini-2025-04-16", "gpt-5", "gpt-5-mini", "openai/gpt-5", "openai/o3"]
)
def test_a_reasoning_model_gets_its_own_parameters(model: str) -> None:
    sent = body(model, sampling=FULL)
    assert sent.keys() == {"model", "messages", "max_completion_tokens"}
    assert sent["max_completion_tokens"] == 100


@pytest.mark.parametrize("model", ["gpt-4.1-mini", "gpt-oss-20b", "olmo-2", "opus", "Qwen/Qwen3-8B", "default"])
def test_other_models_are_no_reasoning_models(model: str) -> None:
    assert "temperature" in body(model, sampling=FULL)


def reply(message: dict[str, Any], reason: str | None = "stop", **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": reason}], "model": "tiny-1", **more}


USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


@pytest.mark.parametrize(("told", "expected"), [
    (reply({"content": "Hi"}, usage=USAGE), Completion("Hi", "stop", "tiny-1", Usage(7, 3, None))),
    (reply({"content": "Hi"}), Completion("Hi", "stop", "tiny-1")),
    (reply({"content": "Hi"}, usage=None), Completion("Hi", "stop", "tiny-1")),
    (reply({"content": "Hi"}, usage={"prompt_tokens": "7"}), Completion("Hi", "stop", "tiny-1")),
    (reply({"content": "Hi"}, usage={"prompt_tokens": -1, "completion_tokens": True}), Completion("Hi", "stop", "tiny-1")),
    (reply({"content": "Hi"}, usage={**USAGE, "prompt_tokens_details": {"cached_tokens": 5}}),
     Completion("Hi", "stop", "tiny-1", Usage(7, 3, 5))),
    (reply({"content": "Hi"}, usage={**USAGE, "prompt_tokens_details": None}),
     Completion("Hi", "stop", "tiny-1", Usage(7, 3, None))),
    (reply({"content": "Hi"}, None), Completion("Hi", "stop", "tiny-1")),
    (reply({"content": "Hi"}, "length"), Completion("Hi", "length", "tiny-1")),
    ({"choices": [{"message": {"content": "Hi"}}]}, Completion("Hi")),
    (reply({"content": None}), Completion("", "stop", "tiny-1")),
    (reply({}), Completion("", "stop", "tiny-1")),
    (reply({"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]}),
     Completion("Hello", "stop", "tiny-1")),
    (reply({"content": []}), Completion("", "stop", "tiny-1")),
    (reply({"content": [{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": "Hi"}]}),
     Completion("Hi", "stop", "tiny-1")),
    (reply({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "Hi"}]}),
     Completion("Hi", "stop", "tiny-1", reasoning="hm")),
    (reply({"content": [{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "Hi"}]}),
     Completion("Hi", "stop", "tiny-1", reasoning="hm")),
    (reply({"content": "Hi", "reasoning_content": "hm"}), Completion("Hi", "stop", "tiny-1", reasoning="hm")),
    (reply({"content": "Hi", "reasoning": "hm"}), Completion("Hi", "stop", "tiny-1", reasoning="hm")),
    (reply({"content": "Hi", "reasoning": ""}), Completion("Hi", "stop", "tiny-1")),
    (reply({"content": "Hi", "reasoning": {"odd": 1}}), Completion("Hi", "stop", "tiny-1")),
    (reply({"content": None, "reasoning_content": "hm"}, "length"), Completion("", "length", "tiny-1", reasoning="hm")),
    (reply({"content": None, "refusal": "I will not."}), Completion("I will not.", "content_filter", "tiny-1")),
    (reply({"content": [{"type": "refusal", "refusal": "No."}]}), Completion("No.", "content_filter", "tiny-1")),
    (reply({"content": "half"}, "content_filter"), Completion("half", "content_filter", "tiny-1")),
    (reply({"content": "a\x00b\ud800"}), Completion("a\x00b\ud800", "stop", "tiny-1")),
])  # fmt: skip
def test_a_reply_is_read_tolerantly(told: dict[str, Any], expected: Completion) -> None:
    assert read_completion(json.loads(json.dumps(told))) == expected


@pytest.mark.parametrize("told", [
    None, [], "text", 3, {}, {"choices": []}, {"choices": None}, {"choices": [None]}, {"choices": [{}]},
    {"choices": [{"message": None}]}, {"choices": [{"message": "Hi"}]}, {"choices": [{"text": "Hi"}]},
    reply({"content": 7}), reply({"content": {"text": "Hi"}}), reply({"content": ["Hi", None]}),
    reply({"content": "half"}, "error"), {"object": "error", "message": "x"}, {"choices": "abc"},
])  # fmt: skip
def test_what_is_no_completion_is_never_an_empty_answer(told: Any) -> None:
    with pytest.raises(ValueError, match=r"not a chat completion|broke off"):
        read_completion(told)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["choices", "message", "content", "text", "error", "code", "usage", "model", "thinking", "x"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(json_values)
def test_no_reply_of_any_shape_breaks_the_reader(told: Any) -> None:
    for value in (told, {"choices": [{"message": told}]}, {"choices": [{"message": {"content": told}, "usage": told}]}):
        try:
            assert isinstance(read_completion(value).text, str)
        except ValueError:
            pass
        assert isinstance(find_message(value), str)
        assert read_error(value) is None or 400 <= read_error(value)[0] < 600  # type: ignore[index]
        assert isinstance(FaultReader("u", "k").explain_reply(json.dumps(value).encode(), ""), BackendError)


@pytest.mark.parametrize(("told", "expected"), [
    ({"error": {"code": 429, "message": "slow down"}}, (429, "slow down")),
    ({"error": {"code": "rate_limit", "message": "slow down"}}, (500, "slow down")),
    ({"error": "boom"}, (500, "boom")), ({"error": {"code": 12}}, (500, "")), ({"error": None}, None),
    (reply({"content": "Hi"}, error={"code": 500}), None), ([], None),
])  # fmt: skip
def test_an_error_with_status_200_is_one(told: Any, expected: tuple[int, str] | None) -> None:
    assert read_error(told) == expected


@pytest.mark.parametrize(("told", "expected"), [
    ({"error": {"message": "no such model", "code": "x"}}, "no such model"), ({"error": "no such model"}, "no such model"),
    ({"object": "error", "message": "no such model"}, "no such model"), ({"detail": "Not Found"}, "Not Found"),
    ({"detail": [{"loc": ["body"], "msg": "field required"}, {"msg": "too long"}]}, "field required; too long"), ({}, ""),
])  # fmt: skip
def test_an_errors_message_is_found_wherever_it_stands(told: Any, expected: str) -> None:
    assert find_message(told) == expected


@pytest.mark.parametrize(("headers", "seconds"), [
    ({"retry-after": "3"}, 3.0), ({"retry-after": "0.5"}, 0.5), ({"retry-after": "86400"}, 86400.0),
    ({"retry-after-ms": "250"}, 0.25), ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
    ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0), ({"retry-after": "-3"}, 0.0), ({}, None),
    ({"retry-after": "soon"}, None), ({"retry-after": ""}, None), ({"retry-after": "nan"}, None),
    ({"retry-after": "inf"}, None), ({"retry-after": "1e400"}, None),
    ({"retry-after": "Fri, 21 Nov 2025 10:00:42 GMT", "date": "Fri, 21 Nov 2025 10:00:00 GMT"}, 42.0),
    ({"retry-after": "Fri, 21 Nov 2025 09:00:00 GMT", "date": "Fri, 21 Nov 2025 10:00:00 GMT"}, 0.0),
    ({"retry-after": "Fri, 21 Nov 1995 10:00:42 GMT"}, 0.0), ({"retry-after": "Fri, 99 Nov 2025 10:00:42 GMT"}, None),
])  # fmt: skip
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers) == seconds
