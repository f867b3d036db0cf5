r"""AMC-LaTeX for Auto Multiple Choice, which prints sheets, reads the scans and marks them.

Numbers are coded by ticking digits: a question a number, a cell of a matrix, a numerator, a denominator. Each part of
a variant is an element group of its own, and each copy inserts the parts of its own variants, so that neighbours have
different numbers; AMC's own shuffling is not used. The n-th copy takes the n-th variant of each exercise and level.

Digits are right or wrong: what a typical mistake would earn elsewhere, it does not earn here. A line break ends every
question inside its element, without which AMC sets boxes beyond the page and LaTeX says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from listok.answerkeys.formats import (
    INSTEAD,
    Composer,
    Entry,
    Format,
    Heading,
    Question,
    TextFile,
    decimal,
    part_title,
    rounded_up,
)
from listok.answerkeys.items import Item, Part
from listok.answerkeys.lowering import LESS, Algebra, Cell, Decimal, Essay, LeftOut, Numbers, Pairs, Pick
from listok.generators.exact import Fraction
from listok.templates import doctree as doc
from listok.templates import latex
from listok.templates.paper import fonts
from listok.templates.sheet import WORDS, letters, points_words
from listok.templates.text import Lang

LEAST_DIGITS = 2
"""Digits before the decimal separator that boxes offer at least, lest their number say how large the answer is."""

MOST_DIGITS = 4
"""Digits before the separator that boxes offer for the sake of typical wrong answers alone."""

MOST_DECIMALS = 3
"""Digits behind the separator that boxes offer for the sake of typical wrong answers alone."""

MOST_IN_ALL = 9
"""Digits that a number may have: AMC counts it in units of its last box, in TeX's whole numbers, which end at 2³¹."""

_WORDS: Mapping[str, Mapping[Lang, str]] = {
    "how": {
        "ru": "Закрашивайте клеточки полностью. Число записывают цифрами: знак, затем по одной цифре в каждой строке "
        "сверху вниз; вместо ведущих нулей клеточки можно не закрашивать, но хотя бы одну цифру закрасьте. "
        "Несократимую дробь записывают двумя числами, знак ставят у числителя. Значок \\multiSymbole{} значит, что "
        "верных вариантов может быть несколько.",
        "en": "Fill the boxes in completely. A number is written in digits: its sign, then one digit in each row from "
        "top to bottom; leading zeros may be left out, but fill in one digit at least. A fraction in lowest terms is "
        "written as two numbers, with the sign at the numerator. The sign \\multiSymbole{} means that several options "
        "may be right.",
    },
    "place": {"ru": "Число на месте {}", "en": "Number at place {}"},
    "cell": {"ru": "Строка {}, столбец {}", "en": "Row {}, column {}"},
    "top": {"ru": "числитель", "en": "numerator"},
    "bottom": {"ru": "знаменатель", "en": "denominator"},
    "solution": {"ru": "Решение", "en": "Solution"},
    "copy": {"ru": "Экземпляр", "en": "Copy"},
    "number": {"ru": "Номер студента", "en": "Student number"},
}
_NO_CREDIT = "typical mistakes earn nothing here: digits in boxes are right or wrong"
# Without the watermark of drafts: AMC sets it in a font that has no Cyrillic.
_TEXTS: Mapping[Lang, Mapping[str, str]] = {
    "ru": {
        "message": "Печатайте экзамен из auto-multiple-choice.", "corrected": "С ответами", "catalog": "Все вопросы",
        "none": "Нет верных вариантов.", "question": "вопрос", "questions": "вопросы", "namesurname": "Фамилия, имя:",
    },
    "en": {},
}  # fmt: skip

# \ListokText keeps the words above a part's questions and the solution below them: inside a question, which is one box,
# they could be longer than a page. It also keeps how \ListokAsk is to set the questions: cells stand two in a line, as
# words do, in boxes half a line wide.
_MACROS = r"""
\makeatletter
\newcommand\ListokText[4]{\long\expandafter\gdef\csname listok@#1\endcsname{#2}%
  \long\expandafter\gdef\csname listok@#1@key\endcsname{#3}\expandafter\gdef\csname listok@#1@how\endcsname{#4}}
\newcommand\ListokSay[1]{\csname listok@#1\endcsname}
\newcommand\ListokAsk[2]{\ListokSay{#1}\par\nobreak\csname listok@#1@how\endcsname{#2}\par
  \explaincontext{\ListokSay{#1@key}\par}}
\newcommand\ListokPart[1]{#1}
\newcommand\ListokCells[1]{{\leavevmode\linewidth.48\textwidth#1\par}}
\geometry{hmargin=2cm}\AMCpostNquest=0pt\AMCnumericOpts{hspace=.25em,vspace=.7ex}
\def\AMCbeginQuestion#1#2{\par\noindent\textbf{#1.}#2\hspace{.5em}}
\setlength\parindent{0pt}\setlength\parskip{3pt plus 1pt}\setlength\emergencystretch{3em}
\makeatother
"""


