"""What a student gets back: each answer with its points, the mistake in words, and on request the right answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from listok.answerkeys.marking.grading import FormMarks, Outcome, PartMark, ProblemMarks
from listok.generators.answers import Open
from listok.generators.decimals import rounded, trimmed
from listok.generators.exact import Fraction
from listok.templates import doctree as doc
from listok.templates.plurals import plural
from listok.templates.sheet import WORDS, answer, letters
from listok.templates.text import Filled, Lang

OUTCOMES: Mapping[Outcome, Mapping[Lang, str]] = {
    "right": {"ru": "Верно.", "en": "Right."},
    "partial": {"ru": "Верно частично.", "en": "Partly right."},
    "wrong": {"ru": "Неверно.", "en": "Wrong."},
    "carried": {
        "ru": "Засчитано: ответ верно следует из ваших предыдущих ответов.",
        "en": "Counted: the answer follows correctly from your own earlier answers.",
    },
    "missing": {"ru": "Ответа нет.", "en": "No answer."},
    "unreadable": {
        "ru": "Ответ не удалось прочитать, его посмотрит преподаватель.",
        "en": "The answer could not be read; a teacher will look at it.",
    },
    "by-hand": {"ru": "Оценено преподавателем.", "en": "Marked by a teacher."},
    "to-be-marked": {"ru": "Этот пункт проверит преподаватель.", "en": "A teacher will mark this part."},
}

_WORDS: Mapping[str, Mapping[Lang, str]] = {
    "of": {"ru": "из", "en": "of"},
    "yours": {"ru": "Ваш ответ: ", "en": "Your answer: "},
    "right": {"ru": "Правильный ответ: ", "en": "The right answer: "},
    "total": {"ru": "Всего", "en": "Total"},
    "earned": {"ru": "Баллы", "en": "Points"},
    "most": {"ru": "Максимум", "en": "Maximum"},
    "absent": {"ru": "Ответов в таблице нет.", "en": "There are no answers in the table."},
    "pending": {"ru": "Ещё не проверено: ", "en": "Not marked yet: "},
}


def number_text(value: Fraction | float, lang: Lang, digits: int = 2) -> str:
    """A number with at most so many decimals, a typographic minus, and the decimal separator of the language."""
    text = trimmed(rounded(Fraction(value), digits))
    return text.replace("-", "−").replace(".", "," if lang == "ru" else ".")


def points_of(points: Fraction, maximum: Fraction, lang: Lang) -> str:
    """``1,5 из 3 баллов``, ``1.5 of 3 points``."""
    most = number_text(maximum, lang)
    if lang == "ru":
        unit = "балла" if maximum.denominator != 1 else plural(int(maximum), ("балла", "баллов", "баллов"), lang)
    else:
        unit = "point" if maximum == 1 else "points"
    return f"{number_text(points, lang)} {_WORDS['of'][lang]} {most}\u00a0{unit}"


def problem_feedback(
    filled: Filled, marks: ProblemMarks, number: int, *, show_answers: bool
) -> tuple[doc.Block, ...]:
    """One problem of a student's feedback; parts are lettered as on the sheet."""
    lang = filled.lang
    title = doc.Text(f"{WORDS['problem'][lang]} {number}. {filled.title}")
    heading = doc.Heading(2, (title,), (doc.Text(points_of(marks.points, marks.maximum, lang)),))
    items = [
        doc.ListItem(f"({letter})", (doc.Together(_part(filled, mark, show_answers)),))
        for letter, mark in zip(letters(lang), marks.parts, strict=False)
    ]
    if len(items) == 1:
        return (doc.Together((heading, *items[0].content)),)
    return (heading, doc.ItemList(tuple(items)))


def _part(filled: Filled, mark: PartMark, show_answers: bool) -> tuple[doc.Block, ...]:
    lang = filled.lang
    verdict: list[doc.Inline] = [doc.Strong((doc.Text(OUTCOMES[mark.outcome][lang]),))]
    if not mark.pending:
        verdict.append(doc.Text(f" {points_of(mark.points, mark.maximum, lang)}."))
    blocks: list[doc.Block] = [doc.Paragraph(tuple(verdict))]
    if mark.answer:
        blocks.append(doc.Paragraph((doc.Text(_WORDS["yours"][lang]), doc.Code(mark.answer))))
    if mark.mistake is not None and mark.score < 1:
        blocks += filled.blocks(filled.text.mistake(mark.mistake, mark.part))
    if show_answers and mark.outcome != "right" and not isinstance(filled.variant.exercise.parts[mark.part], Open):
        right = answer(filled, mark.part)
        blocks.append(doc.Paragraph((doc.Text(_WORDS["right"][lang]), *right)))
    return tuple(blocks)


def summary(marks: FormMarks, lang: Lang) -> tuple[doc.Block, ...]:
    """The points of a form in a table, a column a problem, and what is still pending."""
    if marks.absent:
        return (doc.Paragraph((doc.Text(_WORDS["absent"][lang]),)),)
    count = len(marks.problems)
    titles = ("", *map(str, range(1, count + 1)), _WORDS["total"][lang])
    earned = [number_text(problem.points, lang) for problem in marks.problems] + [number_text(marks.points, lang)]
    most = [number_text(problem.maximum, lang) for problem in marks.problems] + [number_text(marks.maximum, lang)]
    blocks: list[doc.Block] = [
        doc.Table(
            "l" + "c" * (count + 1),
            _row(titles),
            (_row((_WORDS["earned"][lang], *earned)), _row((_WORDS["most"][lang], *most))),
        )
    ]
    if marks.pending:
        text = _WORDS["pending"][lang] + points_of(marks.pending, marks.maximum, lang) + "."
        blocks.append(doc.Paragraph((doc.Text(text),)))
    return tuple(blocks)


def _row(texts: Sequence[str]) -> doc.TableRow:
    return doc.TableRow(tuple((doc.Text(text),) for text in texts))
