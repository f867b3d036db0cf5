"""Short codes for paper: Crockford's base 32 with a check character, read back from any hand and either keyboard.

A variant's code holds all that is needed to draw it again: exercise, level, version and seed. A form's code names the
form in its exam file. The check character is a weighted sum over the field of 32 elements, so any one wrong character
and any two swapped neighbours are noticed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from listok.generators.keyed import keyed_hash
from listok.generators.messages import MessageError
from listok.generators.values import ListokError, shortened

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SEED_BITS = 24
SEEDS: int = 2**SEED_BITS
DRILL_SEEDS = range(SEEDS - 2**20, SEEDS)
"""Seeds of the variants that students practise with."""
EXAM_SEEDS = range(DRILL_SEEDS.start)
"""Seeds of exams and exports: no student has met them in a drill."""

LENGTH = 9
GROUP = 3

_LOOK_ALIKES = str.maketrans("OILАВЕКМНОРСТХУЗ", "011ABEKMH0PCTXY3", " -–—−_.")
_PAGE = re.compile(r" ?[0-9]{1,2}\s*")
_FORM = 1 << 39


class BadCode(MessageError, ListokError):
    """What was typed is not a code of ours."""


@dataclass(frozen=True, slots=True)
class VariantCode:
    """What a variant is drawn from: exercise number (1..511), level (1..3), version (1..15) and seed (24 bits)."""

    number: int
    level: int
    version: int
    seed: int

    def __post_init__(self) -> None:
        if not (1 <= self.number < 512 and 1 <= self.level <= 3 and 1 <= self.version < 16):
            raise ValueError(f"out of range for a code: {self}")
        if not 0 <= self.seed < SEEDS:
            raise BadCode("seed_out_of_range", seed=self.seed, last=SEEDS - 1)

    @property
    def is_drill(self) -> bool:
        """Whether the variant is one to practise with, which no exam draws."""
        return self.seed in DRILL_SEEDS

    def __str__(self) -> str:
        return _write((((self.number << 2 | self.level) << 4 | self.version) << SEED_BITS) | self.seed)


def form_code(secret: bytes, student: str) -> str:
    """The code of a student's form in the exam with that secret."""
    return _write(_FORM | int.from_bytes(keyed_hash(secret, "form code", student)[:8], "big") % _FORM)


def read_code(text: str) -> VariantCode | str:
    """Read a typed code: a `VariantCode`, or the code of a form in its printed spelling.

    A form's code may have the number of a page after it, as the QR symbols say it: ``ZXF-AW8-817/2``. Raises `BadCode`
    when a character is wrong, missing, or swapped with its neighbour.
    """
    shown = shortened(text, 40)
    code, slash, page = text.partition("/")
    plain = code.upper().translate(_LOOK_ALIKES)
    if len(plain) != LENGTH or any(c not in ALPHABET for c in plain) or (slash and not _PAGE.fullmatch(page)):
        raise BadCode("not_a_code", typed=shown, length=LENGTH)
    digits = [ALPHABET.index(c) for c in plain]
    if _check(digits[:-1]) != digits[-1]:
        raise BadCode("mistyped_code", typed=shown)
    number = 0
    for digit in digits[:-1]:
        number = number << 5 | digit
    if number & _FORM:
        return _write(number)
    if slash:  # a variant has no pages
        raise BadCode("not_a_code", typed=shown, length=LENGTH)
    head, seed = number >> SEED_BITS, number & (SEEDS - 1)
    try:
        return VariantCode(number=head >> 6, level=head >> 4 & 3, version=head & 15, seed=seed)
    except ValueError:
        raise BadCode("foreign_code", typed=shown) from None


def _write(number: int) -> str:
    digits = [number >> shift & 31 for shift in range(35, -1, -5)]
    text = "".join(ALPHABET[d] for d in [*digits, _check(digits)])
    return "-".join(text[i : i + GROUP] for i in range(0, LENGTH, GROUP))


def _check(digits: list[int]) -> int:
    """Sum of digit times 2^place in GF(32), modulus x^5 + x^2 + 1."""
    total = 0
    for digit in digits:
        total ^= digit
        total <<= 1
        if total & 32:
            total ^= 0b100101
    return total
