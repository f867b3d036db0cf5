"""The words of an exercise: one Markdown file per language, parsed and checked once, filled for each variant.

A text is logic-less: `{{field}}` shows a field of the parameters or the solution, `{{#field}}...{{/field}}` repeats or
shows, `{{^field}}...{{/field}}` is for the empty and the false. All that a text may name is checked when it is loaded,
so a typing slip fails with file and line, not on paper.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from msgspec import Struct
from msgspec.structs import astuple

import listok.templates
from listok.generators.answers import Choice, Choices, Expression, Matching, Open, Predicate
from listok.generators.bank import nearest
from listok.generators.exercise import AnyExercise, AnyVariant
from listok.generators.figures import Scene
from listok.generators.formulas import Formula, FormulaError
from listok.generators.values import LONGEST_FAULT, ListokError, shortened
from listok.templates import doctree as doc
from listok.templates import mathtree as mt
from listok.templates.doctree import Lang
from listok.templates.files import read_text
from listok.templates.fill import fill_blocks, fill_inlines
from listok.templates.mathparse import MathError, has_small_brackets, parse
from listok.templates.names import USUAL, Cast, Telling
from listok.templates.paths import OPTION, PATH, TUPLE_WORDS, TURN_NAMES, Scopes, split_path
from listok.templates.specs import SPECS

LANGS: tuple[Lang, ...] = ("ru", "en")

_TAG = re.compile(r"\{\{(?:([#^/])\s*)?(" + PATH + r")(?::([^|{}]+))?((?:\|[^|{}]*)+)?\}\}")
STORY = "story"
"""The heading of each of the stories that a text has to choose from."""

ANY_OPTION = "*"
"""What stands for an option's name in the heading of the text that options without one of their own share."""


class TextError(ListokError):
    """A fault in an exercise's text, with its file and line."""


@dataclass(frozen=True)
class OptionText:
    """An option as printed, and why it is right or wrong, which only the key prints."""

    content: tuple[doc.Inline, ...]
    reason: tuple[doc.Inline, ...] = ()


@dataclass(frozen=True)
class PartText:
    """The words of a part. The `question` ends with how its answer is typed; `chosen` is the question for students who
    choose the answer."""

    question: tuple[doc.Block, ...]
    chosen: tuple[doc.Block, ...]
    solution: tuple[doc.Block, ...]
    options: Mapping[str, OptionText] = field(default_factory=dict)
    mistakes: Mapping[str, tuple[doc.Block, ...]] = field(default_factory=dict)
    rubric: tuple[doc.Block, ...] = ()

    def option(self, name: str) -> OptionText | None:
        """The text of an option: its own, or the one that options share; None where there is neither."""
        return self.options.get(name) or self.options.get(ANY_OPTION)


@dataclass(frozen=True)
class ExerciseText:
    """The words of one exercise in one language, holes unfilled. One of the `stories` goes before the stem."""

    title: str
    stem: tuple[doc.Block, ...]
    parts: Mapping[str, PartText]
    stories: tuple[tuple[doc.Block, ...], ...] = ()

    def mistake(self, name: str, part: str) -> tuple[doc.Block, ...]:
        """The sentence for a mistake: the part's own, or the one given where the mistake first appears."""
        own = self.parts[part].mistakes.get(name)
        if own is not None:
            return own
        return next(p.mistakes[name] for p in self.parts.values() if name in p.mistakes)


class Filled:
    """The words of one variant in one language: every block filled with its numbers."""

    def __init__(self, variant: AnyVariant, lang: Lang, telling: Telling = USUAL) -> None:
        self.variant, self.telling = variant, telling
        self.lang: Lang = lang
        self.text = load(variant.exercise, lang)
        self.cast = telling.cast(variant, lang)
        self._scopes = (variant.solution, variant.params, self.cast)

    @property
    def title(self) -> str:
        return self.text.title

    @property
    def beginning(self) -> tuple[doc.Block, ...]:
        """What stands before the parts, holes unfilled: a story, where one is told, and the stem."""
        stories = self.text.stories
        if not (stories and self.telling.story):
            return self.text.stem
        return (*self.variant.layout("story").choice(stories), *self.text.stem)

    def blocks(self, blocks: tuple[doc.Block, ...]) -> tuple[doc.Block, ...]:
        """Blocks of this text with the variant's values in their holes."""
        return fill_blocks(blocks, self._scopes, self.lang)

    def option(self, part: str, name: str) -> OptionText:
        """The words of an option and the reason for them; raises `TextError` where it has no text."""
        text = self.text.parts[part].option(name)
        if text is None:
            path = path_of(self.variant.exercise, self.lang)
            raise TextError(f"{path.parent.name}/{path.name}: part {part!r} has no ### option {name}")
        scopes: Scopes = self._scopes
        if text is not self.text.parts[part].options.get(name):
            scopes = (*scopes, SimpleNamespace(**{OPTION: _as_formula(name)}))
        return OptionText(fill_inlines(text.content, scopes), fill_inlines(text.reason, scopes))


