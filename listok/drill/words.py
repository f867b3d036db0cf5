"""What the drill says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from listok.answerkeys.marking.feedback import OUTCOMES
from listok.answerkeys.marking.grading import Outcome
from listok.generators.answers import (
    ENGLISH_LETTERS,
    RUSSIAN_LETTERS,
    AnyKey,
    Asked,
    Choice,
    Choices,
    Expression,
    Matching,
    Matrix,
    Number,
    Open,
    Predicate,
    Vector,
)
from listok.generators.values import leaves
from listok.templates.plurals import plural
from listok.templates.text import Lang

VERDICTS: Mapping[Outcome, Mapping[Lang, str]] = {
    **OUTCOMES,
    "carried": {
        "ru": "Верно следует из ваших предыдущих ответов, но среди них есть ошибка.",
        "en": "It follows correctly from your own earlier answers, but one of them is wrong.",
    },
    "missing": {"ru": "Ответа пока нет.", "en": "There is no answer yet."},
    "unreadable": {"ru": "Ответ не прочитан:", "en": "The answer was not read:"},
    "to-be-marked": {"ru": "Не засчитано:", "en": "Not counted:"},
}
"""What is said of an answer."""

WORDS: Mapping[str, Mapping[Lang, str]] = {
    "answer": {"ru": "Ответ: ", "en": "Answer: "},
    "example": {"ru": "Один из верных ответов: ", "en": "One of the right answers: "},
    "rubric": {"ru": "Что должно быть в ответе", "en": "What an answer should have"},
    "none": {"ru": "ни одного", "en": "none of them"},
    "extra": {
        "ru": "На сегодня всё повторено; дальше — сверх плана. Следующее повторение: {day}.",
        "en": "All that was due is done; what follows is extra. Next repetition: {day}.",
    },
    "mastery": {
        "ru": "Освоено — это когда верно с первого раза и без подсказки {days} дня занятий подряд.",
        "en": "Mastered means right at the first answer, without a hint, on {days} days of practice in a row.",
    },
    "no_progress": {"ru": "Пока ничего не решено.", "en": "Nothing has been answered yet."},
    "columns": {
        "ru": "Задача|Уровень|С первого раза|Освоено|Повторить",
        "en": "Exercise|Level|Right at once|Mastered|Due",
    },
    "due_title": {"ru": "Когда что повторять", "en": "What is due when"},
    "returning": {"ru": "Ошибки, которые возвращаются", "en": "Mistakes that return"},
    "imported": {
        "ru": "Добавлено: {new}; уже было: {known}.",
        "en": "Taken: {new}; known already: {known}.",
    },
    "today": {"ru": "сегодня", "en": "today"},
    "tomorrow": {"ru": "завтра", "en": "tomorrow"},
    "own": {"ru": "Свои задачи", "en": "Exercises of one's own"},
    "nothing": {
        "ru": "Здесь больше нечего решать: все варианты уже были. Выберите другие задачи или другой уровень.",
        "en": "Nothing is left to solve here: you have met all variants. Choose other exercises or another level.",
    },
}

TOPICS: Mapping[str, Mapping[Lang, str]] = {
    "perceptrons": {"ru": "Перцептроны", "en": "Perceptrons"},
    "outputs": {"ru": "Выходы и функции потерь", "en": "Outputs and losses"},
    "descent": {"ru": "Градиентный спуск", "en": "Gradient descent"},
    "backprop": {"ru": "Обратное распространение ошибки", "en": "Backpropagation"},
    "layers": {"ru": "Слои и регуляризация", "en": "Layers and regularisation"},
    "convolutions": {"ru": "Свёртки", "en": "Convolutions"},
    "recurrent": {"ru": "Рекуррентные сети", "en": "Recurrent networks"},
}
"""The topics of the bank, which are folders of exercises."""

_NUMBER: Mapping[Lang, str] = {
    "ru": "Число: 0,5 или 0.5, −3, обыкновенная дробь 1/2, смешанная 1 1/2, степень десяти 2·10^-3.",
    "en": "A number: 0.5 or 0,5, −3, a fraction 1/2, a mixed number 1 1/2, a power of ten 2·10^-3.",
}
_CELLS: Mapping[Lang, str] = {
    "ru": "По числу в клетку: 0,5 или 0.5, −3, 1/2. Стрелки ведут по клеткам; таблицу можно вставить целиком, а ответ "
    "другой формы написать одной строкой: 1 2; 3 4.",
    "en": "A number in each cell: 0.5 or 0,5, −3, 1/2. Arrow keys lead from cell to cell; a whole table can be pasted, "
    "and an answer of another shape typed in one line: 1 2; 3 4.",
}
_ROUNDED: Mapping[Lang, tuple[str, str, str]] = {
    "ru": (
        "Округляйте до {digits} знака после запятой: ошибка на единицу последнего знака прощается.",
        "Округляйте до {digits} знаков после запятой: ошибка на единицу последнего знака прощается.",
        "Округляйте до {digits} знаков после запятой: ошибка на единицу последнего знака прощается.",
    ),
    "en": (
        "Round to {digits} decimal place: an error of one unit of that place is forgiven.",
        "Round to {digits} decimal places: an error of one unit of the last place is forgiven.",
        "Round to {digits} decimal places: an error of one unit of the last place is forgiven.",
    ),
}
_WHOLE: Mapping[Lang, str] = {
    "ru": "Округляйте до целых: ошибка на единицу прощается.",
    "en": "Round to whole numbers: an error of one is forgiven.",
}
_EXACT: Mapping[Lang, str] = {
    "ru": "Ответ нужен точный: если десятичная запись не кончается, пишите дробь.",
    "en": "The answer must be exact: where the decimals do not end, write a fraction.",
}


def how_to_type(key: AnyKey, asked: Asked, lang: Lang, *, cells: bool = False) -> str:
    """How to type the answer to a part, as text, or where lists and tables have `cells`."""
    ru = lang == "ru"
    if cells and isinstance(key, (Vector, Matrix)):
        return f"{_CELLS[lang]} {_precision(key.digits, lang)}"
    letters = (RUSSIAN_LETTERS if ru else ENGLISH_LETTERS)[: len(asked.options)]
    match key:
        case Number():
            return f"{_NUMBER[lang]} {_precision(key.digits, lang)}"
        case Vector():
            count = len(asked.right)
            said = (
                f"{count} {plural(count, ('число', 'числа', 'чисел'), lang)} через точку с запятой: 1; -0,5; 2/3."
                if ru
                else f"{count} {plural(count, ('number', 'numbers'), lang)}, with semicolons between: 1; -0.5; 2/3."
            )
            return f"{said} {_precision(key.digits, lang)}"
        case Matrix():
            rows, columns = len(asked.right), len(asked.right[0])
            said = (
                f"Таблица {rows} × {columns}, по строкам: числа в строке через пробел, строки через точку с запятой "
                "или с новой строки: 1 2; 3 4."
                if ru
                else f"A table {rows} × {columns}, row by row: spaces between the numbers of a row, semicolons or new "
                "lines between the rows: 1 2; 3 4."
            )
            return f"{said} {_precision(key.digits, lang)}"
        case Predicate():
            count = len(leaves(asked.right))
            return (
                f"{count} {plural(count, ('число', 'числа', 'чисел'), lang)} через точку с запятой в том порядке, в "
                "каком о них спрашивают. Годится любой ответ, который подходит."
                if ru
                else f"{count} {plural(count, ('number', 'numbers'), lang)}, with semicolons between, in the order in "
                "which they are asked for. Any answer that works is right."
            )
        case Expression():
            return (
                "Формула в буквах условия: 2*x1 - 3/4, x^2, sqrt(x), exp(-x), log(x), max(0, x); индекс пишется "
                "слитно, греческие буквы — словами (eta, lambda). Годится любая запись той же функции."
                if ru
                else "A formula in the letters of the problem: 2*x1 - 3/4, x^2, sqrt(x), exp(-x), log(x), max(0, x); "
                "write an index right after its letter, Greek letters as words (eta, lambda). Any way to write the "
                "same function is right."
            )
        case Choice():
            return f"Одна буква: {', '.join(letters)}." if ru else f"One letter: {', '.join(letters)}."
        case Choices():
            return (
                f"Буквы всех верных вариантов через пробел ({', '.join(letters)}); тире, если верных нет."
                if ru
                else f"The letters of all right options, with spaces between ({', '.join(letters)}); a dash if none is "
                "right."
            )
        case Matching():
            example = " ".join(letters[(2 * place + 1) % len(letters)] for place in range(len(asked.right)))
            return (
                f"Буква для каждого пункта по порядку, через пробел, например: {example}."
                if ru
                else f"A letter for each item in order, with spaces between, such as: {example}."
            )
        case Open():
            return (
                "Решите на бумаге, а потом сверьте с решением: этот пункт не оценивается."
                if ru
                else "Answer on paper, and then compare with the solution: this part is not marked."
            )
        case _:
            assert_never(key)


def _precision(digits: int | None, lang: Lang) -> str:
    if digits is None:
        return _EXACT[lang]
    if digits == 0:
        return _WHOLE[lang]
    return plural(digits, _ROUNDED[lang], lang).format(digits=digits)
