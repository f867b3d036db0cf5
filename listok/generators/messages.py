"""What is told to people about what they have typed: each message by its id, in Russian and in English.

A message is raised or noted with an id and the values that fill its sentence, and becomes words only where it is shown:
in English on the terminal, in either language in a teacher's report. The table stands on the lowest floor because an
error that is raised here prints itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeAlias, Union

MessageValue: TypeAlias = Union[str, int, "Message"]
"""What fills a place of a sentence: something typed, a count, or another message, said in the same language."""


@dataclass(frozen=True)
class Message:
    """A sentence of the table, and what fills its places, by their names."""

    id: str
    values: Mapping[str, MessageValue] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence("en")

    def sentence(self, lang: Literal["ru", "en"]) -> str:
        """The message as one line; what was typed stays as it was typed."""
        filled = {
            name: value.sentence(lang) if isinstance(value, Message) else value for name, value in self.values.items()
        }
        return SENTENCES[self.id][lang].format_map(filled)


def message(message_id: str, /, **values: MessageValue) -> Message:
    """A message of the table: `message("points_out_of_range", most="3", given="4")`."""
    return Message(message_id, values)


class MessageError(Exception):
    """An error that is told by a message; its text is the English sentence."""

    def __init__(self, message_id: str, /, **values: MessageValue) -> None:
        super().__init__(message_id)
        self.message = Message(message_id, values)

    @classmethod
    def of(cls, message: Message) -> Self:
        """An error of this kind that says what another one said."""
        return cls(message.id, **message.values)

    def __str__(self) -> str:
        return str(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).of, (self.message,)  # as it goes from process to process


SENTENCES: Mapping[str, Mapping[Literal["ru", "en"], str]] = {
    # Numbers, lists and tables
    "response_too_long": {
        "en": "the response is too long: {length} characters, at most {most}",
        "ru": "ответ слишком длинный: символов в нём {length}, а можно до {most}",
    },
    "percentage": {
        "en": "write a share, such as 0.5, instead of a percentage",
        "ru": "вместо процентов пишите долю, например 0,5",
    },
    "not_a_number": {
        "en": "expected a number such as 3, 0.5 or 1/2, got {typed!r}",
        "ru": "ожидалось число, например 3, 0,5 или 1/2, а здесь {typed!r}",
    },
    "not_one_number": {
        "en": "expected one number, got {typed!r}",
        "ru": "ожидалось одно число, а здесь {typed!r}",
    },
    "divides_by_zero": {
        "en": "{typed!r} divides by zero",
        "ru": "в {typed!r} деление на ноль",
    },
    "no_numbers": {
        "en": "expected numbers, got nothing",
        "ru": "ожидались числа, а здесь пусто",
    },
    "not_one_list": {
        "en": "expected one list of numbers, got {typed!r}",
        "ru": "ожидался один список чисел, а здесь {typed!r}",
    },
    "unclear_commas": {
        "en": "which commas in {typed!r} are decimal marks? Separate the numbers with ';'",
        "ru": "какие запятые в {typed!r} десятичные? Разделите числа точкой с запятой",
    },
    "unclear_mark": {
        "en": "is the mark in {typed!r} a decimal mark, or does it part thousands?",
        "ru": "знак в {typed!r} десятичный или отделяет тысячи?",
    },
    "not_rows": {
        "en": "expected rows of numbers in brackets, got {typed!r}",
        "ru": "ожидались строки чисел в скобках, а здесь {typed!r}",
    },
    "uneven_rows": {
        "en": "rows have different lengths: {lengths}",
        "ru": "в строках разное количество чисел: {lengths}",
    },
    "wrong_count": {
        "en": "expected {wanted} numbers, got {count}",
        "ru": "ожидалось чисел: {wanted}, а здесь их {count}",
    },
    "wrong_size": {
        "en": "expected {wanted} numbers, read {found}",
        "ru": "ожидалось чисел: {wanted}, а прочитано {found}",
    },
    "unclear_count": {
        "en": "expected {wanted} numbers, read {count}: separate them with ';' or line ends",
        "ru": "ожидалось чисел: {wanted}, а прочитано {count}: разделите их точками с запятой или строками",
    },
    "one_row": {
        "en": "expected {wanted} numbers, read {found}: put each row on a line of its own",
        "ru": "ожидалось чисел: {wanted}, а прочитано {found}: пишите каждую строку таблицы с новой строки",
    },
    # Options
    "one_option": {
        "en": "choose one option",
        "ru": "выберите один вариант",
    },
    "repeated_option": {
        "en": "an option is named twice in {typed!r}",
        "ru": "в {typed!r} один вариант назван дважды",
    },
    "no_options": {
        "en": "expected an option, got nothing",
        "ru": "ожидался вариант ответа, а здесь пусто",
    },
    "unknown_option": {
        "en": "there is no option {typed!r}: they are {labels}",
        "ru": "нет варианта {typed!r}: есть {labels}",
    },
    "unclear_alphabet": {
        "en": "are the letters of {typed!r} Russian or Latin? Type them as they are printed",
        "ru": "буквы в {typed!r} русские или латинские? Пишите их так, как они напечатаны",
    },
    "unclear_part": {
        "en": "is {typed!r} meant to be the letter {printed!r} of the sheet? It is of the other alphabet",
        "ru": "буква {typed!r} не из того алфавита, что на листке: это {printed!r}?",
    },
    "wrong_count_of_options": {
        "en": "expected {wanted} options, one for each item, got {count}",
        "ru": "ожидалось вариантов: {wanted}, по одному на каждый пункт, а здесь их {count}",
    },
    "unknown_item": {
        "en": "there is no item {item}: they are numbered from 1 to {last}",
        "ru": "нет пункта {item}: они пронумерованы от 1 до {last}",
    },
    "repeated_item": {
        "en": "item {item} is matched twice",
        "ru": "пункту {item} сопоставлено два варианта",
    },
    "missing_items": {
        "en": "nothing is matched to item {items}",
        "ru": "ничего не сопоставлено пункту {items}",
    },
    "not_pairs": {
        "en": "expected pairs such as 1-a, got {typed!r}",
        "ru": "ожидались пары вроде 1-а, а здесь {typed!r}",
    },
    "by_rubric": {
        "en": "this part is marked by hand, by its rubric",
        "ru": "этот пункт проверяют вручную, по критериям",
    },
    # Formulas
    "position": {
        "en": "position {at}: {fault}",
        "ru": "символ {at}: {fault}",
    },
    "formula_too_long": {
        "en": "the formula is too long: {length} characters, at most {most}",
        "ru": "формула слишком длинная: символов в ней {length}, а можно до {most}",
    },
    "formula_too_deep": {
        "en": "the formula is nested too deep: at most {most} levels",
        "ru": "в формуле слишком много уровней скобок: можно до {most}",
    },
    "brackets_too_deep": {
        "en": "nested too deep: at most {most} levels of brackets",
        "ru": "слишком много уровней скобок: можно до {most}",
    },
    "empty_formula": {
        "en": "the formula is empty",
        "ru": "формула пустая",
    },
    "formula_breaks_off": {
        "en": "the formula breaks off: {expected} is missing at its end",
        "ru": "формула обрывается: в конце не хватает, ожидалось {expected}",
    },
    "expected_another": {
        "en": "expected {expected}, found {found}",
        "ru": "ожидалось {expected}, а здесь {found}",
    },
    "misplaced": {
        "en": "{found} does not belong here",
        "ru": "здесь лишнее: {found}",
    },
    "misplaced_sign": {
        "en": "{sign!r} has no place in a formula",
        "ru": "в формуле не бывает {sign!r}",
    },
    "misplaced_character": {
        "en": "the character {code} has no place in a formula",
        "ru": "в формуле не бывает символа {code}",
    },
    "unclear_comma": {
        "en": "is this comma a decimal mark? Separate the arguments with '; '",
        "ru": "эта запятая десятичная? Разделите аргументы точкой с запятой",
    },
    "unknown_name": {
        "en": "{name!r} is not known; {hint}",
        "ru": "имя {name!r} неизвестно; {hint}",
    },
    "variables": {
        "en": "the variables are {names}",
        "ru": "переменные: {names}",
    },
    "no_variables": {
        "en": "the answer has no variables",
        "ru": "в ответе нет переменных",
    },
    "unknown_function": {
        "en": "there is no function {name!r}",
        "ru": "нет функции {name!r}",
    },
    "unclear_index": {
        "en": "the index of {name!r} is unclear",
        "ru": "непонятен индекс у {name!r}",
    },
    "number_too_long": {
        "en": "the number is too long: at most {most} digits",
        "ru": "число слишком длинное: можно до {most} цифр",
    },
    "power_of_ten": {
        "en": "powers of ten are written out: 0.002 or 2*10^(-3)",
        "ru": "пишите степени десяти полностью: 0,002 или 2*10^(-3)",
    },
    "power_too_large": {
        "en": "the power is too large: at most {most}",
        "ru": "степень слишком велика: можно до {most}",
    },
    "power_too_deep": {
        "en": "the power is nested too deep",
        "ru": "в степени слишком много уровней скобок",
    },
    "argument_without_brackets": {
        "en": "put the argument of {function} in brackets",
        "ru": "возьмите аргумент {function} в скобки",
    },
    "too_few_arguments": {
        "en": "{function} takes two or more arguments",
        "ru": "у {function} не меньше двух аргументов",
    },
    "division_by_zero": {
        "en": "division by zero",
        "ru": "деление на ноль",
    },
    "unclear_division": {
        "en": "what is divided by what? write a/(b*c) or (a/b)*c",
        "ru": "что на что делится? Пишите a/(b*c) или (a/b)*c",
    },
    # What a formula lacks somewhere, or has there: parts of the sentences above
    "an_operand": {
        "en": "a number, a variable or a bracket",
        "ru": "число, переменная или скобка",
    },
    "a_bracket_after": {
        "en": "a bracket after {function}",
        "ru": "скобка после {function}",
    },
    "a_sign": {
        "en": "a sign between two factors",
        "ru": "знак между множителями",
    },
    "a_small_power": {
        "en": "a small whole power of the function",
        "ru": "небольшая целая степень функции",
    },
    "brackets_round_a_power": {
        "en": "brackets around a power that is raised again",
        "ru": "скобки вокруг степени, которую снова возводят в степень",
    },
    "fewer_divisions": {
        "en": "at most {most} divisions in a row",
        "ru": "не больше {most} делений подряд",
    },
    "a_number": {
        "en": "a number",
        "ru": "число",
    },
    "a_power": {
        "en": "a power",
        "ru": "степень",
    },
    "something": {
        "en": "something",
        "ru": "что-то ещё",
    },
    # Computing formulas and taking them from SymPy, which concerns whoever writes exercises
    "bad_variable": {
        "en": "a variable cannot be named {name!r}",
        "ru": "переменную нельзя назвать {name!r}",
    },
    "unknown_to_formulas": {
        "en": "formulas have no {what}",
        "ru": "в формулах не бывает {what}",
    },
    "no_value_given": {
        "en": "no value is given for {name}",
        "ru": "не задано значение {name}",
    },
    "not_finite": {
        "en": "{name} is not a finite number",
        "ru": "{name} — не конечное число",
    },
    "outside_the_domain": {
        "en": "the formula has no value there: a root, logarithm or power outside its domain",
        "ru": "формула там не определена: корень, логарифм или степень вне области определения",
    },
    "no_value_at_zero": {
        "en": "the formula has no value there: a division by zero",
        "ru": "формула там не определена: деление на ноль",
    },
    "beyond_floats": {
        "en": "the formula's value there is too large or too close to zero to compute",
        "ru": "значение формулы там слишком велико или слишком близко к нулю",
    },
    # Codes
    "not_a_code": {
        "en": "{typed!r} is not a code: codes have {length} letters and digits, like 2G4-00C-7KX",
        "ru": "{typed!r} — не код: в коде {length} букв и цифр, например 2G4-00C-7KX",
    },
    "mistyped_code": {
        "en": "code {typed!r} has a mistyped character: compare it with the paper once more",
        "ru": "в коде {typed!r} опечатка: сверьте его с листом ещё раз",
    },
    "foreign_code": {
        "en": "code {typed!r} was not printed by listok",
        "ru": "код {typed!r} напечатан не этой программой",
    },
    "seed_out_of_range": {
        "en": "seed {seed} is out of range: take a whole number from 0 to {last}",
        "ru": "зерно {seed} не подходит: возьмите целое число от 0 до {last}",
    },
    "level_out_of_range": {
        "en": "level {level} is out of range: there are levels 1, 2 and 3",
        "ru": "уровня {level} нет: есть уровни 1, 2 и 3",
    },
    "code_of_no_exercise": {
        "en": "code {code} is of exercise {number}, which is not in this bank",
        "ru": "код {code} — это задача {number}, а её в этом банке нет",
    },
    "code_of_another_version": {
        "en": (
            "code {code} was printed by version {printed} of {exercise}; this listok has version {here} and would "
            "draw other numbers: use the saved exam.json"
        ),
        "ru": (
            "код {code} напечатан версией {printed} задачи {exercise}; здесь версия {here}, и числа вышли бы "
            "другими: возьмите сохранённый exam.json"
        ),
    },
    # Marking
    "cannot_be_marked": {
        "en": "cannot be marked ({error}): mark it by hand",
        "ru": "не получилось проверить ({error}): проверьте сами",
    },
    "unreadable_points": {
        "en": "points: {fault}",
        "ru": "баллы: {fault}",
    },
    "points_out_of_range": {
        "en": "points: expected 0 to {most}, got {given}",
        "ru": "баллы: ожидалось от 0 до {most}, а здесь {given}",
    },
    "all_zeros": {
        "en": "follows from earlier answers, but only because an error has made it all zeros",
        "ru": "следует из предыдущих ответов, но лишь потому, что из-за ошибки получились одни нули",
    },
    "different_answers": {
        "en": "{count} different answers were typed: {typed}",
        "ru": "введено несколько разных ответов ({count}): {typed}",
    },
    "different_points": {
        "en": "{count} different points were typed: {typed}",
        "ru": "введены разные баллы ({count}): {typed}",
    },
    # Gaps of learning platforms
    "wrong_count_of_gaps": {
        "en": "expected {wanted} gaps for all parts, got {count}",
        "ru": "ожидалось полей на все пункты: {wanted}, а здесь их {count}",
    },
    "wrong_count_of_either_gaps": {
        "en": "expected {parts} or {wanted} gaps for all parts, got {count}",
        "ru": "ожидалось полей на все пункты: {parts} или {wanted}, а здесь их {count}",
    },
    "number_of_an_option": {
        "en": "{typed!r} is the number of an option; which formula it was cannot be told",
        "ru": "{typed!r} — номер варианта; какая это была формула, узнать нельзя",
    },
    "several_numbers_in_a_cell": {
        "en": "a cell holds several numbers",
        "ru": "в одной клетке несколько чисел",
    },
    "not_yes_or_no": {
        "en": "expected yes or no beside each option, got {typed!r}",
        "ru": "ожидалось «да» или «нет» у каждого варианта, а здесь {typed!r}",
    },
    # Rows and columns of a table of responses
    "row": {
        "en": "row {row}: {what}",
        "ru": "строка {row}: {what}",
    },
    "rows": {
        "en": "rows {rows}: {what}",
        "ru": "строки {rows}: {what}",
    },
    "cell": {
        "en": "row {row}, column {column!r}: {what}",
        "ru": "строка {row}, столбец {column!r}: {what}",
    },
    "row_passed_over": {
        "en": "row {row}: {why}; the row is passed over",
        "ru": "строка {row}: {why}; она пропущена",
    },
    "row_without_problem": {
        "en": "row {row}: {typed!r} names no problem, the row is passed over",
        "ru": "строка {row}: {typed!r} не называет задачу, строка пропущена",
    },
    "row_too_long": {
        "en": "row {row} has more cells than the header has columns, the last ones are passed over",
        "ru": "в строке {row} ячеек больше, чем столбцов в заголовке, последние пропущены",
    },
    "several_answers": {
        "en": "student {student!r} has more than one answer to a part there",
        "ru": "у студента {student!r} несколько ответов на один пункт",
    },
    "column_fits_no_form": {
        "en": "column {column!r} fits no form ({why}), it is passed over",
        "ru": "столбец {column!r} не подходит ни к одной работе ({why}) и пропущен",
    },
    "column_without_problem": {
        "en": "column {column!r} names no problem, it is passed over",
        "ru": "столбец {column!r} не называет задачу и пропущен",
    },
    "unknown_column": {
        "en": "column {column!r} is not known, it is passed over",
        "ru": "столбец {column!r} неизвестен и пропущен",
    },
    "empty_column": {
        "en": "column {column!r} is empty",
        "ru": "столбец {column!r} пуст",
    },
    "nobody_answered": {
        "en": "problem {problem} ({exercise}), part {part}: nobody’s answer is in the table",
        "ru": "задача {problem} ({exercise}), пункт {part}: в таблице нет ни одного ответа",
    },
    "question_without_problem": {
        "en": "the text of a question must be the name of its problem and part, such as 3.loss; not so in {columns}",
        "ru": "текстом вопроса должно быть имя задачи и пункта, например 3.loss; иначе в {columns}",
    },
    "questions_without_problem": {
        "en": (
            "the text of a question must be the name of its problem and part, such as 3.loss; not so in {columns} "
            "and others"
        ),
        "ru": "текстом вопроса должно быть имя задачи и пункта, например 3.loss; иначе в {columns} и других",
    },
    "questions_passed_over": {
        "en": "{why}: passed over",
        "ru": "{why}, это пропущено",
    },
    # Whose row it is
    "row_of_nobody": {
        "en": "it names neither a student nor a form",
        "ru": "в ней нет ни студента, ни работы",
    },
    "unknown_student": {
        "en": "there is no student {typed!r} in this exam",
        "ru": "студента {typed!r} в этой контрольной нет",
    },
    "unknown_form": {
        "en": "there is no form {code} in this exam",
        "ru": "работы {code} в этой контрольной нет",
    },
    "namesakes": {
        "en": "several students are called {typed!r}: give their ids",
        "ru": "так зовут нескольких студентов ({typed!r}): укажите номера",
    },
    "form_of_another": {
        "en": "form {code} is of student {student!r}, not of {typed!r}",
        "ru": "работа {code} принадлежит студенту {student!r}, а не {typed!r}",
    },
    "fits_two_students": {
        "en": "what it calls the student fits {one!r} and {other!r}",
        "ru": "указанное о студенте подходит и к {one!r}, и к {other!r}",
    },
    "form_of_several": {
        "en": "form {code} is said to be of different people, {people}",
        "ru": "работу {code} указали разные люди: {people}",
    },
    "several_forms": {
        "en": "{typed!r} stands with several forms, {codes}: each has a row in the marks",
        "ru": "у {typed!r} несколько работ: {codes}; в ведомости у каждой своя строка",
    },
    # Which part a column is about
    "no_forms": {
        "en": "the exam has no forms",
        "ru": "в контрольной нет ни одной работы",
    },
    "form_too_short": {
        "en": "the form has {count} problems",
        "ru": "задач в работе: {count}",
    },
    "unknown_problem": {
        "en": "the form has no problem {typed!r}",
        "ru": "в работе нет задачи {typed!r}",
    },
    "problem_twice": {
        "en": "{problem} stands in the form {count} times: call it by its number",
        "ru": "{problem} стоит в работе несколько раз ({count}): назовите по номеру",
    },
    "which_part": {
        "en": "the problem has the parts {parts}: name one, such as {example}",
        "ru": "в задаче есть пункты {parts}: назовите один, например {example}",
    },
    "part_not_asked": {
        "en": "part {part!r} of {exercise} is not asked in this exam",
        "ru": "пункт {part!r} задачи {exercise} в этой контрольной не задан",
    },
    "unknown_part": {
        "en": "{exercise} has no part {typed!r}; asked are {parts}",
        "ru": "в задаче {exercise} нет пункта {typed!r}; есть {parts}",
    },
    # The log of a drill
    "line_of_log": {
        "en": "line {line}: {what}",
        "ru": "строка {line}: {what}",
    },
    "no_log": {
        "en": "no log of a drill: the first line should be {start}, as in one that was exported",
        "ru": "это не журнал тренировки: в сохранённом журнале первая строка — {start}",
    },
    "log_too_new": {
        "en": "a log of format {format}, and this listok reads {known}: install a newer one",
        "ru": "у журнала формат {format}, а здесь читается {known}: нужна более новая версия программы",
    },
    "no_event": {
        "en": "no event of a drill ({why})",
        "ru": "это не запись журнала тренировки ({why})",
    },
    "event_without_offset": {
        "en": "no event of a drill (its time has no offset from UTC)",
        "ru": "это не запись журнала тренировки (у времени не указан часовой пояс)",
    },
    "event_of_no_year": {
        "en": "no event of a drill (its year is {year})",
        "ru": "это не запись журнала тренировки (год — {year})",
    },
}
"""The English and the Russian sentence of each message; both have the same places."""

__all__ = ["SENTENCES", "Message", "MessageError", "MessageValue", "message"]
