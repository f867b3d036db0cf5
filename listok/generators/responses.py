"""What a student has typed, read into values: numbers, lists, tables, picked options, pairs.

Nothing typed is evaluated, and reading takes bounded time. What has two readings is refused with one line that says how
to write it, because a wrong guess costs the student a point without a trace.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Sequence

from listok.generators.exact import Fraction
from listok.generators.formulas import Formula, FormulaError, parse_formula, to_text
from listok.generators.messages import MessageError
from listok.generators.values import ListokError, shortened

MAX_LENGTH = 4000
"""Characters in a response."""

EMPTY = math.nan
"""A cell of a list or a table that holds a dash: nothing was answered there, which is wrong, and no more than that."""


class ResponseError(MessageError, ListokError):
    """A response that cannot be read; its message is one line that says why."""


# One character for one: dashes, signs of multiplication and division, spaces, and marks that nobody sees.
_PLAIN = str.maketrans(
    dict.fromkeys("−–—‒―‐‑﹣－", "-")
    | dict.fromkeys("×·⋅∙•∗", "*")
    | dict.fromkeys("÷∕⁄", "/")
    | dict.fromkeys("\u00a0\u2007\u2009\u202f\u200a\u2002\u2003\t", " ")
    | dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")

_DIGITS = r"[0-9]{1,40}"
_DECIMAL = rf"(?:{_DIGITS}(?:[.,]{_DIGITS}|\.)?|[.,]{_DIGITS})"
_NUMBER = re.compile(
    rf"""
    (?P<sign> [-+]?) \s*
    (?:
      (?P<whole> [0-9]{{1,9}}) \s+ (?P<part> [0-9]{{1,9}}) \s*/\s* (?P<parts> [0-9]{{1,9}})
    | (?P<top> {_DECIMAL}) \s*/\s* (?P<bottom> {_DECIMAL})
    | (?P<grouped> [0-9]{{1,3}} (?:\ [0-9]{{3}}){{1,12}} (?:[.,]{_DIGITS})?
                 | [0-9]{{0,3}} [.,] [0-9]{{3}} (?:\ [0-9]{{3}}){{0,12}} \ [0-9]{{1,3}} )
    | (?P<plain> {_DECIMAL}) (?: [eE] (?P<e> [-+]?[0-9]{{1,2}}) )?
    | (?: (?P<factor> {_DECIMAL}) \s*\*\s* )?
      10 \s* (?:
        (?:\^|\*\*) \s* (?P<open>\()? \s* (?P<ten> [-+]?[0-9]{{1,2}}) \s* (?(open)\))
      | (?P<raised> [⁺⁻]?[⁰¹²³⁴-⁹]{{1,2}})
      )
    )
    """,
    re.VERBOSE,
)


_NAMED = re.compile(r"^(?:[^\W\d]\w{0,20}\s*[=≈]|[≈~=])\s*")
"""What may stand before a number: what it is, or that it was rounded."""

_TIMES_TEN = re.compile(r"(?<=[0-9.,])\s*[xXхХ]\s*(?=10\s*(?:\^|\*\*|[⁰¹²³⁴-⁹⁺⁻]))")
_WRITTEN_OUT = 15
"""Significant digits that a program's number has for sure; what it prints behind them is noise: 1.4000000000000001."""


def read_number(text: str) -> Fraction:
    """One number, exactly as written.

    Read are `3`, `+3`, `−3`, `0.5`, `0,5`, `.5`, `107.`, `1/2`, `½`, `1 1/2`, `2e-3`, `2·10^-3`, `2x10⁻³`, and groups
    of three digits with spaces, `12 000` and `0.748 315`; in brackets, after `w =` or `≈`, before a full stop as well.
    A single comma is a decimal mark; two marks (`1,234.5`) are refused, and so is `50%`. Of a decimal with more digits
    than floats have, the last ones are noise. Raises `ResponseError`.
    """
    plain = _TIMES_TEN.sub("*", _VULGAR.sub(_fraction, _unadorned(text)))
    if plain.endswith("%"):
        raise ResponseError("percentage")
    match = _NUMBER.fullmatch(plain.strip())
    if match is None:
        raise ResponseError("not_a_number", typed=_shown(text))
    value = _value(match, text)
    return -value if match["sign"] == "-" else value


def _unadorned(text: str) -> str:
    """A number without its name, the brackets around it, and the full stop of a sentence (`107.` is a decimal)."""
    plain = _NAMED.sub("", _plain(text), count=1)
    plain = _unwrapped(plain.strip())[0].strip()
    return plain[:-1] if re.search(r"[.,/]\s?[0-9]+\.$", plain) else plain


