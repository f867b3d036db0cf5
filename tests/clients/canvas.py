"""Canvas: a QTI 1.2 package as its importers read it, marked as Classic Quizzes does.

Where New Quizzes reads the same file otherwise, a warning says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from clients import Field, Question, Refused, Responses
from clients.markup import html_faults, local, names, namespace, parse_xml
from clients.qti import unzip

MANIFEST_NAMESPACE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
NAMESPACE = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
META_NAMESPACE = "http://canvas.instructure.com/xsd/cccv1p0"
FILE_BASE = "$IMS-CC-FILEBASE$/"
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
KEPT = names(
    "a abbr b blockquote br caption cite code col colgroup dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6"
    " hr i img ins kbd li mark ol p pre q rp rt ruby samp small span strike strong sub sup table tbody td tfoot th"
    " thead time tr tt u ul var"
)
"""Tags that the cleaning of both Quizzes lets stand."""
LONGEST = 16 * 2**10  # characters of a question's text; Canvas puts a sentence of its own in the place of a longer one
NEVER_MARKED = frozenset({"essay_question", "file_upload_question", "text_only_question"})


@dataclass(frozen=True)
class Group:
    """A question group: `pick` of its questions are drawn for a student, each worth `points`."""

    identifier: str
    name: str
    pick: int
    points: float
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Quiz:
    """A quiz as it stands after the import; `questions` are all of them, those of groups too."""

    identifier: str
    title: str
    description: str
    questions: tuple[Question, ...]
    groups: tuple[Group, ...] = ()
    points: float | None = None  # points_possible of assessment_meta.xml
    meta: Mapping[str, str] = field(default_factory=dict)  # the other settings of assessment_meta.xml
    files: Mapping[str, bytes] = field(default_factory=dict)

    def question(self, identifier: str) -> Question:
        """The item of this ident."""
        for question in self.questions:
            if question.idnumber == identifier:
                return question
        raise KeyError(identifier)


def load(package: bytes) -> Quiz:
    """The one quiz of a package."""
    quizzes = load_all(package)
    if len(quizzes) != 1:
        raise Refused(f"{len(quizzes)} quizzes in the package")
    return quizzes[0]


def load_all(package: bytes) -> list[Quiz]:
    """Every quiz of a package."""
    files = unzip(package)
    if "imsmanifest.xml" not in files:
        raise Refused("no imsmanifest.xml at the top of the package")
    manifest = parse_xml(files["imsmanifest.xml"], "imsmanifest.xml")
    if local(manifest) != "manifest" or namespace(manifest) != MANIFEST_NAMESPACE:
        raise Refused(f"imsmanifest.xml: the root is <{local(manifest)}> in namespace {namespace(manifest)!r}")
    resources: dict[str, Element] = {}
    own: dict[str, set[str]] = {}
    for resource in (element for element in manifest.iter() if local(element) == "resource"):
        name, href = resource.get("identifier", ""), unquote(resource.get("href", ""))
        if not name or name in resources:
            raise Refused(f"imsmanifest.xml: resource identifier {name!r} is missing or stands twice")
        resources[name] = resource
        own[name] = {unquote(child.get("href", "")) for child in resource if local(child) == "file"}
        if missing := sorted((own[name] | ({href} if href else set())) - set(files)):
            raise Refused(f"imsmanifest.xml: resource {name}: no file {missing[0]!r} in the package")
    if unlisted := sorted(set(files) - {"imsmanifest.xml"} - set[str]().union(*own.values())):
        raise Refused(f"file {unlisted[0]!r} is in the package and not in the manifest")
    quizzes = []
    for name, resource in resources.items():
        if not resource.get("type", "").startswith("imsqti_xmlv1p2"):
            continue
        targets = [child.get("identifierref", "") for child in resource if local(child) == "dependency"]
        if stray := [target for target in targets if target not in resources]:
            raise Refused(f"imsmanifest.xml: resource {name} depends on {stray[0]!r}, which is no resource")
        metas = [file for target in targets for file in own[target] if file.rpartition("/")[2] == "assessment_meta.xml"]
        if len(metas) != 1:
            raise Refused(f"imsmanifest.xml: {len(metas)} assessment_meta.xml for the quiz {name}")
        sheets = sorted(file for file in own[name] if file.endswith((".xml", ".qti")))
        if len(sheets) != 1:
            raise Refused(f"imsmanifest.xml: resource {name} lists {len(sheets)} quiz files")
        quizzes.append(_quiz(name, sheets[0], metas[0], files))
    if not quizzes:
        raise Refused("no resource of type imsqti_xmlv1p2 in the manifest")
    return quizzes


def load_item(xml: bytes, *, points: float | None = None) -> Question:
    """The only item of a `questestinterop` document, without a package."""
    root = parse_xml(xml, "item")
    items = [element for element in root.iter() if local(element) == "item"]
    if len(items) != 1:
        raise Refused(f"{len(items)} items")
    return _item(_bare(items[0]), points)


def _quiz(name: str, sheet: str, meta_file: str, files: Mapping[str, bytes]) -> Quiz:
    meta = parse_xml(files[meta_file], meta_file)
    if local(meta) != "quiz" or namespace(meta) != META_NAMESPACE or meta.get("identifier") != name:
        raise Refused(f"{meta_file}: no <quiz identifier={name!r}> in Canvas's namespace")
    settings = {local(child): (child.text or "").strip() for child in meta if not len(child)}
    root = parse_xml(files[sheet], sheet)
    if local(root) != "questestinterop" or namespace(root) != NAMESPACE:
        raise Refused(f"{sheet}: the root is <{local(root)}> in namespace {namespace(root)!r}")
    assessment = _bare(root).find("assessment")
    if assessment is None or not assessment.get("ident") or not assessment.get("title"):
        raise Refused(f"{sheet}: no <assessment> with ident and title")
    groups: list[Group] = []
    questions: list[Question] = []
    idents: set[str] = set()

    def section(element: Element) -> None:
        _fresh(element, idents, sheet)
        selection = element.find("selection_ordering/selection")
        if selection is None:
            for child in element:
                if child.tag == "item":
                    questions.append(_listed(child, None))
                elif child.tag == "section":
                    section(child)
            return
        pick = int(selection.findtext("selection_number", "0"))
        worth = _number(selection.findtext("selection_extension/points_per_item", ""), "points_per_item")
        drawn = tuple(_listed(child, float(worth)) for child in element.iterfind("item"))
        if not 1 <= pick <= len(drawn):
            raise Refused(f"{sheet}: group {element.get('title')!r} picks {pick} of {len(drawn)}")
        if worth <= 0:
            raise Refused(f"{sheet}: group {element.get('title')!r} is worth {worth} points an item")
        questions.extend(drawn)
        groups.append(Group(element.get("ident", ""), element.get("title", ""), pick, float(worth), drawn))

    def _listed(item: Element, worth: float | None) -> Question:
        _fresh(item, idents, sheet)
        return _with_files(_item(item, worth), files)

    for element in assessment.iterfind("section"):
        section(element)
    if not questions:
        raise Refused(f"{sheet}: no questions")
    points = settings.get("points_possible")
    return Quiz(
        identifier=name,
        title=settings.get("title", ""),
        description=settings.get("description", ""),
        questions=tuple(questions),
        groups=tuple(groups),
        points=None if not points else float(_number(points, "points_possible")),
        meta=settings,
        files=files,
    )


def _fresh(element: Element, idents: set[str], sheet: str) -> None:
    ident = element.get("ident", "")
    if not ident or ident in idents:
        raise Refused(f"{sheet}: ident {ident!r} of a {element.tag} is missing or stands twice")
    idents.add(ident)


def _bare(element: Element) -> Element:
    """The tree without namespaces."""
    copy = Element(local(element), dict(element.attrib))
    copy.text, copy.tail = element.text, element.tail
    copy.extend([_bare(child) for child in element])
    return copy


def _with_files(question: Question, files: Mapping[str, bytes]) -> Question:
    found: dict[str, bytes] = {}
    markup = question.text + "".join(html for one in question.fields for _, html in one.options)
    for source in re.findall(r"""<img\b[^>]*?\ssrc=["']([^"']*)["']""", markup):
        if source.startswith("data:"):
            raise Refused(f"{question.name}: a data: picture; Canvas wants a file of the package")
        if not source.startswith(FILE_BASE):
            continue
        path = unquote(source.removeprefix(FILE_BASE).partition("?")[0])
        at = [name for name in (path, f"web_resources/{path}") if name in files]
        if not at:
            raise Refused(f"{question.name}: no file {path!r} in the package")
        found[path] = files[at[0]]
    return replace(question, files=found)


def _number(text: str, what: str) -> Decimal:
    if not NUMBER.fullmatch(text.strip()):
        raise Refused(f"{what}: {text!r} is no number")
    return Decimal(text.strip())


# ---------------------------------------------------------------- items

Marker = Callable[[Responses], float | None]


def _item(item: Element, worth: float | None) -> Question:
    name = item.get("title", "")
    meta = {
        (entry.findtext("fieldlabel") or ""): (entry.findtext("fieldentry") or "")
        for entry in item.iterfind("itemmetadata/qtimetadata/qtimetadatafield")
    }
    kind = meta.get("question_type", "")
    what = f"{item.get('ident')} ({kind})"
    points = float(_number(meta.get("points_possible", ""), f"{what}: points_possible"))
    if points < 0 or (points == 0 and kind != "text_only_question"):
        raise Refused(f"{what}: points_possible {points:g}")
    text = item.findtext("presentation/material/mattext") or ""
    if not text.strip():
        raise Refused(f"{what}: no text")
    if len(text) > LONGEST:
        raise Refused(f"{what}: the text has {len(text)} characters, Canvas drops one of more than {LONGEST}")
    warnings = list(html_faults(text))
    if kind not in NEVER_MARKED:
        top = item.find("resprocessing/outcomes/decvar")
        if top is None or _number(top.get("maxvalue", ""), what) != 100 or top.get("varname") != "SCORE":
            raise Refused(f"{what}: SCORE must go to 100")
    fields, marks, chosen = _marking(item, kind, text, what, warnings)
    comments = {
        element.get("ident", ""): "".join(mattext.text or "" for mattext in element.iter("mattext"))
        for element in item.iterfind("itemfeedback")
    }
    for html in comments.values():
        warnings += html_faults(html)
    for html in (text, *comments.values(), *(label for one in fields for _, label in one.options)):
        cleaned = sorted(set(re.findall(r"<([a-z][a-z0-9]*)", html)) - KEPT)
        warnings += [f"<{tag}> is cleaned away" for tag in cleaned]
    links = [
        (condition.find("conditionvar"), link.get("linkrefid", ""))
        for condition in item.iterfind("resprocessing/respcondition")
        for link in condition.iterfind("displayfeedback")
    ]
    for _, link in links:
        if link not in comments:
            raise Refused(f"{what}: feedback {link!r} is linked and not there")

    def says(responses: Responses) -> dict[str, str]:
        told: dict[str, str] = {}
        earned = marks(responses)
        whole = {"general_fb": True, "correct_fb": earned is not None and earned > 1 - 1e-6}
        whole["general_incorrect_fb"] = earned is not None and not whole["correct_fb"]
        for condition, link in links:
            if link in whole:
                if whole[link] and comments[link] not in told.get("", ""):
                    told[""] = told.get("", "") + comments[link]
                continue
            assert condition is not None
            for test in condition.iter("varequal"):
                place = test.get("respident", "").removeprefix("response_") if len(fields) > 1 else fields[0].name
                if (test.text or "").strip() in chosen(responses).get(place, ()):
                    told[place] = comments[link]
        return told

    return Question(
        name=name,
        type=kind,
        text=text,
        fields=fields,
        marks=marks,
        says=says,
        points=points if worth is None else worth,
        idnumber=item.get("ident", ""),
        general_feedback=comments.get("general_fb", ""),
        warnings=tuple(warnings),
    )


Chosen = Callable[[Responses], Mapping[str, tuple[str, ...]]]


def _marking(
    item: Element, kind: str, text: str, what: str, warnings: list[str]
) -> tuple[tuple[Field, ...], Marker, Chosen]:
    """Fields, marking, and what a response chose: idents of labels, or the keys that a number met."""
    if kind in NEVER_MARKED:
        fields = () if kind == "text_only_question" else (Field("answer", "essay" if "essay" in kind else "file"),)
        return fields, lambda responses: None, lambda responses: {}
    match kind:
        case "numerical_question":
            return _numerical(item, what, warnings)
        case "multiple_choice_question" | "true_false_question" | "multiple_answers_question":
            return _choice(item, kind == "multiple_answers_question", what, warnings)
        case "fill_in_multiple_blanks_question":
            return _blanks(item, text, what, warnings)
        case "multiple_dropdowns_question":
            _check_blanks(item, text, what, warnings)
            return _rows(item, "choice", what, warnings)
        case "matching_question":
            return _rows(item, "match", what, warnings)
        case "short_answer_question":
            return _short_answer(item, what)
    raise Refused(f"{what}: unknown question type {kind!r}")


def _paying(item: Element) -> list[tuple[Element, float, str]]:
    """Conditions that change SCORE: the condition, the points out of 100, how they are set."""
    found = []
    for condition in item.iterfind("resprocessing/respcondition"):
        setvar, tests = condition.find("setvar"), condition.find("conditionvar")
        if setvar is None or tests is None:
            continue
        if setvar.get("varname") != "SCORE":
            raise Refused(f"{item.get('ident')}: sets {setvar.get('varname')!r}, not SCORE")
        found.append((tests, float(_number(setvar.text or "", "setvar")), setvar.get("action", "Set")))
    return found


@dataclass(frozen=True)
class Range:
    """A numerical key as Classic Quizzes holds it: bounds, or a value and its significant digits; and the margin that
    New Quizzes makes of it, in floats."""

    low: Decimal
    high: Decimal
    key: str
    digits: int | None = None
    margin: float | None = None

    def covers(self, number: Decimal) -> bool:
        """Whether a response is right, in both Quizzes."""
        if self.margin is not None and abs(float(number) - float(self.key)) > self.margin:
            return False
        if self.digits is None:
            # The page of Classic Quizzes does `toFixed(4)` before it sends a number.
            typed = Decimal(float(number)).quantize(Decimal("1e-4"), ROUND_HALF_UP)
            return self.low <= typed <= self.high
        return f"{number:.{self.digits - 1}e}" == f"{Decimal(self.key):.{self.digits - 1}e}"


def _numerical(item: Element, what: str, warnings: list[str]) -> tuple[tuple[Field, ...], Marker, Chosen]:
    box = item.find("presentation/response_str/render_fib")
    if box is None:
        raise Refused(f"{what}: no <response_str> with <render_fib>")
    if box.get("fibtype") != "Decimal":
        warnings.append("New Quizzes takes the question for a text blank: fibtype is not Decimal")
    keys = []
    for tests, points, _ in _paying(item):
        if points != 100:
            raise Refused(f"{what}: a numerical answer earns {points:g}, not 100")
        keys.append(_range(tests, what, warnings))
    if not keys:
        raise Refused(f"{what}: no key")

    def met(responses: Responses) -> Range | None:
        response = responses.get("answer", "").strip()
        if not NUMBER.fullmatch(response):
            return None
        try:
            number = Decimal(response)
        except InvalidOperation:
            return None
        return next((key for key in keys if key.covers(number)), None)

    def chosen(responses: Responses) -> dict[str, tuple[str, ...]]:
        key = met(responses)
        return {"answer": () if key is None else (key.key,)}

    return (Field("answer", "number"),), lambda responses: float(met(responses) is not None), chosen


def _range(tests: Element, what: str, warnings: list[str]) -> Range:
    def value(tag: str, inside: Element) -> Decimal | None:
        found = next(inside.iter(tag), None)
        return None if found is None else _number(found.text or "", f"{what}, {tag}")

    exact, low, strict, high = (value(tag, tests) for tag in ("varequal", "vargte", "vargt", "varlte"))
    if exact is None:
        if strict is not None:
            warnings.append("a range with vargt loses its lower bound: Canvas reads vargte there")
        if low is None or high is None:
            raise Refused(f"{what}: neither a key nor a range from vargte to varlte")
        return Range(min(low, high), max(low, high), "")
    key = next(tests.iter("varequal")).text or ""
    if tests.find("or") is None:
        raise Refused(f"{what}: <varequal> stands outside <or>, so the key is not found")
    if 0 < abs(exact) < Decimal("1e-4"):
        warnings.append(f"the key {key} is below 1e-4, where Classic Quizzes loses digits")
    if strict is not None and high is not None and (digits := _precision(exact, strict, high)):
        warnings.append(f"vargt and bounds ending in 5: read as {digits} significant digits, not as a tolerance")
        return Range(strict, high, key, digits)
    if strict is not None:
        warnings.append("vargt in a margin of error: New Quizzes reads significant digits")
    if high is None:
        return Range(exact, exact, key)
    margin = abs(high - exact)
    if low is not None and exact - low != high - exact:
        warnings.append(f"the interval {low}..{high} is not symmetric about {key}: only the upper margin is kept")
    if low is not None and high == exact and low != exact:
        warnings.append("New Quizzes finds no key here: one bound equals the key")
    new = float(exact) - float(low) if low is not None and low != exact else None
    return Range(exact - margin, exact + margin, key, margin=new)


def _precision(exact: Decimal, low: Decimal, high: Decimal) -> int | None:
    """Significant digits that Classic Quizzes reads from an open lower bound, if the numbers look like that."""
    ends_in_five = all(re.sub(r"[0.]", "", format(bound, "f")).endswith("5") for bound in (low, high))
    width = (high - low).normalize()
    if not ends_in_five or exact - low != high - exact or width.as_tuple().digits != (1,):
        return None
    return max(exact.adjusted() - width.adjusted() + 1, 1)


def _labels(element: Element) -> tuple[tuple[str, str], ...]:
    found = tuple(
        (label.get("ident", ""), (label.findtext("material/mattext") or "").strip())
        for label in element.iterfind("render_choice/response_label")
    )
    idents = [ident for ident, _ in found]
    if not found or "" in idents or len(set(idents)) < len(idents):
        raise Refused(f"{element.get('ident')}: no labels, or labels without idents of their own")
    return found


def _choice(item: Element, several: bool, what: str, warnings: list[str]) -> tuple[tuple[Field, ...], Marker, Chosen]:
    lid = item.find("presentation/response_lid")
    if lid is None:
        raise Refused(f"{what}: no <response_lid>")
    if lid.get("rcardinality") != ("Multiple" if several else "Single"):
        raise Refused(f"{what}: rcardinality {lid.get('rcardinality')!r}")
    options = _labels(lid)
    idents = {ident for ident, _ in options}
    for _, html in options:
        warnings += html_faults(html)
    paying = _paying(item)
    if len(paying) != 1 or paying[0][1] != 100:
        raise Refused(f"{what}: needs one condition that sets SCORE to 100")
    tests = paying[0][0]
    denied = {(test.text or "").strip() for node in tests.iter("not") for test in node.iter("varequal")}
    right = {(test.text or "").strip() for test in tests.iter("varequal")} - denied
    if stray := (right | denied) - idents:
        raise Refused(f"{what}: key {sorted(stray)[0]!r} is no choice")
    if several and (tests.find("and") is None or right | denied != idents):
        raise Refused(f"{what}: <and> must name every choice, the wrong ones inside <not>")
    if not right or (not several and len(right) != 1):
        raise Refused(f"{what}: {len(right)} right choices")

    def marks(responses: Responses) -> float:
        picked = set(responses.get("answer", "").split())
        # Classic Quizzes takes one right choice away for each wrong one.
        return max(len(picked & right) - len(picked - right), 0) / len(right)

    def chosen(responses: Responses) -> dict[str, tuple[str, ...]]:
        return {"answer": tuple(responses.get("answer", "").split())}

    return (Field("answer", "choices" if several else "choice", 1.0, options),), marks, chosen


def _blanks(item: Element, text: str, what: str, warnings: list[str]) -> tuple[tuple[Field, ...], Marker, Chosen]:
    keys = _check_blanks(item, text, what, warnings)
    fields = tuple(Field(blank, "text", 1 / len(keys)) for blank in keys)
    total = sum(points for _, points, _ in _paying(item))
    listed = {(test.get("respident"), (test.text or "").strip()) for tests, _, _ in _paying(item) for test in tests}
    if listed and abs(total - 100) > 0.1 and len(listed) == len(keys):
        warnings.append(f"the blanks add up to {total:g}, not 100")

    def chosen(responses: Responses) -> dict[str, tuple[str, ...]]:
        return {
            blank: tuple(
                ident
                for ident, spelling in labels
                if responses.get(blank, "").strip() and _folded(spelling) == _folded(responses.get(blank, ""))
            )
            for blank, labels in keys.items()
        }

    def marks(responses: Responses) -> float:
        return sum(bool(found) for found in chosen(responses).values()) / len(keys)

    return fields, marks, chosen


def _folded(text: str) -> str:
    return text.strip().lower()


def _check_blanks(item: Element, text: str, what: str, warnings: list[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for lid in item.iterfind("presentation/response_lid"):
        blank = lid.get("ident", "").removeprefix("response_")
        if not lid.get("ident", "").startswith("response_") or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", blank):
            raise Refused(f"{what}: {lid.get('ident')!r} is no ident of a blank (response_NAME)")
        if blank in found:
            raise Refused(f"{what}: blank {blank} stands twice")
        if re.search("_(ans|str)$", lid.get("ident", ""), re.IGNORECASE):
            raise Refused(f"{what}: the end of the ident {lid.get('ident')!r} is cut off, its blank stays as words")
        if text.count(f"[{blank}]") != 1:
            raise Refused(f"{what}: [{blank}] stands {text.count(f'[{blank}]')} times in the text")
        found[blank] = _labels(lid)
    if not found:
        raise Refused(f"{what}: no blanks")
    shown = re.sub(r"<[^>]*>|\\\[|\\\]", "", text)
    for name in re.findall(r"\[([^\[\]<>]*)\]", shown):
        if name not in found and re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            warnings.append(f"[{name}] in the text reads as a blank without answers")
    return found


def _rows(item: Element, kind: str, what: str, warnings: list[str]) -> tuple[tuple[Field, ...], Marker, Chosen]:
    """Menus and matching: one right label per row, each adding its share of 100."""
    options: dict[str, tuple[tuple[str, str], ...]] = {}
    for lid in item.iterfind("presentation/response_lid"):
        row = lid.get("ident", "").removeprefix("response_")
        if not row or row in options:
            raise Refused(f"{what}: row {row!r} has no ident or stands twice")
        options[row] = _labels(lid)
        for _, label in options[row]:
            if "<" in label or "\\(" in label:
                warnings.append(f"a menu shows no formula or markup: {label!r}")
    right: dict[str, str] = {}
    total = 0.0
    for tests, points, action in _paying(item):
        test = tests.find("varequal")
        if test is None or action != "Add":
            raise Refused(f'{what}: a row needs <varequal> and <setvar action="Add">')
        row, key = test.get("respident", "").removeprefix("response_"), (test.text or "").strip()
        if row not in options or key not in {ident for ident, _ in options[row]}:
            raise Refused(f"{what}: key {key!r} of {row!r} is no label")
        if row in right:
            raise Refused(f"{what}: two keys for {row!r}")
        right[row] = key
        total += points
    if set(right) != set(options):
        raise Refused(f"{what}: no key for {sorted(set(options) - set(right))}")
    if abs(total - 100) > 0.1:
        raise Refused(f"{what}: the rows add up to {total:g}, not 100")
    fields = tuple(
        Field(row, "match" if kind == "match" else "choice", 1 / len(options), labels)
        for row, labels in options.items()
    )

    def marks(responses: Responses) -> float:
        return sum(responses.get(row, "") == key for row, key in right.items()) / len(right)

    return fields, marks, lambda responses: {row: (responses.get(row, ""),) for row in right}


def _short_answer(item: Element, what: str) -> tuple[tuple[Field, ...], Marker, Chosen]:
    keys = [(test.text or "").strip() for tests, _, _ in _paying(item) for test in tests.iter("varequal")]
    if not keys or not all(keys):
        raise Refused(f"{what}: no key, or an empty one")

    def chosen(responses: Responses) -> dict[str, tuple[str, ...]]:
        response = responses.get("answer", "")
        return {"answer": tuple(key for key in keys if response.strip() and _folded(key) == _folded(response))}

    return (Field("answer", "text"),), lambda responses: float(bool(chosen(responses)["answer"])), chosen
