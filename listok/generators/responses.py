"""What a student typed, read into typed values: numbers, vectors, matrices, letters. Nothing is ever evaluated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

LONGEST = 4000
LARGEST_EXPONENT = 30

_SIGNS = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "·": "*", "×": "*", "⋅": "*", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\t": " "}
)
_DIGITS = r"\d{1,3}(?: \d{3})+|\d+"
_DECIMAL = rf"(?:{_DIGITS})(?:[.,]\d+)?|[.,]\d+"
_POWER = r"(?:[eEеЕ]([+-]?\d{1,3})| ?\* ?10 ?(?:\^|\*\*) ?(?:\(([+-]?\d{1,3})\)|([+-]?\d{1,3})))"
_NUMBER = re.compile(rf"([+-]?) ?({_DECIMAL})(?:{_POWER})?")
_FRACTION = re.compile(r"([+-]?) ?(?:(\d{1,40}) )?(\d{1,40}) ?/ ?(\d{1,40})")


class ResponseError(ValueError):
    """A response that cannot be read; its text is one line."""


def _plain(text: str) -> str:
    if len(text) > LONGEST:
        raise ResponseError(f"longer than {LONGEST} characters")
    return text.translate(_SIGNS).strip()


def _shown(text: str) -> str:
    short = text if len(text) <= 40 else text[:37] + "..."
    return repr(short)


def read_number(text: str) -> Fraction:
    """An exact number: ``0.5``, ``0,5``, ``1/2``, ``1 1/2``, ``-3``, ``2e-3``, ``2*10^-3``, ``1 000``.

    One comma or one point is the decimal mark; ``1,234.5`` is refused rather than guessed at. Raises `ResponseError`.
    """
    plain = _plain(text)
    match = _FRACTION.fullmatch(plain)
    if match:
        sign, whole, top, bottom = match.groups()
        if int(bottom) == 0:
            raise ResponseError(f"{_shown(text)} divides by zero")
        value = int(whole or 0) + Fraction(int(top), int(bottom))
        return -value if sign == "-" else value
    match = _NUMBER.fullmatch(plain)
    if match is None:
        raise ResponseError(f"{_shown(text)} is not a number" if plain else "empty")
    sign, digits, *powers = match.groups()
    if len(digits) > 60:
        raise ResponseError("a number with more than 60 digits")
    exponent = int(next((p for p in powers if p), "0"))
    if abs(exponent) > LARGEST_EXPONENT:
        raise ResponseError(f"an exponent beyond {LARGEST_EXPONENT}")
    value = Fraction(digits.replace(" ", "").replace(",", ".")) * Fraction(10) ** exponent
    return -value if sign == "-" else value


def read_numbers(text: str) -> tuple[Fraction, ...]:
    """A row of numbers: parted by semicolons, else by commas with a space after, else by spaces.

    ``1,2,3`` (three or more places between lone commas) is a row of whole numbers; ``1,2`` alone is one decimal.
    Brackets around the row are allowed. Raises `ResponseError`.
    """
    plain = _plain(text).replace("\n", " ; ").replace("\r", "")
    for left, right in (("(", ")"), ("[", "]"), ("{", "}")):
        if plain.startswith(left) and plain.endswith(right):
            plain = plain[1:-1].strip()
    if not plain:
        raise ResponseError("empty")
    if ";" in plain:
        cells = [cell for cell in plain.split(";")]
    elif re.search(r",\s", plain):
        cells = re.split(r",\s+", plain)
    elif plain.count(",") > 1 and " " not in plain:
        cells = plain.split(",")
    elif _FRACTION.fullmatch(plain) or "*" in plain:
        cells = [plain]
    else:
        cells = plain.split()
    return tuple(read_number(cell) for cell in cells)


def read_matrix(text: str) -> tuple[tuple[Fraction, ...], ...]:
    """A matrix: ``[[1, 2], [3, 4]]``, or rows on lines of their own or parted by semicolons: ``1 2; 3 4``.

    Raises `ResponseError`, also where rows differ in length.
    """
    plain = _plain(text).replace("\r", "")
    if plain.count("[") > 1:
        inner = plain[1:-1].strip() if plain.startswith("[") and plain.endswith("]") else plain
        rows = re.findall(r"\[([^\[\]]*)\]", inner)
        if re.sub(r"\[[^\[\]]*\]", "", inner).strip(" ,;\n"):
            raise ResponseError(f"{_shown(text)} is not a matrix")
    else:
        if plain[:1] in "([" and plain[-1:] in ")]":
            plain = plain[1:-1]
        rows = [row for row in re.split(r"[;\n]", plain) if row.strip()]
    matrix = tuple(read_numbers(row) for row in rows)
    if not matrix:
        raise ResponseError("empty")
    if len({len(row) for row in matrix}) > 1:
        raise ResponseError("rows of different lengths: " + ", ".join(str(len(row)) for row in matrix))
    return matrix


def read_options(text: str, labels: Sequence[str], names: Sequence[str], texts: Sequence[str]) -> tuple[int, ...]:
    """Picked options as places: by letter (``a``, ``b)``, ``ac``, ``a, c``), by name, or by their whole text.

    Raises `ResponseError` for anything else.
    """
    plain = _plain(text)
    for known in (names, texts):
        if plain in known:
            return (list(known).index(plain),)
    words = [word.strip("().,;:").lower() for word in re.split(r"[\s,;]+", plain) if word.strip("().,;:")]
    if words and all(word in names for word in words):
        return tuple(list(names).index(word) for word in words)
    picked = []
    for letter in "".join(words):
        place = _label(letter, labels)
        if place is None:
            raise ResponseError(f"{_shown(text)} names no option; the options are {', '.join(labels)}")
        picked.append(place)
    if not picked:
        raise ResponseError("empty")
    if len(set(picked)) < len(picked):
        raise ResponseError(f"{_shown(text)} names an option twice")
    return tuple(picked)


def read_matching(text: str, count: int, labels: Sequence[str], names: Sequence[str]) -> tuple[int, ...]:
    """One option for each of `count` items, as places: ``b a c``, ``bac``, ``1b, 2a, 3c``, ``1-b 2-a 3-c`` or names.

    Raises `ResponseError` where an item has none or two.
    """
    plain = _plain(text).lower()
    words = [word for word in re.split(r"[\s,;]+", plain) if word]
    if len(words) == count and all(word in names for word in words):
        return tuple(list(names).index(word) for word in words)
    pairs = re.findall(r"(\d+)\s*[-.:)=]*\s*([^\W\d_])", plain)
    if pairs and not re.sub(r"(\d+)\s*[-.:)=]*\s*([^\W\d_])", "", plain).strip(" ,;.)"):
        given = {int(number): letter for number, letter in pairs}
        if len(given) < len(pairs) or sorted(given) != list(range(1, count + 1)):
            raise ResponseError(f"expected one letter for each of 1 to {count}, got {_shown(text)}")
        letters = [given[n] for n in range(1, count + 1)]
    else:
        letters = [c for word in words for c in word.strip("().:")]
    if len(letters) != count:
        raise ResponseError(f"expected {count} letters, got {len(letters)}" if letters else "empty")
    picked = []
    for letter in letters:
        place = _label(letter, labels)
        if place is None:
            raise ResponseError(f"{_shown(letter)} is not one of {', '.join(labels)}")
        picked.append(place)
    return tuple(picked)


def _label(letter: str, labels: Sequence[str]) -> int | None:
    for place, label in enumerate(labels):
        if letter == label:
            return place
    return None
