"""Words that agree with a count, in Russian and English."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from babel import Locale


def plural(count: int, forms: Sequence[str], lang: str) -> str:
    """The form that agrees with a count; forms in the order of Babel's plural rules: one, few, many (or one, other)."""
    names = ("one", "few", "many") if lang == "ru" else ("one", "other")
    tag = _plural_tag(abs(count), lang)
    return forms[names.index(tag)] if tag in names else forms[-1]


@functools.lru_cache(maxsize=1024)
def _plural_tag(count: int, lang: str) -> str:
    return str(_plural_rule(lang)(count))


@functools.cache
def _plural_rule(lang: str) -> Any:
    return Locale(lang).plural_form
