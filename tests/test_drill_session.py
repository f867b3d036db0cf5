"""What is asked next, what is said of an answer, and the page's requests."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from listok.answerkeys.marking.grading import Response, mark_problem
from listok.drill import session
from listok.drill.browser import Page, problem_data
from listok.drill.cards import MASTERED, Card
from listok.drill.events import Event, Helped, Left, Shown, Tried, read_log
from listok.drill.progress import day_text, progress
from listok.drill.session import Drill, DrillError, Pool, Problem, Scope, Task, cells_text
from listok.drill.words import how_to_type
from listok.exams.assembly import assemble
from listok.exams.blueprint import read_blueprint
from listok.generators.answers import ENGLISH_LETTERS, RUSSIAN_LETTERS, Open
from listok.generators.bank import sources
from listok.generators.codes import DRILL_SEEDS, EXAM_SEEDS, VariantCode, read_code
from listok.generators.exact import Fraction
from listok.generators.responses import ResponseError
from listok.templates import plain
from listok.templates.text import LANGS, Lang

NOW = datetime.datetime(2026, 3, 2, 18, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=3)))
CYRILLIC = dict(zip(map(ord, ENGLISH_LETTERS), RUSSIAN_LETTERS, strict=False))
STUDENT = "0123456789abcdef" * 2
DAY, MINUTE = datetime.timedelta(days=1), datetime.timedelta(minutes=1)


def drill(scope: Scope, lang: Lang = "en", student: str = STUDENT) -> Drill:
    return Drill(student, [], scope, lang)


def right_text(problem: Problem, name: str) -> str:
    """An answer that is right, as it would be typed."""
    part = problem.part(name)
    return part.key.samples(part.asked).right[0]


def solve(problem: Problem, now: datetime.datetime) -> None:
    for part in problem.parts:
        now += MINUTE
        if not isinstance(part.key, Open):
            assert problem.answer(part.name, right_text(problem, part.name), now).right, part.name
    problem.leave(now)


def place(problem: Problem) -> tuple[int, int]:
    return problem.variant.exercise.number, problem.variant.level


def test_new_exercises_come_in_the_books_order_and_due_ones_before_them() -> None:
    at_work = drill(Scope.of([13, 2, 18], 1))
    seen = []
    for _ in range(3):
        found = at_work.next(NOW)
        assert found is not None
        seen.append(place(found[0]))
        solve(found[0], NOW)
    assert seen == [(2, 1), (13, 1), (18, 1)]
    found = at_work.next(NOW)
    assert found is not None
    assert found[1].ahead is not None
    assert found[1].ahead > NOW.date()

    later = Drill(STUDENT, at_work.events, Scope.of([13, 2, 18, 40], 1), "en")
    dues = {card.number for card in later.due((NOW + 9 * DAY).date())}
    assert dues == {2, 13, 18}
    order = []
    for _ in range(4):
        found = later.next(NOW + 9 * DAY)
        assert found is not None
        order.append(place(found[0])[0])
    assert set(order[:3]) == {2, 13, 18}
    assert order[3] == 40


def test_a_level_begins_when_the_one_below_went_well() -> None:
    at_work, now, met = drill(Scope.of([5])), NOW, []
    for turn in range(4):
        found = at_work.next(now)
        assert found is not None
        met.append(place(found[0])[1])
        if turn == 0:  # one part is wrong at first, and everything right in the end
            part = next(part for part in found[0].parts if not isinstance(part.key, Open))
            assert not found[0].answer(part.name, part.key.samples(part.asked).wrong[0], now).right
        solve(found[0], now)
        at_work = Drill(STUDENT, at_work.events, at_work.scope, "en")
        now += 60 * MINUTE
    assert met == [1, 1, 2, 3]
    fixed = drill(Scope.of([5], 3)).next(NOW)
    assert fixed is not None
    assert place(fixed[0]) == (5, 3)


def test_no_variant_comes_twice_and_none_can_be_on_an_exam() -> None:
    at_work = drill(Scope.of([16], 1))
    codes, numbers = set(), set()
    for _ in range(60):
        found = at_work.next(NOW)
        assert found is not None
        code = read_code(found[0].code)
        assert isinstance(code, VariantCode)
        assert code.is_drill
        assert code.seed not in EXAM_SEEDS
        codes.add(found[0].code)
        numbers.add(found[0].variant.fingerprint)
    assert len(codes) == len(numbers) == 60
    other = drill(Scope.of([16], 1), student="f" * 32).next(NOW)
    assert other is not None
    assert other[0].code not in codes, "students begin at different places"


def test_exams_draw_below_the_seeds_of_the_drill() -> None:
    assert DRILL_SEEDS.start == len(EXAM_SEEDS)
    blueprint = read_blueprint(sources()[2].path.parents[2] / "examples" / "midterm.toml")
    from listok.answerkeys.forms import Student
    from listok.generators.draw import Draw  # the roster is made up

    students = [Student(str(n), Draw("name", n).choice(("Ann", "Bob"))) for n in range(40)]
    exam = assemble(blueprint, students)
    codes = [read_code(slot.variant.code) for form in exam.forms for slot in form.slots]
    assert codes
    assert not any(isinstance(code, VariantCode) and code.is_drill for code in codes)


def test_exercises_that_do_not_come_yet_are_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them would take half of the second in which the first problem must be there."""
    loaded = []
    find = session.known_exercise
    monkeypatch.setattr(session, "known_exercise", lambda number, bank: loaded.append(number) or find(number, bank))
    found = drill(Scope.of(list(sources()))).next(NOW)
    assert found is not None
    assert set(loaded) == {found[0].variant.exercise.number}


