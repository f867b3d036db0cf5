"""Names for stories, from Faker, seeded by the variant, in the language of the sheet and in the nominative case."""

from __future__ import annotations

import functools
from typing import Any

from faker import Faker

from listok.generators.exercise import AnyVariant
from listok.templates.doctree import Lang

LOCALES = {"ru": "ru_RU", "en": "en_GB"}


class Cast:
    """The people of one variant's story, under the names that texts use."""

    def __init__(self, variant: AnyVariant, lang: Lang) -> None:
        self._variant, self._lang = variant, lang

    @functools.cached_property
    def hero(self) -> str:
        """A man's first name."""
        return _name(self._variant, self._lang, "first_name_male")

    @functools.cached_property
    def heroine(self) -> str:
        """A woman's first name."""
        return _name(self._variant, self._lang, "first_name_female")


@functools.lru_cache(maxsize=64)
def _name(variant: AnyVariant, lang: str, method: str) -> str:
    """Kept for a while: sheet and key of a variant tell of the same people."""
    faker = _faker(lang)
    faker.seed_instance(variant.layout(method).below(2**32))
    return str(getattr(faker, method)())


@functools.cache
def _faker(lang: str) -> Any:
    # The generator of the one locale: the object around it chooses among several at every call.
    return Faker(LOCALES[lang], use_weighting=False)[LOCALES[lang]]
