"""The drill's page in a real browser, from `file://`, on `browser.handle` itself in place of the worker: fields,
keyboard, what is kept, two tabs, hostile text, looks."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import drill_player as player
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

import listok.drill
from listok.answerkeys.marking.grading import Response, mark_problem
from listok.drill import browser as engine
from listok.drill.onefile import SCRIPTS
from listok.drill.words import TOPICS
from listok.generators.answers import Choice, Choices, Matching, Matrix, Open, Vector
from listok.generators.bank import find, sources, variant_of
from listok.generators.codes import DRILL_SEEDS, VariantCode, read_code
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyVariant
from listok.templates.sheet import letters
from listok.templates.text import Lang

FOLDER = Path(listok.drill.__file__).parent / "page"
NUMBERS = (14, 6, 22, 40)
"""Exercises that have parts of every kind."""

STAND_IN = """"use strict";
async function openEngine(report) {
  report(null);
  while (window.heldBack) { report(0.4); await new Promise((resolve) => setTimeout(resolve, 20)); }
  if (window.unable) throw new Error("no memory");
  return (request) => handle(request);
}
const unpackPrinted = async () => data.printed;
"""
"""In place of the script that loads the engine: `handle` is Python's, given to the page by Playwright."""


def variant(number: int, level: int = 1, place: int = 0) -> AnyVariant:
    return find(str(number)).variant(DRILL_SEEDS[place], level)


@functools.cache
def page_data(numbers: tuple[int, ...], levels: tuple[int, ...]) -> dict[str, Any]:
    """What a page is given: scope, seeds, a problem of each exercise and level in both languages."""
    tasks = [(number, level) for number in numbers for level in levels]
    pool = {f"{number}.{level}": [DRILL_SEEDS[0], 30, []] for number, level in tasks}
    scope = {"tasks": [[number, level, None] for number, level in tasks], "rising": True}
    ask = Engine()
    ask.do("start", lines=[], lang="ru", scope=scope, pool=pool)
    printed = [
        ask.do("open", code=variant(number, level).code, lang=each, now="2026-11-30T10:00:00.000+03:00")["problem"]
        for number, level in tasks
        for each in ("ru", "en")
    ]
    titles = {(problem["number"], problem["lang"]): problem["title"] for problem in printed}
    return {
        "id": "tested", "made": "listok", "title": "", "scope": scope, "pool": pool, "printed": printed,
        "topics": [{"name": name, "title": title} for name, title in TOPICS.items()],
        "exercises": [
            {"number": number, "topic": find(str(number)).topic, "levels": levels,
             "title": {each: titles[number, each] for each in ("ru", "en")}}
            for number in numbers
        ],
    }  # fmt: skip


def page_text(numbers: tuple[int, ...], levels: tuple[int, ...], lang: str) -> str:
    """The page as one file, under a policy that lets nothing run but its own script."""
    script = STAND_IN + "".join((FOLDER / name).read_text() for name in SCRIPTS if name != "engine.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; form-action 'none'"
    data = json.dumps({**page_data(numbers, levels), "lang": lang}).replace("<", "\\u003c")
    text = (FOLDER / "page.html").read_text()
    for marker, content in {
        "<!--policy-->": f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        "/*style*/": (FOLDER / "page.css").read_text(),
        "<!--data-->": f'<script type="application/json" id="drill-data">{data}</script>',
        "/*script*/": script,
        "<!--engine-->": "",
        "<!--licences-->": "<h3>Something free</h3><pre>Do what you like.</pre>",
    }.items():
        assert text.count(marker) == 1
        text = text.replace(marker, content)
    return text


class Engine:
    """`browser.handle` as a page's worker has it: it knows nothing but what it is told after `start`."""

    def __init__(self) -> None:
        self.page = engine.Page()
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: str) -> str:
        self.asked.append(json.loads(request))
        if self.asked[-1]["do"] == "start":
            self.page = engine.Page()
        return self.page.handle(request)

    def do(self, what: str, **values: Any) -> dict[str, Any]:
        response: dict[str, Any] = json.loads(self(json.dumps({"do": what, **values})))
        assert "fault" not in response, response
        return response


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    player.need(player.chromium() is not None, "no chromium: make chromium")
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=player.chromium(), args=["--no-sandbox"])
    yield browser
    browser.close()


Opener = Callable[..., Page]

