"""Filling: blocks of a text and the values of a variant become the blocks of a document.

Sections are shown or repeated, figures put in their places, lists that come to stand side by side made one. Phrases
stay as they are, bound to the values that belong in their holes: a printer compiles each of them once for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from listok.generators.figures import Scene
from listok.generators.values import ListokError, shown
from listok.templates import doctree as doc
from listok.templates import plain
from listok.templates.mathtree import Section
from listok.templates.paths import Scopes, lookup, rounds


def fill_blocks(blocks: Sequence[doc.Block], scopes: Scopes, lang: doc.Lang) -> tuple[doc.Block, ...]:
    """Blocks of a text, with the values of a variant."""
    out: list[doc.Block] = []
    for block, inner in _flat(blocks, scopes):
        filled = _block(block, inner, lang)
        last = out[-1] if out else None
        if isinstance(filled, doc.ItemList) and isinstance(last, doc.ItemList):
            out[-1] = _numbered((*last.items, *filled.items))
        else:
            out.append(filled)
    return tuple(out)


def fill_inlines(inlines: Sequence[doc.Inline], scopes: Scopes) -> tuple[doc.Inline, ...]:
    """Phrases of a text, with the values of a variant."""
    return tuple(doc.Bound(node, scopes) if isinstance(node, doc.Phrase) else node for node in inlines)


def _block(block: doc.Block, scopes: Scopes, lang: doc.Lang) -> doc.Block:
    match block:
        case doc.Paragraph(content, ragged):
            return doc.Paragraph(fill_inlines(content, scopes), ragged)
        case doc.DisplayMath():
            return doc.BoundDisplay(block, scopes)
        case doc.Table(align, header, rows, ruled):
            return doc.Table(
                align,
                None if header is None else _row(header, scopes),
                tuple(_row(row, inner) for row, inner in _flat(rows, scopes)),
                ruled,
            )
        case doc.FigureHole(path, alt):
            scene = lookup(path, scopes)
            if not isinstance(scene, Scene):
                raise ListokError(f"{{{{{path}}}}} is {shown(scene)}, and not a figure as its type says")
            return doc.Figure(scene, plain.printer(lang).inlines(fill_inlines(alt, scopes)))
        case doc.ItemList(items):
            return _numbered(
                [
                    doc.ListItem(item.label, fill_blocks(item.content, inner, lang))
                    for item, inner in _flat(items, scopes)
                ]
            )
        case _:
            return block


def _numbered(items: Sequence[Any]) -> doc.ItemList:
    """A list whose numbered items (label ``#``, or a number of a list that was joined) are counted from 1."""
    return doc.ItemList(
        tuple(doc.ListItem(f"{n}.", item.content) if _is_count(item.label) else item for n, item in enumerate(items, 1))
    )


def _is_count(label: str) -> bool:
    return label == "#" or (label[:-1].isdecimal() and label.endswith("."))


def _flat(nodes: Sequence[Any], scopes: Scopes) -> Iterator[tuple[Any, Scopes]]:
    """The nodes with sections among them opened, each with the scopes it is to be filled in."""
    for node in nodes:
        if isinstance(node, Section):
            for inner in rounds(node, scopes):
                yield from _flat(node.content, inner)
        else:
            yield node, scopes


def _row(row: doc.TableRow, scopes: Scopes) -> doc.TableRow:
    return doc.TableRow(tuple(fill_inlines(cell, scopes) for cell in row.cells))
