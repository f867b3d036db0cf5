"""Plays a drill's page in a real browser, through its own fields, and says what `listok grade` would."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import json
import os
import re
import shutil
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from listok.answerkeys.marking.grading import Response, mark_problem
from listok.drill.session import Problem, Scope
from listok.generators.answers import (
    ENGLISH_LETTERS,
    RUSSIAN_LETTERS,
    AnyKey,
    Choice,
    Choices,
    Matching,
    Matrix,
    Open,
    Vector,
)
from listok.generators.bank import variant_of
from listok.generators.codes import DRILL_SEEDS, VariantCode, read_code
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyVariant
from listok.templates.text import Lang

SECONDS = 180
"""How long anything may take on a busy machine."""

NOON = {"now": "2026-11-30T12:00:00.000+03:00"}

WATCH = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(".part")) return;
  window.firstProblem = { after: performance.now(), engine: document.body.dataset.engine };
  observer.disconnect();
  const open = window.openEngine;
  window.openEngine = (report) => open(report).then((ask) => (window.askEngine = ask));
}).observe(document, { childList: true, subtree: true });
"""
"""Run before the page's own script: notes when the first problem is there, and keeps the way to the engine."""


def need(there: bool, what: str) -> None:
    """Skip where something is missing; where everything must be tested, fail."""
    if not there:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


def chromium() -> str | None:
    """Debian's browser, if it is installed."""
    return shutil.which("chromium")


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A browser that can reach no address."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]
        )
        yield started
        started.close()