class Amc(Composer):
    """Prints an item as element groups, one a part."""

    def questions(self, item: Item) -> Sequence[Question]:
        """The parts of an item, the first with its stem; each counts as many questions to tick as it holds."""
        try:
            return self._questions(item)
        except latex.UnprintableError as error:
            self.left_out(item, None, f"it is left out: it {error}")
            return ()

    def _questions(self, item: Item) -> Sequence[Question]:
        printer, questions = latex.printer(item.lang), list[Question]()
        heading = doc.Heading(2, item.heading, (doc.Text(points_words(item.points, item.lang)),))
        stem = f"\\ListokText{{{item.code}}}{{%\n{printer.blocks((heading, *item.stem))}}}{{}}{{}}\n"
        for part in item.parts:
            field = self.lowered(item, part, "amc", lambda _: False)
            if isinstance(field, LeftOut):
                self.left_out(item, part, field.reason)
                continue
            name = f"{item.code}.{part.name.replace('_', '-')}"
            chosen = isinstance(field, Pick) and field.instead
            question = _title(part, item.lang) + printer.blocks(part.chosen if chosen else part.question)
            solution = _solution(printer, part)
            above, macro = "", "ListokPart"
            match field:
                case Numbers(_, "number") if isinstance(field.cells[0], Decimal):
                    boxes = [number_question(name, question, field.cells[0], part.points, boxes_of(field.cells))]
                case Pick():
                    boxes = [_pick(printer, name, question, field, part)]
                case Essay():
                    boxes = [_open(name, question, part.points)]
                    solution += printer.blocks(part.rubric)
                case Numbers():
                    boxes = list(_cells(name, field, part.points, item.lang))
                    above, macro = question, "ListokCells"
                case Pairs():
                    boxes = list(_terms(printer, name, field, part.points))
                    above, macro = question + _listed(printer, field, item.lang), "ListokCells"
                case _:
                    raise TypeError(f"AMC cannot ask for {field}")
            cells = field.cells if isinstance(field, Numbers) else ()
            notes = () if isinstance(field, (Algebra, Essay)) else field.notes
            if LESS in notes or any(wrong.mistake.share for cell in cells for wrong in cell.mistakes):
                self.left_out(item, part, _NO_CREDIT)
            definitions = "".join([f"\\element{{{name}}}{{%\n{text}\n}}\n" for text in boxes])
            definitions += f"\\ListokText{{{name}}}{{{above}}}{{%\n{solution}}}{{\\{macro}}}\n"
            questions.append(Question((stem + definitions).encode(), len(boxes), name, part.points))
            stem = ""
        return questions


class AmcFile(TextFile):
    """The element groups of variants, and at the end the copies that insert them."""

    def __init__(self, path: Path, heading: Heading) -> None:
        super().__init__(path)
        self._copies: dict[tuple[str, int], list[tuple[str, Fraction]]] = {}
        self._codes: set[str] = set()
        self.write(_preamble(heading).encode())

    def add(self, entry: Entry) -> int:
        """Write an entry's groups; those of one that comes again are there already."""
        if entry.code in self._codes or not entry.questions:
            return 0
        self._codes.add(entry.code)
        lines = [f"\\ListokSay{{{entry.code}}}"]
        lines += [f"\\ListokAsk{{{part.name}}}{{\\insertgroup{{{part.name}}}}}" for part in entry.questions]
        points = sum((part.points for part in entry.questions), Fraction(0))
        self._copies.setdefault((entry.exercise, entry.level), []).append(("\n".join(lines), points))
        return super().add(entry)

    def close(self) -> None:
        """Write the copies and finish the file."""
        most = max(map(len, self._copies.values()), default=0)
        for n in range(most):
            own = [variants[n % len(variants)] for variants in self._copies.values()]
            points = decimal(sum((points for _, points in own), Fraction(0)))
            problems = "\n".join(lines for lines, _ in own)
            self.write(f"\n\\onecopy{{1}}{{%\n\\scoring{{SUF={points}}}\\ListokHead\n{problems}\n}}\n".encode())
        self.write(b"\\end{document}\n")
        super().close()


