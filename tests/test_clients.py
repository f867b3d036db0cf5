"""The emulated clients themselves: each test is a fact measured in a real client or stated by its format."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping

import pytest
from clients import Question, Refused, amc, canvas, gift, moodle, qti
from clients.markup import html_faults

# ---------------------------------------------------------------- Moodle


def quiz(*questions: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>{"".join(questions)}</quiz>'.encode()


def asked(kind: str, body: str = "", text: str = "<p>How much?</p>", name: str = "q", files: str = "") -> str:
    return (
        f'<question type="{kind}"><name><text>{name}</text></name><questiontext format="html">'
        f"<text><![CDATA[{text}]]></text>{files}</questiontext>{body}</question>"
    )


def key(text: str, *, fraction: str = "100", tolerance: str = "", feedback: str = "") -> str:
    bound = f"<tolerance>{tolerance}</tolerance>" if tolerance else ""
    return (
        f'<answer fraction="{fraction}" format="html"><text><![CDATA[{text}]]></text>{bound}'
        f'<feedback format="html"><text><![CDATA[{feedback}]]></text></feedback></answer>'
    )


def one(xml: bytes, *, comma_site: bool = False, plugins: frozenset[str] = frozenset()) -> Question:
    (question,) = moodle.load(xml, comma_site=comma_site, extensions=plugins)
    return question


def cloze(text: str, *, comma_site: bool = False) -> Question:
    return one(quiz(asked("cloze", text=f"<p>{text}</p>")), comma_site=comma_site)


@pytest.mark.parametrize(
    ("response", "point", "comma"),
    [
        ("314e-2", 3.14, 3.14),
        ("6.02x10^23", 6.02e23, 6.02e23),
        ("6.02 * 10**23", 6.02e23, 6.02e23),
        ("3.14 m", 3.14, 3.14),
        ("3.14abc", 3.14, 3.14),
        ("1x", 1, 1),
        ("1/2", 1, 1),
        ("-.5", -0.5, -0.5),
        ("+2", 2, 2),
        ("1 000.5", 1000.5, 1000.5),
        ("3,14", 314, 3.14),
        ("1,234.5", 1234.5, 1234.5),
        ("1,234,567", 1234567, 1234567),
        ("1,234", 1234, 1.234),
    ],
)
def test_moodle_reads_a_number_at_the_start_of_a_response(response: str, point: float, comma: float) -> None:
    for site, value in ((False, point), (True, comma)):
        read = moodle.read_number(response, comma_site=site)
        assert read is not None
        assert read[0] == pytest.approx(value)


@pytest.mark.parametrize("response", ["", "abc", "−3", "x1", "e5", "."])
def test_moodle_sees_no_number(response: str) -> None:
    assert moodle.read_number(response) is None


def test_a_numerical_tolerance_is_inclusive() -> None:
    question = one(quiz(asked("numerical", key("3.14", tolerance="0.01", feedback="<p>Yes</p>"))))
    assert [question.mark({"answer": text}) for text in ("3.149", "3.15", "3.13", "3.1501", "", "x")] == [
        1, 1, 1, 0, 0, 0,
    ]  # fmt: skip
    assert question.feedback({"answer": "3.14"}) == {"answer": "<p>Yes</p>"}


def test_a_tolerance_of_nothing_is_exact() -> None:
    question = cloze("{1:NUMERICAL:=2}")
    assert question.mark({"1": "2.0000000001"}) == 0
    assert question.mark({"1": "2.00"}) == 1


def test_the_first_key_that_fits_decides() -> None:
    question = cloze("{1:NUMERICAL:=3.14:0.01#good~%50%3.14:0.1#near}")
    assert [question.mark({"1": text}) for text in ("3.145", "3.2", "3.3")] == [1, 0.5, 0]
    assert question.feedback({"1": "3.2"}) == {"1": "near"}


def test_a_comma_key_loses_its_comma_on_a_point_site() -> None:
    question = cloze("{1:NUMERICAL:=2,5:0,01}")
    assert [question.mark({"1": text}) for text in ("2.5", "25", "26", "26.1")] == [0, 1, 1, 0]


def test_a_point_key_is_right_for_both_spellings_on_a_comma_site() -> None:
    question = cloze("{1:NUMERICAL:=3.14:0.005}", comma_site=True)
    assert question.mark({"1": "3.14"}) == question.mark({"1": "3,14"}) == 1
    assert cloze("{1:NUMERICAL:=3.14:0.005}").mark({"1": "3,14"}) == 0


@pytest.mark.parametrize("text", ["{1:NUMERICAL:=+3:0.1}", "{1:NUMERICAL:=−3:0.1}", "{1:NM:= 3:0.1}", "{1:NM:=1/2}"])
def test_a_gap_whose_key_is_no_plain_number_stops_the_import(text: str) -> None:
    with pytest.raises(Refused, match="must be a number"):
        cloze(text)


@pytest.mark.parametrize("text", ["+3", "−3", "three", "1/2"])
def test_a_numerical_key_that_is_no_plain_number_stops_the_import(text: str) -> None:
    with pytest.raises(Refused, match="must be a number"):
        moodle.load(quiz(asked("numerical", key(text, tolerance="0.1"))))


def test_weights_are_whole_numbers_or_the_code_stays_in_the_text() -> None:
    question = cloze("a {1:NUMERICAL:=1} b {1.5:NUMERICAL:=2}")
    assert [field.name for field in question.fields] == ["1"]
    assert question.leftover_codes == ("{1.5:NUMERICAL:=2}",)


def test_parts_earn_their_weight_over_the_sum() -> None:
    question = cloze("{3:NUMERICAL:=1:0.1} {:SA:=x} {0:NM:=4}")
    assert [field.weight for field in question.fields] == [0.75, 0.25, 0]
    assert question.points == 4
    assert question.mark({"1": "1"}) == 0.75
    assert question.mark({"2": "X"}) == 0.25
    assert question.mark({}) == 0


@pytest.mark.parametrize("word", ["NUMERICAL", "NM", "numerical", "NUM"])
def test_names_of_gap_types_are_a_closed_list(word: str) -> None:
    text = f"{{1:SA:=x}} {{1:{word}:=1}}"
    assert (len(cloze(text).fields) == 2) == (word in ("NUMERICAL", "NM"))
    assert bool(cloze(text).leftover_codes) == (word not in ("NUMERICAL", "NM"))


def test_short_answers_compare_text() -> None:
    question = cloze(r"{1:SA:=2x+1~%50%2\*x+1} {1:SAC:=Relu}")
    assert question.mark({"1": " 2X+1 "}) == 0.5
    assert question.mark({"1": "2x + 1"}) == 0
    assert question.mark({"1": "2*x+1"}) == 0.25
    assert question.mark({"2": "relu"}) == 0
    assert question.mark({"2": "Relu"}) == 0.5


def test_a_star_matches_anything_and_is_reported() -> None:
    question = cloze("{1:SA:=2*x}")
    assert question.mark({"1": "2 anything x"}) == 1
    assert any("matches anything" in warning for warning in question.warnings)


def test_escapes_in_gaps() -> None:
    question = cloze(r"{1:MCV:=\(\frac{1\}{2\}\)#a \} b \# c~wrong} {1:SA:=a\#b}")
    assert question.fields[0].options == (("1", r"\(\frac{1}{2}\)"), ("2", "wrong"))
    assert question.feedback({"1": "1"}) == {"1": "a } b # c"}
    assert question.mark({"2": "a#b"}) == 0.5
    assert not question.warnings


def test_the_tilde_has_no_escape_but_its_entity() -> None:
    assert cloze(r"{1:MCV:=x\~y~z}").fields[0].options == (("1", r"x\~y"), ("2", "z"))
    assert cloze(r"{1:MCV:=x&\#126;y~z}").fields[0].options == (("1", "x&#126;y"), ("2", "z"))
    with pytest.raises(Refused, match="'&#' ends the answer"):
        cloze("{1:MCV:=x&#126;y~z}")


def test_white_space_beside_entities_is_lost_outside_cdata() -> None:
    html = "<p><em>a</em> <b>b</b> c</p>\n<p>д <i>е</i> ж</p>"
    escaped = html.replace("<", "&lt;").replace(">", "&gt;")
    text = "<question type='essay'><name><text>n</text></name><questiontext><text>%s</text></questiontext></question>"
    written = (f"<![CDATA[{html}]]>", escaped)
    (kept,), (lost,) = (moodle.load(f"<quiz>{text % words}</quiz>".encode()) for words in written)
    assert kept.text == html
    assert lost.text == "<p><em>a</em><b>b</b> c</p><p>д <i>е</i>ж</p>"


def test_a_gap_has_no_pictures() -> None:
    with pytest.raises(Refused, match="pictures inside a gap"):
        moodle.cloze('{1:NM:=1#<img src="@@PLUGINFILE@@/a.svg" alt="a"/>}', comma_site=False, what="text")


def test_a_choice_with_an_open_brace_is_refused_or_reported() -> None:
    with pytest.raises(Refused, match="two options"):
        cloze(r"{1:MCV:=\(x^{2}\)~\(y\)}")
    question = cloze(r"{1:MCV:\(y\)~=\(x^{2}\)}")
    assert any("braces" in warning for warning in question.warnings)


def test_braces_of_formulas_outside_gaps_are_harmless() -> None:
    question = cloze(r"\(\frac{1}{2}\), \(\{1, 2\}\): {1:NM:=0.5}")
    assert len(question.fields) == 1
    assert not question.warnings
    assert r"\(\frac{1}{2}\)" in question.text


def test_entities_of_answers_are_decoded_once() -> None:
    assert any("read as a tag" in warning for warning in cloze("{1:MCV:=a &lt;b~c}").warnings)
    question = cloze("{1:MCV:=a &amp;lt;b~c}")
    assert question.fields[0].options[0] == ("1", "a &lt;b")
    assert not question.warnings


def test_a_menu_shows_no_formula() -> None:
    assert any("menu" in warning for warning in cloze(r"{1:MC:=\(x\)~y}").warnings)
    assert not cloze(r"{1:MCH:=\(x\)~y}").warnings


def test_a_wrong_option_that_takes_marks_away_is_reported() -> None:
    question = cloze("{1:MCV:=a~%-50%b}")
    assert question.mark({"1": "2"}) == -0.5
    assert any("takes marks away" in warning for warning in question.warnings)


def test_several_choices_in_a_gap() -> None:
    question = cloze("{1:MR:=a~=b~c}")
    assert question.fields[0].kind == "choices"
    assert [question.mark({"1": chosen}) for chosen in ("1 2", "1", "1 3", "3")] == [1, 0.5, 0, 0]


def test_single_choice() -> None:
    body = "<single>true</single>" + key("right", feedback="yes") + key("bad", fraction="-50")
    question = one(quiz(asked("multichoice", body)))
    right = question.fields[0].option("right")
    assert question.mark({"answer": right}) == 1
    assert question.mark({"answer": question.fields[0].option("bad")}) == -0.5
    assert question.mark({}) == 0
    assert question.feedback({"answer": right}) == {"answer": "yes"}
    with pytest.raises(KeyError):
        question.mark({"answer": "7"})


def test_several_choices_are_floored_at_nothing() -> None:
    shares = ("33.33333", "33.33333", "33.33333", "-100")
    body = "<single>false</single>" + "".join(key(f"o{share}{i}", fraction=share) for i, share in enumerate(shares))
    question = one(quiz(asked("multichoice", body)))
    assert question.mark({"answer": "1 2 3"}) == 1
    assert question.mark({"answer": "1 2 3 4"}) == 0
    assert question.mark({"answer": "1"}) == pytest.approx(1 / 3, abs=1e-6)


@pytest.mark.parametrize("share", ["33", "66", "99.9", "1"])
def test_shares_off_the_list_stop_the_import(share: str) -> None:
    with pytest.raises(Refused, match="list of grades"):
        moodle.load(quiz(asked("shortanswer", key("x") + key("y", fraction=share))))


@pytest.mark.parametrize("share", ["33.33333", "33.333", "-12.5", "14.28571", "0"])
def test_shares_on_the_list_pass(share: str) -> None:
    assert one(quiz(asked("shortanswer", key("x") + key("y", fraction=share)))).mark({"answer": "x"}) == 1


def test_shares_of_right_options_add_up() -> None:
    body = "<single>false</single>" + key("a", fraction="50") + key("b", fraction="25")
    with pytest.raises(Refused, match="add up"):
        moodle.load(quiz(asked("multichoice", body)))


def test_matching() -> None:
    body = "".join(
        f'<subquestion format="html"><text>{stem}</text><answer><text>{answer}</text></answer></subquestion>'
        for stem, answer in (("a", "1"), ("b", "2"), ("", "3"))
    )
    question = one(quiz(asked("matching", body)))
    assert [field.name for field in question.fields] == ["1", "2"]
    assert question.mark({"1": question.fields[0].option("1"), "2": question.fields[1].option("3")}) == 0.5


def test_an_essay_waits_for_a_person() -> None:
    body = '<responseformat>editor</responseformat><graderinfo format="html"><text>Look</text></graderinfo>'
    question = one(quiz(asked("essay", body)))
    assert question.mark({"answer": "text"}) is None
    assert question.grader_info == "Look"


def category(path: str) -> str:
    return f'<question type="category"><category><text>{path}</text></category></question>'


def test_categories() -> None:
    first, second = moodle.load(
        quiz(category("$course$/top/Exam/input//output"), asked("essay"), category("Exam"), asked("essay"))
    )
    assert first.category == ("Exam", "input/output")
    assert second.category == ("Exam",)
    for bad in ("$nowhere$/top/x", "$course$/top//x/ ", "a/<b>"):
        with pytest.raises(Refused):
            moodle.load(quiz(category(bad), asked("essay")))


def test_an_idnumber_is_one_per_category() -> None:
    number = "<idnumber>sgd-1</idnumber>"
    with pytest.raises(Refused, match="idnumber"):
        moodle.load(quiz(asked("essay", number), asked("essay", number)))
    assert len(moodle.load(quiz(asked("essay", number), category("other"), asked("essay", number)))) == 2


PICTURE = f'<file name="p 1.png" path="/" encoding="base64">{base64.b64encode(b"png").decode()}</file>'
SHOWN = '<p><img src="@@PLUGINFILE@@/p%201.png" alt="a net"></p>'


def test_pictures_stand_where_they_are_referred_to() -> None:
    question = one(quiz(asked("essay", text=SHOWN, files=PICTURE)))
    assert question.files == {"p 1.png": b"png"}
    assert not question.warnings
    with pytest.raises(Refused, match="no file"):
        moodle.load(quiz(asked("essay", text=SHOWN)))
    elsewhere = f'<generalfeedback format="html"><text>x</text>{PICTURE}</generalfeedback>'
    with pytest.raises(Refused, match="no file"):
        moodle.load(quiz(asked("essay", elsewhere, text=SHOWN)))
    assert one(quiz(asked("essay", files=PICTURE))).warnings == ("file p 1.png is not referred to",)
    with pytest.raises(Refused, match="base64"):
        moodle.load(quiz(asked("essay", text=SHOWN, files='<file name="p 1.png" encoding="base64">!</file>')))


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"<quiz><question></quiz>", "not well-formed"),
        (b"<quiz></quiz>", "no questions"),
        (b"<test></test>", "not <quiz>"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><quiz></quiz>', "document type"),
        (quiz('<question type="essay"><questiontext><text>x</text></questiontext></question>'), "no <name>"),
        (quiz('<question type="essay"><name><text>x</text></name></question>'), "no <questiontext>"),
        (quiz(asked("essay", name=" ")), "the name is empty"),
        (quiz(asked("essay", "<graderinfo><text><p>not escaped</p></text></graderinfo>")), "neither escaped"),
        (quiz(asked("essay", f"<idnumber>{'x' * 101}</idnumber>")), "idnumber"),
        (quiz(asked("mystery")), "not supported"),
        (quiz(asked("formulas")), "not installed"),
        (quiz(asked("multichoice", key("alone"))), "two options"),
        (quiz(asked("shortanswer", key("x", fraction="50"))), "no answer earns 100%"),
        (quiz(asked("numerical", key("1", fraction="all"))), "is no number"),
        (quiz(asked("numerical", key("1", tolerance="all"))), "is no number"),
        (quiz(asked("cloze", text="no gap")), "no gap"),
    ],
)
def test_moodle_refuses(xml: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        moodle.load(xml)


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<p>a</p><ul><li>b<li>c</ul><br>", ""),
        (r"<p>\(a &lt; b\)</p>", ""),
        (r"<p>\(a<b\)</p>", "tag"),
        ("<p>a < b</p>", ""),
        ("<p>a <b</p>", "tag"),
        ("<b>bold", "closed"),
        ("</i>", "closes nothing"),
        ('<img src="x">', "alternative text"),
        ('<img src="x" alt="y">', ""),
    ],
)
def test_faults_of_html(html: str, fault: str) -> None:
    found = html_faults(html)
    assert (any(fault in one for one in found)) if fault else not found


# ---------------------------------------------------------------- Moodle's plugins

FORMULAS = frozenset({"formulas"})


def formulas_part(answer: str, kind: int, boxes: int, correctness: str, text: str = "", mark: str = "1") -> str:
    fields = {
        "partindex": "0", "placeholder": "", "answermark": mark, "answertype": str(kind), "numbox": str(boxes),
        "vars1": "", "answer": answer, "answernotunique": "1", "vars2": "", "correctness": correctness,
        "unitpenalty": "1", "postunit": "", "ruleid": "1", "otherrule": "",
    }  # fmt: skip
    inner = "".join(f"<{tag}><text><![CDATA[{value}]]></text></{tag}>" for tag, value in fields.items())
    return f'<answers>{inner}<subqtext format="html"><text><![CDATA[{text}]]></text></subqtext></answers>'


def formulas(part: str, variables: str = "") -> Question:
    body = f"<varsrandom><text/></varsrandom><varsglobal><text>{variables}</text></varsglobal>{part}"
    return one(quiz(asked("formulas", body)), plugins=FORMULAS)


def test_formulas_numbers() -> None:
    question = formulas(formulas_part("0.333333", 10, 1, "_err < 0.01"))
    assert [question.mark({"0_0": text}) for text in ("1/3", "0.33", "0.35", "3^(-1)", "x", "", "sin(0.34)")] == [
        1, 1, 0, 1, 0, 0, 0,
    ]  # fmt: skip
    assert formulas(formulas_part("0.5", 0, 1, "_relerr < 0.01")).mark({"0_0": "1/2"}) == 0
    assert formulas(formulas_part("0.5", 0, 1, "_relerr < 0.01")).mark({"0_0": "5e-1"}) == 1
    assert formulas(formulas_part("0.5", 100, 1, "_relerr < 0.01")).mark({"0_0": "sin(pi/6)"}) == 1


def test_formulas_boxes_are_marked_together() -> None:
    table = "<table><tr><td>{_0}</td><td>{_1}</td></tr><tr><td>{_2}</td><td>{_3}</td></tr></table>"
    question = formulas(formulas_part("[1,2,3,4]", 0, 4, "_err <= 0.1", table))
    right = {"0_0": "1", "0_1": "2", "0_2": "3", "0_3": "4"}
    assert question.mark(right) == 1
    assert question.mark(right | {"0_3": "5"}) == 0
    assert question.mark({name: text for name, text in right.items() if name != "0_3"}) == 0
    with pytest.raises(Refused, match="boxes"):
        formulas(formulas_part("[1,2]", 0, 2, "_err <= 0.1", "{_0}"))
    with pytest.raises(Refused, match="answers"):
        formulas(formulas_part("[1,2,3]", 0, 2, "_err <= 0.1"))


def test_formulas_can_pay_by_box() -> None:
    question = formulas(formulas_part("[1,2]", 0, 2, "(abs(_d[0]) < 0.1)*0.25 + (abs(_d[1]) < 0.1)*0.75"))
    assert question.mark({"0_0": "1", "0_1": "9"}) == 0.25
    assert question.mark({"0_0": "9", "0_1": "2"}) == 0.75


def test_formulas_compare_functions() -> None:
    question = formulas(formulas_part('"2*x"', 1000, 1, "_err < 1e-6"), "x = {1:10};")
    assert [question.mark({"0_0": text}) for text in ("x+x", "2x", "x*2", "2*x+1", "x^2", "2*")] == [1, 1, 1, 0, 0, 0]
    with pytest.raises(Refused, match="earns 0"):
        formulas(formulas_part('"2*x"', 1000, 1, "_relerr < 0.01"), "x = {1:10};")
    with pytest.raises(Refused, match="earns 0"):
        formulas(formulas_part('"max(0, x)"', 1000, 1, "_err < 1e-6"), "x = {1:10};")


def test_formulas_write_variables_into_the_text() -> None:
    question = formulas(formulas_part('"n"', 1000, 1, "_err < 1e-6", r"\(x^{n}\) {_0}"), "n = {1:10};")
    assert any("{n}" in warning for warning in question.warnings)


STACK = frozenset({"stack"})


def stack(kind: str, answer: str, test: str = "AlgEquiv", option: str = "", variables: str = "") -> Question:
    body = f"""<questionvariables><text>{variables}</text></questionvariables>
      <specificfeedback format="html"><text>[[feedback:prt1]]</text></specificfeedback>
      <input><name>ans1</name><type>{kind}</type><tans>{answer}</tans><forbidfloat>0</forbidfloat>
        <insertstars>0</insertstars></input>
      <prt><name>prt1</name><value>1</value><feedbackvariables><text/></feedbackvariables><node><name>0</name>
        <answertest>{test}</answertest><sans>ans1</sans><tans>{answer}</tans><testoptions>{option}</testoptions>
        <truescoremode>=</truescoremode><truescore>1</truescore><truenextnode>-1</truenextnode>
        <trueanswernote>prt1-1-T</trueanswernote>
        <falsescoremode>=</falsescoremode><falsescore>0</falsescore><falsenextnode>-1</falsenextnode>
        <falseanswernote>prt1-1-F</falseanswernote>
        <falsefeedback format="html"><text>No</text></falsefeedback></node></prt>"""
    text = "<p>[[input:ans1]] [[validation:ans1]]</p>"
    return one(quiz(asked("stack", body, text=text)), plugins=STACK)


def test_stack_equivalence() -> None:
    question = stack("algebraic", "2*x/(1+x)")
    right = ("2*x/(x+1)", "2 - 2/(1+x)")
    assert [question.mark({"ans1": text}) for text in (*right, "2*x", "2x", "", "x=")] == [1, 1, 0, 0, 0, 0]
    assert stack("algebraic", "1/2").mark({"ans1": "0.5"}) == 1
    assert question.feedback({"ans1": "x"}) == {"prt1": "No"}


def test_stack_forbids_students_long_names() -> None:
    """A name of three letters or more is invalid unless STACK knows it, as it does Greek letters."""
    assert stack("algebraic", "1/(3 + lambda)").mark({"ans1": "1/(lambda + 3)"}) == 1
    assert stack("algebraic", "2*rate").mark({"ans1": "2*rate"}) == 0
    assert stack("algebraic", "2*rate1").mark({"ans1": "2*rate1"}) == 1


def test_stack_matrices_and_numbers() -> None:
    question = stack("matrix", "M", variables="M:matrix([1,2],[3,1/2])")
    assert question.fields[0].kind == "matrix"
    assert question.mark({"ans1": "[[1, 2], [3, 0.5]]"}) == 1
    assert question.mark({"ans1": "[[1, 2], [3, 4]]"}) == 0
    assert question.mark({"ans1": "[[1, 2]]"}) == 0
    assert question.mark({"ans1": "[[1, 2], [3, ]]"}) == 0
    assert any("model answers" in warning for warning in stack("matrix", "matrix([1])", "NumAbsolute").warnings)
    near = stack("numerical", "3.14", "NumAbsolute", "0.01")
    assert [near.mark({"ans1": text}) for text in ("3.15", "3.16", "x")] == [1, 0, 0]


# ---------------------------------------------------------------- GIFT


def gift_one(text: str) -> Question:
    (question,) = gift.load(text)
    return question


def test_gift_numbers() -> None:
    question = gift_one("::pi::[html]<p>Pi?</p>{#=3.14:0.01#good =%50%3.14:0.1 ~#far}")
    assert (question.name, question.text) == ("pi", "<p>Pi?</p>")
    assert [question.mark({"answer": text}) for text in ("3.15", "3.2", "9")] == [1, 0.5, 0]
    assert question.feedback({"answer": "9"}) == {"answer": "far"}
    assert gift_one("x{#1..5}").mark({"answer": "5"}) == 1
    assert gift_one("x{#-1.5..5}").mark({"answer": "-1.6"}) == 0
    assert gift_one("x{#3.14:0.01}").mark({"answer": "3.149"}) == 1


def test_gift_takes_anything_for_a_key_that_is_no_number() -> None:
    question = gift_one("x{#3,14:0.01}")
    assert question.mark({"answer": "7"}) == 1
    assert any("every answer" in warning for warning in question.warnings)


def test_gift_escapes() -> None:
    question = gift_one(r"::n::[html]\\(\\frac\{1\}\{2\} \\neq x \~ \= \# \:\\){=\\(a\=b\\) ~c}")
    assert question.text == r"\(\frac{1}{2} \neq x ~ = # :\)"
    assert question.fields[0].options == (("1", r"\(a=b\)"), ("2", "c"))


def test_gift_destroys_a_single_backslash_before_n() -> None:
    assert gift_one(r"\(\nabla \mu\){}").text == "\\(\nabla \\mu\\)"


def test_gift_choices_matching_and_essay() -> None:
    single = gift_one("x{=right#yes ~wrong ~%-50%bad}")
    assert [single.mark({"answer": option}) for option in "123"] == [1, 0, -0.5]
    several = gift_one("x{~%50%a ~%50%b ~%-100%c}")
    assert several.fields[0].kind == "choices"
    assert several.mark({"answer": "1 2"}) == 1
    assert several.mark({"answer": "1 2 3"}) == 0
    pairs = gift_one("x{=a -> 1 =b -> 2 =c -> 3}")
    assert pairs.mark({"1": "1", "2": "2", "3": "1"}) == pytest.approx(2 / 3)
    assert gift_one("x{}").mark({"answer": "y"}) is None


def test_a_blank_line_ends_a_gift_question() -> None:
    assert [question.type for question in gift.load("one\n\n{#1}")] == ["description", "numerical"]
    first, second = gift.load("$CATEGORY: $course$/top/A/b//c\n\n// [id:k1]\n::a::x{#1}\n\n// a remark\n\n::b::y{}")
    assert (first.category, first.idnumber) == (("A", "b/c"), "k1")
    assert second.name == "b"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r"\\(\\frac{1}{2}\\){#0.5}", "not escaped"),
        ("x{#1", "do not match"),
        ("x{#1:a}", "tolerance 'a'"),
        ("x{#=%33%1 =2}", "list of grades"),
        ("x{=a}{=b}", "not escaped"),
        ("x{=a -> b =c}", "no ->"),
        ("x{~a}", "two options"),
        ('<img src="@@PLUGINFILE@@/a.png" alt="a">{}', "no files"),
        ("", "no questions"),
    ],
)
def test_gift_refuses(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        gift.load(text)


# ---------------------------------------------------------------- QTI 2.1 to 3.0

HEAD = {
    "2.1": 'xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"',
    "2.2": 'xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2"',
}
BOUNDS = """<responseCondition><responseIf><and>
  <gte><variable identifier="{0}"/><baseValue baseType="float">{1}</baseValue></gte>
  <lte><variable identifier="{0}"/><baseValue baseType="float">{2}</baseValue></lte></and>
  <setOutcomeValue identifier="SCORE"><sum><variable identifier="SCORE"/>
  <baseValue baseType="float">{3}</baseValue></sum></setOutcomeValue>
  <setOutcomeValue identifier="FEEDBACK"><baseValue baseType="identifier">good</baseValue></setOutcomeValue>
  </responseIf></responseCondition>"""
OUTCOMES = """<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"><defaultValue>
  <value>0</value></defaultValue></outcomeDeclaration><outcomeDeclaration identifier="MAXSCORE" cardinality="single"
  baseType="float"><defaultValue><value>4</value></defaultValue></outcomeDeclaration>
  <outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier"/>"""


