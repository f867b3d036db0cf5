"""The class report: one self-contained HTML page with charts, statistics of the parts, and what to look at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from listok.answerkeys.marking.analysis import Analysis, AskedPart, Comparison
from listok.answerkeys.marking.charts import Bar, bars, histogram
from listok.answerkeys.marking.feedback import OUTCOMES, number_text
from listok.answerkeys.marking.grading import FormMarks, PartMark
from listok.answerkeys.marking.statistics import FEWEST, LEAST_COINCIDENCES, SHARED_BY, SIGNIFICANCE
from listok.generators.messages import Message
from listok.templates.html import STYLE
from listok.templates.plurals import plural
from listok.templates.sheet import letters
from listok.templates.text import Lang

MOST_ROWS = 300
"""Rows of a list of things to look at; what is more is counted."""

ROWS_TOGETHER = 5
"""Rows of a long table that a page break does not part."""

MOST_BARS = 24
"""Mistakes in the chart; the table below it has them all."""

_STYLE = """
table.data .wrap { overflow-wrap: anywhere; max-width: 16em; text-align: left; }
table.data th.group { text-align: left; font-weight: bold; padding-top: .5em; }
table.data { font-size: .92em; } table.data th, table.data td { padding: .12em .5em; vertical-align: top; }
table.data, .together table { break-inside: auto; } table.data tbody, table.data tr { break-inside: avoid; }
table.data tbody td { border-top: 1px solid #e4e8ec; } table.data td p { margin: 0; }
h2 { border-bottom: 1px solid #999; margin-top: 1.6em; } svg.chart { width: 100%; height: auto; margin: .5em 0; }
.note { color: #444; font-size: .92em; } .figures { display: flex; flex-wrap: wrap; gap: .4em 2em; margin: .8em 0; }
.figures b { font-size: 1.25em; } bdi { font-family: "DejaVu Sans Mono", Menlo, monospace; font-size: .92em; }
"""

_WORDS: Mapping[str, tuple[str, str]] = {
    "report": ("Отчёт о контрольной", "Class report"),
    "handed in": ("сдали", "handed in"),
    "absent": ("без ответов", "without answers"),
    "mean": ("среднее", "mean"),
    "median": ("медиана", "median"),
    "deviation": ("стандартное отклонение", "standard deviation"),
    "alpha": ("альфа Кронбаха", "Cronbach’s alpha"),
    "scores": ("Баллы", "Scores"),
    "histogram": ("Сколько студентов набрали какую долю баллов", "How many students earned which share of the points"),
    "axis": ("процент от максимума", "percent of the maximum"),
    "parts": ("Пункты", "Parts"),
    "facility chart": ("Лёгкость пунктов: средняя доля баллов", "Facility of the parts: mean share of the points"),
    "part": ("пункт", "part"),
    "points": ("баллы", "points"),
    "marked": ("проверено", "marked"),
    "facility": ("лёгкость", "facility"),
    "discrimination": ("различение", "discrimination"),
    "missing": ("нет ответа", "no answer"),
    "carried": ("перенос", "carried"),
    "pending": ("ждут", "pending"),
    "parts note": (
        "Лёгкость — средняя доля баллов, нет ответа — ноль. Различение — корреляция баллов за пункт с суммой за все "
        "остальные пункты (для баллов 0 и 1 это точечно-бисериальная корреляция с поправкой по Хенрисону). Перенос — "
        "неверный ответ, который верно следует из предыдущих ответов студента и потому засчитан. Пункты, которые ждут "
        "проверки, в расчёт не вошли, а в сумме считаются нулём. Где данных мало, стоит прочерк.",
        "Facility is the mean share of the points, a missing answer being zero. Discrimination is the correlation of "
        "the scores on a part with the total of all others (for scores of 0 and 1, the point-biserial correlation, "
        "corrected after Henrysson). Carried: a wrong answer that follows correctly from the student’s own earlier "
        "answers and so counts. Parts still pending are left out here, and are zeros in totals. A dash stands where "
        "there are too few data.",
    ),
    "alpha note": (
        "Альфа Кронбаха посчитана по {k} задачам: k/(k − 1) · (1 − сумма дисперсий задач / дисперсия суммы).",
        "Cronbach’s alpha is of {k} problems: k/(k − 1) · (1 − sum of the problems’ variances / variance of totals).",
    ),
    "mistakes": ("Ошибки", "Mistakes"),
    "mistakes chart": ("Доля студентов, сделавших ошибку", "Share of students who made the mistake"),
    "no mistakes": ("Известных ошибок не встретилось.", "No known mistakes were met."),
    "mistake": ("ошибка", "mistake"),
    "students": ("студентов", "students"),
    "for example": ("что об этом сказано студенту (для примера)", "what one student is told"),
    "harder": ("Были ли варианты труднее", "Were some variants harder"),
    "harder note": (
        "Сравнивается то, насколько балл за задачу выше или ниже ожидаемого по остальной работе того же студента. "
        "Средние сравнены критерием Уэлча, связь с числом действий — корреляцией Пирсона; вероятности исправлены по "
        "Холму на {n} {tests}. Групп меньше {few} человек мы не сравниваем. Чем меньше студентов, тем больше "
        "должно быть различие, чтобы его было видно.",
        "What is compared is how far the score on a problem lies above or below what the rest of the same student’s "
        "form leads to expect. Means are compared by Welch’s test, the number of pencil operations by Pearson’s "
        "correlation; chances are corrected after Holm for {n} {tests}. Groups of fewer than {few} are not compared. "
        "The fewer the students, the larger a difference must be to show.",
    ),
    "own variants": (
        "У каждого студента свой вариант, поэтому отдельный вариант сравнить не с чем; сравнить можно задачи, "
        "выпавшие на одно место, и варианты с большим и меньшим числом действий.",
        "Every student had a variant of their own, so a single variant cannot be compared with others; what can be are "
        "exercises drawn for the same place, and variants that take more or fewer operations.",
    ),
    "nothing harder": (
        "Ни одно из сравнений не показало разницы больше той, что бывает случайно.",
        "None of the comparisons shows a difference larger than chance would bring.",
    ),
    "too few": ("Слишком мало данных, чтобы судить: {what}.", "Too few to tell: {what}."),
    "alternatives": (
        "Задача {problem}: те, кому досталась {label}, набрали {more}, чем те, кому досталась другая: на {by}\u00a0% "
        "баллов за неё, с поправкой на остальную работу ({count} {people}, {p}).",
        "Problem {problem}: those who got {label} earned {more} than those who got another, by {by}% of its points, "
        "allowing for the rest of their forms ({count} {people}, {p}).",
    ),
    "variant": (
        "Задача {problem}: за вариант {label} набрали {more}, чем за другие: на {by}\u00a0% баллов, с поправкой на "
        "остальную работу ({count} {people}, {p}).",
        "Problem {problem}: variant {label} brought {more} than the others, by {by}% of the points, allowing for the "
        "rest of the forms ({count} {people}, {p}).",
    ),
    "effort": (
        "Задача {problem} ({label}): чем дольше решать вариант, тем {more} балл (r = {r}, {p}).",
        "Problem {problem} ({label}): the longer a variant takes to solve, the {more} the score (r = {r}, {p}).",
    ),
    "coincide": ("Совпавшие ответы", "Answers that coincide"),
    "coincide note": (
        "Совпавшим считается одинаковый ответ на один пункт в разных вариантах, если хотя бы у одного студента он "
        "неверен, не объясняется известной ошибкой и такой ответ дали не больше {shared} человек. Показаны пары, у "
        "которых таких совпадений не меньше {least} и притом столько, что случайно хоть у одной пары класса их "
        "набралось бы с вероятностью меньше {chance}. Совпадения бывают и без списывания: к этим работам стоит "
        "присмотреться, не более того.",
        "Answers coincide when two students gave the same one to the same part of different variants, at least one of "
        "them is wrong for no known reason, and at most {shared} students gave it. Listed are pairs with at least "
        "{least} of these, so many that chance would bring them to any pair of the class with a probability below "
        "{chance}. Answers can coincide for honest reasons: these sheets are worth a look, no more.",
    ),
    "no pairs": ("Таких пар нет.", "There are no such pairs."),
    "first": ("студент", "student"),
    "second": ("студент", "student"),
    "coinciding": ("совпало", "coinciding"),
    "expected": ("ожидалось", "expected"),
    "where": ("где", "where"),
    "look": ("На что посмотреть", "What to look at"),
    "unread": ("Не удалось прочитать", "Answers that could not be read"),
    "by hand": ("Ждут проверки преподавателем", "To be marked by hand"),
    "notes": ("О таблице ответов", "About the table of responses"),
    "nothing": ("Всё прочитано и проверено.", "Everything was read and marked."),
    "answer": ("ответ", "answer"),
    "reason": ("причина", "reason"),
    "student": ("студент", "student"),
    "not handed in": ("Без ответов: {who}.", "Without answers: {who}."),
    "and more": ("и ещё {n}", "and {n} more"),
}  # fmt: skip


@dataclass(frozen=True)
class ClassReport:
    """All that the report says. `titles` are the exercises' own in the report's language; `examples` a mistake's words
    as HTML, by exercise and mistake, `sentences` the same as plain text; `notes` what was passed over in the responses.
    """

    title: str
    what: str
    forms: Sequence[FormMarks]
    analysis: Analysis
    titles: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[tuple[str, str], str] = field(default_factory=dict)
    sentences: Mapping[tuple[str, str], str] = field(default_factory=dict)
    notes: Sequence[Message] = ()


def class_report(report: ClassReport, lang: Lang) -> Iterable[str]:
    """The whole page, in pieces."""
    page = _Page(lang)
    title = f"{page.words('report')}: {report.title}" if report.title else page.words("report")
    yield (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}{_STYLE}</style>\n</head>\n<body>\n<h1><span>{escape(title)}</span></h1>\n"
    )
    if report.what:
        yield f"<p>{escape(report.what)}</p>\n"
    yield page.figures(report.analysis)
    if report.analysis.shares:
        yield page.distribution(report.analysis)
        yield page.parts(report)
        yield page.mistakes(report)
        yield page.harder(report)
        yield page.coinciding(report)
    yield from page.to_look_at(report)
    yield "</body>\n</html>\n"


class _Page:
    """The sections of a report in one language."""

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang

    def words(self, name: str, **values: object) -> str:
        text = _WORDS[name][0 if self.lang == "ru" else 1]
        return text.format(**values) if values else text

    def number(self, value: float | None, digits: int = 2) -> str:
        return "—" if value is None else number_text(value, self.lang, digits)

    def coefficient(self, value: float | None) -> str:
        """A correlation, always with two decimals, so that a column of them lines up."""
        if value is None:
            return "—"
        text = f"{round(value, 2) + 0.0:.2f}"  # adding zero turns -0.00 into 0.00
        return text.replace("-", "−").replace(".", "," if self.lang == "ru" else ".")

    def percent(self, value: float | None) -> str:
        space = "\u00a0" if self.lang == "ru" else ""
        return "—" if value is None else f"{number_text(100 * value, self.lang, 0)}{space}%"

    def heading(self, name: str) -> str:
        return f"<h2><span>{escape(self.words(name))}</span></h2>\n"

    def note(self, text: str) -> str:
        return f'<p class="note">{escape(text)}</p>\n'

    def table(self, titles: Sequence[str], groups: Mapping[str, Sequence[Sequence[str]]], sides: str) -> str:
        """A table of cells that are HTML already, under the headings of their groups (where these are not empty).

        `sides` has for each column l, c, r, or w: at the left, breaking long words.
        """
        classes = ["wrap" if side == "w" else side for side in sides]
        head = "".join(f'<th class="{c}" scope="col">{escape(t)}</th>' for c, t in zip(classes, titles, strict=True))
        body = []
        for group, rows in groups.items():
            if group:
                span = f'colspan="{len(sides)}" scope="rowgroup"'
                body.append(f'<tbody>\n<tr><th class="group" {span}>{escape(group)}</th></tr>\n')
            for place, row in enumerate(rows):
                if not group and place % ROWS_TOGETHER == 0:
                    body.append("</tbody>\n<tbody>\n" if place else "<tbody>\n")
                cells = "".join(f'<td class="{c}">{cell}</td>' for c, cell in zip(classes, row, strict=True))
                body.append(f"<tr>{cells}</tr>\n")
            body.append("</tbody>\n")
        return f'<table class="data">\n<thead><tr>{head}</tr></thead>\n{"".join(body)}</table>\n'

    def figures(self, a: Analysis) -> str:
        shown = [("handed in", str(len(a.shares))), ("absent", str(a.absent))]
        shown += [("mean", self.percent(a.mean)), ("median", self.percent(a.median))]
        shown += [("deviation", self.percent(a.deviation)), ("alpha", self.coefficient(a.alpha))]
        cells = "".join(f"<span><b>{escape(value)}</b> {escape(self.words(name))}</span>" for name, value in shown)
        return f'<div class="figures">{cells}</div>\n'

    def distribution(self, a: Analysis) -> str:
        counts = [0] * 10
        for share in a.shares:
            counts[min(9, int(share * 10 + 1e-9))] += 1
        edges = [str(10 * n) for n in range(11)]
        chart = histogram(counts, edges, self.words("histogram"), self.words("axis"))
        return self.heading("scores") + chart

    def label(self, asked_part: AskedPart, asked: Mapping[tuple[int, str], Sequence[str]]) -> str:
        """``3(б) loss``: the problem's number, the part's letter on the sheet, its name."""
        number, exercise, part = asked_part
        parts = asked[number, exercise]
        letter = f"({letters(self.lang)[parts.index(part)]})" if len(parts) > 1 else ""
        return f"{number}{letter} {part}"

    def chart(self, name: str, rows: Sequence[Bar]) -> str:
        """Bars with their caption, on one page."""
        title = self.words(name)
        return f'<div class="together"><p><strong>{escape(title)}</strong></p>\n{bars(rows, title)}</div>\n'

    def parts(self, report: ClassReport) -> str:
        asked = _asked(report.forms)
        lines = report.analysis.parts
        chart = self.chart(
            "facility chart",
            [Bar(self.label(line.part, asked), line.facility or 0.0, self.percent(line.facility)) for line in lines],
        )
        names = ("part", "points", "marked", "facility", "discrimination", "missing", "carried", "pending")
        groups: dict[str, list[Sequence[str]]] = {}
        for line in lines:
            number, exercise, _ = line.part
            groups.setdefault(f"{number}. {report.titles.get(exercise, exercise)}", []).append((
                escape(self.label(line.part, asked)), self.number(float(line.maximum)), str(line.marked),
                self.percent(line.facility), self.coefficient(line.discrimination),
                *(str(n or "") for n in (line.missing, line.carried, line.pending)),
            ))  # fmt: skip
        table = self.table([self.words(name) for name in names], groups, "lrrrrrrr")
        alpha = self.words("alpha note", k=report.analysis.problems)
        return self.heading("parts") + chart + table + self.note(self.words("parts note")) + self.note(alpha)

    def mistakes(self, report: ClassReport) -> str:
        lines = report.analysis.mistakes
        if not lines:
            return self.heading("mistakes") + self.note(self.words("no mistakes"))
        called = mistake_labels([(line.exercise, line.mistake) for line in lines], report.sentences)
        numbers: dict[str, list[str]] = {}
        for number, exercise in _asked(report.forms):
            numbers.setdefault(exercise, []).append(str(number))
        chart = self.chart(
            "mistakes chart",
            [
                Bar(f"{', '.join(numbers[line.exercise])}. {called[line.exercise, line.mistake]}",
                    line.students / line.asked, f"{line.students}/{line.asked}")
                for line in lines[:MOST_BARS]
            ],
        )  # fmt: skip
        groups: dict[str, list[Sequence[str]]] = {}
        for line in sorted(lines, key=lambda line: int(numbers[line.exercise][0])):
            title = f"{', '.join(numbers[line.exercise])}. {report.titles.get(line.exercise, line.exercise)}"
            example = report.examples.get((line.exercise, line.mistake), "")
            called_so = escape(called[line.exercise, line.mistake])
            groups.setdefault(title, []).append((called_so, f"{line.students}/{line.asked}", example))
        titles = [self.words(name) for name in ("mistake", "students", "for example")]
        return self.heading("mistakes") + chart + self.table(titles, groups, "wrl")

    def harder(self, report: ClassReport) -> str:
        a = report.analysis
        tests = [one for one in a.comparisons if one.effect is not None]
        forms = ("сравнение", "сравнения", "сравнений") if self.lang == "ru" else ("comparison", "comparisons")
        parts = [self.heading("harder")]
        if not a.shared_variants:
            parts.append(f"<p>{escape(self.words('own variants'))}</p>\n")
        parts += [f"<p>{escape(self.comparison(one, report.titles))}</p>\n" for one in tests if one.matters]
        if tests and not any(one.matters for one in tests):
            parts.append(f"<p>{escape(self.words('nothing harder'))}</p>\n")
        unknown = [f"{one.problem}. {self.titled(one, report.titles)}" for one in a.comparisons if one.effect is None]
        if unknown:
            parts.append(f"<p>{escape(self.words('too few', what=', '.join(dict.fromkeys(unknown))))}</p>\n")
        if tests:
            note = self.words("harder note", n=len(tests), tests=plural(len(tests), forms, self.lang), few=FEWEST)
            parts.append(self.note(note))
        return "".join(parts)

    def titled(self, one: Comparison, titles: Mapping[str, str]) -> str:
        title = titles.get(one.exercise, one.exercise)
        quotes = "«{}»" if self.lang == "ru" else "“{}”"
        return " ".join(filter(None, (quotes.format(title), one.code)))

    def comparison(self, one: Comparison, titles: Mapping[str, str]) -> str:
        assert one.effect is not None
        rises = one.effect.effect > 0
        more = (("меньше", "больше") if self.lang == "ru" else ("less", "more"))[rises]
        if one.kind == "effort":
            more = (("ниже", "выше") if self.lang == "ru" else ("lower", "higher"))[rises]
        people = ("студент", "студента", "студентов") if self.lang == "ru" else ("student", "students")
        return self.words(
            one.kind, problem=one.problem, label=self.titled(one, titles), more=more,
            by=self.number(abs(100 * one.effect.effect), 0),
            count=one.effect.count, people=plural(one.effect.count, people, self.lang),
            r=self.coefficient(one.effect.effect), p=self.chance(one.p),
        )  # fmt: skip

    def chance(self, p: float) -> str:
        return f"p = {self.number(p, 3)}" if p >= 0.0005 else f"p < {self.number(0.001, 3)}"

    def coinciding(self, report: ClassReport) -> str:
        note = self.words("coincide note", shared=SHARED_BY, least=LEAST_COINCIDENCES,
                         chance=self.number(SIGNIFICANCE))  # fmt: skip
        asked = _asked(report.forms)
        present = [form for form in report.forms if not form.absent]
        rows = []
        for pair in report.analysis.pairs[:MOST_ROWS]:
            coinciding = [
                (number, exercise, part) for (number, exercise), parts in sorted(asked.items())
                for part in parts if (number, exercise, part) in pair.parts
            ]  # fmt: skip
            where = ", ".join(self.label(part, asked) for part in coinciding)
            rows.append(
                (*(_who(present[place]) for place in (pair.first, pair.second)), str(len(pair.parts)),
                 self.number(pair.expected), escape(where))
            )  # fmt: skip
        titles = [self.words(name) for name in ("first", "second", "coinciding", "expected", "where")]
        shown = self.table(titles, {"": rows}, "llrrw") if rows else f"<p>{escape(self.words('no pairs'))}</p>\n"
        return self.heading("coincide") + shown + self.note(note)

    def to_look_at(self, report: ClassReport) -> Iterable[str]:
        yield self.heading("look")
        asked = _asked(report.forms)
        unread, by_hand = [], []
        for form in report.forms:
            for number, problem in enumerate(form.problems, 1):
                for mark in problem.parts:
                    label = self.label((number, problem.exercise, mark.part), asked)
                    reason = mark.reason.sentence(self.lang) if mark.reason is not None else ""
                    row = (_who(form), escape(label), _answer(mark), escape(reason))
                    if mark.outcome == "unreadable":
                        unread.append(row)
                    elif mark.outcome == "to-be-marked" and not form.absent:
                        by_hand.append(row)
        absent = [_who(form) for form in report.forms if form.absent]
        if not (unread or by_hand or absent or report.notes):
            yield f"<p>{escape(self.words('nothing'))}</p>\n"
            return
        if absent:
            who = ", ".join(absent[:MOST_ROWS])
            yield f"<p>{self.words('not handed in', who=who + self.more(absent))}</p>\n"
        titles = [self.words(name) for name in ("student", "part", "answer", "reason")]
        for name, rows in (("unread", unread), ("by hand", by_hand)):
            if rows:
                yield f"<h3>{escape(self.words(name))}: {len(rows)}</h3>\n"
                yield self.table(titles, {"": rows[:MOST_ROWS]}, "llwl")
                yield f"<p>{self.more(rows).lstrip(', ')}</p>\n"
        if report.notes:
            yield f"<h3>{escape(self.words('notes'))}: {len(report.notes)}</h3>\n<ul>\n"
            for note in report.notes[:MOST_ROWS]:
                yield f"<li>{escape(note.sentence(self.lang))}</li>\n"
            yield f"</ul>\n<p>{self.more(report.notes).lstrip(', ')}</p>\n"

    def more(self, rows: Sequence[object]) -> str:
        left = len(rows) - MOST_ROWS
        return f", {self.words('and more', n=left)}" if left > 0 else ""


def mistake_labels(
    mistakes: Sequence[tuple[str, str]], sentences: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], str]:
    """What mistakes (exercise and name) are called: the first sentence that tells of them, only up to its colon where
    that tells them apart from others of the exercise; their names, which are for programs, where there are no words."""
    whole = {each: _up_to(r"[.!?…]", sentences.get(each, "")) or each[1] for each in mistakes}
    short = {each: _up_to(r":", text) for each, text in whole.items()}
    times = Counter((exercise, short[exercise, name]) for exercise, name in mistakes)
    return {each: short[each] if times[each[0], short[each]] == 1 else text for each, text in whole.items()}


def _up_to(end: str, text: str) -> str:
    """A text on one line, up to that character at the end of a word."""
    return re.split(rf"{end}(?:\s|$)", " ".join(text.split()), maxsplit=1)[0]


def _asked(forms: Sequence[FormMarks]) -> dict[tuple[int, str], Sequence[str]]:
    """The parts asked of each exercise at each place, in the order of their letters."""
    asked: dict[tuple[int, str], Sequence[str]] = {}
    for form in forms:
        for number, problem in enumerate(form.problems, 1):
            if (number, problem.exercise) not in asked:
                asked[number, problem.exercise] = [mark.part for mark in problem.parts]
    return asked


def _who(form: FormMarks) -> str:
    name = f" {form.name}" if form.name else ""
    return f"{escape(form.student)}{escape(name)}"


def _answer(mark: PartMark) -> str:
    return f"<bdi>{escape(mark.answer)}</bdi>" if mark.answer else ""


__all__ = ["OUTCOMES", "ClassReport", "class_report"]
