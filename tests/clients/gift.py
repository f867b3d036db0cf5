"""GIFT, read by the rules of Moodle's import; what comes out is marked by Moodle's question types."""

from __future__ import annotations

import re

from clients import Field, Question, Refused
from clients.markup import html_faults
from clients.moodle import (
    Answer,
    Gap,
    assemble,
    category_path,
    many_choices,
    matching,
    numbered,
    numerical,
    on_grade_list,
    one_choice,
    short_answer,
)

# Escapes become private characters, so that the search for control characters does not see them.
ESCAPES = {":": "\ue000", "#": "\ue001", "=": "\ue002", "{": "\ue003", "}": "\ue004", "~": "\ue005", "n": "\ue006"}
FORMATS = frozenset({"html", "moodle", "plain", "markdown"})
WEIGHT = re.compile(r"%(-*\d{1,2}\.?\d*)%")
PLAIN_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def load(text: str, *, comma_site: bool = False) -> list[Question]:
    """Questions of a GIFT file; `Refused` where one of them stops the import."""
    questions: list[Question] = []
    category: tuple[str, ...] = ()
    for number, lines in enumerate(_paragraphs(text.removeprefix("\ufeff")), 1):
        idnumber, body = "", []
        for line in lines:
            if line.startswith("//"):
                if found := re.search(r"\[id:([^\]]+)\]", line):
                    idnumber = found[1].strip()
                line = " "
            body.append(line)
        block = "\n".join(body).strip()
        if not block:
            continue
        if block.startswith("$CATEGORY:"):
            category = category_path(block.removeprefix("$CATEGORY:").strip())
            continue
        questions.append(_question(_hidden(block), category, idnumber, comma_site, f"question {number}"))
    if not questions:
        raise Refused("no questions in the file")
    return questions


def _paragraphs(text: str) -> list[list[str]]:
    """Runs of lines without a blank line between; a line "0" is blank to PHP."""
    runs: list[list[str]] = [[]]
    for line in text.splitlines():
        line = line.strip()
        if line in ("", "0"):
            runs.append([])
        else:
            runs[-1].append(line)
    return [run for run in runs if run]


def _hidden(text: str) -> str:
    """Escapes hidden; a doubled backslash becomes one and hides nothing; any other backslash stays."""
    return re.sub(
        r"\\(\\|[:#={}~n])", lambda match: "\\" if match[1] == "\\" else ESCAPES[match[1]], text, flags=re.DOTALL
    )


def _shown(text: str) -> str:
    for escape, hidden in ESCAPES.items():
        text = text.replace(hidden, "\n" if escape == "n" else escape)
    return text.strip()


def _formatted(text: str) -> str:
    """Text without its `[html]`; an unknown format is text."""
    match = re.match(r"\[(\w+)\]", text)
    return _shown(text[match.end() :] if match and match[1] in FORMATS else text)


def _question(block: str, category: tuple[str, ...], idnumber: str, comma_site: bool, what: str) -> Question:
    name = ""
    if block.startswith("::"):
        title, colons, rest = block[2:].partition("::")
        if colons:
            name, block = _shown(title), rest.strip()
    start, end = block.find("{"), block.find("}")
    if (start < 0) != (end < 0) or end < start:
        raise Refused(f"{what} ({name}): braces do not match")
    if start < 0:
        text, answers = block, None
    else:
        answers = block[start + 1 : end].strip()
        gap = "" if block.endswith("}") and end == len(block) - 1 else "_____"
        text = block[:start] + gap + block[end + 1 :]
    if re.search(r"[{}]", text):
        raise Refused(f"{what} ({name}): braces in the text are not escaped: {_shown(text)[:80]!r}")
    text = _formatted(text)
    if "@@PLUGINFILE@@" in text:
        raise Refused(f"{what} ({name}): GIFT holds no files")
    general = ""
    if answers is not None and "####" in answers:
        answers, _, general = answers.rpartition("####")
        answers, general = answers.strip(), _formatted(general.strip())
    name = name or text[:80]
    what = f"{what} ({name})"
    warnings = [*html_faults(text), *html_faults(general)]
    kind, gaps = _gaps(answers, comma_site, what, warnings)
    points = 1.0
    if gaps is None:
        fields: tuple[Field, ...] = (Field("answer", "essay"),) if kind == "essay" else ()
        points = 1.0 if fields else 0.0
        return Question(
            name, kind, text, fields, lambda responses: None, points=points, idnumber=idnumber, category=category,
            general_feedback=general, warnings=tuple(warnings),
        )  # fmt: skip
    names = [str(number) for number in range(1, len(gaps) + 1)] if kind == "matching" else ["answer"]
    fields, marks, says = assemble(gaps, names)
    return Question(
        name, kind, text, fields, marks, says, points=points, idnumber=idnumber, category=category,
        general_feedback=general, warnings=tuple(warnings),
    )  # fmt: skip