def declared(name: str, *values: str, base: str = "float", cardinality: str = "single", more: str = "") -> str:
    keys = "".join(f"<value>{value}</value>" for value in values)
    right = f"<correctResponse>{keys}</correctResponse>" if keys else ""
    return (
        f'<responseDeclaration identifier="{name}" cardinality="{cardinality}" baseType="{base}">{right}{more}'
        "</responseDeclaration>"
    )


def item(
    declarations: str, body: str, processing: str, *, version: str = "2.1", ident: str = "i1", after: str = ""
) -> bytes:
    return (
        f'<assessmentItem {HEAD[version]} identifier="{ident}" title="A title" adaptive="false" timeDependent="false">'
        f"{declarations}{OUTCOMES}<itemBody>{body}</itemBody>{processing}{after}</assessmentItem>"
    ).encode()


def rules(*conditions: str) -> str:
    return f"<responseProcessing>{''.join(conditions)}</responseProcessing>"


CELLS = '<table><tr><td><textEntryInteraction responseIdentifier="A"/></td><td><textEntryInteraction responseIdentifier="B"/></td></tr></table>'  # noqa: E501
TWO = declared("A", "3.14") + declared("B", "-2")
MARKED = rules(BOUNDS.format("A", "3.13", "3.15", "3"), BOUNDS.format("B", "-2.5", "-1.5", "1"))


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_qti_bounds(version: str) -> None:
    question = qti.load_item(item(TWO, CELLS, MARKED, version=version))
    assert [(field.name, field.kind, field.weight) for field in question.fields] == [
        ("A", "number", 0.75), ("B", "number", 0.25),
    ]  # fmt: skip
    assert question.points == 4
    assert question.mark({"A": "3.14", "B": "-2"}) == 1
    assert question.mark({"A": "3.149"}) == question.mark({"A": "3.15"}) == question.mark({"A": "314e-2"}) == 0.75
    assert question.mark({"A": "3.1501"}) == question.mark({}) == 0


