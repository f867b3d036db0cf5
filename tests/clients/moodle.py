"""Moodle: what an import of its XML keeps, and how its core question types mark.

The rules are those of Moodle 4.5 with "stop on error" and "match grades: error", the defaults of the import page.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

from clients import Field, Kind, Question, Refused, Responses
from clients.markup import html_faults, parse_xml, plugin_files

# Shares that an answer may earn, in percent; the negative ones are allowed too.
GRADES = (
    100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20,
    16.66667, 14.28571, 12.5, 11.11111, 10, 5, 0,
)  # fmt: skip

# Moodle widens every tolerance by this times max(1, |key|), PHP's display precision being 14 digits.
SLACK = 1e-14


@dataclass(frozen=True)
class Answer:
    """A key (or a wrong answer that is expected) with what it earns, from -1 to 1."""

    text: str
    fraction: float
    tolerance: float = 0.0
    feedback: str = ""


@dataclass(frozen=True)
class Mark:
    """What one response earns and is told."""

    fraction: float
    feedback: str = ""


@dataclass(frozen=True)
class Gap:
    """One sub-question: kind, weight, how it marks."""

    kind: Kind
    weight: float
    mark: Callable[[str], Mark]
    options: tuple[tuple[str, str], ...] = ()
    layout: Literal["box", "menu", "radio"] = "box"
    width: int = 0


def load(xml: bytes, *, comma_site: bool = False, extensions: frozenset[str] = frozenset()) -> list[Question]:
    """Questions of a Moodle XML file; `Refused` where one of them stops the import."""
    root = parse_xml(_PLAIN_TEXT.sub(_kept, xml.decode()).encode(), "file")
    if root.tag != "quiz":
        raise Refused(f"the root is <{root.tag}>, not <quiz>")
    questions: list[Question] = []
    category: tuple[str, ...] = ()
    taken: set[tuple[tuple[str, ...], str]] = set()
    for position, element in enumerate(root, 1):
        if element.tag != "question":
            raise Refused(f"element {position} of the quiz is <{element.tag}>, not <question>")
        if element.get("type") == "category":
            category = category_path(_text(element, "category", f"category {position}"))
            continue
        question = _question(element, category, comma_site, extensions, f"question {position}")
        if question.idnumber:
            if (category, question.idnumber) in taken:
                raise Refused(f"{question.name}: idnumber {question.idnumber!r} twice in category {'/'.join(category)}")
            taken.add((category, question.idnumber))
        questions.append(question)
    if not questions:
        raise Refused("no questions in the file")
    return questions


_PLAIN_TEXT = re.compile(r"(?<=<text>)[^<]+(?=</text>)")


def _kept(match: re.Match[str]) -> str:
    """A text outside CDATA as Moodle's reader keeps it (core_xml_parser, characterdata).

    It is handed the text in pieces, and drops those that are white space alone. A piece ends at each entity, and before
    the first sign beyond ASCII. (One also ends each 4096 bytes, which is not emulated.)
    """
    pieces = re.split(r"(&[^;]*;)", match[0])
    return "".join(piece if "&" in piece else re.sub(r"^\s+(?=[^\x00-\x7f]|$)", "", piece) for piece in pieces)


def category_path(path: str) -> tuple[str, ...]:
    """Names from the top down: "/" separates, "//" is a slash in a name, the context and "top" are no names."""
    names = [name.strip().replace("//", "/") for name in re.split(r"(?<!/)/(?!/)", path)]
    if re.fullmatch(r"\$[a-z0-9]+\$", names[0]):
        if names[0] not in ("$course$", "$system$", "$module$", "$coursecat$", "$cat1$"):
            raise Refused(f"category {path!r}: unknown context {names[0]}")
        names = names[1:]
    if names and names[0] == "top":
        names = names[1:]
    for name in names:
        if not name or len(name) > 255 or "<" in name:
            raise Refused(f"category {path!r}: bad name {name!r}")
    return tuple(names)


def read_number(text: str, *, comma_site: bool = False) -> tuple[float, str] | None:
    """The number that Moodle sees at the start of a response, and the text after it; None without a number.

    A point site takes commas for thousands. Any site takes commas for thousands where a point stands or where there
    are several of them.
    """
    text = text.replace(" ", "")
    text = re.sub(r"(?:e|E|[x*×]10(?:\^|\*\*))([+-]?\d+)", r"e\1", text, flags=re.ASCII)
    commas_for_thousands = "." in text or text.count(",") > 1 or not comma_site
    text = text.replace(",", "" if commas_for_thousands else ".")
    match = re.match(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?", text, flags=re.ASCII)
    return (float(match[0]), text[match.end() :]) if match else None


def numerical(answers: Sequence[Answer], *, comma_site: bool, what: str) -> Callable[[str], Mark]:
    """Marks a number by the first key in whose tolerance it lies."""
    bounds: list[tuple[float, float, Answer]] = []
    for answer in answers:
        if answer.text == "*":
            bounds.append((float("-inf"), float("inf"), answer))
            continue
        # Not every field of Moodle minds the sign, but the cloze does; a key without it is right everywhere.
        key = None if answer.text.startswith("+") else read_number(answer.text, comma_site=comma_site)
        if key is None or key[1]:
            raise Refused(f"{what}: the answer must be a number or *, not {answer.text!r}")
        reach = answer.tolerance + SLACK * max(1.0, abs(key[0]))
        bounds.append((key[0] - reach, key[0] + reach, answer))
    if not bounds:
        raise Refused(f"{what}: no answers")

    def mark(response: str) -> Mark:
        read = read_number(response, comma_site=comma_site)
        if read is None:
            return Mark(0.0)
        for low, high, answer in bounds:
            if low <= read[0] <= high:
                return Mark(answer.fraction, answer.feedback)
        return Mark(0.0)

    return mark


def short_answer(answers: Sequence[Answer], *, case: bool, what: str) -> Callable[[str], Mark]:
    """Marks a text: `*` in a key stands for anything, `\\*` for itself; spaces around do not count."""
    if not any(answer.text.strip() for answer in answers):
        raise Refused(f"{what}: no answers")
    if max(answer.fraction for answer in answers) < 1 - 1e-5:
        raise Refused(f"{what}: no answer earns 100%")
    patterns = []
    for answer in answers:
        pieces = re.split(r"(?<!\\)\*", unicodedata.normalize("NFC", answer.text.strip()))
        pattern = ".*".join(re.escape(piece.replace(r"\*", "*")) for piece in pieces)
        patterns.append((re.compile(pattern, 0 if case else re.IGNORECASE), answer))

    def mark(response: str) -> Mark:
        text = unicodedata.normalize("NFC", response.strip())
        if not text:
            return Mark(0.0)
        for pattern, answer in patterns:
            if pattern.fullmatch(text):
                return Mark(answer.fraction, answer.feedback)
        return Mark(0.0)

    return mark


def one_choice(answers: Sequence[Answer], *, what: str) -> Callable[[str], Mark]:
    """Marks the id ("1", "2", ...) of one option; a negative share stays negative."""
    _enough_options(answers, what)
    if abs(max(answer.fraction for answer in answers) - 1) > 1e-5:
        raise Refused(f"{what}: the best option must earn 100%")

    def mark(response: str) -> Mark:
        if not response:
            return Mark(0.0)
        answer = answers[int(response) - 1]
        return Mark(answer.fraction, answer.feedback)

    return mark


def many_choices(answers: Sequence[Answer], *, what: str) -> Callable[[str], Mark]:
    """Marks the ids of the options ticked: the sum of their shares, within 0 and 1."""
    _enough_options(answers, what)
    total = sum(answer.fraction for answer in answers if answer.fraction > 0)
    if round(total, 2) != 1:
        raise Refused(f"{what}: the shares of the right options add up to {100 * total:g}%, not 100%")

    def mark(response: str) -> Mark:
        chosen = [answers[int(option) - 1] for option in dict.fromkeys(response.split())]
        share = sum(answer.fraction for answer in chosen)
        # Three times 33.33333 is a full mark on the screen.
        share = 1.0 if share > 1 - 1e-5 else max(share, 0.0)
        return Mark(share, "".join(answer.feedback for answer in chosen))

    return mark


def _enough_options(answers: Sequence[Answer], what: str) -> None:
    if sum(bool(answer.text.strip()) for answer in answers) < 2:
        raise Refused(f"{what}: a choice needs two options at least, there are {len(answers)}")


def numbered(answers: Sequence[Answer]) -> tuple[tuple[str, str], ...]:
    """Options with their ids."""
    return tuple((str(number), answer.text) for number, answer in enumerate(answers, 1))


def on_grade_list(fraction: float) -> bool:
    """Whether a share (1 is all) is one that Moodle knows."""
    return any(abs(abs(fraction) - grade / 100) < 1e-5 for grade in GRADES)


# ---------------------------------------------------------------- cloze

GAP_TYPES: dict[str, tuple[str, bool, Literal["box", "menu", "radio"]]] = {
    # name: marking, case or single, layout
    "NUMERICAL": ("number", False, "box"),
    "SHORTANSWER": ("text", False, "box"),
    "SHORTANSWER_C": ("text", True, "box"),
    "MULTICHOICE": ("choice", True, "menu"),
    "MULTICHOICE_S": ("choice", True, "menu"),
    "MULTICHOICE_V": ("choice", True, "radio"),
    "MULTICHOICE_VS": ("choice", True, "radio"),
    "MULTICHOICE_H": ("choice", True, "radio"),
    "MULTICHOICE_HS": ("choice", True, "radio"),
    "MULTIRESPONSE": ("choice", False, "radio"),
    "MULTIRESPONSE_S": ("choice", False, "radio"),
    "MULTIRESPONSE_H": ("choice", False, "radio"),
    "MULTIRESPONSE_HS": ("choice", False, "radio"),
}
SHORT_NAMES = {
    "NM": "NUMERICAL", "SA": "SHORTANSWER", "MW": "SHORTANSWER", "SAC": "SHORTANSWER_C", "MWC": "SHORTANSWER_C",
    "MC": "MULTICHOICE", "MCS": "MULTICHOICE_S", "MCV": "MULTICHOICE_V", "MCVS": "MULTICHOICE_VS",
    "MCH": "MULTICHOICE_H", "MCHS": "MULTICHOICE_HS", "MR": "MULTIRESPONSE", "MRS": "MULTIRESPONSE_S",
    "MRH": "MULTIRESPONSE_H", "MRHS": "MULTIRESPONSE_HS",
}  # fmt: skip

_SHARE = r"=|%-?[0-9]+(?:[.,][0-9]*)?%"
# An answer ends before ~ # } and never right after a backslash (or, before Moodle 5.2, an ampersand); so "\~" goes on,
# backslash and all.
_BODY = r".+?(?<!\\)(?<!&)(?<!&amp;)(?=[~#}]|$)"
_SAYS = r".*?(?<!\\)(?=[~}]|$)"
_PLAIN_ALTERNATIVE = rf"(?:{_SHARE})?{_BODY}(?:\#{_SAYS})?"
ALTERNATIVE = re.compile(rf"~?(?P<share>{_SHARE})?(?P<body>{_BODY})(?:\#(?P<says>{_SAYS}))?", re.DOTALL)
GAP = re.compile(
    rf"\{{(?P<weight>[0-9]*):(?P<type>{'|'.join([*GAP_TYPES, *SHORT_NAMES])}):"
    rf"(?P<answers>{_PLAIN_ALTERNATIVE}(?:~{_PLAIN_ALTERNATIVE})*)\}}",
    re.DOTALL,
)
_CELL = r"-?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?"
NUMBER_AND_TOLERANCE = re.compile(rf"(?P<key>{_CELL})(?::(?P<tolerance>{_CELL}))?")
LEFTOVER = re.compile(r"\{[^{}:]{0,12}:\s*[A-Za-z_]{2,}\s*:[^}]*\}?")


NEW_BODY_END = re.compile(r"&(?:amp;)?[~#}]")
"""Where an answer ends from Moodle 5.2 on, and not before."""


def cloze(text: str, *, comma_site: bool, what: str) -> tuple[str, list[Gap], list[str]]:
    """Text with `{#1}`, `{#2}`, ... for the gaps; the gaps; warnings."""
    gaps: list[Gap] = []
    warnings: list[str] = []
    while match := GAP.search(text):
        number = len(gaps) + 1
        gap, faults = _gap(match, comma_site, f"{what}, gap {number}")
        gaps.append(gap)
        warnings += [f"gap {number}: {fault}" for fault in faults]
        text = f"{text[: match.start()]}{{#{number}}}{text[match.end() :]}"
    if not gaps:
        raise Refused(f"{what}: no gap is recognised in {text[:80]!r}")
    outside = re.sub(r"\\[{}]|\{#\d+\}", "", text)
    if outside.count("{") != outside.count("}"):
        warnings.append("braces outside the gaps do not match: a gap may have ended too early")
    return text, gaps, warnings


def _gap(match: re.Match[str], comma_site: bool, what: str) -> tuple[Gap, list[str]]:
    name = SHORT_NAMES.get(match["type"], match["type"])
    marking, flag, layout = GAP_TYPES[name]
    weight = float(match["weight"] or 1)
    answers: list[Answer] = []
    shares_named = False
    for alternative in ALTERNATIVE.finditer(match["answers"]):
        share = 0.0
        if alternative["share"] == "=":
            share = 1.0
        elif alternative["share"]:
            share = float(alternative["share"].strip("%").replace(",", ".")) / 100
            shares_named = share != 0 or shares_named
        if ended := NEW_BODY_END.search(alternative["body"]):
            raise Refused(f"{what}: {ended[0]!r} ends the answer {alternative['body']!r} in Moodle 5.2, not before")
        says = _decoded(alternative["says"] or "")
        number = NUMBER_AND_TOLERANCE.fullmatch(alternative["body"]) if marking == "number" else None
        if number:
            tolerance = read_number(number["tolerance"] or "0", comma_site=comma_site)
            if tolerance is None:
                raise Refused(f"{what}: tolerance {number['tolerance']!r} is no number")
            answers.append(Answer(number["key"], share, abs(tolerance[0]), says))
        elif marking == "number" and alternative["body"].strip() != "*":
            raise Refused(f"{what}: the answer must be a number or *, not {alternative['body']!r}")
        else:
            answers.append(Answer(_decoded(alternative["body"]).strip(), share, 0.0, says))
    if lost := {name for answer in answers for name in plugin_files(answer.text + answer.feedback)}:
        raise Refused(f"{what}: pictures inside a gap have no files: {', '.join(sorted(lost))}")
    faults = [f"feedback: {fault}" for answer in answers for fault in html_faults(answer.feedback)]
    if marking == "number":
        if max(answer.fraction for answer in answers) != 1:
            raise Refused(f"{what}: no answer earns 100%")
        mark = numerical(answers, comma_site=comma_site, what=what)
        return Gap("number", weight, mark, width=_width(answers, number=True)), faults
    if marking == "text":
        faults += [f"* in {answer.text!r} matches anything" for answer in answers if _wild(answer.text)]
        by_text = short_answer(answers, case=flag, what=what)
        return Gap("text", weight, by_text, width=_width(answers, number=False)), faults
    for answer in answers:
        faults += html_faults(answer.text)
        if layout == "menu" and re.search(r"\\\(|\\\[|\$|<[a-z]", answer.text):
            faults.append(f"a menu shows no formula or markup: {answer.text!r}")
    if flag:
        faults += [f"wrong option {answer.text!r} takes marks away" for answer in answers if answer.fraction < 0]
        return Gap("choice", weight, one_choice(answers, what=what), numbered(answers), layout), faults
    total = sum(answer.fraction for answer in answers if answer.fraction > 0)
    if total <= 0:
        raise Refused(f"{what}: no right option")
    spread = [
        Answer(
            answer.text,
            answer.fraction / total if answer.fraction > 0 else answer.fraction if shares_named else -1 / total,
            0.0,
            answer.feedback,
        )
        for answer in answers
    ]
    return Gap("choices", weight, many_choices(spread, what=what), numbered(answers), layout), faults


def _width(answers: Sequence[Answer], *, number: bool) -> int:
    """Characters that a gap has room for, but for a random one or two more: those of its longest answer, of a number as
    PHP writes it, which drops zeros at the end."""
    texts = [answer.text for answer in answers if answer.text != "*"]
    if number:
        texts = [f"{float(text.replace(',', '.')):.15g}" for text in texts]
    return min(60, max(map(len, texts), default=1))


def _wild(key: str) -> bool:
    return re.search(r"(?<!\\)\*", key) is not None


def _decoded(text: str) -> str:
    """Entities decoded once, then the two escapes that work. `\\~` is not one of them."""
    from html import unescape

    text = re.sub(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);", lambda match: unescape(match[0]), text)
    # (What is left of an entity with a backslash in it is an entity of the HTML that is kept.)
    return text.replace(r"\}", "}").replace(r"\#", "#")


# ---------------------------------------------------------------- questions


def assemble(
    gaps: Sequence[Gap], names: Sequence[str]
) -> tuple[tuple[Field, ...], Callable[[Responses], float | None], Callable[[Responses], dict[str, str]]]:
    """Fields, marking and feedback of a question made of gaps, each earning its weight over the sum."""
    total = sum(gap.weight for gap in gaps)
    if total <= 0:
        raise Refused("all gaps weigh nothing")
    fields = tuple(
        Field(name, gap.kind, gap.weight / total, gap.options) for name, gap in zip(names, gaps, strict=True)
    )

    def marks(responses: Responses) -> float:
        earned = [
            gap.weight * gap.mark(responses.get(name, "")).fraction for name, gap in zip(names, gaps, strict=True)
        ]
        return sum(earned) / total

    def says(responses: Responses) -> dict[str, str]:
        told = {name: gap.mark(responses.get(name, "")).feedback for name, gap in zip(names, gaps, strict=True)}
        return {name: html for name, html in told.items() if html}

    return fields, marks, says


def matching(pairs: Sequence[tuple[str, str]], what: str) -> list[Gap]:
    """One gap per stem that has a text; a pair without a stem is a distractor."""
    answers = list(dict.fromkeys(answer for _, answer in pairs))
    if any(not answer for answer in answers):
        raise Refused(f"{what}: a matching stem without an answer")
    stems = [(stem, answer) for stem, answer in pairs if stem]
    if len(stems) < 2 or len(answers) < 2:
        raise Refused(f"{what}: matching needs 2 stems and 2 answers at least")
    options = tuple((str(number), answer) for number, answer in enumerate(answers, 1))

    def marker(right: str) -> Callable[[str], Mark]:
        return lambda response: Mark(1.0 if response and answers[int(response) - 1] == right else 0.0)

    return [Gap("match", 1.0, marker(answer), options, "menu") for _, answer in stems]


def _question(
    element: Element, category: tuple[str, ...], comma_site: bool, extensions: frozenset[str], what: str
) -> Question:
    kind = element.get("type", "")
    name = _text(element, "name", what)
    if not name:
        raise Refused(f"{what}: the name is empty")
    what = f"{what} ({name})"
    if kind in ("formulas", "stack"):
        if kind not in extensions:
            raise Refused(f"{what}: question type {kind!r} is not installed")
        from clients import moodle_extensions

        return moodle_extensions.load(kind, element, category, comma_site, name, what)
    if kind not in ("cloze", "multianswer", *MARKED_TYPES):
        raise Refused(f"{what}: question type {kind!r} is not supported")
    idnumber = (element.findtext("idnumber") or "").strip()
    if len(idnumber) > 100:
        raise Refused(f"{what}: idnumber {idnumber!r} is longer than 100 characters")
    files: dict[str, bytes] = {}
    warnings = ["the name is cut to 255 characters"] * (len(name) > 255)
    text = rich_text(element, "questiontext", what, files, warnings, required=True)
    general = rich_text(element, "generalfeedback", what, files, warnings)
    leftover: tuple[str, ...] = ()
    points = 0.0 if kind == "description" else _number(element, "defaultgrade", 1.0, what)
    if kind in ("cloze", "multianswer"):
        text, gaps, faults = cloze(text, comma_site=comma_site, what=what)
        warnings += faults
        leftover = tuple(match[0] for match in LEFTOVER.finditer(text))
        points = sum(gap.weight for gap in gaps)
        fields, marks, says = assemble(gaps, [str(number) for number in range(1, len(gaps) + 1)])
    else:
        fields, marks, says, faults = MARKED_TYPES[kind](element, comma_site, what, files)
        warnings += faults
    warnings += [f"text: {fault}" for fault in html_faults(text)]
    warnings += [f"general feedback: {fault}" for fault in html_faults(general)]
    return Question(
        name=name,
        type=kind,
        text=text,
        fields=fields,
        marks=marks,
        says=says,
        files=files,
        points=points,
        penalty=_number(element, "penalty", 1 / 3, what),
        idnumber=idnumber,
        category=category,
        tags=tuple((tag.findtext("text") or "").strip() for tag in element.iterfind("tags/tag")),
        general_feedback=general,
        grader_info=rich_text(element, "graderinfo", what, files, warnings),
        leftover_codes=leftover,
        warnings=tuple(warnings),
    )


Parts = tuple[tuple[Field, ...], Callable[[Responses], float | None], Callable[[Responses], dict[str, str]], list[str]]


def _numerical(element: Element, comma_site: bool, what: str, files: dict[str, bytes]) -> Parts:
    if element.find("units/unit") is not None:
        raise NotImplementedError(f"{what}: units of numerical questions")
    answers = []
    for answer in _answers(element, what, files, html=False):
        tolerance = read_number(answer[1].findtext("tolerance", "0"), comma_site=comma_site)
        if tolerance is None or tolerance[1].strip():
            raise Refused(f"{what}: tolerance {answer[1].findtext('tolerance')!r} is no number")
        answers.append(Answer(answer[0].text, answer[0].fraction, abs(tolerance[0]), answer[0].feedback))
    mark = numerical(answers, comma_site=comma_site, what=what)
    faults = [] if any(answer.fraction == 1 for answer in answers) else ["no answer earns 100%"]
    return *assemble([Gap("number", 1.0, mark)], ["answer"]), faults


def _short_answer(element: Element, comma_site: bool, what: str, files: dict[str, bytes]) -> Parts:
    answers = [answer for answer, _ in _answers(element, what, files, html=False)]
    mark = short_answer(answers, case=element.findtext("usecase", "0").strip() == "1", what=what)
    faults = [f"* in {answer.text!r} matches anything" for answer in answers if _wild(answer.text)]
    return *assemble([Gap("text", 1.0, mark)], ["answer"]), faults


def _multichoice(element: Element, comma_site: bool, what: str, files: dict[str, bytes]) -> Parts:
    answers = [answer for answer, _ in _answers(element, what, files, html=True)]
    faults = [f"option: {fault}" for answer in answers for fault in html_faults(answer.text)]
    single = element.findtext("single", "true").strip() not in ("false", "", "0")
    if single:
        gap = Gap("choice", 1.0, one_choice(answers, what=what), numbered(answers), "radio")
    else:
        gap = Gap("choices", 1.0, many_choices(answers, what=what), numbered(answers), "radio")
    fields, marks, says = assemble([gap], ["answer"])
    combined = {
        share: rich_text(element, name, what, files, faults)
        for share, name in ((1, "correctfeedback"), (0.5, "partiallycorrectfeedback"), (0, "incorrectfeedback"))
    }

    def with_combined(responses: Responses) -> dict[str, str]:
        earned = marks(responses) or 0.0
        told = says(responses)
        whole = combined[1 if earned > 1 - 1e-6 else 0 if earned < 1e-6 else 0.5]
        return told | ({"": whole} if whole else {})

    return fields, marks, with_combined, faults


def _true_false(element: Element, comma_site: bool, what: str, files: dict[str, bytes]) -> Parts:
    answers = [answer for answer, _ in _answers(element, what, files, html=False)]
    if sorted(answer.text.lower() for answer in answers) != ["false", "true"]:
        raise Refused(f"{what}: true/false needs the answers true and false")
    return *assemble([Gap("choice", 1.0, one_choice(answers, what=what), numbered(answers), "radio")], ["answer"]), []


def _matching(element: Element, comma_site: bool, what: str, files: dict[str, bytes]) -> Parts:
    faults: list[str] = []
    pairs = []
    for number, stem in enumerate(element.iterfind("subquestion"), 1):
        where = f"{what}, pair {number}"
        pairs.append((_rich(stem, where, files, faults), _inner_text(stem.find("answer"), where)))
    gaps = matching(pairs, what)
    faults += [f"stem: {fault}" for stem, _ in pairs for fault in html_faults(stem)]
    faults += [
        f"a menu shows no formula or markup: {answer!r}"
        for _, answer in pairs
        if re.search(r"\\\(|\\\[|<[a-z]", answer)
    ]
    return *assemble(gaps, [str(number) for number in range(1, len(gaps) + 1)]), faults


ESSAY_FORMATS = frozenset({"editor", "editorfilepicker", "plain", "monospaced", "noinline"})


def _essay(element: Element, comma_site: bool, what: str, files: dict[str, bytes]) -> Parts:
    if element.findtext("responseformat", "editor").strip() not in ESSAY_FORMATS:
        raise Refused(f"{what}: unknown responseformat {element.findtext('responseformat')!r}")
    return (Field("answer", "essay"),), lambda responses: None, lambda responses: {}, []


def _description(element: Element, comma_site: bool, what: str, files: dict[str, bytes]) -> Parts:
    return (), lambda responses: None, lambda responses: {}, []


MARKED_TYPES: dict[str, Callable[[Element, bool, str, dict[str, bytes]], Parts]] = {
    "numerical": _numerical,
    "shortanswer": _short_answer,
    "multichoice": _multichoice,
    "truefalse": _true_false,
    "matching": _matching,
    "match": _matching,
    "essay": _essay,
    "description": _description,
}


def _answers(element: Element, what: str, files: dict[str, bytes], *, html: bool) -> list[tuple[Answer, Element]]:
    found = []
    for number, answer in enumerate(element.iterfind("answer"), 1):
        where = f"{what}, answer {number}"
        try:
            fraction = float(answer.get("fraction", "0")) / 100
        except ValueError as error:
            raise Refused(f"{where}: fraction {answer.get('fraction')!r} is no number") from error
        if not on_grade_list(fraction):
            raise Refused(f"{where}: fraction {answer.get('fraction')} is not on the list of grades")
        text = _rich(answer, where, files, []) if html else _inner_text(answer, where)
        found.append((Answer(text, fraction, 0.0, rich_text(answer, "feedback", where, files, [])), answer))
    if not found:
        raise Refused(f"{what}: no answers")
    return found


def rich_text(
    parent: Element, tag: str, what: str, files: dict[str, bytes], warnings: list[str], *, required: bool = False
) -> str:
    """HTML of a child element; its own files go into `files` and must be the ones that it refers to."""
    element = parent.find(tag)
    if element is None:
        if required:
            raise Refused(f"{what}: no <{tag}>")
        return ""
    return _rich(element, f"{what}, {tag}", files, warnings)


def _rich(element: Element, what: str, files: dict[str, bytes], warnings: list[str]) -> str:
    text = _inner_text(element, what)
    if element.get("format", "html") not in ("html", "moodle_auto_format", "plain_text", "markdown"):
        raise Refused(f"{what}: unknown text format {element.get('format')!r}")
    own: dict[str, bytes] = {}
    for file in element.iterfind("file"):
        name = file.get("path", "/").lstrip("/") + file.get("name", "")
        if name in own or not file.get("name"):
            raise Refused(f"{what}: file {name!r} is nameless or stands twice")
        try:
            own[name] = base64.b64decode("".join((file.text or "").split()), validate=True)
        except binascii.Error as error:
            raise Refused(f"{what}: file {name!r} is not base64") from error
        if not own[name]:
            raise Refused(f"{what}: file {name!r} is empty")
    if missing := plugin_files(text) - set(own):
        raise Refused(f"{what}: no file {', '.join(sorted(missing))}")
    warnings += [f"file {name} is not referred to" for name in sorted(set(own) - plugin_files(text))]
    files.update(own)
    return text


def _text(parent: Element, tag: str, what: str) -> str:
    element = parent.find(tag)
    if element is None:
        raise Refused(f"{what}: no <{tag}>")
    return _inner_text(element, f"{what}, {tag}")


def _inner_text(element: Element | None, what: str) -> str:
    text = None if element is None else element.find("text")
    if text is None:
        raise Refused(f"{what}: no <text>")
    if len(text):
        raise Refused(f"{what}: HTML in <text> is neither escaped nor in CDATA")
    return (text.text or "").strip()


def _number(element: Element, tag: str, default: float, what: str) -> float:
    text = element.findtext(tag)
    if text is None:
        return default
    try:
        return float(text)
    except ValueError as error:
        raise Refused(f"{what}: {tag} {text!r} is no number") from error