@functools.cache
def _as_formula(name: str) -> Formula:
    """The name of an option as a variable: x1 is printed with an index."""
    return Formula(name)


# --- loading ------------------------------------------------------------------------------------------------------


def path_of(exercise: AnyExercise, lang: Lang) -> Path:
    """Where the text of an exercise stands: in the package, or beside a teacher's own module in `ru/` and `en/`."""
    module = exercise.draw.__module__
    if module.startswith("listok.generators."):
        return Path(listok.templates.__path__[0]) / lang / f"{exercise.module}.md"
    import sys

    return Path(str(sys.modules[module].__file__)).parent / lang / f"{exercise.module}.md"


@functools.cache
def load(exercise: AnyExercise, lang: Lang) -> ExerciseText:
    """The words of an exercise, read and checked once; raises `TextError` with file and line."""
    path = path_of(exercise, lang)
    if not path.exists():
        raise TextError(f"{path}: the text of {exercise.name} in this language is missing")
    if not path.is_file():  # a pipe would be waited for
        raise TextError(f"{path}: the text of {exercise.name} in this language is not a file")
    source = read_text(path, TextError, "save the text as UTF-8")
    try:
        return _Reader(exercise, lang, path, source).read()
    except RecursionError:
        raise TextError(f"{path}: nested too deep to be read") from None


