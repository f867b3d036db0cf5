"""Codes on paper: read back from any hand, and no single slip goes unnoticed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listok.generators.codes import ALPHABET, SEEDS, BadCode, VariantCode, form_code, read_code
from listok.generators.keyed import keyed_hash

SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))

CODES = [
    str(VariantCode(40, 2, 1, 7)),
    str(VariantCode(511, 3, 15, SEEDS - 1)),
    str(VariantCode(1, 1, 1, 0)),
    form_code(SECRET, "2026-07"),
    form_code(OTHER, "001"),
]


@given(st.integers(1, 511), st.integers(1, 3), st.integers(1, 15), st.integers(0, SEEDS - 1))
def test_round_trip(number: int, level: int, version: int, seed: int) -> None:
    code = VariantCode(number, level, version, seed)
    assert read_code(str(code)) == code


@given(st.binary(min_size=32, max_size=32), st.text(max_size=20))
def test_form_codes_round_trip(secret: bytes, student: str) -> None:
    code = form_code(secret, student)
    assert read_code(code) == code


def test_spelling_is_pinned() -> None:
    assert CODES == ["18G-G00-07S", "FZZ-ZZZ-ZZD", "018-G00-00M", "G7A-9M6-FK3", "R6Z-DX1-33V"]


def test_forms_of_a_large_exam_have_codes_of_their_own() -> None:
    assert len({form_code(SECRET, str(n)) for n in range(20000)}) == 20000
    assert form_code(SECRET, "a") != form_code(OTHER, "a")


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_a_keyed_hash_tells_all_lists_of_parts_apart(one: list[str], two: list[str]) -> None:
    assert (keyed_hash(SECRET, "test", *one) == keyed_hash(SECRET, "test", *two)) == (one == two)


def test_a_keyed_hash_hangs_on_secret_and_purpose() -> None:
    assert keyed_hash(SECRET, "test", "ab", 1) == keyed_hash(SECRET, "test", "ab", 1)
    hashes = [
        keyed_hash(secret, purpose, *parts)
        for secret in (SECRET, OTHER)
        for purpose in ("test", "tes", "variant")
        for parts in (("ab",), ("a", "b"), ("", "ab"), ("ab", ""), ("b", "a"), ())
    ]
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize("secret", [b"", b"7", bytes(31), bytes(33)])
def test_a_hash_without_a_whole_secret_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError, match="a secret has 32 bytes"):
        form_code(secret, "001")


@pytest.mark.parametrize("code", CODES)
def test_every_wrong_character_is_noticed(code: str) -> None:
    plain = code.replace("-", "")
    for place, other in itertools.product(range(len(plain)), ALPHABET + "U"):
        if other == plain[place]:
            continue
        with pytest.raises(BadCode):
            read_code(plain[:place] + other + plain[place + 1 :])


@pytest.mark.parametrize("code", CODES)
def test_every_swap_of_neighbours_is_noticed(code: str) -> None:
    plain = code.replace("-", "")
    for place in range(len(plain) - 1):
        swapped = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
        if swapped == plain:
            continue
        with pytest.raises(BadCode, match="mistyped"):
            read_code(swapped)


@pytest.mark.parametrize("code", CODES)
def test_missing_and_doubled_characters_are_noticed(code: str) -> None:
    plain = code.replace("-", "")
    for place in range(len(plain)):
        for slip in (plain[:place] + plain[place + 1 :], plain[: place + 1] + plain[place:]):
            with pytest.raises(BadCode, match="is not a code"):
                read_code(slip)


LOOK_ALIKES = {"A": "А", "B": "В", "E": "Е", "K": "К", "M": "М", "H": "Н", "P": "Р", "C": "С", "T": "Т", "X": "Х",
               "Y": "У", "0": "ОOo", "1": "IiLl", "3": "З"}  # fmt: skip


@pytest.mark.parametrize("letter", sorted(LOOK_ALIKES))
def test_look_alikes_are_accepted(letter: str) -> None:
    code = next(
        str(VariantCode(number, 1, 1, seed))
        for number, seed in itertools.product((1, 40), range(100_000))
        if letter in str(VariantCode(number, 1, 1, seed))
    )
    for other in LOOK_ALIKES[letter]:
        assert read_code(code.replace(letter, other)) == read_code(code)
        assert read_code(code.replace(letter, other).lower()) == read_code(code)


@pytest.mark.parametrize("code", CODES)
def test_lower_case_spaces_and_dashes_do_not_matter(code: str) -> None:
    plain = code.replace("-", "")
    for typed in (code.lower(), plain, f" {code} ", code.replace("-", " "), code.replace("-", "–"), "_".join(plain)):
        assert read_code(typed) == read_code(code)


@pytest.mark.parametrize("page", ["/1", "/58", "/2 ", "/ 3"])
def test_what_the_symbol_of_a_page_says_is_the_code_of_its_form(page: str) -> None:
    code = form_code(SECRET, "somebody")
    assert read_code(code + page) == read_code(code.lower() + page) == code
    with pytest.raises(BadCode):  # it is of a variant, which has no pages
        read_code(str(VariantCode(10, 1, 1, 7)) + page)


@pytest.mark.parametrize("page", ["/", "/x", "/123", "/1/2", "/-1", "2"])
def test_what_is_no_page_is_refused(page: str) -> None:
    with pytest.raises(BadCode):
        read_code(form_code(SECRET, "somebody") + page)


@pytest.mark.parametrize("text", ["", "40", "convolution", "\x00" * 9, "=1+1", "😀" * 9, "U" * 9, "9" * 10_000])
def test_what_is_no_code_is_refused_in_one_short_line(text: str) -> None:
    with pytest.raises(BadCode) as caught:
        read_code(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        code = read_code(text)
    except BadCode:
        return
    assert read_code(str(code)) == code


@pytest.mark.parametrize("seed", [-1, SEEDS])
def test_seeds_out_of_range_are_refused(seed: int) -> None:
    with pytest.raises(BadCode, match=f"from 0 to {SEEDS - 1}"):
        VariantCode(1, 1, 1, seed)


@pytest.mark.parametrize(("number", "level", "version"), [(0, 1, 1), (512, 1, 1), (1, 0, 1), (1, 4, 1), (1, 1, 16)])
def test_what_no_code_can_hold_is_refused(number: int, level: int, version: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        VariantCode(number, level, version, 0)
