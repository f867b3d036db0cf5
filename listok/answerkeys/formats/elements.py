"""XML as text: elements are put together as they stand in a file, escaped here and nowhere else.

A tree of all that is printed, made and then written by the standard library, would cost several times as much.
"""

from __future__ import annotations

import functools
import re
from typing import NewType

Xml = NewType("Xml", str)
"""Elements as they stand in a file."""

_HTML = frozenset({
    "p", "div", "span", "em", "strong", "code", "pre", "ul", "ol", "li", "table", "thead", "tbody", "tr", "td", "th",
    "img", "br", "hr", "h4", "math",
})  # fmt: skip
_CAPITAL = re.compile("(?<=[a-z])([A-Z])")
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\r")
_NO_CHARACTERS = "\ufffe".encode(), "\uffff".encode()


class Elements:
    """Makes elements; with `kebab` in the spelling of QTI 3, where all but HTML is called ``qti-item-body``."""

    def __init__(self, kebab: bool = False) -> None:
        self._kebab = kebab

    def __call__(self, tag: str, *children: Xml, text: str = "", **attributes: str) -> Xml:
        """An element with a text, or with children, or with neither."""
        spelt, kebab = tag, self._kebab and tag not in _HTML
        if kebab:
            spelt = "qti-" + _kebab_of(tag)
        listed = "".join(
            [f' {_kebab_of(name) if kebab else name}="{_attribute(value)}"' for name, value in attributes.items()]
        )
        inside = (text and _text(text)) + "".join(children)
        return Xml(f"<{spelt}{listed}>{inside}</{spelt}>" if inside else f"<{spelt}{listed} />")

    def start(self, tag: str, **attributes: str) -> str:
        """The tag that begins an element whose content and end are written after it."""
        return self(tag, **attributes).removesuffix(" />") + ">"


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@functools.lru_cache(2**12)
def _attribute(text: str) -> str:
    return re.sub("[\\r\\n\\t]", " ", _text(text)).replace('"', "&quot;")


@functools.cache
def _kebab_of(name: str) -> str:
    return _CAPITAL.sub(r"-\1", name).lower()


def filled(pattern: Xml, *values: str) -> Xml:
    """Elements made with ``%s`` for short texts or attributes, with these in their places."""
    return Xml(pattern % tuple(map(_attribute, values)))


def document(root: Xml) -> bytes:
    """A file with its declaration."""
    return encoded(f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n')


def encoded(text: str) -> bytes:
    """Text, or a whole file, in UTF-8 and without characters that XML forbids."""
    content = text.encode().translate(None, _CONTROL)
    if _NO_CHARACTERS[0][:1] in content:  # one byte is looked for in no time
        for character in _NO_CHARACTERS:
            content = content.replace(character, b"")
    return content


def plain(text: str) -> str:
    """Text without characters that XML forbids."""
    return encoded(text).decode()