COMPLAINTS: dict[Page, list[str]] = {}
"""What the browser said of each page: errors, and what its policy stopped."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "drill.html"


def opened(
    context: BrowserContext, file: Path, numbers: tuple[int, ...] = NUMBERS, levels: tuple[int, ...] = (1,),
    lang: str = "ru", before: str = "", state: str = "ready",
) -> Page:  # fmt: skip
    """A page of the file in a tab of its own; errors and breaches of the policy fail the test at its end."""
    if not file.exists():
        file.write_text(page_text(numbers, levels, lang))
    context.set_default_timeout(5000)
    page = context.new_page()
    page.expose_function("handle", Engine())
    page.add_init_script(before)
    complaints = COMPLAINTS[page] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    page.goto(file.as_uri())
    page.wait_for_selector(f"body[data-engine={state}]")
    return page


@pytest.fixture
def open_page(chromium: Browser, file: Path) -> Iterator[Opener]:
    contexts: list[BrowserContext] = []
    pages: list[Page] = []

    def opener(
        width: int = 1280, context: BrowserContext | None = None, media: dict[str, Any] | None = None, **values: Any,
    ) -> Page:  # fmt: skip
        if context is None:
            context = chromium.new_context(viewport={"width": width, "height": 900}, **(media or {}))
            contexts.append(context)
        pages.append(opened(context, file, **values))
        return pages[-1]

    yield opener
    for page in pages:
        assert COMPLAINTS.pop(page) == []
    for context in contexts:
        context.close()


def on_screen(page: Page) -> AnyVariant:
    code = read_code(page.locator(".about code").inner_text())
    assert isinstance(code, VariantCode)
    return variant_of(code)


def part(page: Page, name: str) -> Any:
    return page.locator(f".part[data-part={name}]")


def fill(page: Page, shown: AnyVariant, name: str, value: Any, lang: Lang = "ru") -> str:
    """Give a value in the fields of a part; returns it as it would be typed."""
    key, section = shown.exercise.parts[name], part(page, name)
    if isinstance(key, (Vector, Matrix)):
        rows = value if isinstance(key, Matrix) else (value,)
        texts = [[key.show_number(cell) for cell in row] for row in rows]
        for row, cells in enumerate(texts, 1):
            for column, text in enumerate(cells, 1):
                section.locator(f"input[data-row='{row}'][data-column='{column}']").fill(text)
        return "\n".join("; ".join(cells) for cells in texts)
    if isinstance(key, (Choice, Choices, Matching)):
        order = shown.options(name)
        picked = [letters(lang)[order.index(each)] for each in ((value,) if isinstance(value, str) else value)]
        for place, letter in enumerate(picked):
            if isinstance(key, Matching):
                section.locator("select").nth(place).select_option(letter)
            else:
                section.locator(f"input[value='{letter}']").check()
        if isinstance(key, Choices) and not picked:
            section.locator("input[value='—']").check()
        return " ".join(picked) or "—"
    typed = key.show(value)
    section.locator("input").fill(typed)
    return typed


def outcome(page: Page, name: str) -> str:
    verdict = part(page, name).locator("[data-verdict]")
    expect(verdict).not_to_be_empty()
    expect(part(page, name).locator("form[data-busy]")).to_have_count(0)
    return str(verdict.get_attribute("data-outcome"))


def check(page: Page, name: str) -> str:
    part(page, name).locator("[data-do=answer]").click()
    return outcome(page, name)


def kept(page: Page) -> list[dict[str, Any]]:
    """The lines in the browser's database."""
    lines = page.evaluate(
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("listok-drill", 1);
          opening.onsuccess = () => {
            const all = opening.result.transaction("lines").objectStore("lines").getAll();
            all.onsuccess = () => { opening.result.close(); resolve(all.result); };
          };
        })"""
    )
    return [json.loads(line) for line in lines]


def events(page: Page, kind: str) -> list[dict[str, Any]]:
    return [line for line in kept(page) if line.get("event") == kind]


# --- answering ----------------------------------------------------------------------------------------------------


def test_right_answers_of_every_kind_are_right_and_wrong_ones_get_their_mistake(open_page: Opener) -> None:
    page = open_page()
    kinds: set[str] = set()
    mistakes: list[str | None] = []
    for _ in NUMBERS:
        shown = on_screen(page)
        for name, key in shown.exercise.parts.items():
            kinds.add(key.kind)
            if isinstance(key, Open):
                part(page, name).locator("[data-do=solution]").click()
                expect(part(page, name).locator(".step")).to_be_visible()
                continue
            asked = shown.asked(name)
            for wrong in list(asked.mistakes.values())[:1]:
                if key.kind in ("number", "vector") and not mistakes:
                    typed = fill(page, shown, name, wrong)
                    said = check(page, name)
                    mark = mark_problem(shown, {name: Fraction(1)}, {name: Response(typed)})[0]
                    verdict = part(page, name).locator("[data-verdict]")
                    assert said == mark.outcome
                    assert verdict.get_attribute("data-mistake") == mark.mistake
                    assert verdict.get_attribute("data-share") == str(mark.score)
                    assert part(page, name).locator("[data-do=answer]").is_visible()
                    mistakes.append(mark.mistake)
            fill(page, shown, name, asked.right)
            assert check(page, name) == "right"
            expect(part(page, name).locator("[data-do=answer]")).to_have_count(0)
        rated = sum(not isinstance(key, Open) for key in shown.exercise.parts.values())
        expect(page.locator("#finish")).to_contain_text(f"{rated} из {rated}")
        page.click("[data-do=next]")
        expect(page.locator(".about code")).not_to_have_text(shown.code)
        assert mistakes
    assert kinds == {"number", "vector", "matrix", "expression", "choice", "choices", "matching", "predicate", "open"}
    assert len(events(page, "shown")) == len(NUMBERS) + 1
    assert len(events(page, "left")) == len(NUMBERS)


def test_what_was_read_is_shown_while_typing(open_page: Opener) -> None:
    page = open_page(numbers=(14,))
    formula = next(name for name, key in on_screen(page).exercise.parts.items() if key.kind == "expression")
    field, read = part(page, formula).locator("input"), part(page, formula).locator(".read")
    field.press_sequentially("log(3)/2")
    expect(read.locator("mfrac")).to_have_count(1)
    field.press_sequentially("*(")
    expect(read).to_contain_text("формула обрывается")
    field.fill("")
    expect(read).to_be_empty()
    assert not events(page, "tried")


def test_nothing_typed_is_nothing_answered(open_page: Opener) -> None:
    page = open_page()
    for name, key in on_screen(page).exercise.parts.items():
        if not isinstance(key, Open):
            assert check(page, name) == "note"
    assert not events(page, "tried")


def test_none_of_the_options_excludes_them(open_page: Opener) -> None:
    page = open_page(numbers=(14,))
    name = next(name for name, key in on_screen(page).exercise.parts.items() if key.kind == "choices")
    boxes = part(page, name).locator("input[type=checkbox]")
    boxes.nth(0).check()
    boxes.last.check()
    assert not boxes.nth(0).is_checked()
    boxes.nth(1).check()
    assert not boxes.last.is_checked()


def paste(field: Any, text: str) -> None:
    field.focus()
    field.evaluate(
        """(field, text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text", text);
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


@pytest.mark.parametrize(
    "pasted", ["1 -2\n3/4 0,5", "1; -2\n3/4; 0,5", "((1, -2), (3/4, 0,5))", "[1 -2; 3/4 0,5]", "1\t-2\n3/4\t0,5\n"]
)
def test_a_pasted_table_fills_the_cells(open_page: Opener, pasted: str) -> None:
    page = open_page(numbers=(40,))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cells = part(page, "max_pool").locator("input")
    paste(cells.first, pasted)
    assert [cells.nth(place).input_value() for place in range(4)] == ["1", "-2", "3/4", "0,5"]


def test_a_table_of_another_shape_is_typed_or_pasted_in_one_line(open_page: Opener) -> None:
    page = open_page(numbers=(40,))
    shown = on_screen(page)
    wrong = shown.asked("max_pool").mistakes["overlapping"]
    assert (len(wrong), len(wrong[0])) != (2, 2)
    key, section = shown.exercise.parts["max_pool"], part(page, "max_pool")
    line, cells = section.locator("input:not([data-row])"), section.locator("input[data-row]")
    expect(line).to_be_hidden()
    paste(cells.first, key.show(wrong))
    expect(cells.first).to_be_hidden()
    expect(line).to_be_focused()
    expect(section.locator(".read mtable")).to_have_count(1)
    assert check(page, "max_pool") == "wrong"
    expect(section.locator("[data-verdict]")).to_have_attribute("data-mistake", "overlapping")
    page.reload()
    page.wait_for_selector("body[data-engine=ready]")
    assert events(page, "tried")[-1]["typed"] == line.input_value()
    expect(cells.first).to_be_hidden()
    line.fill("1 - 3; 4")
    section.locator("[data-do=line]").click()
    assert [cells.nth(place).input_value() for place in range(4)] == ["1", "", "4", ""]
    expect(cells.first).to_be_focused()
    section.locator("[data-do=line]").click()
    assert line.input_value() == "1 -; 4 -"
    line.fill(key.show(shown.asked("max_pool").right))
    line.press("Enter")
    assert outcome(page, "max_pool") == "right"
    expect(section.locator("[data-do=line]")).to_have_count(0)


def test_an_answer_of_another_shape_comes_back_from_the_log(open_page: Opener) -> None:
    page = open_page(numbers=(40,))
    shown = on_screen(page)
    section = part(page, "max_pool")
    section.locator("[data-do=line]").click()
    typed = shown.exercise.parts["max_pool"].show(shown.asked("max_pool").mistakes["overlapping"])
    section.locator("input:not([data-row])").fill(typed)
    assert check(page, "max_pool") == "wrong"
    page.evaluate("['sessionStorage', 'localStorage'].forEach((name) => window[name].removeItem('listok-drill-hand'))")
    page.reload()
    page.wait_for_selector("body[data-engine=ready]")
    assert on_screen(page).code == shown.code
    expect(section.locator("input:not([data-row])")).to_have_value(typed)


def test_hints_come_one_at_a_time_and_then_the_solution(open_page: Opener) -> None:
    page = open_page(numbers=(40,))
    section = part(page, "map")
    section.locator("[data-do=hint]").click()
    expect(section.locator(".step")).to_have_count(1)
    section.locator("[data-do=hint]").click()
    expect(section.locator(".step")).to_have_count(2)
    section.locator("[data-do=solution]").click()
    expect(section.locator(".step")).to_have_count(1)
    assert section.locator(".step").evaluate("step => step === document.activeElement")
    assert section.locator("[data-do=answer]").count() == 0
    assert sorted((line["steps"], line["whole"]) for line in events(page, "helped"))[-1][1]


# --- keyboard -----------------------------------------------------------------------------------------------------


def focused(page: Page) -> Any:
    return page.evaluate(
        """() => { const at = document.activeElement; return at.closest(".part")?.dataset.part ?? at.id; }"""
    )


def test_a_problem_is_done_by_keyboard_alone(open_page: Opener) -> None:
    page = open_page(numbers=(22, 40))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link
    shown = on_screen(page)
    *rest, last = [name for name, key in shown.exercise.parts.items()]
    page.keyboard.press("Tab")
    for name in rest:
        assert focused(page) == name
        key, right = shown.exercise.parts[name], shown.asked(name).right
        if isinstance(key, Choice):
            for _ in range(shown.options(name).index(right)):
                page.keyboard.press("ArrowDown")
            page.keyboard.press("Space")
        elif isinstance(key, (Vector, Matrix)):
            rows = right if isinstance(key, Matrix) else (right,)
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    page.keyboard.type(key.show_number(cell))
                    if column < len(row) - 1:
                        page.keyboard.press("ArrowRight")
                for _ in row[1:]:
                    page.keyboard.press("Home")
                    page.keyboard.press("ArrowLeft")
                if place < len(rows) - 1:
                    page.keyboard.press("ArrowDown")
        else:
            page.keyboard.type(key.show(right))
        page.keyboard.press("Enter")
        assert outcome(page, name) == "right"
    assert focused(page) == last
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.do") == "solution":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#finish")).not_to_be_empty()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "next":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("Новая задача")
    assert focused(page) == "title"