# --- the head of the document ----------------------------------------------------------------------------------------


def _preamble(heading: Heading) -> str:
    lang = heading.lang
    babel = "english,russian" if lang == "ru" else "russian,english"
    packages = "".join(f"\\usepackage{{{name}}}\n" for name in latex.PACKAGES)
    texts = "".join(f"\\AMCtext{{{name}}}{{{text}}}\n" for name, text in _TEXTS[lang].items())
    comma = r"\def\AMCdecimalPoint{\raisebox{.5ex}{\textbf{,}}}" + "\n" if lang == "ru" else ""
    labels = "".join([f"\\or {letter}" for letter in letters(lang)])
    boxes = f"\\def\\AMCchoiceLabel#1{{\\ifcase\\value{{#1}}{labels}\\fi}}\n"
    digits = heading.setting("number", "none")
    grid = ""
    if digits != "none":
        grid = f"{_WORDS['number'][lang]}: \\AMCcodeGridInt{{number}}{{{digits}}}\\par\n"
    title = "".join(char for char in " ".join(heading.title.split()) if latex.printable(char))
    return (
        "\\documentclass[11pt,a4paper]{article}\n"
        f"{fonts()}\n"
        "\\usepackage[T2A]{fontenc}\n\\usepackage[utf8]{inputenc}\n"
        f"\\usepackage[{babel}]{{babel}}\n"
        f"{packages}"
        "\\usepackage[box,insidebox,noshuffle]{automultiplechoice}\n"
        f"{latex.MACROS}{_MACROS}{texts}{comma}{boxes}"
        "\\newcommand\\ListokHead{%\n"
        f"{{\\bfseries {latex.escape(title)}}}\\explaincontext{{ ({_WORDS['copy'][lang]} \\AMCStudentNumber)}}\\hfill\n"
        f"\\namefield{{\\fbox{{\\begin{{minipage}}{{.5\\linewidth}}{latex.escape(WORDS['name_line'][lang])}:\\par"
        "\\vspace*{7mm}\\end{minipage}}}\\par\\medskip\n"
        f"{grid}{{\\small {_WORDS['how'][lang]}\\par}}\n"
        "}\n\\begin{document}\n"
    )


# --- questions -------------------------------------------------------------------------------------------------------


def _title(part: Part, lang: Lang) -> str:
    return f"\\textbf{{{latex.escape(part_title(part, lang))}}} "


def _solution(printer: latex.Printer, part: Part) -> str:
    return f"\\emph{{{_WORDS['solution'][part.filled.lang]}.}} {printer.blocks(part.solution)}"


def number_question(
    name: str, text: str, cell: Decimal, points: Fraction, boxes: tuple[int, int], sign: bool = True
) -> str:
    """A number coded by digits: full points within the tolerance, counted in units of the last digit, and none beyond.

    `boxes` are the digits before and behind the decimal separator.
    """
    whole, decimals = boxes
    number, near = cell.text, int(cell.tolerance * 10**decimals)
    if _length(number)[1] > decimals:  # the boxes take it rounded or cut off
        number, near = decimal(round(cell.value, decimals), decimals), 1
    options = (
        f"digits={whole + decimals},decimals={decimals},sign={str(sign).lower()},exact={near},approx={near},"
        f"scoreexact={_score(points)},scoreapprox=0,scorewrong=0"
    )
    return (
        f"\\begin{{questionmultx}}{{{name}}}\n{text.rstrip()}\n\\AMCnumericChoices{{{number}}}{{{options}}}\n"
        f"\\end{{questionmultx}}"
    )


def _score(points: Fraction) -> str:
    """Points as AMC reads them, never too few: it rounds a mark down to a half, even one that lacks a millionth."""
    return rounded_up(points, 7)


def boxes_of(cells: Sequence[Cell]) -> tuple[int, int]:
    """Digits before and behind the separator that right numbers of a part need, and typical wrong ones in reason."""
    decimals = [cell for cell in cells if isinstance(cell, Decimal)]
    right = [_length(cell.text) for cell in decimals]
    wrong = [_length(wrong.text) for cell in decimals for wrong in cell.mistakes]
    whole = max([LEAST_DIGITS, *(digits for digits, _ in right), *(min(digits, MOST_DIGITS) for digits, _ in wrong)])
    behind = max([0, *(places for _, places in right), *(min(places, MOST_DECIMALS) for _, places in wrong)])
    return whole, min(behind, MOST_IN_ALL - whole)