class _Reader:
    """Reads one file into an `ExerciseText`, checking every name in it."""

    def __init__(self, exercise: AnyExercise, lang: Lang, path: Path, source: str) -> None:
        self.exercise, self.lang, self.path = exercise, lang, path
        self.line = 1
        self.root: tuple[Any, ...] = (exercise.solution_type, exercise.params_type, Cast)
        self.shared_option = False
        self.in_story = False
        self.lines: dict[int, int] = {}
        self.tokens = markdown().parse(source)
        self.has_stories = any(heading == STORY for heading, _, _ in self._split(self.tokens, "h3"))

    def fail(self, message: str) -> TextError:
        place = f"{self.path.parent.name}/{self.path.name}:{self.line}"
        return TextError(f"{place}: {shortened(message, LONGEST_FAULT)}")

    def read(self) -> ExerciseText:
        for owner, other in itertools.combinations(self.root, 2):
            for name in sorted({*_names(owner)} & {*_names(other)}):
                raise TextError(f"{self.exercise.name}: {owner.__name__}.{name} and {other.__name__}.{name} have one "
                                f"name: rename one of them, so that {{{{{name}}}}} means one thing")
        title = ""
        stem: tuple[doc.Block, ...] = ()
        stories: tuple[tuple[doc.Block, ...], ...] = ()
        parts: dict[str, PartText] = {}
        for heading, line, tokens in self._split(self.tokens, "h1"):
            if not heading or title:
                self.line = line
                raise self.fail("a text starts with one `# Title` and has no other heading of that level")
            title = heading
            (_, _, opening), *rest = self._split(tokens, "h2")
            (_, _, opening), *told = self._split(opening, "h3")
            stem = self.blocks(opening)
            stories = tuple(itertools.starmap(self._story, told))
            for name, part_line, body in rest:
                self.line = part_line
                if name not in self.exercise.parts:
                    raise self.fail(f"the exercise has no part {name!r}; it has {', '.join(self.exercise.parts)}")
                if name in parts:
                    raise self.fail(f"part {name!r} stands twice")
                parts[name] = self._part(name, body)
        missing = [name for name in self.exercise.parts if name not in parts]
        if missing:
            raise self.fail(f"no text for part {', '.join(missing)}")
        if list(parts) != list(self.exercise.parts):
            raise self.fail(f"parts must stand in the exercise's order: {', '.join(self.exercise.parts)}")
        explained = {name for part in parts.values() for name in part.mistakes}
        untold = [name for name in self.exercise.mistakes if name not in explained]
        if untold:
            raise self.fail(f"no sentence (### mistake) for {', '.join(untold)}")
        return ExerciseText(title, stem, parts, stories)

    def _story(self, heading: str, line: int, tokens: list[Token]) -> tuple[doc.Block, ...]:
        self.line = line
        if heading != STORY:
            raise self.fail(f"unknown heading {heading!r}: after the stem, before the first part, stand stories only")
        self.in_story = True
        story = self.blocks(tokens)
        self.in_story = False
        self.line = line
        if not story or not all(isinstance(block, doc.Paragraph) for block in story):
            raise self.fail("a story is one or more paragraphs, nothing else: what a student needs stands in the stem")
        return story

    def _part(self, name: str, tokens: list[Token]) -> PartText:
        key = self.exercise.parts[name]
        (_, _, opening), *rest = self._split(tokens, "h3")
        question = chosen = self.blocks(opening)
        solution: tuple[doc.Block, ...] | None = None
        rubric: tuple[doc.Block, ...] = ()
        options: dict[str, OptionText] = {}
        mistakes: dict[str, tuple[doc.Block, ...]] = {}
        for heading, line, body in rest:
            self.line = line
            match heading.split():
                case ["solution"]:
                    solution = self.blocks(body)
                case ["typing"]:
                    if not isinstance(key, (Expression, Predicate)):
                        raise self.fail(f"part {name!r} has no ### typing: only formulas and conditions are chosen "
                                        "among options on some platforms, so say in the question how to type")
                    question = _joined(question, self._one_paragraph(self.blocks(body), "### typing is one paragraph"))
                case ["rubric"]:
                    rubric = self.blocks(body)
                case ["mistake", mistake]:
                    if mistake not in self.exercise.mistakes:
                        raise self.fail(f"the exercise has no mistake {mistake!r}")
                    mistakes[mistake] = self.blocks(body)
                case ["option", option]:
                    if option in options:
                        raise self.fail(f"### option {option} stands twice")
                    self.shared_option = option == ANY_OPTION
                    options[option] = self._option(body)
                    self.shared_option = False
                case [word] if word == STORY:
                    raise self.fail("stories (### story) stand after the stem, before the first part")
                case _:
                    raise self.fail(f"unknown heading {heading!r}: typing, solution, rubric, mistake NAME or "
                                    "option NAME")
        if solution is None:
            raise self.fail(f"part {name!r} has no ### solution")
        if isinstance(key, (Choice, Choices, Matching)):
            self._check_options(name, key, options)
        elif options:
            raise self.fail(f"part {name!r} is not a choice, but has options")
        if isinstance(key, Open) and not rubric:
            raise self.fail(f"part {name!r} is marked by hand and needs a ### rubric")
        return PartText(question, chosen, solution, options, mistakes, rubric)

    def _check_options(self, part: str, key: Choice | Choices | Matching, texts: Mapping[str, OptionText]) -> None:
        """Whether every option that the key may offer has a text, and no text is for another one."""
        untold = [option for option in key.options if option not in texts]
        if not texts or (untold and ANY_OPTION not in texts):
            raise self.fail(f"part {part!r} has no ### option {', '.join(untold)}".rstrip())
        for option in texts:
            if key.options and option not in (*key.options, ANY_OPTION):
                raise self.fail(f"part {part!r} has no option {option!r}; it has {', '.join(key.options)}")
        if ANY_OPTION in texts:
            if key.options and not untold:
                raise self.fail(f"part {part!r}: every option has a text of its own, so ### option * is never used")
            for option in untold:
                try:
                    Formula(option)
                except FormulaError:
                    raise self.fail(f"part {part!r}: option {option!r} needs an ### option of its own: its name "
                                    "is no variable of a formula") from None

    def _option(self, tokens: list[Token]) -> OptionText:
        quote = next((i for i, t in enumerate(tokens) if t.type == "blockquote_open"), len(tokens))
        said, why = self.blocks(tokens[:quote]), self.blocks(tokens[quote + 1 : -1])
        fault = "an option is one paragraph, and then one quoted paragraph (`> why`) if there is a reason"
        return OptionText(self._one_paragraph(said, fault), self._one_paragraph(why, fault) if why else ())

    def _one_paragraph(self, blocks: tuple[doc.Block, ...], fault: str) -> tuple[doc.Inline, ...]:
        if len(blocks) == 1:
            block = blocks[0]
            if isinstance(block, doc.Paragraph):
                return block.content
        raise self.fail(fault)

    def _split(self, tokens: list[Token], tag: str) -> Iterator[tuple[str, int, list[Token]]]:
        """Cut tokens at headings of a level: (heading, line, tokens below it); the first piece has no heading unless
        the tokens start with one."""
        pieces: list[tuple[str, int, list[Token]]] = [("", self.line, [])]
        i = 0
        while i < len(tokens):
            token = tokens[i]
            if token.type == "heading_open" and token.tag == tag:
                pieces.append((tokens[i + 1].content.strip(), (token.map or [0])[0] + 1, []))
                i += 3
                continue
            pieces[-1][2].append(token)
            i += 1
        if tag == "h1" and not pieces[0][2]:
            pieces = pieces[1:]
        yield from pieces

    # --- blocks

    def blocks(self, tokens: list[Token]) -> tuple[doc.Block, ...]:
        self.lines = {}
        flat = self._flat_blocks(tokens)
        folded = tuple(_fold(flat, self.fail))
        self._check(folded, (self.root,))
        return folded

    def _flat_blocks(self, tokens: list[Token]) -> list[Any]:
        out: list[Any] = []
        i = 0
        while i < len(tokens):
            token, before = tokens[i], len(out)
            if token.map:
                self.line = line = token.map[0] + 1
            end = _closing(tokens, i)
            inner = tokens[i + 1 : end]
            match token.type:
                case "paragraph_open":
                    out += self._paragraph(inner[0])
                case "bullet_list_open" | "ordered_list_open":
                    label = "•" if token.type.startswith("bullet") else "#"
                    items = []
                    j = 0
                    while j < len(inner):
                        close = _closing(inner, j)
                        content = tuple(_fold(self._flat_blocks(inner[j + 1 : close]), self.fail))
                        items.append(doc.ListItem(label, content))
                        j = close + 1
                    out.append(doc.ItemList(tuple(items)))
                case "table_open":
                    out.append(self._table(inner))
                case "math_block":
                    out.append(self._display(token.content))
                case "fence" | "code_block":
                    out.append(doc.CodeBlock(token.content.rstrip("\n")))
                case _:
                    raise self.fail(f"{token.type.removesuffix('_open')} is not used in texts of exercises")
            for block in out[before:]:
                self.lines[id(block)] = line
            i = end + 1
        return out

    def _paragraph(self, inline: Token) -> list[Any]:
        children = inline.children or []
        if len(children) == 1 and children[0].type == "image":
            image = children[0]
            alt = self._inline_tokens(markdown().parseInline(image.content)[0].children or [])
            return [doc.FigureHole(str(image.attrs["src"]), self._phrase(alt))]
        pieces = self._inline_tokens(children)
        blocks: list[Any] = []
        run: list[Any] = []
        outer = _tags_around_displays(pieces)

        def flush() -> None:
            while run and isinstance(run[-1], doc.Text) and not run[-1].text.strip():
                run.pop()
            while run and isinstance(run[0], doc.Text) and not run[0].text.strip():
                run.pop(0)
            if run and isinstance(run[0], doc.Text):  # what follows a display on its line starts with a space
                run[0] = doc.Text(run[0].text.lstrip(" "))
            if run:
                blocks.append(doc.Paragraph(self._phrase(run)))
            run.clear()

        for index, piece in enumerate(pieces):
            if isinstance(piece, doc.DisplayMath) or index in outer:
                flush()
                blocks.append(piece)
            else:
                run.append(piece)
        flush()
        return blocks

    def _table(self, tokens: list[Token]) -> doc.Table:
        header: doc.TableRow | None = None
        rows: list[Any] = []
        align = ""
        cells: list[list[Any]] = []
        for i, token in enumerate(tokens):
            if token.type == "th_open":
                style = str(token.attrs.get("style", ""))
                align += "r" if "right" in style else "c" if "center" in style else "l"
            if token.type == "tr_open":
                cells = []
            elif token.type in ("th_open", "td_open"):
                self.line = (tokens[i + 1].map or [self.line - 1])[0] + 1
                cells.append(self._inline_tokens(tokens[i + 1].children or []))
            elif token.type == "tr_close":
                tag, closing = None, None
                if cells[0] and isinstance(cells[0][0], _Tag) and cells[0][0].sign in "#^" and cells[-1]:
                    tag, closing = cells[0][0], cells[-1][-1]
                if tag and isinstance(closing, _Tag) and closing.sign == "/" and closing.path == tag.path:
                    cells[0], cells[-1] = cells[0][1:], cells[-1][:-1]
                else:
                    tag = None
                row = doc.TableRow(tuple(map(self._phrase, cells)))
                if header is None:
                    header = row
                elif tag:
                    rows.append(mt.Section(tag.path, tag.sign == "^", (row,)))
                else:
                    rows.append(row)
        if header is not None and not any(header.cells):
            header = None
        return doc.Table(align, header, tuple(rows))

    # --- inlines

    def _phrase(self, pieces: Sequence[Any]) -> tuple[doc.Inline, ...]:
        """A phrase of the text; nothing where there are no words."""
        content = tuple(_fold(pieces, self.fail))
        return (doc.Phrase(content),) if content else ()

    def _inline_tokens(self, children: list[Token]) -> list[Any]:
        out: list[Any] = []
        i = 0
        while i < len(children):
            token = children[i]
            match token.type:
                case "text":
                    out += self._text(token.content)
                case "softbreak" | "hardbreak":
                    out.append(doc.Text(" "))
                case "code_inline":
                    out.append(doc.Code(token.content))
                case "math_inline":
                    out.append(doc.InlineMath(self._math(token.content)))
                case "math_inline_double":
                    out.append(self._display(token.content))
                case "em_open" | "strong_open":
                    end = _closing(children, i)
                    content = tuple(_fold(self._inline_tokens(children[i + 1 : end]), self.fail))
                    out.append(doc.Emphasis(content) if token.type == "em_open" else doc.Strong(content))
                    i = end
                case _:
                    raise self.fail(f"{token.type} is not used in texts of exercises")
            i += 1
        return out

    def _text(self, text: str) -> list[Any]:
        out: list[Any] = []
        at = 0
        for match in _TAG.finditer(text):
            if match.start() > at:
                out.append(doc.Text(text[at : match.start()]))
            sign, path, spec, forms = match.groups()
            if sign:
                out.append(_Tag(sign, path))
            elif forms:
                out.append(doc.Plural(path, tuple(forms[1:].split("|"))))
            else:
                out.append(mt.Hole(path, tuple(s.strip() for s in spec.split(",")) if spec else ()))
            at = match.end()
        if at < len(text):
            out.append(doc.Text(text[at:]))
        for piece in out:
            if isinstance(piece, doc.Text) and ("{{" in piece.text or "}}" in piece.text or "$" in piece.text):
                raise self.fail(f"a hole or a formula is not closed in {piece.text.strip()!r}")
        return out

    def _display(self, source: str) -> doc.DisplayMath:
        body = self._math(source)
        if has_small_brackets(body):
            raise self.fail(f"in the formula {source.strip()!r}: brackets around a fraction are too small; write "
                            r"\left( ... \right)")  # fmt: skip
        return doc.DisplayMath(body)

    def _math(self, source: str) -> mt.Math:
        try:
            return parse(source.strip())
        except MathError as error:
            raise self.fail(f"in the formula {source.strip()!r}: {error}") from None

    # --- names

    def _check(self, node: Any, scopes: tuple[tuple[Any, ...], ...]) -> None:
        """Walk the finished tree and look up every path in the exercise's types."""
        self.line = self.lines.get(id(node), self.line)
        match node:
            case mt.Section(path, inverted, content):
                item = _item_type(self._kind(path, scopes))
                self._check(content, scopes if inverted or item is None else (*scopes, (item,)))
            case mt.Hole(path, spec):
                self._check_printable(path, self._kind(path, scopes))
                for word in spec:
                    if word not in SPECS and not word.isdecimal():
                        raise self.fail(f"{{{{{path}:{word}}}}}: no such way to write a value; there are "
                                        f"digits, {', '.join(SPECS)}")
            case doc.Plural(path, forms):
                if self._kind(path, scopes) is not int:
                    raise self.fail(f"{{{{{path}|...}}}}: words agree with a whole number (int), which {path!r} is not")
                wanted = 3 if self.lang == "ru" else 2
                if len(forms) != wanted:
                    raise self.fail(f"{{{{{path}|...}}}}: {wanted} forms are needed, not {len(forms)}")
            case doc.FigureHole(path, alt):
                if self._kind(path, scopes) is not Scene:
                    raise self.fail(f"{path!r} is not a figure (Scene)")
                if not alt:
                    raise self.fail(f"figure {path!r} needs words for those who cannot see it: ![words](path)")
                self._check(alt, scopes)
            case tuple():
                for item in node:
                    self._check(item, scopes)
            case Struct():
                for inner in astuple(node):
                    self._check(inner, scopes)
            case _:
                pass

    def _check_printable(self, path: str, kind: Any) -> None:
        """Whether a hole can print values of a type: figures and records have no form in a line."""
        if kind is Scene:
            raise self.fail(f"{path!r} is a figure: it is placed with ![words]({path})")
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            raise self.fail(f"{path!r} is a record ({kind.__name__}): name one of its fields")
        for item in typing.get_args(kind) if typing.get_origin(kind) is tuple else ():
            self._check_printable(path, item)

    def _kind(self, path: str, scopes: tuple[tuple[Any, ...], ...]) -> Any:
        """The type of what a path names."""
        first, rest = split_path(path)
        kind = self._first_kind(first, path, scopes)
        for step in rest:
            kind = _step_type(kind, step)
            if kind is None:
                raise self.fail(f"{path!r}: {str(step)!r} is not there")
        return kind

    def _first_kind(self, first: str, path: str, scopes: tuple[tuple[Any, ...], ...]) -> Any:
        if first == OPTION:
            if not self.shared_option:
                raise self.fail(f"{{{{{OPTION}}}}} stands only in the text under ### option *")
            return Formula
        if first.startswith("@") and first not in TURN_NAMES:
            raise self.fail(str(nearest("name", first, [*TURN_NAMES, OPTION])))
        if first == "." or first in TURN_NAMES:
            if len(scopes) == 1:
                raise self.fail(f"{{{{{path}}}}} stands in no section that is repeated")
            return scopes[-1][0] if first == "." else TURN_NAMES[first]
        for types_ in reversed(scopes):
            for owner in types_:
                kind = _attribute(owner, first)
                if kind is not None:
                    if owner is Cast and self.has_stories and not self.in_story:
                        raise self.fail(f"{{{{{first}}}}} stands only in stories (### story): all else is printed "
                                        "without them, too")  # fmt: skip
                    return kind
        known = sorted({n for types_ in scopes for owner in types_ for n in _names(owner)})
        raise self.fail(str(nearest("field", first, known)))


