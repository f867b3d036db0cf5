"""A drill in a terminal: lines one after another, and nothing is ever drawn over.

So it is the same over ssh, on a terminal without colours and through a screen reader. What is typed is an answer, or
one of a few commands of one letter; where a part could read such a letter as an answer, it is one, and commands have a
colon in front. Every event is in the log before its verdict is shown.
"""

from __future__ import annotations

import datetime
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from listok.answerkeys.items import Part
from listok.answerkeys.marking.grading import Response, mark_problem, shown_response
from listok.drill.console import Console, fitted
from listok.drill.events import Event, Helped, Passed, Unknown, in_order
from listok.drill.progress import calendar, day_text, progress
from listok.drill.session import Drill, Mark, Problem
from listok.drill.store import Store
from listok.drill.words import WORDS
from listok.generators.answers import Matrix, Open
from listok.templates import doctree as doc
from listok.templates.plain import printer
from listok.templates.plurals import plural
from listok.templates.text import Lang

COMMANDS = {"h": "hint", "s": "solution", "p": "pass", "n": "next", "q": "quit", "?": "how"}
"""Letters, and what they ask for."""

_SAME_KEYS = {"ы": "s", "з": "p", "т": "n", "й": "q", ",": "?"}
"""What the same keys give in the Russian layout. The letter of `h` looks like a `p`, so it may mean either."""

_LOOKS_LIKE_P = "р"

_WORDS: Mapping[str, Mapping[Lang, str]] = {
    "level": {
        "ru": "Задача {number}, уровень {level}, около {minutes}. Код {code}.",
        "en": "Problem {number}, level {level}, about {minutes}. Code {code}.",
    },
    "commands": {
        "ru": "Команды: {h} — подсказка, {s} — решение, {p} — пропустить пункт, {n} — другая задача, {q} — закончить, "
        "{how} — как вводить ответ.",
        "en": "Commands: {h} hint, {s} solution, {p} pass over this part, {n} next problem, {q} quit, {how} how to "
        "type an answer.",
    },
    "colon": {
        "ru": "Здесь команды — с двоеточием: буква без него — это ответ.",
        "en": "Commands have a colon here: a letter without one is an answer.",
    },
    "answer": {"ru": "Ответ", "en": "Answer"},
    "open": {"ru": "Enter — показать решение", "en": "Enter shows the solution"},
    "row": {"ru": "  строка {row} (пустая — конец): ", "en": "  row {row} (an empty one ends): "},
    "rows": {
        "ru": "Можно и построчно: после каждой строки Enter, в конце — пустая строка.",
        "en": "Or type it row by row: Enter after each row, and an empty row at the end.",
    },
    "dropped": {"ru": "Начатая таблица отброшена.", "en": "The table that was begun is dropped."},
    "which": {
        "ru": "Нужна латинская буква: {h} — подсказка, {p} — пропустить пункт.",
        "en": "Type a Latin letter: {h} is a hint, {p} passes over this part.",
    },
    "again": {
        "ru": "Попробуйте ещё раз; если не выходит, {h} — подсказка, {s} — решение.",
        "en": "Try again; if you are stuck, {h} is a hint and {s} the solution.",
    },
    "unread": {
        "ru": "Это не считается попыткой; {how} — как вводить ответ.",
        "en": "This does not count as a try; {how} tells how to type an answer.",
    },
    "last": {"ru": "Это было всё решение.", "en": "That was the whole solution."},
    "passed": {"ru": "Пункт пропущен.", "en": "Passed over."},
    "yours": {"ru": "Ваш ответ: {answer}", "en": "Your answer: {answer}"},
    "done": {"ru": "Этот пункт уже пройден.", "en": "This part is done already."},
    "resumed": {
        "ru": "Продолжаем задачу, на которой вы остановились.",
        "en": "Here is the problem at which you stopped.",
    },
    "on": {"ru": "Enter — дальше, q — закончить: ", "en": "Enter goes on, q quits: "},
    "next": {
        "ru": "Enter — следующая задача, q — закончить: ",
        "en": "Enter for the next problem, q quits: ",
    },
    "all_right": {"ru": "Задача решена: всё верно.", "en": "The problem is done: all of it is right."},
    "marked_right": {
        "ru": "Задача пройдена: всё, что здесь проверяется, верно.",
        "en": "The problem is done: all that is marked here is right.",
    },
    "some_right": {
        "ru": "Задача пройдена: верных пунктов {right} из {count}.",
        "en": "The problem is done; parts that are right: {right} of {count}.",
    },
    "newer": {
        "ru": "В журнале есть события от более новой версии listok ({count}): они сохранены, но здесь не учтены.",
        "en": "The log holds events of a newer listok ({count}): they are kept, but not reckoned with here.",
    },
}


