"""The page of a drill in a real browser, opened as a file, with no network: it marks as `listok grade` does."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import drill_player as player
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from listok.drill import engine
from listok.drill.onefile import PRINTED, make_page
from listok.drill.session import Scope, Task
from listok.generators.bank import find, variant_of
from listok.generators.codes import DRILL_SEEDS, VariantCode, read_code
from listok.templates import html
from listok.templates.text import Filled, Lang
from listok.workers.pool import in_process

# Among them are all kinds of answers, answers that build on others, parts that are not marked, tables and figures.
FIELDS = ((22, 1), (24, 2), (5, 3), (2, 1))
ASKED = ((10, 2), (12, 1), (15, 2), (23, 1), (25, 3), (48, 2))
SEEDS = 10


HASTY = """() => {
  const form = document.querySelector(".part form:has(input[type=text])");
  for (const input of form.querySelectorAll("input[type=text]")) input.value = "1";
  form.requestSubmit();
  const rows = [...form.querySelectorAll("tr")].map((row) => row.querySelectorAll("input").length);
  return [form.closest(".part").dataset.part, document.body.dataset.engine, rows.length ? rows : [1]];
}"""
"""Answers the first part that takes what is typed: with ones."""

ESCAPES = """async () => {
  const blocked = [];
  document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
  const put = (tag, attributes) => document.body.append(Object.assign(document.createElement(tag), attributes));
  const handler = () => {
    document.body.insertAdjacentHTML("beforeend", "<p onclick='window.leaked = 1' id='bad'>x</p>");
    document.getElementById("bad").click();
  };
  const escapes = [
    () => fetch("https://example.org/"),
    () => navigator.sendBeacon("https://example.org/", "x"),
    () => new WebSocket("wss://example.org/"),
    () => put("img", { src: "https://example.org/a.png" }),
    () => put("iframe", { src: "https://example.org/" }),
    () => put("script", { textContent: "window.leaked = 2" }),
    () => new Function("window.leaked = 3")(),
    handler,
  ];
  setTimeout(async () => { for (const escape of escapes) { try { await escape(); } catch {} } }); // not as a debugger
  await new Promise((done) => setTimeout(done, 500));
  return { blocked, leaked: window.leaked ?? null };
}"""
"""Ways out of a page, and ways to run what is not its own."""


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of a few exercises, made once for all processes that test."""
    player.need(engine.PATH.exists(), "no engine of pages: make drill")
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    made = shared / "drill.html"
    with (shared / "drill.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            make_page(made, Scope(tuple(Task(*place) for place in (*FIELDS, *ASKED))), in_process(), seeds=SEEDS)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    player.need(player.chromium() is not None, "no chromium: make chromium")
    with player.browser() as started:
        yield started


@pytest.fixture(scope="module")
def visit(browser: Browser, path: Path) -> Iterator[player.Visit]:
    """The page with its engine started, for tests that do not mind what was done in it before."""
    with player.Visit.to(browser, path, reduced_motion="reduce") as opened:
        opened.ready()
        yield opened


def test_fields_give_the_marks_of_grade(visit: player.Visit) -> None:
    count = 0
    for turn, (number, level) in enumerate(FIELDS):
        visit.speak(("ru", "en")[turn % 2])
        count += player.play(visit, visit.choose(number, level), turn)
    assert count > 50


def test_the_engine_gives_the_marks_of_grade(browser: Browser, path: Path) -> None:
    """What the page's script asks the engine for, for more exercises than there is time to play."""
    langs: tuple[Lang, ...] = ("ru", "en")
    with player.Visit.to(browser, path) as visit:
        visit.ready()
        for lang in langs:
            for number, level in (*FIELDS, *ASKED):
                assert player.compare(visit, find(number).variant(DRILL_SEEDS[SEEDS - 1], level), lang) > 10


def test_the_first_problem_is_there_before_the_engine_and_takes_answers(browser: Browser, path: Path) -> None:
    with player.Visit.to(browser, path) as visit:
        visit.page.wait_for_selector(".part")
        part, engine_then, rows = visit.page.evaluate(HASTY)
        assert visit.page.evaluate("firstProblem.engine") == "off"
        assert engine_then in ("off", "starting")
        section = visit.page.locator(f"section[data-part='{part}']")
        section.locator("form:not([data-busy])").wait_for()  # for the engine
        sent = "\n".join("; ".join(["1"] * cells) for cells in rows)
        wanted = player.expected(visit.variant(), {}, part, sent, visit.lang)
        verdict = section.locator("[data-verdict]")
        assert tuple(verdict.get_attribute(f"data-{name}") for name in ("outcome", "share", "mistake")) == wanted


def test_the_first_problem_does_not_wait_for_the_rest_of_the_page(browser: Browser, path: Path) -> None:
    """Over a slow line: the page's first 200 kB put it on the screen, and a page that was cut off says so."""
    text = path.read_text(encoding="utf-8")
    head, mark, _ = text.partition('<script type="text/plain" id="drill-printed">')
    assert mark
    assert len(head.encode()) < 250_000
    cut = path.with_name("cut.html")
    cut.write_text(head, encoding="utf-8")
    with player.Visit.to(browser, cut) as visit:
        visit.page.wait_for_selector(".part")
        visit.page.wait_for_selector("body[data-engine=failed]")
        assert "the page is not whole" in visit.page.inner_text("#notices")


def test_a_page_opened_again_goes_on(browser: Browser, path: Path) -> None:
    with player.Visit.to(browser, path) as visit:
        visit.ready()
        variant = visit.choose(5, 3)
        part = player.marked_parts(variant)[0]
        _, right = player.typed_answers(variant, part, visit.lang)
        visit.answer(variant, part, right[0])
        visit.page.reload(wait_until="commit")
        visit.ready()
        assert visit.variant().code == variant.code
        verdict = visit.page.locator(f"section[data-part='{part}'] [data-verdict]")
        assert verdict.get_attribute("data-outcome") == "right"


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wrong_for_those_who_cannot_see(visit: player.Visit, width: int, look: str) -> None:
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.page.select_option("#look", look)
    visit.speak("ru" if look == "light" else "en")
    for place in FIELDS:
        part = player.marked_parts(visit.choose(*place))[0]
        visit.page.click(f"[data-do=hint][data-part={part}]")
        visit.page.wait_for_selector(f"[data-part={part}] .step")
        look_into(visit)
    for dialog in ("choose", "progress", "help", "about"):
        visit.page.click(f"[data-dialog={dialog}]")
        look_into(visit)
        visit.page.keyboard.press("Escape")


def look_into(visit: player.Visit) -> None:
    visit.is_looked_into = True
    found = Axe().run(visit.page)
    assert not found.response["violations"], found.generate_report()


def test_no_key_of_a_printed_problem_is_in_the_page(path: Path) -> None:
    """Nothing that a key prints of them stands there: no answer, solution, rubric, mistake or reason of an option."""
    printed = json.loads(player.packed(path, "drill-printed"))
    assert len(printed) == 2 * PRINTED * len((*FIELDS, *ASKED))
    plain = re.sub(r">[A-Za-z0-9+/=]{1000,}<", "><", path.read_text(encoding="utf-8"))
    text = plain + json.dumps(printed, ensure_ascii=False)
    assert {key for problem in printed for key in problem} == {
        "code", "number", "level", "topic", "title", "lang", "minutes", "opening", "parts",
    }  # fmt: skip
    assert {key for problem in printed for part in problem["parts"] for key in part} == {
        "part", "letter", "kind", "points", "question", "options", "items", "rows", "columns", "how",
    }  # fmt: skip
    hidden = 0
    for problem in printed:
        code = read_code(problem["code"])
        assert isinstance(code, VariantCode)
        filled, printer = Filled(variant_of(code), problem["lang"]), html.printer(problem["lang"])
        for part, words in filled.text.parts.items():
            secrets = [*words.solution, *words.rubric]
            for sentences in words.mistakes.values():
                secrets += sentences
            for block in filled.blocks(tuple(secrets)):
                secret = printer.blocks((block,)).strip()
                if len(secret) > 40:  # a short formula may be what the question asks about
                    hidden += 1
                    assert secret not in text, (code, part)
                    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in text, (code, part)
            for option in filled.variant.options(part):
                reason = filled.option(part, option).reason if filled.text.parts[part].option(option) else ()
                if reason:
                    assert printer.inlines(reason) not in text
    assert hidden > 100


def test_the_policy_lets_nothing_out_and_evaluates_nothing(browser: Browser, path: Path) -> None:
    with player.Visit.to(browser, path) as visit:
        visit.ready()
        tried = visit.page.evaluate(ESCAPES)
        assert tried["leaked"] is None
        assert {"connect-src", "img-src", "script-src-elem", "script-src-attr", "frame-src"} <= set(tried["blocked"])
        visit.complaints.clear()  # the browser complained of each
        visit.requests[:] = [url for url in visit.requests if "example.org" not in url]


def test_what_students_type_is_text(visit: player.Visit) -> None:
    """Markup and programs stay what they are: nothing of them is run or shown as markup."""
    variant = visit.choose(2, 1)
    for typed in ("<img src=x onerror=alert(1)>", "__import__('js').eval('1')", "${alert(1)}", "]]>&amp;\u202e"):
        for part in player.marked_parts(variant):
            visit.answer(variant, part, typed)
            visit.page.wait_for_timeout(400)  # what was read is shown a moment later
    assert visit.page.locator("img").count() == 0
    assert visit.page.locator("section script").count() == 0


def test_licences_of_all_that_the_page_carries_stand_in_it(visit: player.Visit, path: Path) -> None:
    visit.page.click("[data-dialog=about]")
    shown = visit.page.text_content("#about .licences") or ""
    visit.page.keyboard.press("Escape")
    names, _, _ = player.packed(path, "libraries.tree").partition(b"\n")
    libraries = {name.partition("/")[0].removesuffix(".pyc") for name, _ in json.loads(names)}
    assert "msgspec" in libraries
    told = shown.lower()
    for library in libraries:
        assert library in told or f"{library}_py" in told, library
    for words in ("Mozilla Public License", "PYTHON SOFTWARE FOUNDATION LICENSE", "listok", "pyodide/pyodide"):
        assert words.lower() in told, words


def test_variants_come_from_verified_seeds_and_do_not_return(visit: player.Visit) -> None:
    """The last test of the page: nothing is left of this exercise afterwards."""
    codes = [visit.choose(10, 2).code]
    for _ in range(SEEDS - 1):
        codes.append(visit.next().code)
    assert len(set(codes)) == SEEDS
    for code in map(read_code, codes):
        assert isinstance(code, VariantCode)
        assert code.seed in DRILL_SEEDS[:SEEDS]
    visit.page.click("[data-do=next]")
    visit.page.wait_for_selector("#problem:not(:has(.part))")
    assert visit.page.inner_text("#problem").strip()  # it says that all variants were met