def test_escape_closes_dialogs_and_focus_comes_back(open_page: Opener) -> None:
    page = open_page()
    for name in ("choose", "progress", "help", "about"):
        button = page.locator(f"[data-dialog={name}]")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"dialog#{name}")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(f"dialog#{name}")).to_be_hidden()
        assert button.evaluate("button => button === document.activeElement")


def test_every_field_has_a_name_and_the_part_a_heading(open_page: Opener) -> None:
    page = open_page(numbers=(40, 14))
    expect(part(page, "max_pool").get_by_label("строка 2, столбец 1")).to_be_visible()
    expect(page.get_by_role("heading", name="Пункт (б)", exact=True)).to_have_count(1)
    for field in page.locator("#problem input, #problem select, #problem textarea").all():
        named = field.evaluate("field => field.ariaLabel || [...field.labels].map(l => l.textContent.trim()).join()")
        assert named
    assert page.locator("figure:not([aria-label])").count() == 0


# --- before the engine, and without it ----------------------------------------------------------------------------


def test_a_problem_stands_on_the_screen_before_the_engine_and_answers_wait_for_it(open_page: Opener) -> None:
    page = open_page(numbers=(22,), before="window.heldBack = true", state="starting")
    shown = on_screen(page)
    expect(page.locator("#loading")).to_contain_text("40\u00a0%")
    fill(page, shown, "d_bias", shown.asked("d_bias").right)
    part(page, "d_bias").locator("[data-do=answer]").click()
    verdict = part(page, "d_bias").locator("[data-verdict]")
    expect(verdict).to_contain_text("как только загрузится проверка")
    assert verdict.get_attribute("role") == "status"
    page.evaluate("window.heldBack = false")
    assert outcome(page, "d_bias") == "right"
    assert [line["code"] for line in events(page, "shown")] == [shown.code]