@dataclass(frozen=True, slots=True)
class _Tag:
    """A section's opening (# or ^) or closing (/) tag, before folding."""

    sign: str
    path: str


@functools.cache
def markdown() -> MarkdownIt:
    """The Markdown of texts: CommonMark with tables and dollar formulas, no raw HTML."""
    return MarkdownIt("commonmark", {"html": False}).enable("table").use(dollarmath_plugin, double_inline=True)


def _closing(tokens: list[Token], start: int) -> int:
    """Index of the token that closes the one at `start` (itself, where it does not nest)."""
    depth = 0
    for i in range(start, len(tokens)):
        depth += tokens[i].nesting
        if depth == 0:
            return i
    raise AssertionError("unbalanced Markdown tokens")


def _joined(blocks: tuple[doc.Block, ...], sentence: tuple[doc.Inline, ...]) -> tuple[doc.Block, ...]:
    """Blocks with a sentence more at the end of their last paragraph."""
    if not (blocks and isinstance(last := blocks[-1], doc.Paragraph)):
        return (*blocks, doc.Paragraph(sentence))
    before, after = _pieces(last.content), _pieces(sentence)
    words = " "
    if isinstance(before[-1], doc.Text):
        words = before.pop().text + words
    if isinstance(after[0], doc.Text):
        words += after.pop(0).text
    return (*blocks[:-1], doc.Paragraph((doc.Phrase((*before, doc.Text(words), *after)),), last.ragged))


