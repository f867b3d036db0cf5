"""The steps in which a worked solution is told: sentence by sentence, formula by formula, item by item.

What leads to a formula is a hint by itself, and comes first. What would be a single step is told in two: up to its
colon, or up to its last sign of equality, and then to the end.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from listok.templates import doctree as doc
from listok.templates import mathtree as mt
from listok.templates import plain
from listok.templates.paths import repeating
from listok.templates.text import Lang

Blocks: TypeAlias = "tuple[doc.Block, ...]"
Words: TypeAlias = "tuple[doc.Inline, ...]"
Parting: TypeAlias = "Callable[[str, doc.Inline | None], list[str]]"
"""Gives the pieces of a text before something or, at the end of all, nothing."""

FEWEST = 4
"""Words that a sentence has at least if it is a step; fewer, such as "Check it:", wait for what follows."""

_ELLIPSIS = "…"
_STOP = re.compile(r"[.!?][»”)]*(\s+|$)")
_COLON = re.compile(r":\s+")
_WHOLE = re.compile(r"[.!?…][»”)]*$")
_ANSWER = re.compile(r"((The a|A)nswer|Ответ)\b")
_ABBREVIATION = re.compile(r"\b\w{1,2}$")


def steps_of(solution: Iterable[doc.Block], lang: Lang) -> list[Blocks]:
    """The steps of a solution in order; none where there is no solution."""
    steps = _joined((piece for block in solution for piece in _pieces(block)), lang)
    for halves in (_at_colon, _at_equality):
        if len(steps) == 1:
            steps = halves(steps[0], lang)
    told = [*(_led_on(step, lang) for step in steps[:-1]), *steps[-1:]]
    return [tuple(each for block in step for each in _bare(block)) for step in told]


def tells_answer(solution: Iterable[doc.Block], lang: Lang) -> bool:
    """Whether a solution has a sentence for the answer, which then needs no line of its own."""
    return any(_ANSWER.match(_text(piece, lang)) for block in solution for piece in _pieces(block))


def _pieces(block: doc.Block) -> Iterator[Blocks]:
    """Sentences, the items of a list, or the whole of anything else."""
    match block:
        case doc.Paragraph():
            for words in _parted(block.content, _sentences):
                yield (doc.Paragraph(words, block.ragged),)
        case doc.ItemList():
            for item in block.items:
                yield (doc.ItemList((item,)),)
        case _:
            yield (block,)


def _joined(pieces: Iterable[Blocks], lang: Lang) -> list[Blocks]:
    """Steps of the pieces: a few words wait for what follows them."""
    steps: list[Blocks] = []
    waiting: Blocks = ()
    for piece in pieces:
        words = _text(piece, lang).split()
        waiting = (*waiting, *piece) if words else waiting
        if words and (len(words) >= FEWEST or not isinstance(piece[0], doc.Paragraph)):
            steps.append(waiting)
            waiting = ()
    return [*steps, waiting] if waiting else steps


def _bare(block: doc.Block) -> Blocks:
    """An item without its bullet, which means nothing where it stands alone; anything else as it is."""
    match block:
        case doc.ItemList((doc.ListItem("•", content),)):
            return content
        case _:
            return (block,)


def _led_on(step: Blocks, lang: Lang) -> Blocks:
    """A step whose last sentence goes on in a formula or a list, which is the next step, ends in dots."""
    *others, last = step
    if not isinstance(last, doc.Paragraph) or _WHOLE.search(_text((last,), lang)):
        return step
    *words, end = last.content
    return (*others, doc.Paragraph((*words, _without_colon(end), doc.Text(_ELLIPSIS)), last.ragged))


def _without_colon(node: doc.Inline) -> doc.Inline:
    match node:
        case doc.Bound():
            return doc.Bound(_phrase_without_colon(node.phrase), node.scopes)
        case doc.Text():
            return doc.Text(node.text.rstrip().removesuffix(":"))
        case _:
            return node


@functools.cache
def _phrase_without_colon(phrase: doc.Phrase) -> doc.Phrase:
    *others, last = phrase.content
    return doc.Phrase((*others, _without_colon(last)))


def _at_colon(step: Blocks, lang: Lang) -> list[Blocks]:
    """A sentence up to its colon, and what follows it; whole where few words come before one."""
    first, *rest = step
    if not isinstance(first, doc.Paragraph):
        return [step]
    lead, *after = _parted(first.content, _at_colons)
    start = doc.Paragraph(lead, first.ragged)
    if not after or len(_text((start,), lang).split()) < FEWEST:
        return [step]
    follows = tuple(inline for words in after for inline in words)
    return [(start,), (doc.Paragraph((doc.Text(f"{_ELLIPSIS} "), *follows), first.ragged), *rest)]


def _at_equality(step: Blocks, lang: Lang) -> list[Blocks]:
    """A formula up to its last sign of equality, and the whole of it; just whole where it has only one."""
    for place, block in enumerate(step):
        start = _up_to_equality(block.display) if isinstance(block, doc.BoundDisplay) else None
        if isinstance(block, doc.BoundDisplay) and start is not None:
            return [(*step[:place], doc.BoundDisplay(start, block.scopes)), step[place:]]
    return [step]


@functools.cache
def _up_to_equality(display: doc.DisplayMath) -> doc.DisplayMath | None:
    items = mt.flat(display.body)
    signs = [place for place, node in enumerate(items) if node in (mt.Operator("="), mt.Operator("approx"))]
    if len(signs) < 2:
        return None
    return doc.DisplayMath(mt.Row((*items[: signs[-1] + 1], mt.Symbol("ldots"))))


# --- words, parted at marks ----------------------------------------------------------------------------------------


def _parted(words: Words, parting: Parting) -> list[Words]:
    """Words parted where their texts are to be."""
    found: list[list[doc.Inline]] = [[]]
    bare = [each for word in words for each in _without_sections(word)]
    for node, after in zip(bare, (*bare[1:], None), strict=False):
        follows = after.phrase.content[0] if isinstance(after, doc.Bound) else after
        pieces: Iterable[doc.Inline]
        if isinstance(node, doc.Bound):
            pieces = [doc.Bound(each, node.scopes) for each in _parted_phrase(node.phrase, follows, parting)]
        else:
            pieces = map(_one, _parted_nodes((node,), follows, parting))
        first, *others = pieces
        found[-1].append(first)
        found += [[each] for each in others]
    return [tuple(_without_space(each)) for each in found if any(map(_is_something, each))]


def _without_sections(node: doc.Inline) -> Iterator[doc.Inline]:
    """A phrase as phrases that have no sections: what is shown of them, as often as it is."""
    if not isinstance(node, doc.Bound):
        yield node
        return
    for piece in _runs(node.phrase):
        if isinstance(piece, doc.Phrase):
            yield doc.Bound(piece, node.scopes)
        else:
            section, phrase = piece
            for scopes in repeating(section)(node.scopes):
                yield from _without_sections(doc.Bound(phrase, scopes))


@functools.cache
def _runs(phrase: doc.Phrase) -> tuple[doc.Phrase | tuple[mt.Section[doc.Inline], doc.Phrase], ...]:
    found: list[doc.Phrase | tuple[mt.Section[doc.Inline], doc.Phrase]] = []
    for is_section, nodes in itertools.groupby(phrase.content, lambda node: isinstance(node, mt.Section)):
        if is_section:
            found += [(node, doc.Phrase(node.content)) for node in nodes if isinstance(node, mt.Section)]
        else:
            found.append(doc.Phrase(tuple(nodes)))
    return tuple(found)


@functools.cache
def _parted_phrase(phrase: doc.Phrase, follows: doc.Inline | None, parting: Parting) -> tuple[doc.Phrase, ...]:
    return tuple(map(doc.Phrase, _parted_nodes(phrase.content, follows, parting)))


def _parted_nodes(nodes: Words, follows: doc.Inline | None, parting: Parting) -> list[Words]:
    found: list[list[doc.Inline]] = [[]]
    for node, after in zip(nodes, (*nodes[1:], follows), strict=False):
        if not isinstance(node, doc.Text):
            found[-1].append(node)
            continue
        first, *others = parting(node.text, after)
        found[-1].append(doc.Text(first))
        found += [[doc.Text(each)] for each in others]
    return [tuple(each) for each in found]


def _without_space(nodes: list[doc.Inline]) -> list[doc.Inline]:
    """A piece without the space that parted it from the one before."""
    first, *others = itertools.dropwhile(lambda node: not _is_something(node), nodes)
    return [doc.Bound(_stripped(first.phrase), first.scopes) if isinstance(first, doc.Bound) else first, *others]


@functools.cache
def _stripped(phrase: doc.Phrase) -> doc.Phrase:
    first, *others = phrase.content
    return doc.Phrase((doc.Text(first.text.lstrip()), *others)) if isinstance(first, doc.Text) else phrase


def _one(nodes: Words) -> doc.Inline:
    (node,) = nodes
    return node


def _is_something(node: doc.Inline) -> bool:
    if isinstance(node, doc.Bound):
        return any(map(_is_something, node.phrase.content))
    return not isinstance(node, doc.Text) or bool(node.text.strip())


def _sentences(text: str, follows: doc.Inline | None) -> list[str]:
    """Parts a text at marks after which a capital comes, or a formula, if there is no abbreviation before the mark."""
    found, start = [], 0
    after = follows.text if isinstance(follows, doc.Text) else ""
    for mark in _STOP.finditer(text):
        rest = text[mark.end() :] or after
        if not mark[1] and not rest[:1].isspace():
            continue
        if rest:
            ends = rest.lstrip()[:1].isupper() or rest.lstrip()[:1] in tuple("«“")
        else:
            ends = follows is not None and not _ABBREVIATION.search(text[: mark.start()])
        if ends:
            found.append(text[start : mark.end()].rstrip())
            start = mark.end()
    return [*found, text[start:]]


def _at_colons(text: str, follows: doc.Inline | None) -> list[str]:
    first, *others = _COLON.split(text)
    return [first, *others] if others and (others[-1] or follows is not None) else [text]


def _text(blocks: Blocks, lang: Lang) -> str:
    return plain.printer(lang).blocks(blocks).strip()