@dataclass
class Visit:
    """A page that was opened as a file: what it asked for, and what its browser complained of."""

    page: Page
    path: Path
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    is_looked_into: bool = False
    """Whether axe was run: it tries to put styles of its own into the page, of which the browser complains."""

    @classmethod
    @contextlib.contextmanager
    def to(cls, browser: Browser, path: Path, **options: Any) -> Iterator[Visit]:
        """Open a page; at the end it has asked for nothing but itself, and nothing was complained of."""
        context = browser.new_context(offline=True, **options)
        context.set_default_timeout(1000 * SECONDS)
        context.add_init_script(WATCH)
        visit = cls(context.new_page(), path)
        visit.page.on("request", lambda request: visit.requests.append(request.url))
        visit.page.on("console", lambda message: visit.complaints.append(f"{message.type}: {message.text}"))
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on("crash", lambda _: visit.complaints.append("crashed"))
        visit.page.goto(path.as_uri(), wait_until="commit")
        yield visit
        context.close()
        foreign = [url for url in visit.requests if url != path.as_uri() and not url.startswith("blob:null/")]
        assert not foreign, foreign
        own = [each for each in visit.complaints if not (visit.is_looked_into and "Applying inline style" in each)]
        assert not own, own

    def ready(self) -> None:
        """Wait for the engine."""
        self.page.wait_for_selector("body[data-engine=ready], body[data-engine=failed]", state="attached")
        assert self.page.get_attribute("body", "data-engine") == "ready", self.page.inner_text("#notices")

    # --- through the page's own fields ------------------------------------------------------------------------------

    @property
    def lang(self) -> Lang:
        return "ru" if self.page.get_attribute("html", "lang") == "ru" else "en"

    def speak(self, lang: Lang) -> None:
        """Change the page's language by its button."""
        if self.lang != lang:
            self.page.click("#language")
            self.page.wait_for_selector(f"#problem[lang={lang}] .part")

    def choose(self, number: int, level: int) -> AnyVariant:
        """Ask for an exercise at a level in the dialog, and wait for its problem."""
        self.page.click("[data-dialog=choose]")
        for box in self.page.query_selector_all("#choose input[name=number]:checked"):
            box.uncheck()
        self.page.check(f"#choose input[name=number][value='{number}']")
        self.page.check(f"#choose input[name=level][value='{level}']")
        self.page.click("#choose button[value=chosen]")
        return self._await(lambda code: (code.number, code.level) == (number, level))

    def next(self) -> AnyVariant:
        """Go on to the next problem."""
        before = read_code(self.page.inner_text("#problem .about code"))
        self.page.click("[data-do=next]")
        return self._await(lambda code: code != before)

    def _await(self, wanted: Any) -> AnyVariant:
        for _ in range(20 * SECONDS):
            code = read_code(self.page.inner_text("#problem .about code"))
            if isinstance(code, VariantCode) and wanted(code):
                return variant_of(code)
            self.page.wait_for_timeout(50)
        raise AssertionError("the problem does not come")

    def variant(self) -> AnyVariant:
        """The variant on the screen."""
        return self._await(lambda code: True)

    def answer(self, variant: AnyVariant, part: str, typed: str) -> tuple[str, str, str, str]:
        """Type an answer into a part's fields and have it checked: what was typed, as the page takes it, and the
        outcome, share and mistake that the page says; the outcome "note" where the page asks for an answer first."""
        section = self.page.locator(f"section[data-part='{part}']")
        sent = fill(section, variant, part, typed, self.lang)
        section.locator("[data-do=answer]").click()
        section.locator("form:not([data-busy])").wait_for()
        verdict = section.locator("[data-verdict]")
        said = (verdict.get_attribute(f"data-{name}") or "" for name in ("outcome", "share", "mistake"))
        return (sent, *said)

    # --- as the page's script does ----------------------------------------------------------------------------------

    def ask(self, *requests: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Have the engine answer requests, one after another."""
        script = (
            "async (all) => { const said = []; for (const each of all) said.push(await askEngine(each)); return said }"
        )
        return [json.loads(said) for said in self.page.evaluate(script, [json.dumps(each) for each in requests])]


def fill(section: Any, variant: AnyVariant, part: str, typed: str, lang: Lang) -> str:
    """Type or pick an answer; gives it as one line, as the page sends it."""
    key = variant.exercise.parts[part]
    match key:
        case Choice() | Choices():
            letters = re.findall(r"\w|—", typed)
            for box in section.locator("input").all():
                if box.get_attribute("type") == "radio":
                    if box.get_attribute("value") in letters:
                        box.check()
                else:
                    box.set_checked(box.get_attribute("value") in letters)
            picked = [box.get_attribute("value") for box in section.locator("input:checked").all()]
            return ", ".join(picked)
        case Matching():
            letters = typed.split()
            for select, letter in zip(section.locator("select").all(), letters, strict=True):
                select.select_option(letter)
            return ", ".join(f"{place}-{letter}" for place, letter in enumerate(letters, 1))
        case Vector() | Matrix():
            asked = variant.asked(part).right
            height, width = (1, len(asked)) if isinstance(key, Vector) else (len(asked), len(asked[0]))
            given = cells_of(key, typed)
            in_line = len(given) > height or any(len(row) > width for row in given)
            if in_line != section.locator("input:not([data-row])").is_visible():
                section.locator("[data-do=line]").click()
            if in_line:
                section.locator("input:not([data-row])").fill(typed.replace("\n", "; "))
                return typed.replace("\n", "; ")
            rows = [[row[place].strip() if place < len(row) else "" for place in range(width)]
                    for row in (given + [[]] * height)[:height]]  # fmt: skip
            for box in section.locator("input[data-row]").all():
                row, column = (int(box.get_attribute(f"data-{name}")) for name in ("row", "column"))
                box.fill(rows[row - 1][column - 1])
            if not any(map(any, rows)):
                return ""
            return "\n".join("; ".join(cell or "-" for cell in row) for row in rows)
        case _:
            section.locator("input[type=text]").fill(typed)
            return typed


def cells_of(key: AnyKey, typed: str) -> list[list[str]]:
    """An answer in one line, cell by cell."""
    bare = typed.strip().strip("()")
    if isinstance(key, Vector):
        return [bare.split(";")]
    return [re.split(r",\s", row.strip("() ")) for row in re.split(r"[;\n]", bare)]


def typed_answers(variant: AnyVariant, part: str, lang: Lang) -> tuple[list[str], list[str]]:
    """Answers to type into a part: those that are wrong, mistaken, partly right or cannot be read, and the right ones,
    with commas and points."""
    key, asked = variant.exercise.parts[part], variant.asked(part)
    alphabet = RUSSIAN_LETTERS if lang == "ru" else ENGLISH_LETTERS
    if isinstance(key, (Choice, Choices, Matching)):
        names = (asked.right,) if isinstance(key, Choice) else asked.right
        letters = dict(zip(asked.options, alphabet, strict=False))
        right = " ".join(letters[name] for name in asked.options if name in names) or "—"
        if isinstance(key, Matching):
            right = " ".join(letters[name] for name in names)
            turned = [asked.options[(asked.options.index(name) + 1) % len(asked.options)] for name in names]
            wrong = [" ".join(letters[name] for name in turned), " ".join(letters[asked.options[0]] for _ in names)]
        elif isinstance(key, Choice):
            wrong = [letters[name] for name in asked.options if name != asked.right]
        else:
            others = [name for name in asked.options if name not in names]
            wrong = [" ".join(letters[name] for name in others) or "—", " ".join(letters[n] for n in asked.options)]
        return [answer for answer in dict.fromkeys(wrong) if answer != right], [right]
    samples = key.samples(asked)
    off = [answer.replace(".", ",") for answer in samples.wrong]
    right = [answer for answer in samples.right if "\n" not in answer]
    return list(dict.fromkeys((*samples.malformed, *samples.wrong, *off))), list(dict.fromkeys(right))


def expected(variant: AnyVariant, before: Mapping[str, str], part: str, typed: str, lang: Lang) -> tuple[str, str, str]:
    """Outcome, share and mistake of an answer as `listok grade` marks it, in the light of those `before`."""
    points = {name: Fraction(key.points) for name, key in variant.exercise.parts.items()}
    responses = {name: Response(answer) for name, answer in {**before, part: typed}.items()}
    marks = mark_problem(variant, points, responses, (lang,))
    mark = next(mark for mark in marks if mark.part == part)
    return mark.outcome, str(mark.score), mark.mistake or ""


def play(visit: Visit, variant: AnyVariant, turn: int, every: int = 3) -> int:
    """Answer all parts of a problem, wrongly, unreadably and at last rightly; each is marked as `listok grade` does.
    Of the wrong answers one in `every` is given. Says how many answers were given."""
    before: dict[str, str] = {}
    count = 0
    for part in marked_parts(variant):
        wrong, right = typed_answers(variant, part, visit.lang)
        for typed in (*wrong[turn % every :: every], right[turn % len(right)]):
            sent, *said = visit.answer(variant, part, typed)
            count += 1
            if not sent.strip():
                assert said[0] in ("note", "missing"), (part, typed, said)
                continue
            wanted = expected(variant, before, part, sent, visit.lang)
            assert tuple(said) == wanted, (variant.code, part, sent)
            if wanted[0] not in ("missing", "unreadable"):
                before[part] = sent
    return count


def start(visit: Visit, scope: Scope, seeds: int) -> None:
    """Have the engine begin a new log."""
    pool = {f"{task.number}.{task.level}": [DRILL_SEEDS.start, seeds, []] for task in scope.tasks}
    tasks = [[task.number, task.level, task.parts] for task in scope.tasks]
    asked = {"do": "start", "lines": [], "lang": "ru", "scope": {"tasks": tasks, "rising": scope.rising}, "pool": pool}
    (response,) = visit.ask({**asked, **NOON})
    assert "student" in response, response


def compare(visit: Visit, variant: AnyVariant, lang: Lang) -> int:
    """Open a problem, have the page's engine and the terminal's problem mark every answer to type into each of its
    parts, and compare both with `expected`. Gives how many answers were compared."""
    requests: list[dict[str, Any]] = [{"do": "open", "code": variant.code, "lang": lang, **NOON}]
    given = [
        (part, typed)
        for part in marked_parts(variant)
        for answers in typed_answers(variant, part, lang)
        for typed in answers
    ]
    requests += [{"do": "answer", "part": part, "typed": typed, **NOON} for part, typed in given]
    opened, *marks = visit.ask(*requests, {"do": "leave", **NOON})
    assert opened.get("problem"), opened
    before: dict[str, str] = {}
    terminal = Problem(variant, lang, None, lambda event: None)
    for (part, typed), mark in zip(given, marks, strict=False):
        assert "fault" not in mark, (variant.code, part, typed, mark)
        wanted = expected(variant, before, part, typed, lang)
        assert (mark["outcome"], mark["share"], mark["mistake"] or "") == wanted, (variant.code, part, typed, mark)
        said = terminal.answer(part, typed, datetime.datetime.fromisoformat(NOON["now"]))
        assert (said.outcome, str(said.share), said.mistake or "") == wanted, (variant.code, part, typed, said)
        if mark["read"]:
            before[part] = typed
    return len(given)


def marked_parts(variant: AnyVariant) -> list[str]:
    """The parts that are marked."""
    return [part for part, key in variant.exercise.parts.items() if not isinstance(key, Open)]


def packed(path: Path, name: str) -> bytes:
    """What a page holds under a name, unpacked."""
    found = re.search(rf'<script type="text/plain" (?:id|data-engine)="{re.escape(name)}">([^<]*)</script>',
                      path.read_text(encoding="utf-8"))  # fmt: skip
    assert found, name
    return gzip.decompress(b64decode(found[1]))