def test_where_all_variants_have_been_met_nothing_is_repeated() -> None:
    at_work = Drill(STUDENT, [], Scope.of([2], 1), "en", pool=Pool({(2, 1): DRILL_SEEDS[:3]}))
    assert [at_work.next(NOW) is not None for _ in range(5)] == [True] * 3 + [False] * 2


@pytest.mark.parametrize("number", list(sources()))
def test_verdicts_are_those_of_marking(number: int) -> None:
    lang = LANGS[number % 2]
    level = 1 + number % 3
    found = drill(Scope.of([number], level), lang).next(NOW)
    assert found is not None
    problem = found[0]
    for part in problem.parts:
        if isinstance(part.key, Open):
            with pytest.raises(DrillError):
                problem.answer(part.name, "x", NOW)
            continue
        samples = part.key.samples(part.asked)
        for typed in (*samples.malformed, *samples.wrong, samples.right[0]):
            before = {name: Response(tried.typed) for name, tried in problem.tried.items() if name != part.name}
            expected = next(
                mark for mark in mark_problem(problem.variant, problem.points, {**before, part.name: Response(typed)},
                                              (lang,))
                if mark.part == part.name
            )  # fmt: skip
            mark = problem.answer(part.name, typed, NOW)
            assert (mark.outcome, mark.share, mark.mistake) == (expected.outcome, expected.score, expected.mistake)
            assert plain.printer(lang).blocks(mark.said).strip()
        assert problem.tried[part.name].right


def test_what_was_typed_goes_on_after_a_stop() -> None:
    stored: list[Event] = []
    first = Drill(STUDENT, [], Scope.of([25], 2), "en", store=stored.append)
    found = first.next(NOW)
    assert found is not None
    problem = found[0]
    names = [part.name for part in problem.parts if not isinstance(part.key, Open)]
    problem.answer(names[0], right_text(problem, names[0]), NOW)
    problem.hint(names[1], NOW)
    assert [type(event) for event in stored] == [Shown, Tried, Helped]

    second = Drill(STUDENT, list(stored), first.scope, "en")
    assert second.unfinished() == problem.code
    again = second.resume(problem.code)
    assert again.tried[names[0]].right
    assert again.said(again.tried[names[0]]) == problem.said(problem.tried[names[0]])
    assert again.hint(names[1], NOW).content != problem.item.parts[1].solution[:1]
    again.leave(NOW)
    assert Drill(STUDENT, second.events, first.scope, "en").unfinished() is None
    assert isinstance(second.events[-1], Left)


def test_two_drills_of_one_student_learn_of_each_other() -> None:
    one, other = drill(Scope.of([2], 1)), drill(Scope.of([2], 1))
    found = one.next(NOW)
    assert found is not None
    assert other.learn(one.events) == 1
    assert other.learn(one.events) == 0
    second = other.next(NOW)
    assert second is not None
    assert second[0].code != found[0].code


def test_a_preview_tells_what_was_read_and_not_what_is_right() -> None:
    found = drill(Scope.of([2], 1), "ru").next(NOW)
    assert found is not None
    problem = found[0]

    def read(name: str, typed: str) -> str:
        return plain.printer("ru").inlines((problem.preview(name, typed),))

    assert read("value", "1/2") == "0,5"
    assert read("value", "1/3") == "1/3"
    assert read("formula", "max(0, 2x1 - 3x2)") == "max(0; 2x₁ − 3x₂)"
    with pytest.raises(ResponseError):
        problem.preview("formula", "max(0,")
    right = problem.part("value").asked.right
    for typed in (f"{right},000", f"{right},000".replace("-", "−")):
        assert read("value", typed) == str(right).replace("-", "−")


