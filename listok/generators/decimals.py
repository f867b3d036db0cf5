"""Numbers as decimals with a point: the one place where digits are put together."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from listok.generators.exact import Fraction

Number: TypeAlias = int | Fraction | Decimal | float


def written(units: int, places: int) -> str:
    """So many units of the last place, with exactly so many places: ``written(-1250, 3)`` is -1.250."""
    digits = str(abs(units)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if units < 0 else text


def trimmed(text: str) -> str:
    """A decimal without zeros at its end."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_full(value: Number, most: int) -> str | None:
    """The whole decimal, without zeros at its end; None where it takes more than `most` places or has no end."""
    top, bottom = value.as_integer_ratio()
    if bottom == 1:
        return str(top)
    unit = 10**most
    return None if unit % bottom else trimmed(written(top * (unit // bottom), most))


def rounded(value: Number, places: int) -> str:
    """A number rounded half away from zero to exactly so many places, never ``-0.00``."""
    if type(value) is float and -1e15 < value < 1e15 and not (value * 2 ** (places + 1)).is_integer():
        # Python rounds to the nearest, too; only of two equally near ones (odd multiples of 1/2**n) it takes the even.
        text = f"{value:.{places}f}"
        return text if text[0] != "-" or text.strip("-0.") else text[1:]
    top, bottom = value.as_integer_ratio()
    units = (2 * abs(top) * 10**places + bottom) // (2 * bottom)
    return written(-units if top < 0 else units, places)


def brief(value: int | Fraction | float) -> str:
    """A number of moderate size, such as points, to at most six significant digits, without zeros at its end."""
    return f"{float(value):g}"
