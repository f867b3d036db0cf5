"""Two question types that a Moodle site may have: the Formulas plugin (6.x) and STACK (4.x).

Formulas computes in double precision. STACK computes with Maxima; here two expressions are taken for equivalent when
they agree to 25 digits at 12 points.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import mpmath

from clients import Field, Kind, Question, Refused, Responses
from clients.expressions import BadExpression, Node, Syntax, compute, names, parse, statements
from clients.markup import html_faults
from clients.moodle import rich_text

TEACHER = Syntax(caret_is_power=False)  # Formulas writes powers as **; its ^ is a bit operation
STUDENT = Syntax(implicit_product=True)
MAXIMA = Syntax(maxima=True)
MAXIMA_WITH_STARS = Syntax(maxima=True, implicit_product=True)


def load(kind: str, element: Element, category: tuple[str, ...], comma_site: bool, name: str, what: str) -> Question:
    """A question of type `formulas` or `stack`."""
    reader = _formulas if kind == "formulas" else _stack
    return reader(element, category, name, what)


def _plain_text(parent: Element, tag: str, default: str | None, what: str) -> str:
    """Text of `<tag>` or of `<tag><text>`; both are written."""
    element = parent.find(tag)
    if element is None:
        if default is None:
            raise Refused(f"{what}: no <{tag}>")
        return default
    inner = element.find("text")
    return ((element if inner is None else inner).text or "").strip()


# ---------------------------------------------------------------- Formulas

NUMBER, NUMERIC, NUMERICAL_FORMULA, ALGEBRAIC = 0, 10, 100, 1000


@dataclass(frozen=True)
class Part:
    """A part of a Formulas question: its boxes are marked together."""

    index: int
    mark: float
    type: int
    boxes: int
    key: tuple[Any, ...]  # numbers, or texts of formulas
    correctness: Node
    grading: Mapping[str, Node]
    known: Mapping[str, Any]
    samples: tuple[Mapping[str, Any], ...]
    feedback: str
    verdicts: tuple[str, str, str]  # wrong, partly right, right

    def score(self, responses: Responses) -> float:
        """Share of this part's mark."""
        given = [responses.get(f"{self.index}_{box}", "").strip()[:128] for box in range(self.boxes)]
        try:
            with mpmath.workprec(53):
                return self._score(given)
        except BadExpression:
            return 0.0

    def _score(self, given: list[str]) -> float:
        known = dict(self.known)
        trees = [self._read(text) for text in given]
        if self.type == ALGEBRAIC:
            keys = [parse(str(text), STUDENT) for text in self.key]
            gaps = [self._distance(key, tree) for key, tree in zip(keys, trees, strict=True)]
            known["_r"] = given
        else:
            values = [compute(tree, {}) for tree in trees]
            if not all(mpmath.isfinite(value) and mpmath.im(value) == 0 for value in values):
                return 0.0
            gaps = [abs(key - value) for key, value in zip(self.key, values, strict=True)]
            known["_r"] = values
            known |= {f"_{box}": value for box, value in enumerate(values)}
            size = mpmath.sqrt(mpmath.fsum(key**2 for key in self.key))
            error = mpmath.sqrt(mpmath.fsum(gap**2 for gap in gaps))
            known["_relerr"] = error / size if size else mpmath.mpf(0) if not any(values) else mpmath.mpf("1e308")
        known["_a"], known["_d"] = list(self.key), gaps
        known["_err"] = mpmath.sqrt(mpmath.fsum(gap**2 for gap in gaps))
        for name, node in self.grading.items():
            known[name] = compute(node, known)
        return min(max(float(compute(self.correctness, known)), 0.0), 1.0)

    def _read(self, text: str) -> Node:
        tree = parse(text, STUDENT)
        if self.type == NUMBER and not re.fullmatch(r"[+-]?\s*(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
            raise BadExpression(f"{text!r} is no plain number")
        if self.type == NUMERIC and _has(tree, "call"):
            raise BadExpression("no functions here")
        if _calls(tree) - ONE_ARGUMENT:
            raise BadExpression("a function that students may not use")
        if self.type != ALGEBRAIC and names(tree) - {"pi", "π"}:
            raise BadExpression("no variables here")
        return tree

    def _distance(self, key: Node, tree: Node) -> Any:
        """Root of the mean square of the difference at the sample points."""
        squares = []
        for sample in self.samples:
            difference = compute(key, sample) - compute(tree, sample)
            if not mpmath.isfinite(difference):
                raise BadExpression("no finite value")
            squares.append(abs(difference) ** 2)
        return mpmath.sqrt(mpmath.fsum(squares) / len(squares))


# The functions that a student's formula may have.
ONE_ARGUMENT = {
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sqrt", "exp",
    "log10", "lb", "ln", "lg", "abs", "ceil", "floor", "fact",
}  # fmt: skip


def _calls(node: Node) -> set[str]:
    own = {node.value} if node.kind == "call" else set()
    return own.union(*(_calls(part) for part in node.parts))


def _has(node: Node, kind: str) -> bool:
    return node.kind == kind or any(_has(part, kind) for part in node.parts)


def _formulas(element: Element, category: tuple[str, ...], name: str, what: str) -> Question:
    files: dict[str, bytes] = {}
    warnings: list[str] = []
    text = rich_text(element, "questiontext", what, files, warnings, required=True)
    if _plain_text(element, "varsrandom", "", what):
        raise NotImplementedError("random variables of the Formulas plugin")
    try:
        known, samples = _variables(_plain_text(element, "varsglobal", "", what))
        parts, texts = [], []
        for number, answers in enumerate(element.iterfind("answers")):
            part, part_text = _part(answers, number, known, samples, f"{what}, part {number}", files, warnings)
            parts.append(part)
            texts.append(part_text)
            text = _placed(text, part_text, _plain_text(answers, "placeholder", "", what), f"{what}, part {number}")
    except BadExpression as error:
        raise Refused(f"{what}: {error}") from error
    if not parts:
        raise Refused(f"{what}: no parts")
    for variable in {*known, *(samples[0] if samples else ())}:
        if re.search(rf"\{{=?{re.escape(variable)}\}}", text):
            warnings.append(f"{{{variable}}} in the text is replaced by the variable's value")
    warnings += html_faults(text)
    total = sum(part.mark for part in parts)
    # The plugin takes the sum for the question's mark, and Moodle keeps seven places of it.
    if round(total, 7) != float(element.findtext("defaultgrade") or total):
        warnings.append(f"the parts add up to {total:.7f}, which becomes the question's mark")
    fields = tuple(
        Field(
            f"{part.index}_{box}",
            "formula" if part.type == ALGEBRAIC else "number",
            part.mark / total / part.boxes,
        )
        for part in parts
        for box in range(part.boxes)
    )
    general = rich_text(element, "generalfeedback", what, files, warnings)

    def says(responses: Responses) -> dict[str, str]:
        told = {}
        for part in parts:
            share = part.score(responses)
            html = part.feedback + part.verdicts[0 if share <= 0 else 2 if share >= 1 else 1]
            if html:
                told[f"{part.index}_0"] = html
        return told

    return Question(
        name=name,
        type="formulas",
        text=text,
        fields=fields,
        marks=lambda responses: sum(part.mark * part.score(responses) for part in parts) / total,
        says=says,
        files=files,
        points=total,
        idnumber=(element.findtext("idnumber") or "").strip(),
        category=category,
        tags=tuple((tag.findtext("text") or "").strip() for tag in element.iterfind("tags/tag")),
        general_feedback=general,
        warnings=tuple(warnings),
    )


def _variables(text: str) -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
    """Values of the global variables, and sample points for the algebraic ones (`x = {1:10}`)."""
    known: dict[str, Any] = {}
    ranges: dict[str, tuple[str, list[Any]]] = {}
    for name, node in statements(text, TEACHER, "=").items():
        value = compute(node, known)
        if node.kind in ("range", "list") and text_is_set(text, name):
            ranges[name] = (node.kind, value)
        else:
            known[name] = value
    draw = random.Random(17)
    samples = []
    for _ in range(40):
        point = dict(known)
        for name, (kind, values) in ranges.items():
            low, high = float(values[0]), float(values[1])
            point[name] = mpmath.mpf(draw.uniform(low, high)) if kind == "range" else draw.choice(values)
        samples.append(point)
    return known, tuple(samples)


def text_is_set(text: str, name: str) -> bool:
    """Whether a variable is given as a set in braces, so that it is an algebraic one."""
    return re.search(rf"(^|[;\s]){re.escape(name)}\s*=\s*\{{", text) is not None


REQUIRED = ("answermark", "answertype", "numbox", "answer", "correctness")


def _part(
    answers: Element,
    number: int,
    known: dict[str, Any],
    samples: tuple[dict[str, Any], ...],
    what: str,
    files: dict[str, bytes],
    warnings: list[str],
) -> tuple[Part, str]:
    index = int(_plain_text(answers, "partindex", str(number), what))
    if index != number:
        raise Refused(f"{what}: partindex {index}")
    mark, kind, boxes, key_text, correctness = (_plain_text(answers, tag, None, what) for tag in REQUIRED)
    if not key_text or not correctness:
        raise Refused(f"{what}: no answer, or no grading criterion")
    if int(kind) not in (NUMBER, NUMERIC, NUMERICAL_FORMULA, ALGEBRAIC):
        raise Refused(f"{what}: answer type {kind}")
    if not float(mark) > 0:
        raise Refused(f"{what}: mark {mark}")
    if _plain_text(answers, "postunit", "", what):
        raise NotImplementedError("units of the Formulas plugin")
    known = dict(known)
    for name, node in statements(_plain_text(answers, "vars1", "", what), TEACHER, "=").items():
        known[name] = compute(node, known)
    with mpmath.workprec(53):
        key = compute(parse(key_text, TEACHER), known)
    values = tuple(key) if isinstance(key, list) else (key,)
    if len(values) != int(boxes):
        raise Refused(f"{what}: {boxes} boxes and {len(values)} answers")
    if any(isinstance(value, str) != (int(kind) == ALGEBRAIC) for value in values):
        raise Refused(f"{what}: the answers do not fit the answer type {kind}")
    text = rich_text(answers, "subqtext", what, files, warnings)
    shown = re.findall(r"\{_(\d+)(?:\|[^}]*)?\}", text)
    if shown and sorted(map(int, shown)) != list(range(int(boxes))):
        raise Refused(f"{what}: boxes {shown} in the text, {boxes} declared")
    part = Part(
        index,
        float(mark),
        int(kind),
        int(boxes),
        values,
        parse(correctness, TEACHER),
        statements(_plain_text(answers, "vars2", "", what), TEACHER, "="),
        known,
        samples or ({},),
        rich_text(answers, "feedback", what, files, warnings),
        (
            rich_text(answers, "incorrectfeedback", what, files, warnings),
            rich_text(answers, "partiallycorrectfeedback", what, files, warnings),
            rich_text(answers, "correctfeedback", what, files, warnings),
        ),
    )
    model = {f"{index}_{box}": str(value) for box, value in enumerate(values)}
    if part.score(model) < 1:
        raise Refused(f"{what}: the model answer {values} earns {part.score(model):g}")
    return part, text


def _placed(text: str, part_text: str, placeholder: str, what: str) -> str:
    if not placeholder:
        return text + part_text
    if not re.fullmatch(r"#\w+", placeholder):
        raise Refused(f"{what}: placeholder {placeholder!r} must be # and a name")
    if text.count(f"{{{placeholder}}}") != 1:
        raise Refused(f"{what}: {{{placeholder}}} stands {text.count(f'{{{placeholder}}}')} times in the text")
    return text.replace(f"{{{placeholder}}}", part_text)


# ---------------------------------------------------------------- STACK

POINTS = 12
DIGITS = 40


@dataclass(frozen=True)
class Input:
    """An input: how it reads a response."""

    name: str
    type: str
    key: str
    syntax: Syntax
    forbid_float: bool
    allowed: frozenset[str] = frozenset()

    def read(self, response: str) -> Node | None:
        """The expression, or None where STACK calls the response invalid."""
        text = response.strip()
        if self.type == "matrix" and text.startswith("[["):
            text = f"matrix({text[1:-1]})"
        try:
            node = parse(text, self.syntax)
        except BadExpression:
            return None
        if self.forbid_float and re.search(r"\d*\.\d", text):
            return None
        if self.type == "matrix" and not (node.kind == "call" and node.value == "matrix"):
            return None
        if any(_forbidden(word) for word in names(node) - self.allowed):
            return None
        if self.type == "numerical" and names(node) - {"%pi", "%e", "pi", "e"}:
            return None
        return node


@dataclass(frozen=True)
class Tree:
    """A potential response tree."""

    name: str
    value: float
    nodes: Mapping[str, Element]
    first: str
    variables: Mapping[str, Node]
    inputs: frozenset[str]

    def run(self, given: Mapping[str, Node], what: str) -> tuple[float, str]:
        """Score and feedback; a tree runs only when every input that it needs is valid."""
        if not self.inputs <= set(given):
            return 0.0, ""
        score, told, at, seen = 0.0, "", self.first, set[str]()
        known: dict[str, Node] = dict(given)
        known.update({name: _filled(node, known) for name, node in self.variables.items()})
        while at != "-1":
            if at in seen:
                raise Refused(f"{what}: {self.name} runs in a circle at node {at}")
            seen.add(at)
            node = self.nodes[at]
            right = _answer_test(node, known, what)
            branch = "true" if right else "false"
            change = float(node.findtext(f"{branch}score", "0"))
            mode = node.findtext(f"{branch}scoremode", "=")
            score = change if mode == "=" else score + change if mode == "+" else score - change
            told += (node.findtext(f"{branch}feedback/text") or "").strip()
            at = node.findtext(f"{branch}nextnode", "-1").strip()
        return min(max(score, 0.0), 1.0), told


def _filled(node: Node, known: Mapping[str, Node]) -> Node:
    if node.kind == "name" and node.value in known:
        return known[node.value]
    return Node(node.kind, node.value, tuple(_filled(part, known) for part in node.parts))


def _answer_test(node: Element, known: Mapping[str, Node], what: str) -> bool:
    test = node.findtext("answertest", "")
    student, teacher = (_filled(parse(node.findtext(tag, ""), MAXIMA), known) for tag in ("sans", "tans"))
    option = node.findtext("testoptions", "").strip()
    if test in ("NumAbsolute", "NumRelative"):
        if "matrix" in (student.value, teacher.value):  # numbers, lists and sets only
            return False
        try:
            with mpmath.workdps(DIGITS):
                first, second = compute(student, {}), compute(teacher, {})
                tolerance = mpmath.mpf(option or "0.05")
                return _near(first, second, tolerance, relative=test == "NumRelative")
        except BadExpression:
            return False
    if test == "AlgEquiv":
        return equivalent(student, teacher)
    raise NotImplementedError(f"{what}: answer test {test}")


def _near(first: Any, second: Any, tolerance: Any, *, relative: bool) -> bool:
    if isinstance(first, list) or isinstance(second, list):
        if not (isinstance(first, list) and isinstance(second, list)) or len(first) != len(second):
            return False
        return all(_near(a, b, tolerance, relative=relative) for a, b in zip(first, second, strict=True))
    slack = mpmath.mpf(10) ** (5 - DIGITS)
    return bool(abs(first - second) <= tolerance * (abs(second) if relative else 1) + slack)


def equivalent(first: Node, second: Node) -> bool:
    """Whether two expressions are the same function of their variables."""
    variables = sorted((names(first) | names(second)) - {"%pi", "%e", "pi", "e"})
    draw, agreed = random.Random(5), 0
    with mpmath.workdps(DIGITS):
        for _ in range(4 * POINTS):
            point = {name: mpmath.mpf(draw.randint(-997, 997)) / draw.choice((101, 211, 307)) for name in variables}
            values = []
            for node in (first, second):
                try:
                    values.append(compute(node, point))
                except BadExpression:
                    values.append(None)
            if None in values and values != [None, None]:
                return False
            if values == [None, None]:
                continue
            if not _near(values[0], values[1], mpmath.mpf(10) ** -25, relative=False):
                return False
            agreed += 1
            if agreed == POINTS or not variables:
                return True
    return False


GREEK = frozenset({
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
})  # fmt: skip


def _forbidden(word: str) -> bool:
    """Whether a student may not type a name: a long one that STACK does not know, unless it ends with a digit."""
    return len(word) > 2 and word.lower() not in GREEK and not word[-1].isdigit() and not word.startswith("%")


def _stack(element: Element, category: tuple[str, ...], name: str, what: str) -> Question:
    files: dict[str, bytes] = {}
    warnings: list[str] = []
    text = rich_text(element, "questiontext", what, files, warnings, required=True)
    specific = rich_text(element, "specificfeedback", what, files, warnings)
    try:
        variables = statements(_plain_text(element, "questionvariables", "", what), MAXIMA, ":")
        inputs = {one.name: one for one in (_input(child, what) for child in element.iterfind("input"))}
        trees = [_tree(child, variables, inputs, what) for child in element.iterfind("prt")]
    except BadExpression as error:
        raise Refused(f"{what}: {error}") from error
    if not inputs or not trees:
        raise Refused(f"{what}: no inputs, or no potential response trees")
    # What the form does not take makes an imported question a broken one, which no student sees (STACK 4.12).
    for child in element.iter("text"):
        if "$$" in (child.text or ""):
            raise Refused(f"{what}: $$ in a text")
    if not 0 <= float(element.findtext("penalty") or 0.1) <= 1:
        raise Refused(f"{what}: penalty {element.findtext('penalty')}")
    for one in inputs:
        for tag in ("input", "validation"):
            if text.count(f"[[{tag}:{one}]]") != 1:
                raise Refused(f"{what}: [[{tag}:{one}]] stands {text.count(f'[[{tag}:{one}]]')} times in the text")
    for stray in set(re.findall(r"\[\[input:(\w+)\]\]", text)) - set(inputs):
        raise Refused(f"{what}: [[input:{stray}]] is no input")
    for tree in trees:
        if (text + specific).count(f"[[feedback:{tree.name}]]") != 1:
            raise Refused(f"{what}: [[feedback:{tree.name}]] must stand once")
    total = sum(tree.value for tree in trees)
    if total <= 0:
        raise Refused(f"{what}: the trees are worth nothing")

    def given(responses: Responses) -> dict[str, Node]:
        read = {one: box.read(responses.get(one, "")) for one, box in inputs.items() if responses.get(one, "").strip()}
        return dict(variables) | {one: node for one, node in read.items() if node is not None}

    def marks(responses: Responses) -> float:
        return sum(tree.value * tree.run(given(responses), what)[0] for tree in trees) / total

    model = dict(variables) | {one: parse(box.key, MAXIMA) for one, box in inputs.items()}
    earned = sum(tree.value * tree.run(model, what)[0] for tree in trees) / total
    if earned < 1 - 1e-9:
        warnings.append(f"the model answers earn {earned:g}")
    kinds: dict[str, Kind] = {"matrix": "matrix", "numerical": "number"}
    fields = []
    for one, box in inputs.items():
        share = sum(tree.value / len(tree.inputs) for tree in trees if one in tree.inputs) / total
        fields.append(Field(one, kinds.get(box.type, "formula"), share))
    warnings += html_faults(text)
    return Question(
        name=name,
        type="stack",
        text=text,
        fields=tuple(fields),
        marks=marks,
        says=lambda responses: {tree.name: html for tree in trees if (html := tree.run(given(responses), what)[1])},
        files=files,
        points=float(element.findtext("defaultgrade", "1")),
        idnumber=(element.findtext("idnumber") or "").strip(),
        category=category,
        tags=tuple((tag.findtext("text") or "").strip() for tag in element.iterfind("tags/tag")),
        general_feedback=rich_text(element, "generalfeedback", what, files, warnings),
        warnings=tuple(warnings),
    )


def _input(element: Element, what: str) -> Input:
    name, kind = (element.findtext("name") or "").strip(), (element.findtext("type") or "").strip()
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,17}", name):
        raise Refused(f"{what}: input name {name!r}")
    if kind not in ("algebraic", "matrix", "numerical"):
        raise NotImplementedError(f"{what}: input type {kind!r}")
    key = (element.findtext("tans") or "").strip()
    if not key or len(key.encode()) > 255:
        raise Refused(f"{what}: input {name} has no teacher's answer, or one of more than 255 bytes")
    if element.findtext("mustverify", "1") != "0" and element.findtext("showvalidation", "1") == "0":
        raise Refused(f"{what}: input {name} must be verified but shows no validation")
    if not element.findtext("boxsize", "15").isdigit():
        raise Refused(f"{what}: input {name} is {element.findtext('boxsize')} wide")
    parse(key, MAXIMA)
    stars = element.findtext("insertstars", "0").strip() != "0"
    return Input(
        name, kind, key, MAXIMA_WITH_STARS if stars else MAXIMA, element.findtext("forbidfloat", "1").strip() == "1",
        frozenset(word.strip() for word in (element.findtext("allowwords") or "").split(",")),
    )  # fmt: skip