def _value(match: re.Match[str], text: str) -> Fraction:
    """The size of a number that `_NUMBER` has found."""
    if match["whole"]:
        part, parts = int(match["part"]), int(match["parts"])
        if part >= parts:
            raise ResponseError("not_one_number", typed=_shown(text))
        return int(match["whole"]) + Fraction(part, parts)
    if match["top"]:
        bottom = _decimal(match["bottom"])
        if not bottom:
            raise ResponseError("divides_by_zero", typed=_shown(text))
        return _decimal(match["top"]) / bottom
    if match["grouped"]:
        return _decimal(match["grouped"].replace(" ", ""))
    if match["plain"]:
        return _without_noise(match["plain"]) * Fraction(10) ** int(match["e"] or 0)
    exponent = int(match["ten"] or match["raised"].translate(_SUPERSCRIPTS))
    return _decimal(match["factor"] or "1") * Fraction(10) ** exponent


def _decimal(digits: str) -> Fraction:
    digits = digits.replace(",", ".").removesuffix(".")
    return Fraction("0" + digits if digits.startswith(".") else digits)


def _without_noise(digits: str) -> Fraction:
    """A decimal, rounded where it has more digits than floats are sure of."""
    value = _decimal(digits)
    significant = len(re.sub(r"[.,]", "", digits).lstrip("0"))
    if significant <= _WRITTEN_OUT or not re.search(r"[.,]", digits):
        return value
    places = len(digits) - 1 - re.search(r"[.,]", digits).start()  # type: ignore[union-attr]
    return round(value, max(0, places - (significant - _WRITTEN_OUT)))


_VULGAR = re.compile(r"([0-9]?)([¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")


def _fraction(match: re.Match[str]) -> str:
    """A fraction of one character as it is written with a slash; beside a digit it is a mixed number."""
    top, bottom = unicodedata.normalize("NFKC", match[2]).split("\u2044")
    return f"{match[1]} {top}/{bottom}" if match[1] else f"{top}/{bottom}"


def read_numbers(text: str) -> tuple[Fraction | float, ...]:
    """A list of numbers, in brackets or not.

    Semicolons separate, and where there are any, they alone do (`1 1/2; 12 000`); otherwise line ends, spaces, and
    commas with a space beside them (`1 1/2` is then two numbers). A comma between two digits is a decimal mark
    (`0,5 1,5` or `0,5, 1,5`), except in square brackets where nothing else separates (`[1,2,3]`) and between numbers
    that have points (`1.5,2.5`). `1,2,3`, `(1,5)` and `[1, 2,5]` have two readings and are refused. Among semicolons, a
    dash stands for an `EMPTY` place (`1; -; 3`). Raises `ResponseError`.
    """
    plain = _plain(text)
    body, bracket = _unwrapped(plain)
    if not body.strip():
        raise ResponseError("no_numbers")
    pieces = _pieces(body, bracket)
    nested = [_unwrapped(piece.strip())[0] for piece in pieces] if ";" in body else [body]  # `1; (-2)` is a list
    if any(mark in piece for piece in nested for mark in "()[]{}") and "^" not in body and "**" not in body:
        raise ResponseError("not_one_list", typed=_shown(text))
    return tuple(EMPTY if ";" in body and piece.strip() == "-" else read_number(piece) for piece in pieces)


def _unwrapped(plain: str) -> tuple[str, str]:
    """A text without the one pair of brackets around it, and the bracket it opened with."""
    if len(plain) > 1 and plain[0] + plain[-1] in ("()", "[]", "{}"):
        depth = 0
        for character in plain[:-1]:
            depth += (character in "([{") - (character in ")]}")
            if not depth:
                return plain, ""  # the first bracket closes before the end: [1 2] [3 4]
        return plain[1:-1], plain[0]
    return plain, ""


def _pieces(body: str, bracket: str) -> list[str]:
    """The body of a list cut into numbers, each still as it was typed."""
    body = body.strip()
    if ";" in body:
        return body.removesuffix(";").split(";")
    # A space beside a sign of a product or a power does not separate: 2 * 10^-3.
    body = re.sub(r"\s*(\*\*|[*^/])\s*", r"\1", body)
    spaced = re.sub(r"\s+,\s*|,\s+", "\n", body)
    pieces = spaced.split()
    if not any("," in piece for piece in pieces):
        return pieces
    if len(pieces) == 1:
        parts = body.split(",")
        if bracket == "[" or all("." in part for part in parts):
            return parts
        if bracket == "(" or (body.count(",") > 1 and not _parted(body)):
            raise ResponseError("unclear_commas", typed=_shown(body))
    elif bracket == "[" and spaced != body:
        raise ResponseError("unclear_commas", typed=_shown(body))
    return [part for piece in pieces for part in (piece.split(",") if _parted(piece) else [piece])]


def _parted(piece: str) -> bool:
    """Whether none of the commas can be a decimal mark: `1,-2` and `1.5,2.5`, unlike `1,2`."""
    parts = piece.split(",")
    return all("." in part for part in parts) or not re.search(r"[0-9],[0-9]|^,[0-9]", piece)