def test_an_answer_that_waits_is_never_given_to_another_problem(open_page: Opener) -> None:
    page = open_page(numbers=(13, 12), before="window.heldBack = true", state="starting")
    part(page, "loss").locator("input").fill("1")  # both ask for a part of this name
    part(page, "loss").locator("[data-do=answer]").click()
    page.click("[data-dialog=choose]")
    page.get_by_label("12.").check()
    page.locator("#choose").get_by_role("button", name="Готово").click()
    expect(page.locator(".about")).to_contain_text("Задача 12")
    page.evaluate("window.heldBack = false")
    page.wait_for_selector("body[data-engine=ready]")
    part(page, "loss").locator("[data-do=solution]").click()
    expect(part(page, "loss").locator(".step")).to_be_visible()
    assert events(page, "tried") == []
    assert [line["code"] for line in events(page, "shown")] == [on_screen(page).code]


def test_an_engine_that_does_not_load_says_so(open_page: Opener) -> None:
    page = open_page(before="window.unable = true", state="failed")
    expect(page.get_by_role("alert")).to_contain_text("no memory")
    name = next(iter(on_screen(page).exercise.parts))
    part(page, name).locator("[data-do=hint]").click()
    assert outcome(page, name) == "fault"


# --- what is kept -------------------------------------------------------------------------------------------------


