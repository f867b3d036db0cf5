"""Whether a seed can be guessed: a plain rule, which rather calls a good seed weak than a weak one good.

The rule counts bits: so many as if the seed were one of 2^bits that are equally likely. A seed is cut into runs of
letters and runs of digits; all between them counts nothing.

* A run that is a common word, stands on the sheet, or came before counts nothing.
* A digit counts log2(10) bits. A letter counts log2(26) at the beginning of a run and where capitals and small letters
  change, else 2: letters of words follow from those before (C. E. Shannon, Prediction and entropy of printed English,
  1951, finds less than that; so do the older rules for passwords in NIST SP 800-63, 2006).
* A character that is the same as the one before, its neighbour in the alphabet or among the digits, or forms with it a
  pair that came before, counts nothing.

So a date has at most 27 bits, seven words that nobody would put together some 80, and so has what `listok seed` prints.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from itertools import pairwise

from listok.exams.blueprint import Blueprint
from listok.exams.secret import new_seed

ENOUGH_BITS = 64
"""A seed of fewer bits can be guessed."""

_LETTER, _NEXT_LETTER, _DIGIT = math.log2(26), 2.0, math.log2(10)
_RUN = re.compile(r"[^\W\d_]+|\d+")
_WHOLE_NUMBER = re.compile(r"[+-]?\d+")

_OF_EXAMS = """
exam exams midterm final test quiz practice sheet class course group section spring summer autumn fall winter term
semester year monday tuesday wednesday thursday friday saturday sunday january february march april may june july
august september october november december neural network networks deep machine learning introduction university
school student students teacher listok sample example demo version variant variants seed экзамен контрольная работа
зачёт зачет тест лист листок группа курс семестр весна лето осень зима год январь февраль март апрель май июнь июль
август сентябрь октябрь ноябрь декабрь понедельник вторник среда четверг пятница суббота воскресенье нейронные
нейронных нейронная сети сетей сеть нейросети введение машинное глубокое обучение университет школа студент студенты
вариант варианты пример
"""
_OF_PASSWORDS = """
password passwort secret secrets qwerty qwertyuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm admin root letmein welcome
login hello world changeme default random foo bar baz dragon monkey master iloveyou sunshine princess пароль секрет
привет мир йцукен йцукенг фывапролдж ячсмить админ люблю солнышко
"""
_OF_QUOTATIONS = """
correct horse battery staple the quick brown fox jumps over lazy dog lorem ipsum dolor sit amet to be or not that is
question съешь ещё еще этих мягких французских булок да выпей чаю мама мыла раму быть или не вот в чём вопрос
"""
COMMON = frozenset(f"{_OF_EXAMS} {_OF_PASSWORDS} {_OF_QUOTATIONS}".split())
"""Words and the words of phrases with which guessing begins, in small letters."""

PUBLISHED = "QQ5F-CJKZ-D9Z8-F1SS-9838-85A8-0G2Y"
"""The seed of `examples/midterm.toml`: a good one, had not everybody read it."""


def guessable(seed: str, printed: Iterable[str] = ()) -> bool:
    """Whether a seed can be guessed by who knows the words that are printed on the sheets."""
    if _WHOLE_NUMBER.fullmatch(seed) and len(seed.lstrip("+-0")) <= len(str(2**64)) and abs(int(seed)) < 2**64:
        return True
    return bits(seed, printed) < ENOUGH_BITS


def bits(seed: str, printed: Iterable[str] = ()) -> float:
    """How many bits a seed has by the rule above, given the words that are printed on the sheets."""
    known = COMMON | {run.casefold() for text in printed for run in _RUN.findall(text)}
    pairs: set[tuple[str, str]] = set()
    total = 0.0
    for run in _RUN.findall(seed):
        if run.casefold() in known:
            continue
        known |= {run.casefold()}
        total += _DIGIT if run.isdecimal() else _LETTER
        for before, character in pairwise(run):
            pair = before.casefold(), character.casefold()
            follows = abs(ord(pair[0][0]) - ord(pair[1][0])) <= 1
            if follows or pair in pairs:
                continue
            pairs.add(pair)
            if character.isdecimal():
                total += _DIGIT
            else:
                total += _NEXT_LETTER if before.isupper() == character.isupper() else _LETTER
    return total


def good_seed() -> str:
    """A seed that nobody can guess; letters that happen to look weak are drawn again."""
    while guessable(seed := new_seed()):
        pass
    return seed


def note_on_seed(blueprint: Blueprint) -> str:
    """One line for the teacher whose seed can be guessed; empty where all is well."""
    b = blueprint
    printed = (*b.title.values(), *b.course.values(), *b.instructions.values(), b.date)
    if b.seed == PUBLISHED:
        return (
            "the seed is that of listok's example, which students can read as well: for an exam of your own take one "
            "that `listok seed` prints, or none"
        )
    if b.seed is None or not guessable(b.seed, printed):
        return ""
    return (
        "the seed can be guessed: a student who has one sheet and listok can find it by trying, and then print every "
        "key; for more than practice take a seed that `listok seed` prints, or none"
    )
