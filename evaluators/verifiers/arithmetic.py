"""Exact numbers: reading them from text, writing them, and evaluating an arithmetic expression without `eval`.

An expression is parsed by `ast` and only numbers, parentheses and `+ - * / // % **` are walked; the text has no
letters, so no name, call or attribute can even be written. Length, exponent and the size of every result are bounded,
so no input is costly. All arithmetic is on fractions: 0.1 + 0.2 is 0.3. A `%` between two operands is the remainder;
one that no operand follows is a percentage of what stands before it: 200 * 15% is 30. `×`, `÷` and full-width digits and
signs are read as their plain forms.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from fractions import Fraction

from generator.errors import ReplyError

MAX_EXPRESSION = 200  # characters
MAX_EXPONENT = 64
MAX_BITS = 4096  # of a numerator or denominator
MAX_DIGITS = 40  # characters of one number in a text
PLACES = 4  # decimal places of a result that is not whole

_NUMBER = re.compile(r"(?:(?<![0-9A-Za-z)])-)?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?")
_VALUE = re.compile(r"(-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)(?:[ ]?/[ ]?([0-9]+))?[ ]?(%)?")
_ALLOWED = re.compile(r"[0-9.+\-*/%() \t]+")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # full-width digits and signs, 1 to 1
_SIGNS = str.maketrans({"×": "*", "✕": "*", "÷": "/", "∕": "/", "−": "-", "\u3000": " "}) | _WIDE
_PERCENT = re.compile(r"%(?![ \t]*[0-9.(])")
_LAST_NUMBER = re.compile(r"[0-9.]+[ \t]*$")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")

BINARY: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: lambda left, right: Fraction(left // right), ast.Mod: operator.mod,
}  # fmt: skip


def refuse_input(message: str) -> ReplyError:
    """Return the error for an input that an operation cannot be done on."""
    return ReplyError("not_computable", message)


def find_numbers(text: str) -> list[str]:
    """Return the numbers in Arabic digits as they stand in the text: `-3`, `1,000`, `2.5`. Raises `ReplyError`."""
    numbers = _NUMBER.findall(text)
    if any(len(number) > MAX_DIGITS for number in numbers):
        raise refuse_input(f"a number has more than {MAX_DIGITS} digits")
    return numbers


def read_numbers(text: str) -> list[Fraction]:
    """Return the values of the numbers in the text, at least one. Raises `ReplyError`."""
    numbers = [Fraction(number.replace(",", "")) for number in find_numbers(text)]
    if not numbers:
        raise refuse_input("there is no number in the input")
    return numbers


def format_number(value: Fraction) -> str:
    """Return the number, rounded half away from zero to at most `PLACES` decimal places, without trailing zeros."""
    if value.denominator == 1:
        return str(value.numerator)
    scaled = abs(value) * 10**PLACES
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    whole, part = divmod(rounded, 10**PLACES)
    digits = f"{whole}.{part:0{PLACES}d}".rstrip("0").rstrip(".")
    return f"-{digits}" if value < 0 and rounded else digits


def read_value(text: str) -> tuple[Fraction, int]:
    """Return the value of a number, a fraction or a percentage that is the whole text, and its decimal places.

    Raises `ReplyError` where it is none of these.
    """
    plain = text.translate(_SIGNS).strip()
    match = _VALUE.fullmatch(plain)
    if match is None or len(plain) > MAX_DIGITS:
        raise refuse_input("not a number, a fraction or a percentage")
    number, below, percent = match.groups()
    if below is not None and (percent or not int(below)):
        raise refuse_input("not a fraction")
    value = Fraction(number.replace(",", "")) / int(below or 1)
    return (value / 100 if percent else value), len(number.partition(".")[2]) + (2 if percent else 0)


def rounds_to(exact: Fraction, shown: Fraction, places: int) -> bool:
    """Say whether `shown`, of so many decimal places, is `exact`, or exact rounded half away from zero to them."""
    scaled = abs(exact) * 10**places
    rounded = Fraction((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator), 10**places)
    return shown in (exact, rounded if exact >= 0 else -rounded)


def evaluate(expression: str) -> Fraction:
    """Return the exact value of an arithmetic expression. Raises `ReplyError`."""
    if len(expression) > 2 * MAX_EXPRESSION:
        raise refuse_input(f"not an arithmetic expression of at most {MAX_EXPRESSION} characters")
    plain = _THOUSANDS.sub("", expression.translate(_SIGNS).strip()).strip("=? \t")
    if not plain or len(plain) > MAX_EXPRESSION or not _ALLOWED.fullmatch(plain):
        raise refuse_input(f"not an arithmetic expression of at most {MAX_EXPRESSION} characters")
    try:
        plain = _write_percentages(plain)
        return _walk(ast.parse(plain, mode="eval").body, plain)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise refuse_input("not an arithmetic expression") from None
    except ZeroDivisionError:
        raise refuse_input("the expression divides by zero") from None


def _write_percentages(plain: str) -> str:
    """Return the expression with each percentage as a division of its operand by 100. Raises `ValueError`."""
    while found := _PERCENT.search(plain):
        before, after = plain[: found.start()], plain[found.end() :]
        begin = _find_operand(before)
        plain = f"{before[:begin]}(({before[begin:]})/100){after}"
    return plain


def _find_operand(before: str) -> int:
    """Return where the number or the parenthesis begins that a text ends with. Raises `ValueError` where there is none."""
    stripped = before.rstrip()
    if not stripped.endswith(")"):
        number = _LAST_NUMBER.search(before)
        if number is None:
            raise ValueError("a percentage of nothing")
        return number.start()
    depth = 0
    for position in range(len(stripped) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(stripped[position], 0)
        if depth == 0:
            return position
    raise ValueError("parentheses that do not match")


def _walk(node: ast.expr, source: str) -> Fraction:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return Fraction(source[node.col_offset : node.end_col_offset])  # as written, not its binary neighbour
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _walk(node.operand, source)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        left, right = _walk(node.left, source), _walk(node.right, source)
        if isinstance(node.op, ast.Pow):
            return _bound(_power(left, right))
        if (operation := BINARY.get(type(node.op))) is not None:
            return _bound(operation(left, right))
    raise refuse_input("only numbers, parentheses and + - * / // % ** are allowed")


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if exponent.denominator != 1 or abs(exponent) > MAX_EXPONENT or bits * abs(exponent) > MAX_BITS:
        raise refuse_input(f"exponents must be whole and at most {MAX_EXPONENT}, results not too large")
    return base ** int(exponent)


def _bound(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise refuse_input("the result is too large")
    return value
