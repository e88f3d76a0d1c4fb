"""Personal data by form and checksum, with few false alarms; HTML out of prose, never out of code."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.hygiene.html import strip_html
from evaluators.hygiene.pii import check_cn_resident_id, check_iban, check_luhn, find_pii
from evaluators.hygiene.prose import change_prose, split_code

FOUND = [
    ("write to anna.k@firma.de today", "email", "anna.k@firma.de", False),
    ("我的邮箱是zhang@qq.com，谢谢", "email", "zhang@qq.com", False),
    ("bob@example.com", "email", "bob@example.com", True),
    ("call +49 30 1234567.", "phone", "+49 30 1234567", False),
    ("(212) 736-5000", "phone", "(212) 736-5000", False),
    ("dial 212-555-0123", "phone", "212-555-0123", True),
    ("Tel.: 030/1234567", "phone", "030/1234567", False),
    ("手机13812345678。", "phone", "13812345678", False),
    ("电话：010-62345678", "phone", "010-62345678", False),
    ("card 4111 1111 1111 1111 ok", "credit_card", "4111 1111 1111 1111", False),
    ("amex 378282246310005.", "credit_card", "378282246310005", False),
    ("IBAN DE89 3704 0044 0532 0130 00 BITTE", "iban", "DE89 3704 0044 0532 0130 00", False),
    ("GB82WEST12345698765432", "iban", "GB82WEST12345698765432", False),
    ("身份证11010519491231002X号", "cn_resident_id", "11010519491231002X", False),
    ("SSN 123-45-6789", "us_ssn", "123-45-6789", False),
    ("from 8.8.8.8 to", "ip", "8.8.8.8", False),
    ("host 2001:4860:4860::8888", "ip", "2001:4860:4860::8888", False),
    ("router 192.168.1.10", "ip", "192.168.1.10", True),
    ("key AKIA" + "IOSFODNN7EXAMPLE", "secret", "AKIA" + "IOSFODNN7EXAMPLE", False),
    ("ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "secret", "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", False),
    ("export K=sk-" + "proj-abcDEF123456ghiJKL7890mnop", "secret", "sk-" + "proj-abcDEF123456ghiJKL7890mnop", False),
]

NOTHING = [
    "version 1.2.3.4", "v10.0.0.1", "ISBN 978-3-16-148410-0", "2023-10-12 12:30", "order 1234567890123456",
    "3.14159265358979", "x = 10 * 1000000000", "git@github.com:a/b.git", "12:34:56", "std::vector a::b s[::-1]",
    "1990-01-02-1234", "100.000.000", "the sk-learn-based-approach-for-something-long", "sk-" + "x" * 24,
    "192.168.1.0/24", "call 911", "Tel Aviv 1948", "call f(1234567, 12)", "1,234,567,890", "FW-31877",
    "4111 1111 1111 1112", "DE88 3704 0044 0532 0130 00", "110105194912310021", "000-12-3456", "666-12-3456",
    "300.1.1.1", "@decorator", "a@b", "phone number formats vary", "2^31-1 = 2147483647", "0.1.2.3.4.5",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "found", "reserved"), FOUND)
def test_what_is_personal_is_found(text: str, kind: str, found: str, reserved: bool) -> None:
    [span] = find_pii(text)
    assert (span.kind, text[span.start : span.end], span.reserved) == (kind, found, reserved)


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert find_pii(text) == []


@given(st.integers(0, 10**15 - 1))
def test_luhn_sees_every_wrong_digit(number: int) -> None:
    digits = f"{number:015d}"
    right = next(digit for digit in "0123456789" if check_luhn(digits + digit))
    assert [digit for digit in "0123456789" if check_luhn(digits + digit)] == [right]


@given(st.integers(0, 10**18 - 1), st.integers(1, 96))
def test_iban_sees_wrong_check_digits(number: int, off: int) -> None:
    body = f"{number:018d}"
    check = 98 - int(f"{body}131400") % 97
    assert check_iban(f"DE{check:02d}{body}")
    assert not check_iban(f"DE{(check + off - 2) % 97 + 2:02d}{body}")


def test_resident_ids_need_region_date_and_digit() -> None:
    assert check_cn_resident_id("11010519491231002x")
    for wrong in ("110105194912310029", "99010519491231002X", "11010519491331002X"):
        assert not check_cn_resident_id(wrong)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("0123456789 -+.@:/aA\n（）手机号"), max_size=80))
def test_spans_are_in_order_apart_and_inside(text: str) -> None:
    at = 0
    for span in find_pii(text):
        assert at <= span.start < span.end <= len(text)
        at = span.end


def test_a_long_text_takes_no_quadratic_time() -> None:
    for piece in ("1 ", "a.", "+1-", "ab:", "1234-", "A1 ", "eyJ", "(212) "):
        find_pii(piece * 30_000)  # the time limit of a test would tell


HTML = [
    ("<p>Hello <b>you</b> &amp; me.</p><p>Two<br>lines</p>", "Hello you & me.\n\nTwo\nlines"),
    ("<ul><li>one<li>two</ul>", "- one\n- two"),
    ('see <a href="http://x.y">this</a>', "see this (http://x.y)"),
    ("10 m<sup>2</sup> of H<sub>2</sub>O", "10 m² of H2O"),
    ("5 &lt; 6 &amp;&amp; a", "5 < 6 && a"),
    ("<p>Run:</p><pre><code>if a &lt; b:\n    pass</code></pre>", "Run:\n\n```\nif a < b:\n    pass\n```"),
    ("**<i>x</i>** and `<i>y</i>`", "**x** and `<i>y</i>`"),
]
KEPT = [
    "What does the <b> tag do?", "<div class='x'>hi</div>", "Write <b></b>.", "```html\n<p>x</p>\n```",
    "if (a<b && c>d) {\n  x;\n}", "List<String> x = new List<String>();", "x < y and y > z", "Use `&amp;`.",
    "Text\n\n    <p>indented</p>\n", "The HTML <b>bold</b> element", "</p> alone", "<script>alert('<b>x</b>')</script>",
]  # fmt: skip


@pytest.mark.parametrize(("text", "plain"), HTML)
def test_html_of_prose_goes(text: str, plain: str) -> None:
    assert strip_html(text) == plain
    assert strip_html(plain) == plain


@pytest.mark.parametrize("text", KEPT)
def test_html_that_is_the_matter_stays(text: str) -> None:
    assert strip_html(text) == text


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("a `~\n\t<>&;{}()=#\0"), max_size=60))
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    assert "".join(piece for _, piece in split_code(text)) == text
    assert change_prose(text, lambda prose: prose) == text
    strip_html(text)