def test_progress_is_told_in_both_languages_and_follows_from_the_log() -> None:
    at_work = drill(Scope.of([13, 18], 1))
    for day in range(MASTERED):
        for _ in range(2):
            found = at_work.next(NOW + 30 * day * DAY)
            assert found is not None
            problem = found[0]
            if place(problem) == (13, 1):
                part = next(part for part in problem.parts if part.asked.mistakes)
                wrong = part.key.show(next(iter(part.asked.mistakes.values())))
                assert problem.answer(part.name, wrong, NOW + 30 * day * DAY).mistake
            solve(problem, NOW + 30 * day * DAY + MINUTE)
        at_work = Drill(STUDENT, at_work.events, at_work.scope, "en")
    today = (NOW + 61 * DAY).date()
    english = plain.printer("en").blocks(progress(at_work, today))
    assert "Mistakes that return" in english
    assert "3 times" in english
    assert "3/3" in english
    at_work.lang = "ru"
    russian = plain.printer("ru").blocks(progress(at_work, today))
    assert "Ошибки, которые возвращаются" in russian
    assert "3 раза" in russian
    again = Drill(STUDENT, list(reversed(at_work.events)), at_work.scope, "ru")
    assert plain.printer("ru").blocks(progress(again, today)) == russian


def test_days_are_said_as_people_say_them() -> None:
    today = datetime.date(2026, 12, 30)
    assert [day_text(today + n * DAY, today, "ru") for n in range(3)] == ["сегодня", "завтра", "1 января 2027\u202fг."]
    assert day_text(datetime.date(2026, 12, 31) + DAY, datetime.date(2027, 1, 1), "en") == "today"
    assert day_text(datetime.date(2026, 3, 9), datetime.date(2026, 3, 2), "en") == "March 9"


def test_how_to_type_is_said_for_every_part_of_the_bank() -> None:
    for number in sources():
        found = drill(Scope.of([number], 2)).next(NOW)
        assert found is not None
        for part in found[0].parts:
            for lang in LANGS:
                said = how_to_type(part.key, part.asked, lang)
                assert len(said) > 10
                assert "{" not in said


def test_cells_are_joined_as_they_would_be_typed() -> None:
    assert cells_text([["1", " 2,5 "], ["", "1/3"]]) == "1; 2,5\n-; 1/3"
    assert cells_text([["", " "]]) == ""


# --- the page's requests ------------------------------------------------------------------------------------------


class Client:
    """The page's script, in small: it stores the lines of every response."""

    def __init__(self, lines: list[str] | None = None, tasks: list[list[Any]] | None = None) -> None:
        self.page, self.lines = Page(), list(lines or [])
        tasks = tasks or [[2, 1, None], [25, 2, ["hidden", "loss"]], [13, 1, None]]
        pool = {f"{number}.{level}": [DRILL_SEEDS[0], 40, [DRILL_SEEDS[3]]] for number, level, _ in tasks}
        self.ask("start", lines=self.lines, lang="en", scope={"tasks": tasks, "rising": True}, pool=pool)

    def ask(self, do: str, **more: object) -> Any:
        response = json.loads(self.page.handle(json.dumps({"do": do, "now": NOW.isoformat(), **more})))
        self.lines += response["log"]
        return response


def test_a_page_plays_a_problem_through_and_goes_on_after_a_reload() -> None:
    client = Client()
    problem = client.ask("next")["problem"]
    assert problem["number"] == 2
    assert client.ask("preview", part="value", typed="1/3")["read"].startswith("<math")
    wrong = client.ask("answer", part="value", typed="123456")
    assert (wrong["outcome"], wrong["right"], wrong["share"]) == ("wrong", False, "0")
    assert client.ask("answer", part="value", typed="1..2")["read"] is False
    hint = client.ask("hint", part="value")

    again = Client(client.lines)
    code = again.ask("unfinished")["code"]
    assert code == problem["code"]
    opened = again.ask("open", code=code)
    assert opened["problem"] == problem
    assert opened["tried"]["value"]["typed"] == "123456"
    assert opened["helped"] == {"value": {"steps": [hint["html"]], "more": True, "solution": ""}}
    whole = again.ask("solution", part="value")["html"]
    helped = again.ask("open", code=code)["helped"]["value"]
    assert (helped["solution"], helped["more"]) == (whole, False)
    russian = again.ask("open", code=code, lang="ru")["problem"]
    assert (russian["code"], russian["lang"]) == (code, "ru")
    assert "due" in again.ask("leave")
    ahead = again.ask("ahead")["problem"]
    assert ahead == again.ask("next")["problem"]
    header, events = read_log(again.lines)
    assert header.student == json.loads(again.lines[0])["student"]
    assert len({event.id for event in events}) == len(events)


