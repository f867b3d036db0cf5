"""QTI packages as strict engines take them: imported without a word, marked by executing their own processing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import Question, Refused, qti
from exporting import (
    HOSTILE,
    SAMPLES,
    Gap,
    Pairs,
    Pick,
    Wrong,
    cells,
    exported,
    fields,
    file_of,
    inside,
    items,
    outside,
    total,
)

from listok.answerkeys.formats import how_to_type
from listok.answerkeys.items import Item
from listok.answerkeys.lowering import Numbers
from listok.generators.exact import Fraction

VERSIONS = {"qti21": "2.1", "qti22": "2.2", "qti30": "3.0"}


def gaps(item: Item) -> Iterator[tuple[str, Gap]]:
    """The responses of an item by identifier, as a model student gives them."""
    points = total(item, "qti")
    for part, field in fields(item, "qti"):
        share = part.points / points
        match field:
            case Numbers(rows, shape):
                places = [f"-{i}-{j}" for i, row in enumerate(rows, 1) for j, _ in enumerate(row, 1)]
                for place, gap in zip(places, cells(part, field, share), strict=True):
                    yield part.name + ("" if shape == "number" else place), gap
            case Pick(options, many):
                right = " ".join(f"o-{part.name}-{n}" for n, option in enumerate(options, 1) if option.right)
                wrong = tuple(
                    Wrong(f"o-{part.name}-{n}", max(option.share, Fraction(0)), "" if many else option.name)
                    for n, option in enumerate(options, 1)
                    if not option.right
                )
                yield part.name, Gap(part.name, "choice", share, right, None, wrong)
            case Pairs(terms, options, right_names):
                names = [option.name for option in options]
                for n, name in enumerate(right_names, 1):
                    place = names.index(name)
                    wrong = (Wrong(f"o-{part.name}-{n}-{(place + 1) % len(names) + 1}", Fraction(0), ""),)
                    right = f"o-{part.name}-{n}-{place + 1}"
                    yield f"{part.name}-{n}", Gap(part.name, "choice", share / len(terms), right, None, wrong)


@pytest.fixture(scope="module", params=SAMPLES, ids="-".join)
def imported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[tuple[Item, ...], qti.Package]:
    name, lang = request.param
    chosen = items(name, lang)
    return chosen, qti.load(file_of("qti21", tmp_path_factory.mktemp("qti"), chosen))


def question_of(package: qti.Package, item: Item) -> Question:
    return package.question(f"q-{item.code}-{item.lang}")


def test_every_key_earns_its_marks(imported: tuple[tuple[Item, ...], qti.Package]) -> None:
    chosen, package = imported
    for item in chosen:
        question = question_of(package, item)
        expected = dict(gaps(item))
        assert {field.name for field in question.fields} == set(expected)
        assert not question.warnings
        assert how_to_type(fields(item, "qti"), item.lang, apart=True) in question.text
        assert question.name == item.name
        assert question.points == pytest.approx(float(total(item, "qti")))
        # More steps than are looked up are added in floats.
        assert question.mark({name: gap.right for name, gap in expected.items()}) == pytest.approx(1, abs=1e-12)
        assert question.mark({}) == 0
        for name, gap in expected.items():
            share = pytest.approx(float(gap.share), abs=1e-7)
            assert question.mark({name: gap.right}) == share
            if gap.tolerance is not None:
                assert all(question.mark({name: near}) == share for near in inside(gap, "0.9"))
                for far, of_gap in outside(gap):
                    assert question.mark({name: far}) == pytest.approx(float(gap.share * of_gap), abs=1e-7)
                assert question.mark({name: "abc"}) == 0


def test_every_mistake_earns_its_share_and_is_told(imported: tuple[tuple[Item, ...], qti.Package]) -> None:
    chosen, package = imported
    for item in chosen:
        question = question_of(package, item)
        sentences = {part.name: {mistake.name for mistake in part.mistakes} for part, _ in fields(item, "qti")}
        blank = question.feedback({})[""]
        for name, gap in gaps(item):
            for wrong in gap.wrong:
                mark = question.mark({name: wrong.response})
                assert mark == pytest.approx(float(gap.share * wrong.share), abs=1e-7)
                if wrong.said in sentences[gap.part]:
                    assert len(question.feedback({name: wrong.response})[""]) > len(blank), (item.code, name, wrong)


def test_the_worked_solution_is_shown_after_answering(imported: tuple[tuple[Item, ...], qti.Package]) -> None:
    chosen, package = imported
    for item in chosen:
        assert len(question_of(package, item).feedback({})[""]) > 100


def test_a_test_draws_one_variant_of_each_level(imported: tuple[tuple[Item, ...], qti.Package]) -> None:
    chosen, package = imported
    assert package.test is not None
    assert len(package.test.sections) == 3
    assert all(section.select == 1 for section in package.test.sections)
    drawn = [len(section.items) + len(section.sections) for section in package.test.sections]
    assert sum(drawn) == len(chosen)
    assert package.test.feedback


def test_open_parts_wait_for_a_marker(imported: tuple[tuple[Item, ...], qti.Package]) -> None:
    chosen, package = imported
    for item in chosen:
        for part in item.parts:
            if part.key.kind == "open":
                essay = package.question(f"q-{item.code}-{part.name}-{item.lang}")
                assert essay.mark({part.name: "words"}) is None
                assert essay.grader_info
                assert essay.points == float(part.points)


@pytest.mark.parametrize(("name", "version"), VERSIONS.items())
@pytest.mark.parametrize("math", ["mathml", "tex"])
def test_versions_say_the_same(name: str, version: str, math: str, tmp_path: Path) -> None:
    for exercise in ("questions-on-sgd", "learning-rates", "picture-to-formula", "computation-graph"):
        chosen = items(exercise, "en")
        package = qti.load(file_of(name, tmp_path / exercise, chosen, choices={"math": math}))
        assert package.version == version
        for item in chosen:
            question = question_of(package, item)
            assert question.mark({place: gap.right for place, gap in gaps(item)}) == 1
            assert question.mark({}) == 0
            assert ("\\(" in question.text) == (math == "tex")
            assert not question.warnings or math == "tex"
            assert all(warning.startswith("TeX") for warning in question.warnings)


def test_scores_in_steps_are_the_scores_in_points(tmp_path: Path) -> None:
    """Version 3 counts steps and looks the points up; what an answer earns is the same."""
    for exercise in ("questions-on-sgd", "softmax", "logical-functions"):
        chosen = items(exercise, "en")
        points = qti.load(file_of("qti21", tmp_path / "2" / exercise, chosen))
        steps = qti.load(file_of("qti30", tmp_path / "3" / exercise, chosen))
        for item in chosen:
            first, second = question_of(points, item), question_of(steps, item)
            assert second.feedback({})[""] == first.feedback({})[""]
            for name, gap in gaps(item):
                for response in (gap.right, *(wrong.response for wrong in gap.wrong)):
                    assert second.mark({name: response}) == pytest.approx(first.mark({name: response}), abs=1e-7)
                    assert second.feedback({name: response}) == first.feedback({name: response})


def test_equal_is_there_for_those_who_want_it(tmp_path: Path) -> None:
    chosen = items("temperature", "en")
    package = qti.load(file_of("qti21", tmp_path, chosen, choices={"marking": "equal"}))
    for item in chosen:
        question = question_of(package, item)
        assert question.mark({place: gap.right for place, gap in gaps(item)}) == 1
        assert question.warnings  # engines differ on it, and the emulator says so


def test_numbers_are_plain_and_titles_safe(tmp_path: Path) -> None:
    chosen = items("rnn-there-and-back", "ru")[:2]
    package = qti.load(file_of("qti30", tmp_path, chosen, title=HOSTILE))
    assert package.test is not None
    assert package.test.title == HOSTILE.replace("\x07", "")
    for path, content in package.files.items():
        if path.startswith("items/q-"):
            text = content.decode()
            for number in re.findall(r'base-type="float">([^<]*)</qti-base-value>', text):
                assert re.fullmatch(r"-?\d+(\.\d+)?", number)
            assert "nan" not in re.findall(r">([^<]*)</qti-value>", text)


def test_volumes_import_alone(tmp_path: Path) -> None:
    report = exported("qti21", tmp_path, items("picture-to-formula", "en"), max_questions=4)
    assert len(report.files) == 2
    assert sum(len(qti.load(path.read_bytes()).questions) for path in report.files) == 6


def test_the_emulator_refuses_a_broken_package(tmp_path: Path) -> None:
    content = file_of("qti21", tmp_path, items("temperature", "en")[:1])
    with pytest.raises(Refused):
        qti.load(content.replace(b"imsqti_item_xmlv2p1", b"imsqti_item_xmlv2p9"))


def test_formulas_have_the_prefix_of_the_root(tmp_path: Path) -> None:
    """TAO knows the namespace of formulas from the root; where it is declared on each, an import takes minutes."""
    chosen = items("picture-to-formula", "en")[:1]
    for name in ("qti21", "qti22"):
        for path, content in qti.load(file_of(name, tmp_path / name, chosen)).files.items():
            if path.startswith("items/q-"):
                assert b"<m:math " in content
                assert content.count(b"http://www.w3.org/1998/Math/MathML") == 1
                each = content.replace(b"<m:math ", b'<math xmlns="http://www.w3.org/1998/Math/MathML" ')
                with pytest.raises(Refused, match="prefix"):
                    qti.load_item(each.replace(b"<m:", b"<").replace(b"</m:", b"</"))


def test_no_letter_of_a_formula_is_the_name_of_a_variable() -> None:
    """OpenOlat would show the variable's value in its place."""
    item = (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" xmlns:m="http://www.w3.org/1998/Math/MathML"'
        ' identifier="i" title="t" adaptive="false" timeDependent="false">'
        '<responseDeclaration identifier="x" cardinality="single" baseType="float"/>'
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/><itemBody>'
        '<p><m:math alttext="x"><m:mi>x</m:mi></m:math>: <textEntryInteraction responseIdentifier="x"/></p>'
        "</itemBody></assessmentItem>"
    )
    with pytest.raises(Refused, match="letter x"):
        qti.load_item(item.encode())


def test_who_marks_in_openolat_sees_the_solution(tmp_path: Path) -> None:
    """OpenOlat renders no rubric of an item; what hangs on SOLUTIONMODAL it shows beside the answer to be marked."""
    package = qti.load(file_of("qti21", tmp_path, items("computation-graph", "en")[:1]))
    for path, content in package.files.items():
        if path.startswith("items/q-"):
            assert b'<modalFeedback outcomeIdentifier="SOLUTIONMODAL" identifier="solution"' in content
    essays = [question for question in package.questions if question.grader_info]
    assert essays
    for essay in essays:
        assert not essay.feedback({"graph": "words"}).get("")  # the student is not told
