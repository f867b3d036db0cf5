"""The people of stories: plain first names from Faker's lists, in the sheet's language and in the nominative case."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from faker.providers.person.en_GB import Provider as EnglishNames
from faker.providers.person.ru_RU import Provider as RussianNames

from listok.generators.draw import Draw
from listok.generators.exercise import AnyVariant
from listok.templates.doctree import Lang

NAMES = {"ru": RussianNames, "en": EnglishNames}

# Faker knows names that nobody bears today («Остромир»), that are words too («Любовь», «Лев», Mark, Dawn), or that it
# writes without their ё («Петр»). A name that makes a student stop and wonder does not belong in a problem.
PLAIN = {
    "ru": (
        "Александр Алексей Анатолий Андрей Аркадий Арсений Богдан Борис Вадим Валентин Валерий Василий Виктор Виталий "
        "Владимир Владислав Всеволод Вячеслав Геннадий Георгий Герман Глеб Григорий Данила Денис Дмитрий Евгений Егор "
        "Захар Иван Игнатий Игорь Илья Кирилл Константин Кузьма Леонид Макар Максим Матвей Мирон Михаил Назар Никита "
        "Николай Олег Павел Родион Ростислав Руслан Савелий Святослав Сергей Станислав Степан Тарас Тимофей Тимур "
        "Тихон Филипп Эдуард Юрий Яков Ярослав "
        "Агата Александра Алина Алла Анастасия Ангелина Анна Антонина Валентина Валерия Варвара Василиса Вероника "
        "Виктория Галина Дарья Евгения Екатерина Елена Елизавета Жанна Зинаида Зоя Ирина Кира Ксения Лариса Лидия "
        "Людмила Майя Маргарита Марина Мария Наталья Нина Оксана Ольга Полина Раиса Светлана София Таисия Тамара "
        "Татьяна Ульяна Элеонора Эмилия Юлия"
    ),
    "en": (
        "Aaron Adam Adrian Alan Albert Alexander Andrew Anthony Arthur Benjamin Brian Charles Christopher Daniel David "
        "Dennis Donald Douglas Duncan Edward Eric Frederick George Gordon Graham Gregory Harry Henry Hugh Jack Jacob "
        "James Jeremy John Jonathan Joseph Joshua Julian Keith Kenneth Kevin Leonard Lewis Luke Malcolm Martin Matthew "
        "Max Michael Nathan Neil Nicholas Oliver Owen Patrick Paul Peter Philip Richard Robert Samuel Simon Stephen "
        "Thomas Timothy Tom Victor Vincent William "
        "Abigail Alexandra Alice Amanda Amelia Amy Angela Anna Barbara Caroline Catherine Charlotte Chloe Christine "
        "Claire Deborah Diana Dorothy Eleanor Elizabeth Emily Emma Fiona Frances Georgia Hannah Harriet Heather Helen "
        "Irene Jane Janet Jennifer Jessica Joan Judith Julia Julie Karen Kate Laura Leah Linda Lisa Louise Lucy Lydia "
        "Margaret Maria Mary Melissa Molly Naomi Natalie Nicole Olivia Pamela Patricia Rachel Rebecca Rosemary Ruth "
        "Samantha Sarah Sophie Stephanie Susan Sylvia Teresa Vanessa Victoria Wendy Zoe"
    ),
}


@dataclass(frozen=True, slots=True)
class Telling:
    """How problems are told: whether with a `story`, and of whom.

    All problems of a form, given by its code, tell of the same people; without one every variant has its own.
    """

    story: bool = True
    form: str = ""

    def cast(self, variant: AnyVariant, lang: Lang) -> Cast:
        """The people of a variant told so."""
        key = ("form", self.form) if self.form else (variant.exercise.name, variant.fingerprint)
        return Cast(key, lang)


USUAL = Telling()
"""With a story, of people of its own."""


class Cast:
    """The people of a story, under the names that texts use; they are drawn from a stream of that key."""

    def __init__(self, key: tuple[str, ...], lang: Lang) -> None:
        self._key, self._lang = key, lang

    @functools.cached_property
    def hero(self) -> str:
        """A man's first name."""
        return _name(self._key, self._lang, "male")

    @functools.cached_property
    def heroine(self) -> str:
        """A woman's first name."""
        return _name(self._key, self._lang, "female")


@functools.lru_cache(maxsize=64)
def _name(key: tuple[str, ...], lang: Lang, gender: str) -> str:
    """Kept for a while: all problems of a form tell of the same people."""
    return Draw(f"first_name_{gender}", *key).choice(plain_names(lang, gender))


@functools.cache
def plain_names(lang: Lang, gender: str) -> tuple[str, ...]:
    """The plain names that Faker gives to men (`gender` is "male") or women ("female"), in alphabetical order."""
    return tuple(sorted(set(PLAIN[lang].split()).intersection(getattr(NAMES[lang], f"first_names_{gender}"))))