def _gaps(answers: str | None, comma_site: bool, what: str, warnings: list[str]) -> tuple[str, list[Gap] | None]:
    if answers is None:
        return "description", None
    if not answers:
        return "essay", None
    if answers.startswith("#"):
        keys = _numerical(answers[1:], what, warnings)
        return "numerical", [Gap("number", 1.0, numerical(keys, comma_site=comma_site, what=what))]
    if "~" in answers:
        single = "=" in answers
        options = [_answer(piece, 0.0, what) for piece in _pieces(answers.replace("=", "~="), "~")]
        for option in options:
            warnings += html_faults(option.text)
        if single:
            return "multichoice", [Gap("choice", 1.0, one_choice(options, what=what), numbered(options), "radio")]
        return "multichoice", [Gap("choices", 1.0, many_choices(options, what=what), numbered(options), "radio")]
    if "=" in answers and "->" in answers:
        pairs = []
        for piece in _pieces(answers, "="):
            stem, arrow, answer = piece.partition("->")
            if not arrow:
                raise Refused(f"{what}: no -> in {piece!r}")
            pairs.append((_formatted(stem.strip()), _shown(answer)))
        return "matching", matching(pairs, what)
    verdict = re.split("#", answers, maxsplit=1)[0].strip()
    if verdict in ("T", "TRUE", "F", "FALSE"):
        right = verdict.startswith("T")
        options = [Answer("True", float(right)), Answer("False", float(not right))]
        return "truefalse", [Gap("choice", 1.0, one_choice(options, what=what), numbered(options), "radio")]
    keys = [_answer(piece, 1.0, what) for piece in _pieces(answers, "=")]
    warnings += [f"* in {key.text!r} matches anything" for key in keys if re.search(r"(?<!\\)\*", key.text)]
    return "shortanswer", [Gap("text", 1.0, short_answer(keys, case=False, what=what))]


def _pieces(text: str, separator: str) -> list[str]:
    pieces = [piece.strip() for piece in text.split(separator)]
    return pieces[1:] if not pieces[0] else pieces


def _answer(piece: str, default: float, what: str) -> Answer:
    share = default
    if piece.startswith("="):
        share, piece = 1.0, piece[1:]
    elif match := WEIGHT.match(piece):
        try:
            share, piece = float(match[1]) / 100, piece[match.end() :]
        except ValueError as error:
            raise Refused(f"{what}: weight {match[0]!r} is no number") from error
    if not on_grade_list(share):
        raise Refused(f"{what}: weight {100 * share:g}% is not on the list of grades")
    body, _, says = piece.partition("#")
    return Answer(_formatted(body.strip()), share, 0.0, _formatted(says.strip()))


def _numerical(text: str, what: str, warnings: list[str]) -> list[Answer]:
    text, tilde, wrong = text.partition("~")
    keys = []
    for piece in _pieces(text, "="):
        answer = _answer(piece, 1.0, what)
        if ".." in answer.text[1:]:
            low, _, high = answer.text.partition("..")
            if not (PLAIN_NUMBER.fullmatch(low.strip()) and PLAIN_NUMBER.fullmatch(high.strip())):
                raise Refused(f"{what}: {answer.text!r} is no range of numbers")
            middle = (float(high) + float(low)) / 2
            keys.append(Answer(repr(middle), answer.fraction, float(high) - middle, answer.feedback))
            continue
        key, _, tolerance = answer.text.partition(":")
        if tolerance and not PLAIN_NUMBER.fullmatch(tolerance.strip()):
            raise Refused(f"{what}: tolerance {tolerance!r} is no number")
        if not PLAIN_NUMBER.fullmatch(key.strip()) and key.strip() != "*":
            # The import does not refuse this: a key that is no number becomes one that anything matches.
            warnings.append(f"key {key!r} is no number, so every answer earns {100 * answer.fraction:g}%")
            key = "*"
        keys.append(Answer(key.strip().lstrip("+"), answer.fraction, abs(float(tolerance or 0)), answer.feedback))
    if not keys:
        raise Refused(f"{what}: no numerical answers")
    if tilde:
        keys.append(Answer("*", 0.0, 0.0, _formatted(wrong.partition("#")[2].strip())))
    return keys
