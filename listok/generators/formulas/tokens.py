"""The words of a formula: numbers, names, functions and signs, as they are typed on two keyboards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from listok.generators.exact import Fraction
from listok.generators.formulas.tree import ALIASES, CONSTANTS, GREEK, NAME, FormulaError, natural
from listok.generators.messages import Message, message

MAX_DIGITS = 40
"""Digits in one number."""


class Token(NamedTuple):
    kind: Literal["number", "name", "function", "sign", "raised", "end"]
    value: Any  # Fraction, str or int, by the kind
    at: int
    width: int = 0


# One character for one, so that positions in messages are those of the text as typed.
PLAIN = str.maketrans(
    dict.fromkeys("−–—‒―‐‑﹣－", "-")
    | dict.fromkeys("×·⋅∙•∗", "*")
    | dict.fromkeys("÷∕⁄", "/")
    | dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff", " ")
    | dict(zip("аеорсухіАВЕКМНОРСТУХІ", "aeopcyxiABEKMHOPCTYXI", strict=True))
    | {"ϕ": "φ", "ϵ": "ε", "µ": "μ", "ς": "σ"}
)
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_TOKEN = re.compile(
    rf"""
    \s* (?:
      (?P<number> [0-9]+ (?:\.[0-9]+)? | \.[0-9]+ )
    | (?P<name> (?P<base> [A-Za-z]+ | [{"".join(GREEK)}]) (?P<index> [0-9₀-₉]*)
        (?: _ (?: \{{ (?P<braced> [A-Za-z0-9,\ ]{{1,12}}) \}} | (?P<bare> [0-9]+ | [A-Za-z][A-Za-z0-9]*) ) )? )
    | (?P<raised> [⁺⁻]?[⁰¹²³⁴-⁹]+ )
    | (?P<sign> \*\* | [-+*/^()\[\]|,;√] )
    )
    """,
    re.VERBOSE,
)
_TEN = re.compile(r"[eE][-+]?[0-9]")


def canonical_name(name: str) -> str | None:
    """A variable's name as formulas write it (``x_1`` and ``x_{1}`` as ``x1``), or None where it cannot be one."""
    match = _TOKEN.fullmatch(name)
    if match is None or match["name"] is None:
        return None
    found = _joined(match)
    fit = found is not None and found not in CONSTANTS and NAME.fullmatch(found)
    return found if fit and fit[1].lower() not in ALIASES else None


def _joined(match: re.Match[str]) -> str | None:
    """The name that a token spells: its letters, digits and index; None for an index such as ``{1,12}``."""
    base, index, braced, below = match.group("base", "index", "braced", "bare")
    base, digits = GREEK.get(base, base), index.translate(_SUBSCRIPTS) if index else ""
    if braced is not None:
        parts = [part.strip() for part in braced.split(",")]
        if not all(parts) or (len(parts) > 1 and any(len(part) > 1 for part in parts)):
            return None  # w_{1,12} and w_{11,2} would both become w112
        below = "".join(parts)
    if not below:
        return base + digits
    if below.isdigit():
        return base + digits + below if not digits else None
    return f"{base}{digits}_{below}" if below[0].isalpha() and " " not in below else None