class _Quit(Exception):
    """The student has had enough."""


class _Next(Exception):
    """The student wants another problem."""


def moment() -> datetime.datetime:
    """Now, in local time with its offset, to the millisecond."""
    now = datetime.datetime.now().astimezone()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass
class Practice:
    """A student at a terminal. `run` ends when the student does, or the input does; what is due when is said then."""

    drill: Drill
    store: Store
    console: Console
    clock: Callable[[], datetime.datetime] = moment
    _told: str | None = None
    _extra: bool = False

    def __post_init__(self) -> None:
        self.drill.store = self.store.add
        self.drill.learn(self.store.news())
        unknown = sum(isinstance(event, Unknown) for event in self.drill.events)
        if unknown:
            self._line("newer", count=unknown)

    def run(self) -> None:
        """Problem after problem."""
        try:
            problem = self._unfinished() or self._next()
            while problem is not None:
                try:
                    self._solve(problem)
                    self._go_on("next")
                except _Next:
                    problem.leave(self.clock())
                problem = self._next()
        except (EOFError, KeyboardInterrupt):
            self.console.say()
        except _Quit:
            pass
        self.console.say()
        self._say(calendar(self.drill, self.clock().date()))

    def tell_progress(self) -> None:
        """Print how far the student is."""
        self._say(progress(self.drill, self.clock().date()))

    def _unfinished(self) -> Problem | None:
        """The problem at which the student stopped, if something of it is left to answer."""
        code = self.drill.unfinished()
        if code is None:
            return None
        problem = self.drill.resume(code)
        if {part.name for part in _marked(problem)} <= _done(problem, self.drill.events):
            problem.leave(self.clock())
            return None
        self._line("resumed")
        return problem

    def _next(self) -> Problem | None:
        self.drill.learn(self.store.news())
        now = self.clock()
        found = self.drill.next(now)
        if found is None:
            self.console.say()
            self.console.say(self._wrapped(WORDS["nothing"][self.drill.lang]))
            return None
        problem, chosen = found
        if chosen.ahead is not None and not self._extra:
            self._extra = True
            day = day_text(chosen.ahead, now.date(), self.drill.lang)
            self.console.say()
            self.console.say(self._wrapped(WORDS["extra"][self.drill.lang].format(day=day)))
        return problem

    # --- a problem --------------------------------------------------------------------------------------------------

    def _solve(self, problem: Problem) -> None:
        """Go through the parts of a problem that are not done yet."""
        lang = problem.lang
        minutes = max(1, round(problem.variant.effort / 60 * _asked_share(problem)))
        forms = ("минуты", "минут", "минут") if lang == "ru" else ("minute", "minutes")
        self.console.say()
        about = f"{minutes} {plural(minutes, forms, lang)}"
        number, level = problem.variant.exercise.number, problem.variant.level
        self._line("level", number=number, level=level, minutes=about, code=problem.code)
        self.console.say()
        self._say(problem.opening())
        done = _done(problem, self.drill.events)
        for part in problem.parts:
            self.console.say()
            self._ask_for(problem, part)
            if part.name in done:
                self.console.say()
                self._show_done(problem, part)
            else:
                self._part(problem, part)
        problem.leave(self.clock())
        marked = _marked(problem)
        right = sum(part.name in problem.tried and problem.tried[part.name].right for part in marked)
        self.console.say()
        all_right = "all_right" if len(marked) == len(problem.parts) else "marked_right"
        self._line(all_right if right == len(marked) else "some_right", right=right, count=len(marked))

    def _ask_for(self, problem: Problem, part: Part) -> None:
        blocks = problem.question(part.name)
        if len(problem.parts) > 1:
            blocks = (doc.ItemList((doc.ListItem(f"({part.letter})", blocks),)),)
        self._say(blocks)

    def _show_done(self, problem: Problem, part: Part) -> None:
        typed = problem.typed(part.name)
        if typed:
            self._line("yours", answer=shown_response(typed))
        self._line("done")

    def _part(self, problem: Problem, part: Part) -> None:
        """Take answers to a part until one is right or the student goes on; a solution may be read in peace."""
        typing = _Typing.of(problem, part)
        if self._told != typing.colon:
            self._told = typing.colon
            self.console.say()
            self._line("commands", **typing.letters)
            if typing.colon == ":":
                self._line("colon")
        self.console.say()
        tries = 0
        while True:
            match self._typed(part, typing):
                case _Command("hint"):
                    step = problem.hint(part.name, self.clock())
                    self._aside(step.content)
                    self.console.say()
                    if not step.more:
                        self._line("last")
                        return self._read(problem, part)
                case _Command("solution"):
                    self._aside(problem.solution(part.name, self.clock()))
                    return self._read(problem, part)
                case _Command("pass"):
                    problem.skip(part.name, self.clock())
                    return self._line("passed")
                case _Command("how"):
                    self._tell_how(problem, part, typing)
                case _Command():
                    self._line("which", **typing.letters)
                case str(typed):
                    mark = problem.answer(part.name, typed, self.clock())
                    self._verdict(mark, typing, tries)
                    tries += mark.read
                    if mark.right:
                        return None

    def _verdict(self, mark: Mark, typing: _Typing, tries: int) -> None:
        self._say(mark.said)
        if len(mark.said) > 1:
            self.console.say()
        if mark.outcome == "unreadable":
            self._line("unread", **typing.letters)
        elif not mark.right and mark.read and not tries:
            self._line("again", **typing.letters)

    def _typed(self, part: Part, typing: _Typing) -> str | _Command:
        """An answer, of several lines where it is a table, or a command."""
        rows: list[str] = []
        while True:
            prompt = typing.prompt if not rows else _WORDS["row"][self.drill.lang].format(row=len(rows) + 1)
            line = self.console.ask(prompt)
            command = typing.command(line)
            if command == _Command("quit"):
                raise _Quit
            if command == _Command("next"):
                raise _Next
            if command is not None:
                if rows:
                    self._line("dropped")
                return command
            if isinstance(part.key, Open):
                return _Command("solution")
            if rows and not line.strip():
                return "\n".join(rows)
            if not rows and _is_whole(line, part):
                return line
            rows.append(line)

    def _tell_how(self, problem: Problem, part: Part, typing: _Typing) -> None:
        self.console.say(self._wrapped(problem.how(part.name)))
        if isinstance(part.key, Matrix) and len(part.asked.right) > 1:
            self._line("rows")
        self._line("commands", **typing.letters)
        if typing.colon:
            self._line("colon")

    def _read(self, problem: Problem, part: Part) -> None:
        """Wait until a solution is read, where something else would come right after it."""
        if part is not problem.parts[-1]:
            self.console.say()
            self._go_on("on")

    def _go_on(self, word: str) -> None:
        """Wait until the student wants to go on."""
        while True:
            said = self.console.ask(_WORDS[word][self.drill.lang]).strip().casefold().removeprefix(":")
            match _SAME_KEYS.get(said, said):
                case "q":
                    raise _Quit
                case "" | "n":
                    return

    # --- what is said -----------------------------------------------------------------------------------------------

    def _say(self, blocks: Iterable[doc.Block]) -> None:
        width = self.console.width
        self.console.say(fitted(printer(self.drill.lang).blocks(tuple(blocks), width), width))

    def _aside(self, blocks: Iterable[doc.Block]) -> None:
        self.console.say()
        self._say(blocks)

    def _line(self, word: str, **values: object) -> None:
        self.console.say(self._wrapped(_WORDS[word][self.drill.lang].format(**values)))

    def _wrapped(self, text: str) -> str:
        text = text.replace(" —", "\N{NO-BREAK SPACE}—")  # no line begins with a dash
        return textwrap.fill(text, self.console.width, break_long_words=False, break_on_hyphens=False)