@pytest.mark.parametrize("response", ["3,14", "abc", "3.14 m", "1/2", "−2", "nan"])
def test_qti_floats_are_read_strictly(response: str) -> None:
    question = qti.load_item(item(TWO, CELLS, MARKED))
    assert question.mark({"A": response, "B": response}) == 0


def test_qti_3_in_kebab_case() -> None:
    xml = b"""<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="i3" title="t"
      adaptive="false" time-dependent="false">
      <qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier">
      <qti-correct-response><qti-value>a</qti-value></qti-correct-response></qti-response-declaration>
      <qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float" normal-maximum="1"/>
      <qti-item-body><p>Which?</p><qti-choice-interaction response-identifier="RESPONSE" shuffle="true" max-choices="1">
      <qti-simple-choice identifier="a"><math xmlns="http://www.w3.org/1998/Math/MathML" alttext="x"><mi>x</mi></math>
      </qti-simple-choice><qti-simple-choice identifier="b">y</qti-simple-choice></qti-choice-interaction>
      </qti-item-body><qti-response-processing
      template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/></qti-assessment-item>"""
    question = qti.load_item(xml)
    assert question.mark({"RESPONSE": "a"}) == 1
    assert question.mark({"RESPONSE": "b"}) == 0
    for wrong in (
        xml.replace(b"match_correct.xml", b"match_correct"),
        xml.replace(b"qti-choice-interaction", b"choiceInteraction"),
        xml.replace(b"response-identifier", b"responseIdentifier"),
        xml.replace(b"imsqtiasi_v3p0", b"imsqti_v2p1"),
    ):
        with pytest.raises(Refused):
            qti.load_item(wrong)