def _tree(element: Element, variables: Mapping[str, Node], inputs: Mapping[str, Input], what: str) -> Tree:
    name = (element.findtext("name") or "").strip()
    nodes = {(node.findtext("name") or "").strip(): node for node in element.iterfind("node")}
    if not nodes:
        raise Refused(f"{what}: {name} has no nodes")
    targets = {
        node.findtext(f"{branch}nextnode", "-1").strip() for node in nodes.values() for branch in ("true", "false")
    }
    if lost := targets - set(nodes) - {"-1"}:
        raise Refused(f"{what}: {name} goes on to node {sorted(lost)[0]}, which is not there")
    roots = [node for node in nodes if node not in targets]
    if len(roots) != 1:
        raise Refused(f"{what}: {name} has {len(roots)} first nodes")
    notes = [
        node.findtext(f"{branch}answernote", "").strip() for node in nodes.values() for branch in ("true", "false")
    ]
    if len(set(notes)) < len(notes) or any(not note or set(note) & set("|;:") for note in notes):
        raise Refused(f"{what}: {name} has answer notes {notes}: each must be there, be its own, and have no |;:")
    for node in nodes.values():
        for branch in ("true", "false"):
            if not 0 <= float(node.findtext(f"{branch}score", "0")) <= 1:
                raise Refused(f"{what}: {name} gives a score beyond 0 and 1")
        if any(len(node.findtext(tag, "").encode()) > 255 for tag in ("sans", "tans", "testoptions")):
            raise Refused(f"{what}: {name} has a text of more than 255 bytes")
    own = statements(_plain_text(element, "feedbackvariables", "", what), MAXIMA, ":")
    used = set[str]().union(*(names(node) for node in own.values()))
    for node in nodes.values():
        for tag in ("sans", "tans"):
            used |= names(parse(node.findtext(tag, ""), MAXIMA))
    value = float(element.findtext("value", "1"))
    return Tree(name, value, nodes, roots[0], own, frozenset(used & set(inputs)))