def _length(text: str) -> tuple[int, int]:
    whole, _, behind = text.lstrip("-").partition(".")
    return len(whole), len(behind)


def _cells(name: str, field: Numbers, points: Fraction, lang: Lang) -> Iterator[str]:
    """A question a cell, and two for a fraction; all cells of a part have boxes for the same digits."""
    boxes, each = boxes_of(field.cells), points / len(field.cells)
    for i, row in enumerate(field.rows, 1):
        for j, cell in enumerate(row, 1):
            if field.shape == "number":
                suffix, label = "", ""
            elif field.shape == "vector":
                suffix, label = f".{j}", _WORDS["place"][lang].format(j)
            else:
                suffix, label = f".{i}.{j}", _WORDS["cell"][lang].format(i, j)
            if isinstance(cell, Decimal):
                yield number_question(name + suffix, label, cell, each, boxes)
            else:
                yield from _fraction(name + suffix, label, cell.accepted[0], each, lang)


def _fraction(name: str, label: str, text: str, points: Fraction, lang: Lang) -> Iterator[str]:
    for part, number in zip(("top", "bottom"), text.split("/"), strict=True):
        words = f"{label}, {_WORDS[part][lang]}" if label else _WORDS[part][lang].capitalize()
        digits = max(LEAST_DIGITS, _length(number)[0]), 0
        cell = Decimal(number, Fraction(0), ())
        yield number_question(f"{name}.{part}", words, cell, points / 2, digits, sign=part == "top")


def _pick(printer: latex.Printer, name: str, text: str, field: Pick, part: Part) -> str:
    """One option, each with what it earns; or several, where a wrong one takes away what a right one gives."""
    lines = []
    for option in field.options:
        choice = "correctchoice" if option.right else "wrongchoice"
        worth = _score(option.share * part.points)
        score = worth if not field.many else f"b={worth},m=0" if option.right else f"b=0,m={worth}"
        lines.append(f"  \\{choice}{{{printer.inlines(option.words)}}}\\scoring{{{score}}}\n")
    kind = "questionmult" if field.many else "question"
    score = "v=0,e=0,p=0" if field.many else f"b={_score(part.points)},m=0,e=0,v=0"
    if field.instead:
        text += f"\\emph{{{latex.escape(INSTEAD[part.filled.lang])}}}\n\n"
    return (
        f"\\begin{{{kind}}}{{{name}}}\\scoring{{{score}}}\n{text.rstrip()}\n\\begin{{choices}}[o]\n{''.join(lines)}"
        f"\\end{{choices}}\n\\end{{{kind}}}"
    )


def _listed(printer: latex.Printer, field: Pairs, lang: Lang) -> str:
    items = [
        doc.ListItem(f"{letter})", (doc.Paragraph(option.words),))
        for letter, option in zip(letters(lang), field.options, strict=False)
    ]
    return printer.blocks((doc.ItemList(tuple(items)),))


def _terms(printer: latex.Printer, name: str, field: Pairs, points: Fraction) -> Iterator[str]:
    """A question a term, with a box an option; the box shows the option's letter."""
    score = f"b={_score(points / len(field.terms))},m=0,e=0,v=0"
    for n, (term, right) in enumerate(zip(field.terms, field.right, strict=True), 1):
        lines = "".join(
            f"  \\{'correctchoice' if option.name == right else 'wrongchoice'}{{}}\n" for option in field.options
        )
        yield (
            f"\\begin{{question}}{{{name}.{n}}}\\scoring{{{score}}}\n{printer.inlines(term)}\n"
            f"\\begin{{choiceshoriz}}[o]\n{lines}\\end{{choiceshoriz}}\n\\end{{question}}"
        )


def _open(name: str, text: str, points: Fraction) -> str:
    """Lines to write on, and boxes in which the marker ticks the points."""
    steps = [*map(Fraction, range(int(points))), points]
    boxes = "".join(
        f"\\{'correctchoice' if step == points else 'wrongchoice'}[{decimal(step)}]{{{decimal(step)}}}"
        f"\\scoring{{{decimal(step)}}}"
        for step in steps
    )
    return f"\\begin{{question}}{{{name}}}\n{text.rstrip()}\n\\AMCOpen{{lines=8}}{{{boxes}}}\n\\end{{question}}"


FORMAT = Format(
    "amc", ".tex", "marked paper: LaTeX for Auto Multiple Choice, a copy a variant", Amc, AmcFile,
    {"number": ("none", "4", "6", "8")},
)  # fmt: skip