CHOICE = """<choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="{}"><prompt>Pick</prompt>
  <simpleChoice identifier="a">A</simpleChoice><simpleChoice identifier="b">B</simpleChoice>
  <simpleChoice identifier="c">C</simpleChoice></choiceInteraction>"""
MAP_RESPONSE = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"/>'


def test_qti_several_choices_by_mapping() -> None:
    mapping = """<mapping lowerBound="0" defaultValue="0"><mapEntry mapKey="a" mappedValue="2"/>
      <mapEntry mapKey="b" mappedValue="2"/><mapEntry mapKey="c" mappedValue="-2"/></mapping>"""
    declaration = declared("RESPONSE", "a", "b", base="identifier", cardinality="multiple", more=mapping)
    question = qti.load_item(item(declaration, CHOICE.format(0), MAP_RESPONSE))
    assert question.fields[0].kind == "choices"
    assert question.fields[0].weight == 1
    assert [question.mark({"RESPONSE": chosen}) for chosen in ("a b", "a", "a c", "c", "")] == [1, 0.5, 0, 0, 0]


def test_qti_string_mapping() -> None:
    mapping = """<mapping defaultValue="0"><mapEntry mapKey="1/2" mappedValue="4" caseSensitive="false"/>
      <mapEntry mapKey="0,5" mappedValue="4"/></mapping>"""
    body = '<p>Half: <textEntryInteraction responseIdentifier="RESPONSE"/></p>'
    question = qti.load_item(item(declared("RESPONSE", "1/2", base="string", more=mapping), body, MAP_RESPONSE))
    assert [question.mark({"RESPONSE": text}) for text in ("1/2", "0,5", "0.5")] == [1, 1, 0]