def read_matrix(text: str) -> tuple[tuple[Fraction | float, ...], ...]:
    """A table of numbers, row by row; every row has the same length, or `ResponseError` is raised.

    Rows are on lines of their own, or separated by semicolons (`1 2; 3 4`, in brackets or not), or each in brackets
    (`[[1,2],[3,4]]`). Within a row the rules are those of `read_numbers`.
    """
    plain = _plain(text)
    body, _ = _unwrapped(plain)
    rows = re.findall(r"[(\[{][^()\[\]{}]*[)\]}]", body) if "^" not in body else []
    if rows:
        between = re.sub(r"[(\[{][^()\[\]{}]*[)\]}]", "", body)
        if between.strip(" ,;\n"):
            raise ResponseError("not_rows", typed=_shown(text))
    elif "\n" in body.strip():
        rows = [line.strip().removesuffix(";").removesuffix(",") for line in body.strip().split("\n") if line.strip()]
    else:
        rows = body.strip().removesuffix(";").split(";")
        if len(rows) == 1:
            rows = [plain]  # the brackets say what the commas mean
    table = tuple(read_numbers(row) for row in rows)
    if len({len(row) for row in table}) > 1:
        raise ResponseError("uneven_rows", lengths=", ".join(str(len(row)) for row in table[:12]))
    return table


def grouped(text: str) -> Fraction | None:
    """What `1,234` or `1.234` is where the mark parts thousands, as it does in one country or another; None where it
    cannot. A number that starts with a zero has none."""
    match = re.fullmatch(r"([-+]?)\s*([1-9][0-9]{0,2}(?:,[0-9]{3}|\.[0-9]{3}))", _unadorned(text))
    if match is None:
        return None
    value = Fraction(re.sub(r"[.,]", "", match[2]))
    return -value if match[1] == "-" else value


def may_be_cut(text: str, found: int, count: int) -> bool:
    """Whether a text in which `found` numbers were read may as well hold `count`: more, where commas or slashes part
    them, or fewer, where spaces part thousands or stand inside a mixed number."""
    plain = _plain(text)
    more = len(re.findall(r"(?<=[0-9]),(?=[-.0-9])|\s/\s", plain))
    fewer = len(re.findall(r"(?<=[0-9])\s(?=[0-9]{3}(?![0-9])|[0-9]+\s?/)", plain))
    return found < count <= found + more or found - fewer <= count < found


def read_formula(text: str, variables: Collection[str] | None = None) -> Formula:
    """A formula in the question's variables; a left-hand side such as `y =` is passed over. Raises `ResponseError`."""
    _bounded(text)
    left, sign, right = text.rpartition("=")
    if sign and re.fullmatch(r"\s*[^\W\d][\w{}]*\s*(\([\w\s,;]*\)\s*)?", left):
        text = right
    try:
        return Formula(to_text(parse_formula(text, variables)))
    except FormulaError as error:
        raise ResponseError.of(error.message) from None


def read_options(text: str, labels: Sequence[str], names: Sequence[str], texts: Sequence[str] = ()) -> tuple[int, ...]:
    """The places of the options picked, in increasing order.

    Each option has a label (a letter), a name, and perhaps a text as printed; `texts` are in the order of the names,
    and go through them again for each further language. Read are a name or a text, several of these each on its line or
    with semicolons between, labels with or without separators (`b`, `A, C`, `a) c)`, `ac`), names with separators, and
    a lone dash for none of them. A Cyrillic а and a Latin a are one label; other letters that look alike stand at
    different places of the two alphabets and are taken as typed. Unknown and repeated options raise `ResponseError`.
    """
    plain = _folded(_bounded(text))
    whole = _worded(plain, names, texts)
    if whole is not None:
        return (whole,)
    if plain in ("-", "нет", "none"):
        return ()
    picked = _run_of_texts(text, names, texts) or _run_of_options(plain, labels, names)
    if len(set(picked)) < len(picked):
        raise ResponseError("repeated_option", typed=_shown(text))
    return tuple(sorted(picked))