def test_a_page_takes_in_a_log_once() -> None:
    client = Client()
    client.ask("next")
    lines = client.ask("export")["lines"]
    other = Client()
    assert other.ask("import", lines=lines)["said"] == "Taken: 1 event; known already: 0."
    assert other.ask("import", lines=lines)["said"] == "Taken: 0 events; known already: 1."
    assert "fault" in other.ask("import", lines=[*lines, "rubbish"])


def test_only_problems_of_the_pool_are_opened() -> None:
    client = Client()
    bad = str(VariantCode(2, 1, 2, DRILL_SEEDS[3]))
    exam = str(VariantCode(2, 1, 2, 7))
    for code in (bad, exam, "garbage", "029-000-07K"):
        assert "fault" in client.ask("open", code=code), code


@pytest.mark.parametrize(
    "request_",
    ["", "[]", "nonsense", '{"do":"fly"}', '{"do":"handle"}', '{"do":"answer"}', '{"do":"next","now":"noon"}',
     '{"do":"start","lines":["x"]}', '{"do":1}'],
)  # fmt: skip
def test_a_request_that_is_none_is_one_line(request_: str) -> None:
    response = json.loads(Page().handle(request_))
    assert response["fault"]
    assert "\n" not in response["fault"]


def test_a_problem_in_the_page_holds_no_key() -> None:
    kinds = set()
    for number in sources():
        found = drill(Scope.of([number], 3)).next(NOW)
        assert found is not None
        data = problem_data(found[0])
        assert set(data) == {"code", "number", "level", "topic", "title", "lang", "minutes", "opening", "parts"}
        for part in data["parts"]:
            assert set(part) == {
                "part", "letter", "kind", "points", "question", "options", "items", "rows", "columns", "how",
            }  # fmt: skip
            assert all(set(option) == {"letter", "html"} for option in part["options"])
            kinds.add(part["kind"])
    assert len(kinds) == 9


def test_scope_limits_what_is_asked() -> None:
    client = Client()
    client.ask("choose", numbers=[25], topic=None, level=None)
    problem = client.ask("next")["problem"]
    assert [part["part"] for part in problem["parts"]] == ["hidden", "loss"]
    client.ask("choose", numbers=None, topic="outputs", level=None)
    assert client.ask("next")["problem"]["number"] == 13
    client.ask("choose", numbers=[99], topic=None, level=None)
    assert client.ask("next")["problem"] is None


def test_cards_of_parts_that_are_no_more_do_not_count() -> None:
    gone = [
        Shown(id="0" * 15 + "1", at=NOW, code=str(VariantCode(2, 1, 1, 5)), fingerprint="f" * 32, lang="ru"),
        Tried(id="0" * 15 + "2", at=NOW, code=str(VariantCode(2, 1, 1, 5)), part="old", typed="1", outcome="wrong",
              share="0", expected=9),
        Tried(id="0" * 15 + "3", at=NOW, code=str(VariantCode(400, 1, 1, 5)), part="old", typed="1", outcome="wrong",
              share="0", expected=9),
    ]  # fmt: skip
    at_work = Drill(STUDENT, list(gone), Scope((Task(2, 1), Task(400, 1))), "en")
    assert at_work.due((NOW + 9 * DAY).date()) == []
    assert Card(2, 1, "old") in at_work.memories
    assert at_work.unfinished() is None
    assert at_work.next(NOW + 9 * DAY) is not None
    assert progress(at_work, NOW.date())


def test_options_that_were_picked_are_the_same_in_either_language() -> None:
    for number in (17, 24, 11):
        events: list[Event] = []
        found = Drill(STUDENT, [], Scope.of([number], 2), "ru", store=events.append).next(NOW)
        assert found is not None
        for part in found[0].parts:
            if part.asked.options:
                found[0].answer(part.name, part.key.samples(part.asked).wrong[0].translate(CYRILLIC), NOW)
        russian = Drill(STUDENT, events, Scope.of([number], 2), "ru").resume(found[0].code)
        english = Drill(STUDENT, events, Scope.of([number], 2), "en").resume(found[0].code)
        assert english.tried
        for name in english.tried:
            assert english.typed(name).translate(CYRILLIC) == russian.typed(name)
            assert english.answer(name, english.typed(name), NOW).share == Fraction(russian.tried[name].share)