def test_qti_a_mapped_response_that_may_be_blank_is_reported() -> None:
    mapping = '<mapping defaultValue="0"><mapEntry mapKey="1/2" mappedValue="4"/></mapping>'
    declaration = declared("A", "1/2", base="string", more=mapping)
    add = """<setOutcomeValue identifier="SCORE"><sum><variable identifier="SCORE"/><mapResponse identifier="A"/></sum>
      </setOutcomeValue>"""
    bare = qti.load_item(item(declaration, SINGLE_CELL, rules(add)))
    assert bare.mark({"A": "1/2"}) == 1
    assert bare.mark({}) == 0
    assert any("may be NULL" in warning for warning in bare.warnings)
    answered = '<not><isNull><variable identifier="A"/></isNull></not>'
    guard = f"<responseCondition><responseIf>{answered}{add}</responseIf></responseCondition>"
    guarded = qti.load_item(item(declaration, SINGLE_CELL, rules(guard)))
    assert guarded.mark({"A": "1/2"}) == 1
    assert not guarded.warnings


def test_qti_bounds_around_zero_that_a_blank_response_may_meet_are_reported() -> None:
    bare = item(declared("A", "0"), SINGLE_CELL, rules(BOUNDS.format("A", "-0.5", "0.5", "4")))
    assert qti.load_item(bare).mark({}) == 0
    assert any("blank response for 0" in warning for warning in qti.load_item(bare).warnings)
    guard = b'<and><not><isNull><variable identifier="A"/></isNull></not>'
    guarded = qti.load_item(bare.replace(b"<and>", guard))
    assert [guarded.mark({"A": text}) for text in ("0", "0.5", "0.6", "")] == [1, 1, 0, 0]
    assert not guarded.warnings


def test_qti_essay_and_rubric() -> None:
    body = """<div><p>Why?</p></div><extendedTextInteraction responseIdentifier="RESPONSE"/>
      <rubricBlock view="scorer"><p>Look for <b>a</b> &lt; b.</p></rubricBlock>"""
    question = qti.load_item(item(declared("RESPONSE", base="string"), body, ""))
    assert question.mark({"RESPONSE": "because"}) is None
    assert question.grader_info == "<p>Look for <b>a</b> &lt; b.</p>"
    assert "Look" not in question.text


def test_qti_feedback() -> None:
    modal = '<modalFeedback outcomeIdentifier="FEEDBACK" identifier="good" showHide="show"><p>Well</p></modalFeedback>'
    hidden = (
        '<feedbackBlock outcomeIdentifier="FEEDBACK" identifier="good" showHide="hide"><p>Again</p></feedbackBlock>'
    )
    question = qti.load_item(item(TWO, CELLS + hidden, MARKED, after=modal))
    assert question.feedback({"A": "3.14"}) == {"": "<p>Well</p>"}
    assert question.feedback({}) == {"": "<p>Again</p>"}


EQUAL = """<responseCondition><responseIf><equal toleranceMode="absolute" tolerance="{}"><variable identifier="A"/>
  <correct identifier="A"/></equal><setOutcomeValue identifier="SCORE"><baseValue baseType="float">4</baseValue>
  </setOutcomeValue></responseIf></responseCondition>"""
SINGLE_CELL = '<p><textEntryInteraction responseIdentifier="A"/></p>'