def read_matching(
    text: str, count: int, labels: Sequence[str], names: Sequence[str], texts: Sequence[str] = ()
) -> tuple[int, ...]:
    """For each of `count` items the place of its option; options may repeat.

    Read are `1-б 2-а 3-в`, `1) b, 2) a, 3) c` and `1б 2а 3в` in any order of the items, and `б а в` or `бав` in theirs;
    names of options may stand for their labels. So may their `texts` (as for `read_options`), in the order of the
    items, each on its line or with semicolons between. Raises `ResponseError`, also where an item is missing or
    repeated.
    """
    plain = _folded(_bounded(text))
    worded = _run_of_texts(text, names, texts)
    if len(worded) == count:
        return tuple(worded)
    if not re.match(r"[0-9]", plain) or _place(re.split(r"[\s,;]+", plain)[0], names) is not None:
        picked = _run_of_options(plain, labels, names)
        if len(picked) != count:
            raise ResponseError("wrong_count_of_options", wanted=count, count=len(picked))
        return tuple(picked)
    pairs: dict[int, int] = {}
    for piece in re.split(r"[\s,;]+", re.sub(r"(?<=[0-9])\s*(?:->|[-=:.)→])+\s*", "-", plain)):
        for item, option in _item_and_options(piece, labels, names):
            if not 1 <= item <= count:
                raise ResponseError("unknown_item", item=item, last=count)
            if item in pairs:
                raise ResponseError("repeated_item", item=item)
            pairs[item] = option
    missing = [str(item) for item in range(1, count + 1) if item not in pairs]
    if missing:
        raise ResponseError("missing_items", items=", ".join(missing[:12]))
    return tuple(pairs[item] for item in range(1, count + 1))


def _run_of_texts(text: str, names: Sequence[str], texts: Sequence[str]) -> list[int]:
    """Options written out, each on its line or with semicolons between; nothing where a piece is not an option."""
    if not texts or len(pieces := re.split(r"[;\n\r]+", text.strip(" ;\n\r"))) < 2:
        return []
    places = [_worded(_folded(piece), names, texts) for piece in pieces]
    known = [place for place in places if place is not None]
    return known if len(known) == len(places) else []


def _worded(plain: str, names: Sequence[str], texts: Sequence[str]) -> int | None:
    """The place of an option whose name or text this is; a full stop at the end of a text does not matter."""
    place = _place(plain, names)
    if place is None and texts and plain:
        place = _place(plain.rstrip("."), [one.rstrip(". ") for one in texts])
        return None if place is None else place % len(names)
    return place


def _item_and_options(piece: str, labels: Sequence[str], names: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs in `2-б`, `2б` or `1а2б3в`."""
    if not piece:
        return []
    match = re.fullmatch(r"([0-9]{1,3})-?(.+)", piece)
    if match is None:
        raise ResponseError("not_pairs", typed=_shown(piece))
    option = _option(match[2], labels, names)
    if option is not None:
        return [(int(match[1]), option)]
    run = re.findall(r"([0-9]{1,3})-?([^\W\d_])", piece)
    found = [(int(item), _option(letter, labels, names)) for item, letter in run]
    if "".join(item + letter for item, letter in run) != piece.replace("-", ""):
        raise _unknown(match[2], labels)
    pairs = [(item, place) for item, place in found if place is not None]
    if len(pairs) < len(found):
        raise _unknown(match[2], labels)
    return pairs


def _run_of_options(plain: str, labels: Sequence[str], names: Sequence[str]) -> list[int]:
    """Options one after another, by labels or names; labels of one letter may stand without separators."""
    pieces = [piece for piece in re.split(r"[\s,;&]+", plain) if piece]
    if len(pieces) > 2:
        pieces = [piece for piece in pieces if piece not in _AND or _option(piece, labels, names) is not None]
    if not pieces:
        raise ResponseError("no_options")
    picked = []
    for piece in pieces:
        place = _option(piece, labels, names)
        run = [place] if place is not None else [_place(letter, labels) for letter in piece]
        known = [place for place in run if place is not None]
        if len(known) < len(run):
            raise _unknown(piece, labels)
        picked += known
    return picked


_AND = ("and", "и")
"""What joins the last two options of several: `b and d`."""


def _option(piece: str, labels: Sequence[str], names: Sequence[str]) -> int | None:
    place = _place(piece, names)
    return _place(piece.rstrip(").").lstrip("("), labels) if place is None else place


def _place(piece: str, among: Sequence[str]) -> int | None:
    """Where a text stands among others; None where it does not."""
    folded = _folded(piece)
    return next((place for place, one in enumerate(among) if _folded(one) == folded), None)


def _unknown(piece: str, labels: Sequence[str]) -> ResponseError:
    return ResponseError("unknown_option", typed=_shown(piece), labels=", ".join(labels))


def _folded(text: str) -> str:
    """A text without its case and its runs of spaces; a Cyrillic letter а by itself becomes the Latin one."""
    plain = " ".join(text.translate(_PLAIN).split()).casefold()
    return "a" if plain == "а" else plain


def _plain(text: str) -> str:
    plain = _bounded(text).translate(_PLAIN).replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r" {2,}", " ", plain).strip()


def _bounded(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise ResponseError("response_too_long", length=len(text), most=MAX_LENGTH)
    return text


def _shown(text: str) -> str:
    """A response for a message: on one line, not too long."""
    return shortened(" ".join(text.split()), 40)
