"""The page's side of a drill: requests and responses as JSON, so that the page's script knows nothing of listok.

A request says what to `do`; a response holds what to show, as HTML, and in `log` the lines that the page must store
before it shows anything. What cannot be done is a response with a `fault` of one line. Nothing that a student types is
evaluated, and no response to an answer tells more than a drill in the terminal does.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from listok.answerkeys.items import Part
from listok.drill.events import Event, Header, Unknown, line_of, lines, new_header, read_log
from listok.drill.progress import day_text, progress
from listok.drill.session import Drill, DrillError, Pool, Problem, Scope, Task, cells_text
from listok.drill.words import WORDS
from listok.generators.bank import sources
from listok.generators.messages import MessageError
from listok.generators.values import ListokError, one_line
from listok.templates import doctree as doc
from listok.templates import html
from listok.templates.plurals import plural
from listok.templates.sheet import question
from listok.templates.text import Lang

Json = dict[str, Any]


def problem_data(problem: Problem) -> Json:
    """A problem as the page shows it: no key is in it."""
    exercise, printer = problem.variant.exercise, html.printer(problem.lang)
    return {
        "code": problem.code,
        "number": exercise.number,
        "level": problem.variant.level,
        "topic": exercise.topic,
        "title": problem.item.title,
        "lang": problem.lang,
        "minutes": round(exercise.minutes[problem.variant.level - 1]),
        "opening": printer.blocks(problem.opening()),
        "parts": [_part_data(problem, part) for part in problem.parts],
    }


def _part_data(problem: Problem, part: Part) -> Json:
    printer = html.printer(problem.lang)
    rows, columns = problem.shape(part.name) or (0, 0)
    return {
        "part": part.name,
        "letter": part.letter,
        "kind": part.key.kind,
        "points": int(part.points),
        "question": printer.blocks(question(part.filled, part.name)[0]),
        "options": [{"letter": option.letter, "html": printer.inlines(option.words)} for option in part.options],
        "items": [printer.inlines((term,)) for term in part.terms],
        "rows": rows,
        "columns": columns,
        "how": problem.how(part.name, cells=rows > 0),
    }


class Page:
    """One page at work: the student's log, the drill, and the problem on the screen."""

    def __init__(self) -> None:
        self._drill: Drill | None = None
        self._header: Header | None = None
        self._problem: Problem | None = None
        self._all = Scope(())
        self._new: list[str] = []
        self._first: Lang = "en"

    def handle(self, request: str) -> str:
        """Answer a request of the page."""
        self._new = []
        try:
            asked = msgspec.json.decode(request)
            if not isinstance(asked, dict) or not isinstance(asked.get("do"), str):
                raise DrillError("no request")
            do = getattr(self, f"do_{asked['do']}", None)
            if do is None:
                raise DrillError(f"no request {asked['do']!r}")
            response = do(asked)
        except MessageError as error:
            response = {"fault": error.message.sentence(self._lang)}
        except (ListokError, msgspec.MsgspecError, LookupError, TypeError, ValueError) as error:
            response = {"fault": one_line(str(error) or type(error).__name__)}
        return msgspec.json.encode({**response, "log": self._new}).decode()

    @property
    def _lang(self) -> Lang:
        return self._drill.lang if self._drill else self._first

    # --- the drill as a whole ---------------------------------------------------------------------------------------

    def do_start(self, asked: Json) -> Json:
        """Begin with the log that the page has stored, or a new one."""
        self._drill, self._first = None, _lang(asked["lang"])
        stored = [str(line) for line in asked["lines"]]
        known: Sequence[Event | Unknown] = ()
        if stored:
            self._header, known = read_log(stored)
        else:
            self._header = new_header()
            self._new.append(line_of(self._header))
        scope = asked["scope"]
        self._all = Scope(
            tuple(Task(number, level, None if parts is None else tuple(parts))
                  for number, level, parts in scope["tasks"]),
            bool(scope["rising"]),
        )  # fmt: skip
        self._drill = Drill(self._header.student, list(known), self._all, self._first,
                            pool=Pool(_pool(asked["pool"]), check=lambda variant: None), store=self._store)  # fmt: skip
        return {"student": self._header.student, **self._due(asked)}

    def _store(self, event: Event) -> None:
        self._new.append(line_of(event))

    @property
    def drill(self) -> Drill:
        """The drill at work; raises `DrillError` before `start`."""
        if self._drill is None:
            raise DrillError("the drill has not been started")
        return self._drill

    @property
    def problem(self) -> Problem:
        """The problem on the screen; raises `DrillError` where there is none."""
        if self._problem is None:
            raise DrillError("no problem is on the screen")
        return self._problem

    def _due(self, asked: Json) -> Json:
        return {"due": len(self.drill.due(_moment(asked).date()))} if "now" in asked else {}

    def do_choose(self, asked: Json) -> Json:
        """Narrow what is asked to some exercises, a topic, a level; or say the language."""
        numbers, topic, level = asked.get("numbers"), asked.get("topic"), asked.get("level")
        names = sources()

        def wanted(task: Task) -> bool:
            return (
                (numbers is None or task.number in numbers)
                and (level is None or task.level == level)
                and (topic is None or (task.number in names and names[task.number].topic == topic))
            )

        self.drill.scope = Scope(tuple(filter(wanted, self._all.tasks)), self._all.rising and level is None)
        if "lang" in asked:
            self.drill.lang = _lang(asked["lang"])
        return self._due(asked)

    def do_progress(self, asked: Json) -> Json:
        """Progress as HTML."""
        now = _moment(asked)
        blocks = progress(self.drill, now.date())
        return {"html": html.printer(self._lang).blocks(blocks), "due": len(self.drill.due(now.date()))}

    def do_export(self, asked: Json) -> Json:
        """All lines of the log."""
        assert self._header is not None
        return {"lines": lines(self._header, self.drill.events)}

    def do_import(self, asked: Json) -> Json:
        """Take in another log: what is not known yet."""
        _, events = read_log([str(line) for line in asked["lines"]])
        before = len(self.drill.events)
        taken = self.drill.learn(events)
        self._new += map(line_of, self.drill.events[before:])
        met = len(events) - taken
        forms = ("запись", "записи", "записей") if self._lang == "ru" else ("event", "events")
        said = WORDS["imported"][self._lang].format(new=f"{taken} {plural(taken, forms, self._lang)}", known=met)
        return {"said": said, **self._due(asked)}

    # --- a problem --------------------------------------------------------------------------------------------------

    def do_next(self, asked: Json) -> Json:
        """The next problem."""
        now = _moment(asked)
        found = self.drill.next(now)
        if found is None:
            return {"problem": None, "said": WORDS["nothing"][self._lang]}
        self._problem, chosen = found
        said = ""
        if chosen.ahead is not None:
            said = WORDS["extra"][self._lang].format(day=day_text(chosen.ahead, now.date(), self._lang))
        return {"problem": problem_data(self._problem), "said": said, **self._due(asked)}

    def do_ahead(self, asked: Json) -> Json:
        """The problem that comes next, to be stored: the page may begin with it before the engine is ready."""
        found = self.drill.ahead(_moment(asked))
        return {"problem": problem_data(found[0]) if found else None}

    def do_open(self, asked: Json) -> Json:
        """A problem of the pool by its code, such as one that was printed into the page.

        One that was shown before goes on with what was typed.
        """
        code, now = str(asked["code"]), _moment(asked)
        if "lang" in asked:
            self.drill.lang = _lang(asked["lang"])
        if self.drill.was_shown(code):
            self._problem = self.drill.resume(code)
        else:
            self._problem = self.drill.open(code, now)
        typed = {"tried": self._tried(), "helped": self._helped()}
        return {"problem": problem_data(self._problem), **typed, **self._due(asked)}

    def do_unfinished(self, asked: Json) -> Json:
        """The code of the problem that was left unfinished, if any."""
        return {"code": self.drill.unfinished()}

    def _tried(self) -> Json:
        """What was typed so far for the problem on the screen, by part."""
        return {
            part: {
                "typed": self.problem.typed(part),
                "outcome": tried.outcome,
                "share": tried.share,
                "right": tried.right,
                "mistake": tried.mistake,
                "said": html.printer(self.problem.lang).blocks(self.problem.said(tried)),
            }
            for part, tried in self.problem.tried.items()
        }

    def _helped(self) -> Json:
        """The steps of solutions that were shown so far for the problem on the screen, by part; where these are all,
        the whole solution as well."""
        printer, found = html.printer(self.problem.lang), {}
        for part in self.problem.parts:
            steps = self.problem.helped(part.name)
            if steps:
                whole = "" if steps[-1].more else printer.blocks(self.problem.whole(part.name))
                shown = [printer.blocks(step.content) for step in steps]
                found[part.name] = {"steps": shown, "more": steps[-1].more, "solution": whole}
        return found

    def do_preview(self, asked: Json) -> Json:
        """What is read in an answer while it is typed."""
        read = self.problem.preview(str(asked["part"]), _typed(asked))
        return {"read": html.printer(self._lang).inlines((read,))}

    def do_answer(self, asked: Json) -> Json:
        """The verdict on an answer."""
        mark = self.problem.answer(str(asked["part"]), _typed(asked), _moment(asked))
        return {
            "outcome": mark.outcome,
            "share": str(mark.share),
            "right": mark.right,
            "read": mark.read,
            "mistake": mark.mistake,
            "said": html.printer(self._lang).blocks(mark.said),
        }

    def do_hint(self, asked: Json) -> Json:
        """The next step of a solution."""
        step = self.problem.hint(str(asked["part"]), _moment(asked))
        return {"html": html.printer(self._lang).blocks(step.content), "more": step.more}

    def do_solution(self, asked: Json) -> Json:
        """All of a solution."""
        blocks: tuple[doc.Block, ...] = self.problem.solution(str(asked["part"]), _moment(asked))
        return {"html": html.printer(self._lang).blocks(blocks)}

    def do_skip(self, asked: Json) -> Json:
        """Pass over a part."""
        self.problem.skip(str(asked["part"]), _moment(asked))
        return {}

    def do_leave(self, asked: Json) -> Json:
        """Be done with the problem."""
        self.problem.leave(_moment(asked))
        return self._due(asked)


def _lang(text: object) -> Lang:
    if text == "ru":
        return "ru"
    if text == "en":
        return "en"
    raise DrillError(f"no language {text!r}")


def _moment(asked: Json) -> datetime.datetime:
    """When the student did something, as the page's clock says it, with its offset from UTC."""
    now = datetime.datetime.fromisoformat(str(asked["now"]))
    if now.tzinfo is None:
        raise DrillError("a moment without its offset from UTC")
    return now


def _typed(asked: Json) -> str:
    """What was typed, in one line or cell by cell."""
    if "cells" in asked:
        return cells_text([[str(cell) for cell in row] for row in asked["cells"]])
    return str(asked["typed"])


def _pool(asked: Json) -> Mapping[tuple[int, int], Sequence[int]]:
    """The verified seeds by exercise and level: the first, how many, and those that are left out."""
    found: dict[tuple[int, int], Sequence[int]] = {}
    for place, (first, count, bad) in asked.items():
        number, _, level = place.partition(".")
        seeds = range(first, first + count)
        found[int(number), int(level)] = [seed for seed in seeds if seed not in bad] if bad else seeds
    return found


_PAGE = Page()


def handle(request: str) -> str:
    """Answer a request, as the page's worker brings it."""
    return _PAGE.handle(request)