def test_qti_equal_with_a_tolerance_is_reported_and_with_none_refused() -> None:
    question = qti.load_item(item(declared("A", "3.14"), SINGLE_CELL, rules(EQUAL.format("0.01 0.01"))))
    assert question.mark({"A": "3.145"}) == 1
    assert any("one player ignores it" in warning for warning in question.warnings)
    zero = item(declared("A", "3.14"), SINGLE_CELL, rules(EQUAL.format("0 0")))
    with pytest.raises(Refused, match="0 0"):
        qti.load_item(zero)
    assert qti.load_item(zero, strict=False).mark({"A": "3.14"}) == 1


FITTING = rules(BOUNDS.format("A", "3", "4", "4"))


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (item(declared("A", "3,14"), SINGLE_CELL, FITTING), "'3,14' is no float"),
        (item(declared("A", "3"), SINGLE_CELL, FITTING.replace(">3<", ">3,1<")), "'3,1' is no float"),
        (item(declared("A", "3"), SINGLE_CELL, FITTING.replace('"A"', '"a"')), "names 'a', which is not declared"),
        (item(declared("A", "3", "4"), SINGLE_CELL, FITTING), "2 values"),
        (item(declared("A", "x", base="string"), SINGLE_CELL, FITTING), "single string where single float"),
        (item(declared("A", "3"), SINGLE_CELL.replace("textE", "texte"), FITTING), "case-sensitive"),
        (item(declared("A", "3"), SINGLE_CELL.replace('"A"', '"X"'), FITTING), "answers 'X', which is not declared"),
        (item(declared("A", "3"), "<p>nothing asked</p>", FITTING), "never asked"),
        (item(declared("A", "3"), SINGLE_CELL, FITTING, ident="1 a"), "no identifier"),
        (item(declared("A", "3"), "bare text " + SINGLE_CELL, FITTING), "belongs in a paragraph"),
        (item(declared("A", "3"), SINGLE_CELL.replace("p>", "b>"), FITTING), "belongs in a paragraph"),
        (item(declared("A", "3") * 2, SINGLE_CELL, FITTING), "declared twice"),
        (item(declared("RESPONSE", "z", base="identifier"), CHOICE.format(1), ""), "'z' is no choice"),
        (item(declared("RESPONSE", "a", base="identifier"), CHOICE.format(0), ""), "maxChoices 0"),
        (item(declared("RESPONSE", "a", base="identifier"), CHOICE.format(1), MAP_RESPONSE), "no mapping"),
        (item(declared("RESPONSE", base="identifier"), f"<p>{CHOICE.format(1)}</p>", ""), "block"),
        (item(declared("A", "3"), SINGLE_CELL, FITTING.replace("sum>", "random>")), "<random> is no element"),
        (item(declared("A", "3"), SINGLE_CELL, FITTING).replace(b"MAXSCORE", b"TOP"), "full mark"),
    ],
)
def test_qti_items_that_fail_in_an_engine(xml: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        qti.load_item(xml)


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


MANIFEST = """<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="M"><metadata>
  <schema>QTIv2.1 Package</schema><schemaversion>1.0.0</schemaversion></metadata><organizations/><resources>
  <resource identifier="T" type="imsqti_test_xmlv2p1" href="test.xml"><file href="test.xml"/>
    <dependency identifierref="R1"/><dependency identifierref="R2"/></resource>
  <resource identifier="R1" type="imsqti_item_xmlv2p1" href="items/1.xml"><file href="items/1.xml"/>
    <file href="items/p.png"/></resource>
  <resource identifier="R2" type="imsqti_item_xmlv2p1" href="items/2.xml"><file href="items/2.xml"/></resource>
  </resources></manifest>"""
TEST = """<assessmentTest xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="test" title="Exam">
  <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
  <testPart identifier="p" navigationMode="nonlinear" submissionMode="simultaneous">
  <assessmentSection identifier="s" title="One of two" visible="true"><selection select="1"/><ordering shuffle="true"/>
  <assessmentItemRef identifier="r1" href="items/1.xml"/><assessmentItemRef identifier="r2" href="items/2.xml"/>
  </assessmentSection></testPart><outcomeProcessing><setOutcomeValue identifier="SCORE"><sum>
  <testVariables variableIdentifier="SCORE"/></sum></setOutcomeValue></outcomeProcessing></assessmentTest>"""
PICTURED = SINGLE_CELL.replace("<p>", '<p><img src="p.png" alt="net"/>')
ONE_RULE = rules(BOUNDS.format("A", "3.13", "3.15", "4"))
PACKAGE: dict[str, bytes | str] = {
    "imsmanifest.xml": MANIFEST,
    "test.xml": TEST,
    "items/1.xml": item(declared("A", "3.14"), PICTURED, ONE_RULE),
    "items/2.xml": item(declared("A", "3.14"), SINGLE_CELL, ONE_RULE, ident="i2"),
    "items/p.png": b"png",
}


def test_qti_package() -> None:
    package = qti.load(zipped(PACKAGE))
    assert package.version == "2.1"
    assert [question.idnumber for question in package.questions] == ["i1", "i2"]
    assert package.question("i1").files == {"p.png": b"png"}
    assert package.test is not None
    (section,) = package.test.sections
    assert (section.select, section.shuffle, section.items) == (1, True, ("i1", "i2"))
    assert package.test.score({"i1": 4.0}) == 4


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("imsmanifest.xml", '<file href="items/p.png"/>', "", "is in the package and not"),
        ("imsmanifest.xml", '<dependency identifierref="R2"/>', "", "does not depend on the item"),
        ("imsmanifest.xml", 'identifierref="R2"', 'identifierref="R9"', "is no resource"),
        ("imsmanifest.xml", 'identifier="R2"', 'identifier="R1"', "stands twice"),
        ("imsmanifest.xml", 'identifier="R2"', 'identifier="2"', "is no identifier"),
        ("imsmanifest.xml", "imsqti_item_xmlv2p1", "imsqti_item_xmlv2p2", "2 QTI versions"),
        ("imsmanifest.xml", "imscp_v1p1", "qti/qtiv3p0/imscp_v1p1", "is not that of QTI 2.1"),
        ("imsmanifest.xml", "<schema>QTIv2.1 Package</schema>", "", "needs one <schema>"),
        ("imsmanifest.xml", 'href="items/p.png"', 'href="items/q.png"', "no file .items/q.png"),
        ("test.xml", 'href="items/2.xml"', 'href="2.xml"', "is no item of the package"),
        ("test.xml", 'select="1"', 'select="3"', "selects 3 of 2"),
        ("test.xml", 'visible="true"', "", "needs title and visible"),
        ("test.xml", 'identifier="r2"', 'identifier="r1"', "stands twice"),
        ("test.xml", 'variableIdentifier="SCORE"', 'variableIdentifier="SCORES"', "is not the sum"),
        ("items/2.xml", 'identifier="i2"', 'identifier="i1"', "two items are called"),
        ("items/1.xml", 'src="p.png"', 'src="items/p.png"', "no file .items/items/p.png"),
    ],
)
def test_qti_packages_that_do_not_hang_together(name: str, old: str, new: str, reason: str) -> None:
    data = PACKAGE[name]
    text = data.decode() if isinstance(data, bytes) else data
    assert old in text
    with pytest.raises(Refused, match=reason):
        qti.load(zipped(PACKAGE | {name: text.replace(old, new)}))


def test_qti_package_with_a_file_that_is_not_listed() -> None:
    with pytest.raises(Refused, match="not in the manifest"):
        qti.load(zipped(PACKAGE | {"keys.txt": "x"}))
    with pytest.raises(Refused, match="top of the package"):
        qti.load(zipped({f"folder/{name}": data for name, data in PACKAGE.items()}))
    with pytest.raises(Refused, match="zip"):
        qti.load(b"no zip")


