"""One cell of a table that holds a whole problem: the gaps that a learning platform writes one after another.

Moodle writes what was typed into the gaps of a cloze question as ``part 1: 3; part 2: 0.5``, Canvas what was typed into
blanks as ``3,0.5`` (a comma inside an answer has a backslash). Gaps stand in the order of the parts, row by row, as
`listok export` puts them; or there is one for each part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from listok.generators.answers import (
    ENGLISH_LETTERS,
    Asked,
    Choice,
    Choices,
    Expression,
    Key,
    Matching,
    Matrix,
    Open,
    Vector,
)
from listok.generators.exercise import AnyVariant
from listok.generators.responses import ResponseError
from listok.generators.values import leaves

_FIRST = re.compile(r"\s*([^\W\d_]{1,20}) ?1:")
_DASHES = ("", "-", "–", "—", "−")
_YES = ("true", "yes", "верно", "да", "+", "1")
_NO = (*_DASHES, "false", "no", "неверно", "нет", "0")


def moodle_gaps(text: str) -> tuple[str, ...]:
    """The gaps of a cloze question as Moodle sums them up, in whatever language it speaks; none where it is not one."""
    first = _FIRST.match(text)
    if first is None:
        return ()
    found, at, number = list[str](), first.end(), 2
    while (end := text.find(f"; {first[1]} {number}:", at)) >= 0:
        found.append(text[at:end].strip())
        at, number = end + len(f"; {first[1]} {number}:"), number + 1
    return (*found, text[at:].strip())


def canvas_blanks(text: str) -> tuple[str, ...]:
    """The blanks of a question as Canvas joins them."""
    return tuple(piece.replace("\\,", ",").strip() for piece in re.split(r"(?<!\\),", text))


def answers(variant: AnyVariant, parts: Sequence[str], gaps: Sequence[str]) -> Mapping[str, str]:
    """What was answered to each of the parts that are not marked by hand; raises `ResponseError` where that cannot be
    told."""
    keys = {part: key for part in parts if not isinstance(key := variant.exercise.parts[part], Open)}
    counts = {part: _count(key, variant.asked(part)) for part, key in keys.items()}
    if len(gaps) == len(keys):
        counts = dict.fromkeys(keys, 1)
    total = sum(counts.values())
    if len(gaps) != total:
        if len(keys) == total:
            raise ResponseError("wrong_count_of_gaps", wanted=total, count=len(gaps))
        raise ResponseError("wrong_count_of_either_gaps", parts=len(keys), wanted=total, count=len(gaps))
    found, at = {}, 0
    for part, key in keys.items():
        found[part] = _answer(key, variant.asked(part), gaps[at : at + counts[part]])
        at += counts[part]
    return found


def _count(key: Key, asked: Asked) -> int:
    """Gaps that a part takes when it is exported."""
    match key:
        case Vector() | Matrix() | Matching():
            return len(leaves(asked.right))
        case Choices():
            return len(asked.options)
        case _:
            return 1


def _answer(key: Key, asked: Asked, gaps: Sequence[str]) -> str:
    """What stands in the gaps of one part, as it would be typed."""
    if all(gap in _DASHES for gap in gaps):
        return ""
    cells = [" ".join(gap.split()) if gap not in _DASHES else "-" for gap in gaps]
    if len(cells) == 1 and not isinstance(key, (Choice, Expression)):
        return gaps[0]
    match key:
        case Choice():
            return _letter(gaps[0])
        case Expression() if re.fullmatch(r"[0-9]{1,2}[.)]?", cells[0]):
            raise ResponseError("number_of_an_option", typed=cells[0])
        case Vector() | Matrix() if any(";" in cell for cell in cells):
            raise ResponseError("several_numbers_in_a_cell")
        case Vector():
            return "; ".join(cells)
        case Matrix():
            width = len(asked.right[0])
            rows = ["; ".join(cells[at : at + width]) for at in range(0, len(cells), width)]
            return "\n".join(rows) if len(rows) > 1 else f"[[{rows[0]}]]"
        case Choices():
            strange = [cell for cell in cells if cell.lower() not in (*_YES, *_NO)]
            if strange:
                raise ResponseError("not_yes_or_no", typed=strange[0][:40])
            picked = [ENGLISH_LETTERS[place] for place, cell in enumerate(cells) if cell.lower() in _YES]
            return " ".join(picked) or "-"
        case Matching():
            return " ".join(f"{item}-{_letter(cell)}" for item, cell in enumerate(cells, 1) if cell != "-")
        case _:
            return gaps[0]


def _letter(text: str) -> str:
    """An option as Canvas has it picked, by its number, as a letter; anything else as it is."""
    match = re.fullmatch(r"([0-9]{1,2})[.)]?", text.strip())
    place = int(match[1]) - 1 if match else -1
    return ENGLISH_LETTERS[place] if 0 <= place < len(ENGLISH_LETTERS) else text
