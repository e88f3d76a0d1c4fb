"""Arithmetic without `eval`: exact in every notation, bounded, and answers compared with a value."""

from __future__ import annotations

import contextlib
import time
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.verifiers.arithmetic import evaluate, format_number
from evaluators.verifiers.verify import verify
from generator.errors import ReplyError
from generator.types import Check


@given(st.integers(-999, 999), st.integers(-999, 999), st.integers(1, 99), st.sampled_from("+-*"))
def test_expressions_have_the_value_that_arithmetic_gives(a: int, b: int, c: int, sign: str) -> None:
    assert evaluate(f"({a} {sign} {b}) // {c}") == {"+": a + b, "-": a - b, "*": a * b}[sign] // c
    assert abs(float(format_number(evaluate(f"{a}/{c}"))) - a / c) <= 0.5001e-4


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("200*15%", "30"), ("(10+10)%", "1/5"), ("7 % 3", "1"), ("50% - 0.3", "1/5"), ("１２＋３×４", "24"), ("10%%", "1/1000"),
        ("2**(200%)", "4"), ("1/2 + 1/3", "5/6"), ("0.1 + 0.2 - 0.3", "0"), ("（3＋4）÷２", "7/2"), ("−5 + 5", "0"),
        ("200 / 10%", "2000"), ("100 % (7)", "2"),
    ],
)  # fmt: skip
def test_expressions_are_exact_in_every_notation(expression: str, value: str) -> None:
    assert evaluate(expression) == Fraction(value)


@pytest.mark.parametrize(
    "expression", ["%", "5 %%% (", "3²", ")%", "1e9", "0x10", "1_000", "5 and 3", "a", "()", "3 3"]
)
def test_what_is_no_arithmetic_is_refused(expression: str) -> None:
    with pytest.raises(ReplyError):
        evaluate(expression)


@given(st.text("0123456789.+-*/%() ×÷，,=", max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_expression_is_costly_or_raises_anything_else(expression: str) -> None:
    began = time.perf_counter()
    with contextlib.suppress(ReplyError):
        evaluate(expression)
    assert time.perf_counter() - began < 1


@given(st.fractions(-1000, 1000, max_denominator=60), st.integers(2, 6))
def test_a_value_may_be_rounded_and_no_further(value: Fraction, places: int) -> None:
    check = Check(kind="equals_expression", params={"expression": f"({value.numerator}) / {value.denominator}"})
    shown = Decimal(value.numerator) / Decimal(value.denominator)
    step = Decimal(1).scaleb(-places)
    rounded = shown.quantize(step, ROUND_HALF_UP)
    assert verify(check, f"Answer: {rounded}")
    assert verify(check, f"{value.numerator}/{value.denominator}")
    assert not verify(check, f"Answer: {rounded + 2 * step}")