# ---------------------------------------------------------------- Canvas


def canvas_item(
    kind: str, presentation: str, conditions: str = "", *, ident: str = "q1", text: str = "&lt;p&gt;How?&lt;/p&gt;"
) -> str:
    return f"""<item ident="{ident}" title="A title"><itemmetadata><qtimetadata><qtimetadatafield>
      <fieldlabel>question_type</fieldlabel><fieldentry>{kind}</fieldentry></qtimetadatafield><qtimetadatafield>
      <fieldlabel>points_possible</fieldlabel><fieldentry>2</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>
      <presentation><material><mattext texttype="text/html">{text}</mattext></material>{presentation}</presentation>
      <resprocessing><outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>
      {conditions}</resprocessing></item>"""


def canvas_one(text: str) -> Question:
    return canvas.load_item(
        f'<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2">{text}</questestinterop>'.encode()
    )


NUMBER_BOX = """<response_str ident="response1" rcardinality="Single"><render_fib fibtype="Decimal">
  <response_label ident="answer1"/></render_fib></response_str>"""
FULL = '<setvar action="Set" varname="SCORE">100</setvar>'


def numeric(exact: str, low: str, high: str, *, bound: str = "vargte") -> Question:
    tests = f"<{bound}>{low}</{bound}><varlte>{high}</varlte>"
    tests = f"<or><varequal>{exact}</varequal><and>{tests}</and></or>" if exact else tests
    conditions = f'<respcondition continue="No"><conditionvar>{tests}</conditionvar>{FULL}</respcondition>'
    return canvas_one(canvas_item("numerical_question", NUMBER_BOX, conditions))


def test_canvas_margin_of_error() -> None:
    question = numeric("3.14", "3.13", "3.15")
    assert [question.mark({"answer": text}) for text in ("3.15", "3.13", "3.1501", "3,14", "", "x")] == [
        1, 1, 0, 0, 0, 0,
    ]  # fmt: skip
    assert question.points == 2
    assert not question.warnings


def test_canvas_exact_number_and_range() -> None:
    exact = numeric("42", "42", "42")
    assert [exact.mark({"answer": text}) for text in ("42", "42.0", "42.001")] == [1, 1, 0]
    between = numeric("", "1", "5")
    assert [between.mark({"answer": text}) for text in ("1", "5", "5.1")] == [1, 1, 0]


def test_canvas_keeps_the_upper_margin_only() -> None:
    question = numeric("3", "1", "4")
    assert question.mark({"answer": "1.5"}) == 0
    assert any("not symmetric" in warning for warning in question.warnings)


def test_canvas_reads_open_bounds_that_end_in_five_as_significant_digits() -> None:
    question = numeric("3.14", "3.135", "3.145", bound="vargt")
    assert any("significant digits" in warning for warning in question.warnings)
    assert question.mark({"answer": "3.1449"}) == 1
    assert question.mark({"answer": "3.15"}) == 0
    assert not any("read as" in warning for warning in numeric("3.14", "3.135", "3.145").warnings)
    assert not any("read as" in warning for warning in numeric("3.14", "3.12", "3.16", bound="vargt").warnings)


def test_canvas_numbers_are_marked_as_both_quizzes_do() -> None:
    rounded = numeric("116.71875", "116.718745", "116.718755")
    assert rounded.mark({"answer": "116.71875"}) == 0  # the page of Classic Quizzes sends 116.7188
    edge = numeric("63.8", "63.7995", "63.8005")
    assert [edge.mark({"answer": text}) for text in ("63.8", "63.8005")] == [1, 0]  # 63.8 - 63.7995 < 0.0005 in floats
    wider = numeric("2.270", "2.268999", "2.271001")
    assert [wider.mark({"answer": text}) for text in ("2.269", "2.271", "2.2720")] == [1, 1, 0]


def test_canvas_drops_long_texts_and_cleans_tags_away() -> None:
    with pytest.raises(Refused, match="16384"):
        canvas_one(canvas_item("essay_question", "", text="x" * 16385))
    assert not canvas_one(canvas_item("essay_question", "", text="x" * 16384)).warnings
    cleaned = canvas_one(canvas_item("essay_question", "", text="<p><svg></svg></p>".replace("<", "&lt;")))
    assert "<svg> is cleaned away" in cleaned.warnings


def test_canvas_small_keys_are_reported() -> None:
    assert any("1e-4" in warning for warning in numeric("0.00005", "0.00004", "0.00006").warnings)


def blank(name: str, *spellings: str) -> str:
    labels = "".join(
        f'<response_label ident="{name}_{i}"><material><mattext texttype="text/plain">{text}</mattext></material>'
        "</response_label>"
        for i, text in enumerate(spellings)
    )
    return f'<response_lid ident="response_{name}"><render_choice>{labels}</render_choice></response_lid>'


def add(name: str, label: int, points: str) -> str:
    return (
        f'<respcondition><conditionvar><varequal respident="response_{name}">{name}_{label}</varequal></conditionvar>'
        f'<setvar varname="SCORE" action="Add">{points}</setvar></respcondition>'
    )


def test_canvas_blanks_compare_text() -> None:
    text = "Half is [a11], third is [a12]; \\[ x \\] and [0, 1]."
    presentation = blank("a11", "0.5", "1/2") + blank("a12", "1/3")
    conditions = add("a11", 0, "50") + add("a11", 1, "50") + add("a12", 0, "50")
    question = canvas_one(canvas_item("fill_in_multiple_blanks_question", presentation, conditions, text=text))
    assert [field.name for field in question.fields] == ["a11", "a12"]
    assert question.mark({"a11": " 1/2 ", "a12": "1/3"}) == 1
    assert question.mark({"a11": "0.50"}) == 0
    assert question.mark({"a12": "1/3"}) == 0.5
    assert not question.warnings
    stray = canvas_item("fill_in_multiple_blanks_question", presentation, conditions, text=text + " See [fig1].")
    assert any("fig1" in warning for warning in canvas_one(stray).warnings)
    with pytest.raises(Refused, match="0 times"):
        canvas_one(canvas_item("fill_in_multiple_blanks_question", presentation, conditions, text="[a11]"))


def test_canvas_menus() -> None:
    presentation = blank("x", "red", "blue") + blank("y", "red", "blue")
    conditions = add("x", 0, "50") + add("y", 1, "50")
    question = canvas_one(canvas_item("multiple_dropdowns_question", presentation, conditions, text="[x] [y]"))
    red = question.field("x").option("red")
    assert question.mark({"x": red, "y": question.field("y").option("red")}) == 0.5
    with pytest.raises(Refused, match="add up"):
        canvas_one(
            canvas_item(
                "multiple_dropdowns_question", presentation, add("x", 0, "50") + add("y", 1, "30"), text="[x] [y]"
            )
        )


NOT_C = '<not><varequal respident="response_z">z_2</varequal></not>'
OPTIONS = blank("z", "a", "b", "c").replace("<response_lid", '<response_lid rcardinality="{}"')


