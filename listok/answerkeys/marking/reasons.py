"""What is said of answers that cannot be read and of rows that are passed over, in Russian, for the class report.

Messages are written in English where a fault is found. Here each has its Russian form, and a pair of braces stands for
what the message is about, which may be a message itself.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from listok.templates.text import Lang

RUSSIAN: Mapping[str, str] = {
    # numbers, lists, tables
    "the response is too long: {} characters, at most {}": "ответ слишком длинный: символов в нём {}, а можно до {}",
    "write a share, such as 0.5, instead of a percentage": "вместо процентов пишите долю, например 0,5",
    "expected a number such as 3, 0.5 or 1/2, got {}": "ожидалось число, например 3, 0,5 или 1/2, а здесь {}",
    "expected one number, got {}": "ожидалось одно число, а здесь {}",
    "{} divides by zero": "в {} деление на ноль",
    "expected numbers, got nothing": "ожидались числа, а здесь пусто",
    "expected one list of numbers, got {}": "ожидался один список чисел, а здесь {}",
    "which commas in {} are decimal marks? Separate the numbers with ';'":
        "какие запятые в {} десятичные? Разделите числа точкой с запятой",
    "expected rows of numbers in brackets, got {}": "ожидались строки чисел в скобках, а здесь {}",
    "rows have different lengths: {}": "в строках разное количество чисел: {}",
    "expected {} numbers, got {}": "ожидалось чисел: {}, а здесь их {}",
    "expected {} numbers, read {}: separate them with ';' or line ends":
        "ожидалось чисел: {}, а прочитано {}: разделите их точками с запятой или строками",
    "expected {} rows, read one: put each on a line of its own":
        "ожидалось строк: {}, а прочитана одна: пишите каждую с новой строки",
    "is the mark in {} a decimal mark, or does it part thousands?": "знак в {} десятичный или отделяет тысячи?",
    # options
    "choose one option": "выберите один вариант",
    "an option is named twice in {}": "в {} один вариант назван дважды",
    "expected an option, got nothing": "ожидался вариант ответа, а здесь пусто",
    "expected {} options, one for each item, got {}":
        "ожидалось вариантов: {}, по одному на каждый пункт, а здесь их {}",
    "there is no option {}: they are {}": "нет варианта {}: есть {}",
    "there is no item {}: they are numbered from 1 to {}": "нет пункта {}: они пронумерованы от 1 до {}",
    "item {} is matched twice": "пункту {} сопоставлено два варианта",
    "nothing is matched to item {}": "ничего не сопоставлено пункту {}",
    "expected pairs such as 1-a, got {}": "ожидались пары вроде 1-а, а здесь {}",
    "are the letters of {} Russian or Latin? Type them as they are printed":
        "буквы в {} русские или латинские? Пишите их так, как они напечатаны",
    # formulas
    "position {}: {}": "символ {}: {}",
    "the formula is too long: {} characters, at most {}": "формула слишком длинная: символов в ней {}, а можно до {}",
    "the formula is nested too deep: at most {} levels": "в формуле слишком много уровней скобок: можно до {}",
    "nested too deep: at most {} levels of brackets": "слишком много уровней скобок: можно до {}",
    "the formula is empty": "формула пустая",
    "the formula breaks off: {} is missing at its end": "формула обрывается: в конце не хватает, ожидалось {}",
    "expected {}, found {}": "ожидалось {}, а здесь {}",
    "{} does not belong here": "здесь лишнее: {}",
    "is this comma a decimal mark? Separate the arguments with '; '":
        "эта запятая десятичная? Разделите аргументы точкой с запятой",
    "{} has no place in a formula": "в формуле не бывает {}",
    "the character {} has no place in a formula": "в формуле не бывает символа {}",
    "{} is not known; {}": "имя {} неизвестно; {}",
    "the variables are {}": "переменные: {}",
    "the answer has no variables": "в ответе нет переменных",
    "there is no function {}": "нет функции {}",
    "the index of {} is unclear": "непонятен индекс у {}",
    "the number is too long: at most {} digits": "число слишком длинное: можно до {} цифр",
    "powers of ten are written out: 0.002 or 2*10^(-3)": "пишите степени десяти полностью: 0,002 или 2*10^(-3)",
    "the power is too large: at most {}": "степень слишком велика: можно до {}",
    "the power is nested too deep": "в степени слишком много уровней скобок",
    "put the argument of {} in brackets": "возьмите аргумент {} в скобки",
    "{} takes two or more arguments": "у {} не меньше двух аргументов",
    "division by zero": "деление на ноль",
    "what is divided by what? write a/(b*c) or (a/b)*c": "что на что делится? Пишите a/(b*c) или (a/b)*c",
    "a number, a variable or a bracket": "число, переменная или скобка",
    "a bracket after {}": "скобка после {}",
    "a sign between two factors": "знак между множителями",
    "a small whole power of the function": "небольшая целая степень функции",
    "brackets around a power that is raised again": "скобки вокруг степени, которую снова возводят в степень",
    "at most {} divisions in a row": "не больше {} делений подряд",
    "a number": "число",
    "a power": "степень",
    "something": "что-то ещё",
    # marking
    "cannot be marked ({}): mark it by hand": "не получилось проверить ({}): проверьте сами",
    "points: {}": "баллы: {}",
    "points: expected 0 to {}, got {}": "баллы: ожидалось от 0 до {}, а здесь {}",
    "follows from earlier answers, but only because an error has made it all zeros":
        "следует из предыдущих ответов, но лишь потому, что из-за ошибки получились одни нули",
    "{} different answers were typed: {}": "введено несколько разных ответов ({}): {}",
    "{} different points were typed: {}": "введены разные баллы ({}): {}",
    # gaps of platforms
    "expected {} gaps for all parts, got {}": "ожидалось полей на все пункты: {}, а здесь их {}",
    "expected {} or {} gaps for all parts, got {}": "ожидалось полей на все пункты: {} или {}, а здесь их {}",
    "{} is the number of an option; which formula it was cannot be told":
        "{} — номер варианта; какая это была формула, узнать нельзя",
    "a cell holds several numbers": "в одной клетке несколько чисел",
    "expected yes or no beside each option, got {}": "ожидалось «да» или «нет» у каждого варианта, а здесь {}",
    # rows and columns
    "row {}: {}; the row is passed over": "строка {}: {}; она пропущена",
    "row {}: {} names no problem, the row is passed over": "строка {}: {} не называет задачу, строка пропущена",
    "row {} has more cells than the header has columns, the last ones are passed over":
        "в строке {} ячеек больше, чем столбцов в заголовке, последние пропущены",
    "row {}, column {}: {}": "строка {}, столбец {}: {}",
    "rows {}: {}": "строки {}: {}",
    "row {}: {}": "строка {}: {}",
    "student {} has more than one answer to a part there": "у студента {} несколько ответов на один пункт",
    "column {} fits no form ({}), it is passed over": "столбец {} не подходит ни к одной работе ({}) и пропущен",
    "column {} names no problem, it is passed over": "столбец {} не называет задачу и пропущен",
    "column {} is not known, it is passed over": "столбец {} неизвестен и пропущен",
    "column {} is empty": "столбец {} пуст",
    "problem {} ({}), part {}: nobody’s answer is in the table":
        "задача {} ({}), пункт {}: в таблице нет ни одного ответа",
    "the text of a question must be the name of its problem and part, such as 3.loss; not so in {}: passed over":
        "текстом вопроса должно быть имя задачи и пункта, например 3.loss; иначе в {}, это пропущено",
    "the text of a question must be the name of its problem and part, such as 3.loss; not so in {} and others: "
    "passed over":
        "текстом вопроса должно быть имя задачи и пункта, например 3.loss; иначе в {} и других, это пропущено",
    "it names neither a student nor a form": "в ней нет ни студента, ни работы",
    "there is no student {} in this exam": "студента {} в этой контрольной нет",
    "there is no form {} in this exam": "работы {} в этой контрольной нет",
    "several students are called {}: give their ids": "так зовут нескольких студентов ({}): укажите номера",
    "form {} is of student {}, not of {}": "работа {} принадлежит студенту {}, а не {}",
    "what it calls the student fits {} and {}": "указанное о студенте подходит и к {}, и к {}",
    "{} is not a code: codes have {} letters and digits, like 2G4-00C-7KX":
        "{} — не код: в коде {} букв и цифр, например 2G4-00C-7KX",
    "code {} has a mistyped character: compare it with the paper once more":
        "в коде {} опечатка: сверьте его с листом ещё раз",
    "code {} was not printed by listok": "код {} напечатан не этой программой",
    "the form has {} problems": "задач в работе: {}",
    "the form has no problem {}": "в работе нет задачи {}",
    "the exam has no forms": "в контрольной нет ни одной работы",
    "{} stands in the form {} times: call it by its number": "{} стоит в работе несколько раз ({}): назовите по номеру",
    "the problem has the parts {}: name one, such as {}": "в задаче есть пункты {}: назовите один, например {}",
    "part {} of {} is not asked in this exam": "пункт {} задачи {} в этой контрольной не задан",
    "{} has no part {}; asked are {}": "в задаче {} нет пункта {}; есть {}",
}  # fmt: skip
"""Each message with its Russian form; what stands for the braces comes in the same order."""


_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
"""What somebody has typed."""


def said(message: str, lang: Lang) -> str:
    """A message in the language of the report; one without a Russian form stays as it is."""
    if lang != "ru" or _QUOTED.fullmatch(message):
        return message
    for pattern, russian in _patterns():
        match = pattern.fullmatch(message)
        if match is not None:
            return russian.format(*(said(part, lang) for part in match.groups()))
    return message


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The messages as patterns, those that begin with words and have the most of them first."""
    ordered = sorted(RUSSIAN.items(), key=lambda pair: (pair[0].startswith("{"), -len(pair[0].replace("{}", ""))))
    return tuple(
        (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL), russian)
        for english, russian in ordered
    )


__all__ = ["RUSSIAN", "said"]
