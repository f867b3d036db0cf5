"""Answers as rows of data, one per part: kind, points, exact answer, tolerance, mistakes; and CSV of such rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from listok.generators.exact import Fraction
from listok.generators.exercise import AnyVariant
from listok.generators.values import answer_json, to_json


def answer_rows(variant: AnyVariant, points: Mapping[str, Fraction] | None = None) -> Iterable[dict[str, Any]]:
    """A row for each part (of those in `points`, or all): JSON data with the answer as text and as exact value."""
    exercise = variant.exercise
    for part, key in exercise.parts.items():
        if points is not None and part not in points:
            continue
        asked = variant.asked(part)
        worth = points[part] if points is not None else Fraction(key.points)
        yield {
            "exercise": exercise.name,
            "code": variant.code,
            "part": part,
            "points": int(worth) if worth.denominator == 1 else float(worth),
            "kind": key.kind,
            "answer": key.show(asked.right),
            "value": answer_json(asked.right),
            "tolerance": str(key.tolerance) if key.tolerance else "0",
            "options": list(asked.options),
            "mistakes": {name: key.show(wrong) for name, wrong in asked.mistakes.items()},
        }


def variant_data(variant: AnyVariant) -> dict[str, Any]:
    """A whole variant as JSON data: code, level, parameters and the rows of its parts."""
    return {
        "exercise": variant.exercise.name,
        "number": variant.exercise.number,
        "version": variant.exercise.version,
        "level": variant.level,
        "code": variant.code,
        "params": to_json(variant.params),
        "parts": [
            {("name" if field == "part" else field): value for field, value in row.items()
             if field not in ("exercise", "code")}
            for row in answer_rows(variant)
        ],
    }


def csv_lines(rows: Iterable[Iterable[object]], delimiter: str = ",") -> Iterator[str]:
    """The lines of a CSV file, one by one; its cells are `neutral`."""
    writer: Any = csv.writer(_Echo(), delimiter=delimiter, lineterminator="\r\n")
    for row in rows:
        yield writer.writerow([neutral(cell) for cell in row])


class _Echo:
    """As much of a file as `csv.writer` needs; it hands each line back."""

    def write(self, line: str) -> str:
        return line


_SIGNS = ("=", "+", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""With these and with a minus a formula begins; some spreadsheets take the wide signs of East Asian keyboards, too."""


def neutral(cell: object) -> str:
    """A cell no spreadsheet takes for a formula: text that starts like one gets an apostrophe in front.

    A plain negative number stays as it is.
    """
    text = "" if cell is None else str(cell)
    return "'" + text if text[:1] in _SIGNS or (text[:1] == "-" and not _is_number(text)) else text


_TEXT_FORMULA = re.compile(r'\s*="(.*)"\s*', re.DOTALL)


def unquoted(cell: str) -> str:
    """What a cell says that is a formula for a text, by which a number keeps its zeros: 001 of ``="001"``."""
    formula = _TEXT_FORMULA.fullmatch(cell)
    return formula[1] if formula else cell


def bare(cell: str) -> str:
    """A cell without that apostrophe, which platforms write even before a negative number, and `unquoted`."""
    cell = unquoted(cell)
    return cell[1:] if cell[:1] == "'" and cell[1:2] in (*_SIGNS, "-") else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