def test_canvas_choices() -> None:
    single = f'<respcondition><conditionvar><varequal respident="response_z">z_1</varequal></conditionvar>{FULL}</respcondition>'  # noqa: E501
    question = canvas_one(canvas_item("multiple_choice_question", OPTIONS.format("Single"), single))
    assert [question.mark({"answer": f"z_{i}"}) for i in range(3)] == [0, 1, 0]
    tests = "".join(f'<varequal respident="response_z">z_{i}</varequal>' for i in (0, 1))
    tests += NOT_C
    several = f"<respcondition><conditionvar><and>{tests}</and></conditionvar>{FULL}</respcondition>"
    question = canvas_one(canvas_item("multiple_answers_question", OPTIONS.format("Multiple"), several))
    assert [question.mark({"answer": chosen}) for chosen in ("z_0 z_1", "z_0", "z_0 z_2", "z_2")] == [1, 0.5, 0, 0]
    with pytest.raises(Refused, match="every choice"):
        canvas_one(canvas_item("multiple_answers_question", OPTIONS.format("Multiple"), several.replace(NOT_C, "")))


def test_canvas_essay_and_unknown_type() -> None:
    assert canvas_one(canvas_item("essay_question", "")).mark({"answer": "x"}) is None
    with pytest.raises(Refused, match="unknown question type"):
        canvas_one(canvas_item("matrix_question", ""))


CANVAS_MANIFEST = """<manifest xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1" identifier="m"><resources>
  <resource identifier="quiz1" type="imsqti_xmlv1p2"><file href="quiz1/quiz1.xml"/><dependency identifierref="meta1"/>
  </resource><resource identifier="meta1" type="associatedcontent/imscc_xmlv1p1/learning-application-resource"
  href="quiz1/assessment_meta.xml"><file href="quiz1/assessment_meta.xml"/></resource>
  <resource identifier="pic" type="webcontent" href="web_resources/p.png"><file href="web_resources/p.png"/></resource>
  </resources></manifest>"""
CANVAS_META = """<quiz xmlns="http://canvas.instructure.com/xsd/cccv1p0" identifier="quiz1"><title>Exam</title>
  <description>d</description><points_possible>3</points_possible></quiz>"""
WITH_PICTURE = '&lt;img src="$IMS-CC-FILEBASE$/p.png" alt="net"&gt;'
CANVAS_SHEET = f"""<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="quiz1"
  title="Exam"><section ident="root_section"><section ident="g1" title="Group"><selection_ordering><selection>
  <selection_number>1</selection_number><selection_extension><points_per_item>3</points_per_item></selection_extension>
  </selection></selection_ordering>{canvas_item("essay_question", "", ident="e1", text=WITH_PICTURE)}
  {canvas_item("essay_question", "", ident="e2")}</section></section></assessment></questestinterop>"""
CANVAS: dict[str, bytes | str] = {
    "imsmanifest.xml": CANVAS_MANIFEST,
    "quiz1/quiz1.xml": CANVAS_SHEET,
    "quiz1/assessment_meta.xml": CANVAS_META,
    "web_resources/p.png": b"png",
}


def test_canvas_package() -> None:
    found = canvas.load(zipped(CANVAS))
    assert (found.title, found.points) == ("Exam", 3)
    (group,) = found.groups
    assert (group.pick, group.points, len(group.questions)) == (1, 3, 2)
    assert found.question("e1").points == 3
    assert found.question("e1").files == {"p.png": b"png"}


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("quiz1/quiz1.xml", "<selection_number>1", "<selection_number>3", "picks 3 of 2"),
        ("quiz1/quiz1.xml", "<points_per_item>3", "<points_per_item>0", "worth 0 points"),
        ("quiz1/quiz1.xml", 'ident="e2"', 'ident="e1"', "stands twice"),
        ("quiz1/quiz1.xml", "ims_qtiasiv1p2", "ims_qtiasiv1p1", "in namespace"),
        ("quiz1/quiz1.xml", "$/p.png", "$/q.png", "no file .q.png"),
        ("quiz1/quiz1.xml", "$IMS-CC-FILEBASE$/p.png", "data:image/png;base64,AA", "a data: picture"),
        ("quiz1/assessment_meta.xml", 'identifier="quiz1"', 'identifier="quiz2"', "in Canvas's namespace"),
        ("imsmanifest.xml", '<dependency identifierref="meta1"/>', "", "0 assessment_meta.xml"),
        ("imsmanifest.xml", "imsccv1p1", "imsccv1p2", "in namespace"),
        ("imsmanifest.xml", '<file href="web_resources/p.png"/>', "", "is in the package and not"),
    ],
)
def test_canvas_packages_that_do_not_hang_together(name: str, old: str, new: str, reason: str) -> None:
    text = CANVAS[name]
    assert isinstance(text, str)
    assert old in text
    with pytest.raises(Refused, match=reason):
        canvas.load(zipped(CANVAS | {name: text.replace(old, new)}))


# ---------------------------------------------------------------- AMC

AMC = r"""\documentclass{article}
\usepackage[box]{automultiplechoice}
\begin{document}
\element{a}{%
  \begin{questionmultx}{pi}How much is $\pi$, to \textbf{2} digits?
    \AMCnumericChoices{3.14}{digits=3,decimals=2,sign=true,approx=1}
  \end{questionmultx}
}
\element{a}{
  \begin{question}{cat}A cat? % remark with a brace }
    \begin{choices}\correctchoice{yes}\wrongchoice{no \{\}}\end{choices}
  \end{question}
}
\onecopy{1}{\insertgroup{a}}
\end{document}
"""


def test_amc_numbers_and_choices() -> None:
    number, choice = amc.load(AMC)
    assert [number.mark({"answer": text}) for text in ("3.14", "3,15", "3.13", "3.16", "-3.14", "")] == [
        1, 0.5, 0.5, 0, 0, 0,
    ]  # fmt: skip
    assert number.points == 2
    assert choice.mark({"answer": choice.fields[0].option("yes")}) == 1
    assert choice.mark({"answer": "1 2"} if choice.fields[0].kind == "choices" else {"answer": "2"}) == 0


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("{cat}", "{pi}", "two questions are called"),
        ("3.14", "3,14", "is no number"),
        ("{3.14}", "{314}", "cannot be coded"),
        ("{3.14}", "{-3.14}", "cannot be coded"),
        ("digits=3", "digit=3", "unknown option"),
        ("questionmultx", "question", "belongs in questionmultx"),
        (r"\correctchoice{yes}", r"\wrongchoice{yes}", "has 0 right ones"),
        ("  \\end{question}\n}", "  \\end{question}}", "no line break"),
        (r"\insertgroup{a}", "", "never inserted"),
        (r"\insertgroup{a}", r"\insertgroup{a}\insertgroup{b}", "has no questions"),
        (r"\end{choices}", "", "closes nothing"),
        (r"\textbf{2}", r"\textbf{2", "never closed"),
        (r"\element{a}{%", r"\begin{question}{out}x\end{question}\element{a}{%", "stands outside"),
    ],
)
def test_amc_refuses(old: str, new: str, reason: str) -> None:
    source = AMC.replace("sign=true", "sign=false") if new == "{-3.14}" else AMC
    assert old in source
    with pytest.raises(Refused, match=reason):
        amc.load(source.replace(old, new))


def test_the_real_amc_takes_this_source() -> None:
    if not amc.available():
        pytest.skip("auto-multiple-choice is not installed")
    assert amc.run(AMC) == amc.Report(True, ())


# ---------------------------------------------------------------- Anki


def test_anki_imports_once() -> None:
    from clients import anki

    apkg = anki.sample(front="id-1", back='<img src="p.png">', media={"p.png": b"png", "idle.png": b"x"})
    found = anki.load(apkg, apkg)
    assert [(log.new, log.duplicate) for log in found.logs] == [(1, 0), (0, 1)]
    note = found.note("id-1")
    assert '<img src="p.png">' in note.backs[0]
    assert found.media["p.png"] == b"png"
    with pytest.raises(Refused):
        anki.load(b"no package")