def test_nothing_but_the_answer_being_typed_is_lost_when_the_browser_is_killed(
    playwright: Playwright, file: Path, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"

    def start() -> tuple[BrowserContext, Page]:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=player.chromium(), args=["--no-sandbox"]
        )
        return context, opened(context, file, numbers=(22,))

    _, page = start()
    shown = on_screen(page)
    fill(page, shown, "d_bias", shown.asked("d_bias").right)
    assert check(page, "d_bias") == "right"
    part(page, "d_input").locator("[data-do=hint]").click()
    expect(part(page, "d_input").locator(".step")).to_have_count(1)
    part(page, "d_weights").locator("input").first.fill("7")
    before = kept(page)
    for process in processes(str(profile)):
        os.kill(process, signal.SIGKILL)
    for _ in range(100):
        if not processes(str(profile)):
            break
        time.sleep(0.05)
    for lock in profile.glob("Singleton*"):
        lock.unlink()
    context, page = start()
    after = kept(page)
    assert sorted(after, key=str) == sorted(before, key=str)
    assert on_screen(page).code == shown.code
    assert outcome(page, "d_bias") == "right"
    context.close()


def processes(profile: str) -> list[int]:
    """The processes of the browser that was started with a profile."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if profile in (folder / "cmdline").read_text():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_a_reload_brings_everything_back_even_what_is_being_typed(open_page: Opener) -> None:
    page = open_page(numbers=(22, 14))
    page.click("[data-do=next]")
    expect(page.locator("#status")).to_contain_text("Новая задача")
    shown = on_screen(page)
    name, other = list(shown.exercise.parts)[1:3]
    part(page, name).locator("input").first.fill("77")
    assert check(page, name) in ("wrong", "partial", "unreadable")
    said = part(page, name).locator("[data-verdict]").inner_text()
    part(page, other).locator("input").first.fill("12")
    page.reload()
    assert on_screen(page).code == shown.code
    assert part(page, name).locator("[data-verdict]").inner_text() == said
    assert part(page, name).locator("input").first.input_value() == "77"
    assert part(page, other).locator("input").first.input_value() == "12"


def test_after_a_finished_problem_the_next_one_stands_on_the_screen_at_once(open_page: Opener) -> None:
    page = open_page(numbers=(2, 22))
    shown = on_screen(page)
    for name in shown.exercise.parts:
        part(page, name).locator("[data-do=solution]").click()
    expect(page.locator("#finish")).not_to_be_empty()
    ahead = page.evaluate(
        """async () => {
          while (!memory.get("ahead")) await new Promise((resolve) => setTimeout(resolve, 20));
          return memory.get("ahead").problem.code;
        }"""
    )
    page.reload()
    assert on_screen(page).code == ahead != shown.code
    page.wait_for_selector("body[data-engine=ready]")
    assert on_screen(page).code == ahead
    assert {line["code"] for line in events(page, "shown")} == {shown.code, ahead}
    assert [line["code"] for line in events(page, "left")] == [shown.code]


def test_an_unfinished_problem_comes_back_from_the_log_alone(open_page: Opener) -> None:
    page = open_page(numbers=(22, 14))
    page.click("[data-do=next]")
    expect(page.locator("#status")).to_contain_text("Новая задача")
    shown = on_screen(page)
    for name, key in shown.exercise.parts.items():
        if not isinstance(key, Open):
            fill(page, shown, name, shown.asked(name).right)
            assert check(page, name) == "right"
            break
    page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.reload()
    page.wait_for_selector("body[data-engine=ready]")
    assert on_screen(page).code == shown.code
    assert outcome(page, name) == "right"
    values = part(page, name).locator("input, select").evaluate_all("all => all.map((one) => one.checked || one.value)")
    assert any(values)


def test_two_tabs_lose_nothing(open_page: Opener) -> None:
    one = open_page(numbers=(22,))
    two = open_page(context=one.context, numbers=(22,))
    shown = on_screen(one)
    for name in ("d_bias", "d_input"):
        for page, wrong in ((one, 5), (two, 6)):
            part(page, name).locator("input").first.fill(str(wrong))
            check(page, name)
    assert len(events(one, "tried")) == 4
    assert len([line for line in kept(two) if "log" in line]) == 1
    for page in (one, two):
        assert len(exported(page)) == len(kept(page))
        assert page.evaluate("engine.ask({ do: 'export' }).then((all) => all.lines.length)") == len(kept(page))
    assert shown.code == on_screen(two).code


def test_two_tabs_that_begin_a_log_at_once_have_one_student(open_page: Opener) -> None:
    one = open_page(numbers=(22,), before="window.heldBack = true", state="starting")
    two = open_page(context=one.context, numbers=(22,), before="window.heldBack = true", state="starting")
    for page in (one, two):
        page.evaluate("window.heldBack = false")
    for page in (one, two):
        page.wait_for_selector("body[data-engine=ready]")
    students = {
        json.loads(page.evaluate("engine.ask({ do: 'export' }).then((all) => all.lines[0])"))["student"]
        for page in (one, two)
    }
    assert students == {line["student"] for line in kept(one) if "log" in line}


def exported(page: Page) -> list[str]:
    page.click("[data-dialog=progress]")
    with page.expect_download() as download:
        page.click("#export")
    page.keyboard.press("Escape")
    return Path(download.value.path()).read_text().splitlines()


def test_a_log_goes_to_another_browser_once(open_page: Opener, tmp_path: Path) -> None:
    one = open_page(numbers=(22,))
    shown = on_screen(one)
    fill(one, shown, "d_bias", shown.asked("d_bias").right)
    check(one, "d_bias")
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(exported(one)) + "\n")
    assert "log" in json.loads(log.read_text().splitlines()[0])
    two = open_page(numbers=(22,))
    count = len(kept(two))
    for _ in range(2):
        two.click("[data-dialog=progress]")
        two.set_input_files("#file", log)
        expect(two.locator("#log-said")).not_to_be_empty()
        two.keyboard.press("Escape")
    assert len(kept(two)) == count + len(log.read_text().splitlines()) - 1
    log.write_text("rubbish\n")
    two.click("[data-dialog=progress]")
    two.set_input_files("#file", log)
    expect(two.locator("#log-said")).to_contain_text("строка 1: это не журнал тренировки")


def test_where_nothing_can_be_kept_it_is_said_and_the_log_can_be_taken(open_page: Opener) -> None:
    denied = "indexedDB.open = () => { throw new DOMException('no', 'SecurityError'); };"
    page = open_page(numbers=(22,), before=f"Object.defineProperty(window, 'indexedDB', {{ value: {{}} }}); {denied}")
    expect(page.get_by_role("alert")).to_contain_text("SecurityError")
    fill(page, on_screen(page), "d_bias", on_screen(page).asked("d_bias").right)
    assert check(page, "d_bias") == "right"
    assert [json.loads(line).get("event") for line in exported(page)] == [None, "shown", "tried"]


def test_a_log_that_cannot_be_read_is_said_and_can_be_begun_anew(open_page: Opener) -> None:
    page = open_page(numbers=(22,))
    page.evaluate('log.keep([\'{"event":"tried","id":"rubbish"}\'])')
    page.reload()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("не читается: строка 2: это не запись журнала")
    page.on("dialog", lambda dialog: dialog.accept())
    alert.get_by_role("button", name="Стереть").click()
    page.wait_for_selector("body[data-engine=ready]")
    expect(alert).to_have_count(0)
    assert [line.get("event") for line in kept(page) if "log" not in line] == ["shown"]


# --- choices ------------------------------------------------------------------------------------------------------


def test_exercises_and_level_are_chosen_and_remembered(open_page: Opener) -> None:
    page = open_page(numbers=(22, 14), levels=(1, 2))
    page.click("[data-dialog=choose]")
    page.get_by_label("14.").check()
    page.locator("#levels").get_by_label("2").check()
    page.locator("#choose").get_by_role("button", name="Готово").click()
    expect(page.locator(".about")).to_contain_text("Задача 14 · уровень 2")
    page.reload()
    page.wait_for_selector("body[data-engine=ready]")
    for _ in range(2):
        code = on_screen(page).code
        page.click("[data-do=next]")
        expect(page.locator(".about code")).not_to_have_text(code)
        expect(page.locator(".about")).to_contain_text("Задача 14 · уровень 2")


def test_the_language_changes_with_what_was_typed_and_said(open_page: Opener) -> None:
    page = open_page(numbers=(22,))
    shown = on_screen(page)
    fill(page, shown, "d_bias", shown.asked("d_bias").right)
    check(page, "d_bias")
    part(page, "change").locator("input").fill("5")
    page.click("#language")
    expect(page.locator("#title")).to_contain_text("Linear layer")
    assert page.locator("html").get_attribute("lang") == page.locator("#problem").get_attribute("lang") == "en"
    assert on_screen(page).code == shown.code
    assert part(page, "change").locator("input").input_value() == "5"
    assert outcome(page, "d_bias") == "right"
    expect(page.locator("#language")).to_have_attribute("lang", "ru")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_both_languages_have_the_same_words(open_page: Opener) -> None:
    page = open_page()
    kinds = "Object.fromEntries(Object.entries(WORDS.{}).map(([name, word]) => [name, typeof word]))"
    assert page.evaluate(kinds.format("ru")) == page.evaluate(kinds.format("en"))


# --- hostile text -------------------------------------------------------------------------------------------------

HOSTILE = "<img src=x onerror=window.owned=1><script>window.owned=1</script>${window.owned=1}"


def test_what_is_typed_stays_text(open_page: Opener, tmp_path: Path) -> None:
    page = open_page(numbers=(22, 14))
    for number in (22, 14):
        shown = on_screen(page)
        assert shown.exercise.number == number
        for name in shown.exercise.parts:
            fields = part(page, name).locator("input:not([type=radio], [type=checkbox], :disabled), textarea")
            for field in fields.all():
                field.fill(HOSTILE)
            if part(page, name).locator("input[type=text], input:not([type])").count():
                check(page, name)
        page.wait_for_timeout(400)  # previews
        assert page.evaluate("window.owned") is None
        assert page.locator("#problem img, #problem script").count() == 0
        page.click("[data-do=next]")
        expect(page.locator(".about code")).not_to_have_text(shown.code)
    log = tmp_path / "log.jsonl"
    log.write_text(HOSTILE)
    page.click("[data-dialog=progress]")
    page.set_input_files("#file", log)
    expect(page.locator("#log-said")).not_to_be_empty()
    assert page.locator("img").count() == 0
    assert page.evaluate("window.owned") is None


def test_the_policy_stops_what_is_not_the_pages_own(open_page: Opener) -> None:
    page = open_page()
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"x\" onerror=\"window.owned = 1\">')")
    page.wait_for_timeout(100)
    assert page.evaluate("window.owned") is None
    assert COMPLAINTS[page]
    COMPLAINTS[page].clear()


# --- looks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "look", "width"), [("ru", "light", 390), ("ru", "dark", 1280), ("en", "light", 1280), ("en", "dark", 390)]
)
def test_axe_finds_nothing(open_page: Opener, lang: Lang, look: str, width: int) -> None:
    page = open_page(width=width, lang=lang, numbers=(14, 40), media={"reduced_motion": "reduce"})
    page.select_option("#look", look)
    axe = Axe()

    def examine() -> None:
        found = axe.run(page, options={"resultTypes": ["violations"]})
        assert not found.response["violations"], found.generate_report()

    whole = (lang, look) in (("ru", "light"), ("en", "dark"))
    for _ in range(2 if whole else 1):
        shown = on_screen(page)
        for place, (name, key) in enumerate(shown.exercise.parts.items()):
            if isinstance(key, Open) or place == 3:
                part(page, name).locator("[data-do=solution]").click()
                expect(part(page, name).locator(".step")).to_be_visible()
            elif place % 2:
                fill(page, shown, name, shown.asked(name).right, lang)
                check(page, name)
            else:
                part(page, name).locator("[data-do=hint]").click()
                expect(part(page, name).locator(".step")).to_be_visible()
                for wrong in list(shown.asked(name).mistakes.values())[:1]:
                    fill(page, shown, name, wrong, lang)
                    check(page, name)
        examine()
        page.click("[data-do=next]")
        expect(page.locator(".about code")).not_to_have_text(shown.code)
    for name in ("choose", "progress", "help", "about") if whole else ():
        page.click(f"[data-dialog={name}]")
        expect(page.locator(f"dialog#{name}")).to_be_visible()
        if name == "progress":
            expect(page.locator("#progress-table table").first).to_be_visible()
        examine()
        page.keyboard.press("Escape")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_no_page_is_wider_than_a_telephone(open_page: Opener, lang: str) -> None:
    numbers = tuple(sources())
    page = open_page(width=390, lang=lang, numbers=numbers, levels=(3,))
    for _ in numbers:
        code = on_screen(page).code
        page.evaluate("document.querySelectorAll('[data-do=solution]').forEach((button) => button.click())")
        expect(page.locator(".step")).to_have_count(len(on_screen(page).exercise.parts))
        page.evaluate("dispatchEvent(new Event('resize'))")
        wide = page.evaluate(
            """() => [...document.querySelectorAll("body *")]
              .filter((one) => !one.closest(".wide, .unseen, .skip, dialog"))
              .filter((one) => one.getBoundingClientRect().right > 390.5)
              .map((one) => one.outerHTML.slice(0, 200))"""
        )
        assert (page.evaluate("document.documentElement.scrollWidth"), wide) == (390, []), code
        assert page.locator(".glued .glued, .wide .wide").count() == 0
        page.click("[data-do=next]")
        expect(page.locator(".about code")).not_to_have_text(code)


def test_paper_has_the_problem_and_no_buttons(open_page: Opener) -> None:
    page = open_page(numbers=(14,), media={"color_scheme": "dark"})
    page.emulate_media(media="print")
    assert page.locator("button:visible, select#look:visible, footer:visible").count() == 0
    assert page.locator(".question:visible").count() == len(on_screen(page).exercise.parts)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_look_is_kept_and_nothing_moves_where_that_is_not_wanted(open_page: Opener) -> None:
    page = open_page(media={"reduced_motion": "reduce", "color_scheme": "light"})
    page.select_option("#look", "dark")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 24, 27)"
    name = next(iter(on_screen(page).exercise.parts))
    page.wait_for_selector("body[data-engine=ready]")
    check(page, name)
    assert page.evaluate("document.getAnimations().length") == 0