def _pieces(content: tuple[doc.Inline, ...]) -> list[Any]:
    """What a paragraph says, which is one phrase."""
    (phrase,) = content
    assert isinstance(phrase, doc.Phrase)
    return list(phrase.content)


def _fold(flat: Sequence[Any], fail: Callable[[str], TextError]) -> list[Any]:
    """Turn opening and closing tags among siblings into sections."""
    stack: list[tuple[_Tag | None, list[Any]]] = [(None, [])]
    for piece in flat:
        if isinstance(piece, doc.Paragraph) and len(piece.content) == 1 and isinstance(piece.content[0], _Tag):
            piece = piece.content[0]
        if not isinstance(piece, _Tag):
            stack[-1][1].append(piece)
        elif piece.sign in "#^":
            stack.append((piece, []))
        else:
            tag, content = stack.pop()
            if tag is None or tag.path != piece.path:
                raise fail(f"{{{{/{piece.path}}}}} closes nothing that was opened")
            stack[-1][1].append(mt.Section(tag.path, tag.sign == "^", tuple(content)))
    if stack[-1][0] is not None:
        raise fail(f"{{{{{stack[-1][0].sign}{stack[-1][0].path}}}}} is not closed")
    return stack[0][1]


def _tags_around_displays(pieces: list[Any]) -> set[int]:
    """Indexes of tags whose sections hold a display, or that stand alone: they must be folded as blocks."""
    if len(pieces) == 1 and isinstance(pieces[0], _Tag):
        return {0}
    outer: set[int] = set()
    open_at: list[int] = []
    for i, piece in enumerate(pieces):
        if isinstance(piece, _Tag) and piece.sign in "#^":
            open_at.append(i)
        elif isinstance(piece, _Tag):
            if not open_at or any(isinstance(p, doc.DisplayMath) for p in pieces[open_at[-1] : i]):
                outer.add(i)
                if open_at:
                    outer.add(open_at[-1])
            if open_at:
                open_at.pop()
    return outer | set(open_at)