def _marked(problem: Problem) -> list[Part]:
    """The parts of a problem that are marked."""
    return [part for part in problem.parts if not isinstance(part.key, Open)]


def _asked_share(problem: Problem) -> float:
    """Which share of its points a problem asks for: a blueprint may leave parts out."""
    return float(sum(problem.points.values()) / sum(key.points for key in problem.variant.exercise.parts.values()))


def _done(problem: Problem, events: Iterable[Event | Unknown]) -> set[str]:
    """The parts of a problem that are right, passed over, or solved on the screen."""
    done = {name for name, tried in problem.tried.items() if tried.right}
    for event in in_order(events):
        if event.code == problem.code and (isinstance(event, Passed) or (isinstance(event, Helped) and event.whole)):
            done.add(event.part)
    return done


# --- what is typed ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Command:
    """What is asked for instead of an answer."""

    what: str


@dataclass(frozen=True)
class _Typing:
    """How a part is answered: the prompt, and the letters that its key could read as answers."""

    problem: Problem
    part: Part
    colon: str
    prompt: str

    @classmethod
    def of(cls, problem: Problem, part: Part) -> _Typing:
        colon = ":" if any(_reads(problem, part, letter) for letter in (*COMMANDS, *_SAME_KEYS, _LOOKS_LIKE_P)) else ""
        lang = problem.lang
        words = _WORDS["open" if isinstance(part.key, Open) else "answer"][lang]
        letter = f" ({part.letter})" if len(problem.parts) > 1 and not isinstance(part.key, Open) else ""
        return cls(problem, part, colon, f"{words}{letter} [{' '.join(colon + key for key in COMMANDS)}]: ")

    @property
    def letters(self) -> Mapping[str, str]:
        """The commands as they are typed here, for the words that name them."""
        return {"how" if key == "?" else key: self.colon + key for key in COMMANDS}

    def command(self, line: str) -> _Command | None:
        """The command that a line is; None where it is an answer."""
        text = line.strip().casefold()
        key = text.removeprefix(":")
        key = _SAME_KEYS.get(key, key)
        if self.colon and text == text.removeprefix(":") and key != "?":
            return None
        if key in COMMANDS:
            return _Command(COMMANDS[key])
        return _Command("which") if key == _LOOKS_LIKE_P else None


def _reads(problem: Problem, part: Part, letter: str) -> bool:
    """Whether a letter could be an answer to a part, right or wrong."""
    if isinstance(part.key, Open):
        return False
    (mark,) = mark_problem(
        problem.variant, {part.name: part.points}, {part.name: Response(letter)}, (problem.lang,)
    )  # fmt: skip
    return mark.outcome != "unreadable" or (mark.reason is not None and mark.reason.id == "unclear_alphabet")


_ROWS = re.compile(r"[)\]}]\s*[,;]?\s*[(\[{]")
"""Between two rows in brackets."""


def _is_whole(line: str, part: Part) -> bool:
    """Whether a line holds a whole answer: all but the first row of a table."""
    if not isinstance(part.key, Matrix) or len(part.asked.right) == 1:
        return True
    return not any(map(str.isnumeric, line)) or bool(re.search(r"[;\n]", line) or _ROWS.search(line))