def tokens(text: str, variables: frozenset[str] | None) -> Iterator[Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            at = end - len(text[at:end].lstrip())
            raise FormulaError("position", at=at + 1, fault=_misplaced(text[at]))
        at = match.end()
        kind = match.lastgroup
        piece = match.group().lstrip()
        start = at - len(piece)
        if kind == "number":
            if len(piece) > MAX_DIGITS:
                raise FormulaError("position", at=start + 1, fault=message("number_too_long", most=MAX_DIGITS))
            yield Token("number", _exact(piece), start, len(piece))
            if text[at : at + 1] in ("e", "E") and _TEN.match(text, at) and not _known(text, at, variables):
                raise FormulaError("position", at=start + 1, fault=message("power_of_ten"))
        elif kind == "name":
            yield from _word(match, start, variables)
        elif kind == "raised":
            if len(piece) > MAX_DIGITS:
                raise FormulaError("position", at=start + 1, fault=message("number_too_long", most=MAX_DIGITS))
            yield Token("raised", int(piece.translate(_SUPERSCRIPTS)), start)
        elif piece == "√":
            yield Token("function", "sqrt", start)
        else:
            yield Token("sign", "^" if piece == "**" else piece, start)
    yield Token("end", "", len(text))


def _exact(digits: str) -> Fraction:
    whole, point, places = digits.partition(".")
    return Fraction(int(whole + places), 10 ** len(places)) if point else Fraction(int(digits))


def _misplaced(character: str) -> Message:
    if character.isprintable():
        return message("misplaced_sign", sign=character)
    return message("misplaced_character", code=f"U+{ord(character):04X}")


def _known(text: str, at: int, variables: frozenset[str] | None) -> bool:
    match = _TOKEN.match(text, at)
    return match is not None and variables is not None and _joined(match) in variables


def _word(match: re.Match[str], at: int, variables: frozenset[str] | None) -> Iterator[Token]:
    """A run of letters and digits as a variable, a function, a constant, or several of them multiplied."""
    name = _joined(match)
    if name is None:
        raise FormulaError("position", at=at + 1, fault=message("unclear_index", name=match["base"]))
    if variables is not None and name in variables:
        yield Token("name", name, at)
        return
    function = ALIASES.get(match["base"].lower())
    # Sigma is a function only before a bracket; elsewhere it is a variable's name.
    if name == "sigma":
        function = "sigmoid" if _opens(match) else None
    if function is not None and match["bare"] is None and match["braced"] is None:
        yield Token("function", function, at)
        if match["index"]:
            yield Token("number", Fraction(int(match["index"].translate(_SUBSCRIPTS))), at + len(match["base"]))
        return
    if name.lower() in CONSTANTS:
        yield Token("name", name.lower(), at)
        return
    if variables is None:
        if len(match["base"]) > 1 and name not in GREEK.values() and _opens(match):
            raise FormulaError("position", at=at + 1, fault=message("unknown_function", name=name[:40]))
        yield Token("name", name, at)
        return
    parts = _split(name, variables)
    if parts is None:
        hint = message("no_variables")
        if variables:
            hint = message("variables", names=", ".join(sorted(variables, key=natural)[:12]))
        raise FormulaError("position", at=at + 1, fault=message("unknown_name", name=name[:40], hint=hint))
    for part in parts:
        yield Token("name", part, at)


def _opens(match: re.Match[str]) -> bool:
    """Whether a bracket follows the word."""
    return match.string[match.end() : match.end() + 9].lstrip()[:1] == "("


def _split(word: str, variables: frozenset[str]) -> list[str] | None:
    """A run of letters as known names one after another, the longest first; None where it is not such a run."""
    if word not in variables:
        folded = [name for name in variables if name.lower() == word.lower()]
        if len(folded) == 1:
            return folded
    known = [*variables, *CONSTANTS]
    endings: dict[int, list[str]] = {len(word): []}
    for start in range(len(word) - 1, -1, -1):
        fits = [n for n in known if word.startswith(n, start) and start + len(n) in endings]
        if fits:
            longest = max(fits, key=len)
            endings[start] = [longest, *endings[start + len(longest)]]
    return endings.get(0)


@dataclass(slots=True)
class _Bracket:
    """What `with_decimal_points` has seen inside a bracket that is still open."""

    several: bool  # the bracket of max or min
    tight: list[int]  # commas between two digits
    bare: bool = False  # other commas with no space after them
    clear: bool = False  # a semicolon, or a comma and a space


def with_decimal_points(text: str) -> str:
    """Turn decimal commas into points, by the rules of `parse_formula`; commas that are left separate arguments."""
    decimal: list[int] = []
    stack = [_Bracket(False, [])]
    for i, character in enumerate(text):
        top = stack[-1]
        if character in "([{":
            several = text[:i].rstrip()[-3:].lower() in ("max", "min")
            stack.append(_Bracket(several, []))
        elif character in ")]}" and len(stack) > 1:
            # Inside braces stands an index, where a comma is only a comma.
            if character != "}":
                decimal += _decimal_commas(top)
            stack.pop()
        elif character == ";":
            top.clear = True
        elif character == ",":
            if _DECIMAL.match(text, i) and _WHOLE.search(text, max(0, i - MAX_DIGITS - 1), i):
                top.tight.append(i)
            elif text[i + 1 : i + 2].isspace():
                top.clear = True
            else:
                top.bare = True
    for bracket in stack:
        decimal += _decimal_commas(bracket)
    letters = list(text)
    for i in decimal:
        letters[i] = "."
    return "".join(letters)


_DECIMAL = re.compile(r",[0-9]+(?!\.?[0-9])")
_WHOLE = re.compile(r"(?:^|[^A-Za-z0-9₀-₉_.}])[0-9]+$")


def _decimal_commas(bracket: _Bracket) -> list[int]:
    if not bracket.several or not bracket.tight:
        return bracket.tight
    if not bracket.bare:
        if bracket.clear:
            return bracket.tight
        if len(bracket.tight) == 1:
            return []
    raise FormulaError("position", at=bracket.tight[0] + 1, fault=message("unclear_comma"))