# --- types --------------------------------------------------------------------------------------------------------


@functools.cache
def _hints(owner: Any) -> dict[str, Any]:
    return typing.get_type_hints(owner)


def _names(owner: Any) -> list[str]:
    if not isinstance(owner, type):
        return []
    return [n for n in (*_hints(owner), *dir(owner)) if not n.startswith("_")]


def _attribute(owner: Any, name: str) -> Any:
    """The type of a field or property of a dataclass, or None."""
    if not isinstance(owner, type) or name.startswith("_"):
        return None
    hints = _hints(owner)
    if name in hints:
        return hints[name]
    member = getattr(owner, name, None)
    if isinstance(member, functools.cached_property):
        return _hints(member.func).get("return", Any)
    if isinstance(member, property) and member.fget is not None:
        return _hints(member.fget).get("return", Any)
    return None


def _item_type(kind: Any) -> Any:
    """The type of the items of a tuple type (of the first, where they differ), or None for anything else."""
    if isinstance(kind, types.UnionType):
        return next((item for k in kind.__args__ if (item := _item_type(k)) is not None), None)
    return _step_type(kind, "first") if typing.get_origin(kind) is tuple else None


def _step_type(kind: Any, step: str | int) -> Any:
    """The type of what a step of a path leads to from a value of a type, or None where it leads nowhere."""
    if typing.get_origin(kind) is not tuple:
        return None if isinstance(step, int) else _attribute(kind, step)
    items = typing.get_args(kind)
    endless = len(items) == 2 and items[1] is Ellipsis
    if isinstance(step, int):
        return items[0] if endless else items[step] if step < len(items) else None
    if step == "length":
        return int
    if step in TUPLE_WORDS:
        if endless:
            return items[0] if step in ("first", "last") else kind
        if not items:
            return None
        part = TUPLE_WORDS[step](items)
        return part if step in ("first", "last") else types.GenericAlias(tuple, part)
    column = [_attribute(item, step) for item in (items[:1] if endless else items)]
    if None in column:
        return None
    return types.GenericAlias(tuple, (column[0], ...) if endless else tuple(column))


__all__ = ["LANGS", "ExerciseText", "Filled", "Lang", "OptionText", "PartText", "TextError", "load"]
