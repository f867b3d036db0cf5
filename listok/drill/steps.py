"""The steps in which a worked solution is told: sentence by sentence, formula by formula, item by item.

What leads to a formula is a hint by itself, and comes first. What would be a single step is told in two: up to its
colon, or up to its last sign of equality, and then to the end.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from listok.templates import doctree as doc
from listok.templates import mathtree as mt
from listok.templates import plain
from listok.templates.paths import Scopes, rounds
from listok.templates.text import Lang

Blocks: TypeAlias = "tuple[doc.Block, ...]"
Words: TypeAlias = "tuple[doc.Inline, ...]"
Node: TypeAlias = "tuple[doc.Inline, Scopes | None]"
"""A part of a sentence, and the values that belong in its holes, if it is one of a text."""
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
    *nodes, (end, scopes) = _nodes(last.content)
    if isinstance(end, doc.Text):
        end = doc.Text(end.text.rstrip().removesuffix(":"))
    return (*others, doc.Paragraph((*_words([*nodes, (end, scopes)]), doc.Text(_ELLIPSIS)), last.ragged))


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
        match block:
            case doc.BoundDisplay(display, scopes) if (start := _up_to_equality(display)) is not None:
                return [(*step[:place], doc.BoundDisplay(start, scopes)), step[place:]]
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
    found: list[list[Node]] = [[]]
    nodes = _nodes(words)
    following = [node for node, _ in nodes[1:]]
    for (node, scopes), follows in itertools.zip_longest(nodes, following):
        pieces = map(doc.Text, parting(node.text, follows)) if isinstance(node, doc.Text) else [node]
        first, *others = pieces
        found[-1].append((first, scopes))
        found += [[(each, scopes)] for each in others]
    return [_words(each) for each in found if any(map(_is_something, each))]


def _nodes(words: Iterable[doc.Inline]) -> list[Node]:
    """Words as nodes, those of a text with what is shown of its sections, as often as it is."""
    return [node for word in words for node in _bound_nodes(word)]


def _bound_nodes(word: doc.Inline, scopes: Scopes | None = None) -> Iterator[Node]:
    match word:
        case doc.Bound(phrase, inner):
            for each in phrase.content:
                yield from _bound_nodes(each, inner)
        case mt.Section() if scopes is not None:
            for inner in rounds(word, scopes):
                for each in word.content:
                    yield from _bound_nodes(each, inner)
        case _:
            yield word, scopes


def _words(nodes: Sequence[Node]) -> Words:
    """Nodes as words again, without the space that parted them from those before."""
    (first, scopes), *others = itertools.dropwhile(lambda node: not _is_something(node), nodes)
    if isinstance(first, doc.Text):
        first = doc.Text(first.text.lstrip())
    found: list[doc.Inline] = []
    for _, run in itertools.groupby([(first, scopes), *others], lambda node: id(node[1])):
        run_nodes, (inner, *_) = zip(*run, strict=True)
        if inner is None:
            found += run_nodes
        else:
            found.append(doc.Bound(_phrase(run_nodes, tuple(map(type, inner))), inner))
    return tuple(found)


@functools.cache
def _phrase(nodes: Words, scopes: tuple[type, ...]) -> doc.Phrase:
    """One phrase for nodes whose names are looked up in scopes of these types: printers keep what they compile."""
    return doc.Phrase(nodes)


def _is_something(node: Node) -> bool:
    return not isinstance(node[0], doc.Text) or bool(node[0].text.strip())


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
