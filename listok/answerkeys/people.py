"""Columns that say who somebody is: what they are called, and how the parts of a name go together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_TITLES = {
    "id": ("id", "student id", "id number", "student number", "student no", "matriculation number", "sid", "номер",
           "зачетка", "зачетная книжка", "номер зачетки", "номер зачетной книжки", "№ зачетки", "№ зачетной книжки",
           "номер студенческого билета", "студенческий билет", "индивидуальный номер"),
    "name": ("name", "full name", "student", "student name", "first and last name", "surname and name", "фио", "ф.и.о.",
             "фио студента", "студент", "фамилия имя отчество", "фамилия, имя, отчество", "фамилия и имя",
             "фамилия имя", "имя и фамилия", "имя фамилия", "фамилия и.о.", "фамилия и. о.", "фамилия и инициалы",
             "фамилия, инициалы"),
    "given": ("first name", "first names", "first name(s)", "given name", "given names", "given name(s)", "forename",
              "forenames", "forename(s)", "имя", "имя отчество", "имя и отчество", "и.о.", "и. о.", "инициалы",
              "initials"),
    "middle": ("middle name", "middle names", "middle name(s)", "middle initial", "middle initials", "patronymic",
               "отчество"),
    "family": ("last name", "last name(s)", "family name", "surname", "фамилия"),
    "group": ("group", "section", "группа"),
}  # fmt: skip
"""What columns are called, as `plain_title` writes them."""

COLUMNS: Mapping[str, str] = {title: column for column, titles in _TITLES.items() for title in titles}

_WORDS_OF_NAMES = frozenset({
    "name", "names", "forename", "forenames", "surname", "surnames", "initial", "initials", "имя", "имена", "отчество",
    "фамилия", "инициалы",
})  # fmt: skip


def plain_title(cell: str) -> str:
    """A title in small letters, with single blanks, and with е for ё."""
    return " ".join(cell[:100].lower().replace("ё", "е").replace("_", " ").split())


def people_columns(titles: Sequence[str]) -> dict[str, list[int]]:
    """Where each kind of column stands: id, name, given, middle and family (parts of names), group."""
    found: dict[str, list[int]] = {}
    for place, each in enumerate(titles):
        if each in COLUMNS:
            found.setdefault(COLUMNS[each], []).append(place)
    return found


def name_places(found: Mapping[str, list[int]], titles: Sequence[str]) -> list[int]:
    """The columns that make up the whole name, in the order in which its language says it."""
    whole, given, middle, family = (found.get(part, []) for part in ("name", "given", "middle", "family"))
    if family and whole and titles[whole[0]] == "name":  # beside the family name it is the given one
        whole, given = [], given or whole
    russian = bool(family) and titles[family[0]] == "фамилия"
    return whole or (family + given + middle if russian else given + middle + family)


def doubtful_name(found: Mapping[str, list[int]], titles: Sequence[str]) -> list[int]:
    """Columns of which nobody can tell whether they belong to the name, where it would be half a name without them."""
    whole, given, family = (found.get(part, []) for part in ("name", "given", "family"))
    if whole and given and not family and titles[whole[0]] == "name":  # the whole one, or the family name?
        return whole + given
    if not whole and bool(given) != bool(family):
        unread = (place for place, each in enumerate(titles) if each not in COLUMNS)
        return [place for place in unread if set(re.findall(r"\w+", titles[place])) & _WORDS_OF_NAMES]
    return []
