"""QTI 2.1, 2.2 and 3.0 content packages: one item a variant, and a test that draws one variant of each exercise.

Numbers are marked by bounds (`gte` and `lte`), the one way that all engines measured do alike: `equal` with a tolerance
is refused by one, ignored by another, and gives full marks to any text in a third. Items are written in the names of
version 2 and respelt for version 3.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from listok.answerkeys.formats import HINTS, Format, Heading, Pictures, decimal, part_title, question_html
from listok.answerkeys.formats.moodle_xml import plain
from listok.answerkeys.items import Item, Part
from listok.answerkeys.lowering import (
    Cell,
    CellSlip,
    Decimal,
    Essay,
    Field,
    LeftOut,
    Numbers,
    Pairs,
    Pick,
    Ratio,
    lower,
)
from listok.answerkeys.package import Package
from listok.generators.answers import ENGLISH_LETTERS, RUSSIAN_LETTERS
from listok.templates.texhtml import MathMLPrinter, Printer

MATHML = "http://www.w3.org/1998/Math/MathML"


@dataclass(frozen=True)
class Version:
    """How a version of QTI spells what all have."""

    code: str
    item_namespace: str
    manifest_namespace: str
    schema: str
    schema_version: str
    kebab: bool = False


V21 = Version("v2p1", "http://www.imsglobal.org/xsd/imsqti_v2p1", "http://www.imsglobal.org/xsd/imscp_v1p1",
              "QTIv2.1 Package", "1.0.0")  # fmt: skip
V22 = Version("v2p2", "http://www.imsglobal.org/xsd/imsqti_v2p2", "http://www.imsglobal.org/xsd/imscp_v1p1",
              "QTIv2.2 Package", "1.0.0")  # fmt: skip
V30 = Version("v3p0", "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
              "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1", "QTI Package", "3.0.0", kebab=True)  # fmt: skip

_HTML = frozenset({
    "p", "div", "span", "em", "strong", "code", "pre", "ul", "ol", "li", "table", "thead", "tbody", "tr", "td", "th",
    "img", "br", "hr", "h4", "math",
})  # fmt: skip
_CAPITAL = re.compile("(?<=[a-z])([A-Z])")


# --- small makers of elements ----------------------------------------------------------------------------------------


def _element(tag: str, *children: ET.Element, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.Element(tag, attributes)
    made.text = text
    made.extend(children)
    return made


def _value(base: str, text: str) -> ET.Element:
    return _element("baseValue", baseType=base, text=text)


def _variable(name: str) -> ET.Element:
    return _element("variable", identifier=name)


def _set(name: str, value: ET.Element) -> ET.Element:
    return _element("setOutcomeValue", value, identifier=name)


def _earn(points: ET.Element) -> ET.Element:
    return _set("SCORE", _element("sum", _variable("SCORE"), points))


def _points(share: Fraction) -> str:
    """Points to eight places, rounded up, so that the parts never fall short of the whole."""
    return decimal(Fraction(math.ceil(share * 10**8), 10**8), 8)


def _fragment(html: str) -> list[ET.Element]:
    """Printed HTML as elements."""
    root = ET.fromstring(f"<body>{plain(html)}</body>")
    for formula in root.iter("math"):
        formula.set("xmlns", MATHML)
    return list(root)


# --- one item --------------------------------------------------------------------------------------------------------


class _Composer:
    """Puts one item together: declarations, body, response processing, feedback."""

    def __init__(self, printer: Printer, equal: bool) -> None:
        self._printer, self._equal = printer, equal
        self.declarations: list[ET.Element] = []
        self.rules: list[ET.Element] = []
        self.feedback: dict[str, str] = {}

    def declare(self, name: str, base: str, right: Sequence[str], cardinality: str = "single") -> ET.Element:
        """Declare a response with its key."""
        values = [_element("value", text=text) for text in right]
        declaration = _element("responseDeclaration", identifier=name, cardinality=cardinality, baseType=base)
        declaration.append(_element("correctResponse", *values))
        self.declarations.append(declaration)
        return declaration

    def told(self, name: str, html: str) -> list[ET.Element]:
        """What makes a feedback appear; an empty one needs nothing."""
        if not html.strip():
            return []
        self.feedback[name] = html
        return [_set("FEEDBACK", _element("multiple", _variable("FEEDBACK"), _value("identifier", name)))]

    def mapping(self, declaration: ET.Element, entries: Mapping[str, Fraction], whole: Fraction) -> None:
        """Let a response's values earn points each, and the whole no less than nothing and no more than its share."""
        element = _element("mapping", lowerBound="0", upperBound=_points(whole), defaultValue="0")
        for key, share in entries.items():
            text = _points(share) if share > 0 else decimal(share, 8)
            element.append(_element("mapEntry", mapKey=key, mappedValue=text))
        declaration.append(element)

    # Fields

    def cell(self, name: str, cell: Cell, points: Fraction) -> ET.Element:
        """A gap for a number, with its marking."""
        match cell:
            case Decimal(text, tolerance, slips):
                self.declare(name, "float", (text,))
                rule = _element("responseCondition")
                right = _element("responseIf", self._near(name, Fraction(text), tolerance, text))
                right.append(_earn(_value("float", _points(points))))
                rule.append(right)
                for number, slip in enumerate(slips, 1):
                    near = self._near(name, Fraction(slip.text), slip.tolerance, slip.text)
                    branch = _element("responseElseIf", near)
                    rule.append(self._slip(branch, f"{name}-{number}", slip, points))
                self.rules.append(rule)
            case Ratio(accepted, slips):
                declaration = self.declare(name, "string", accepted[:1])
                entries = {spelling: points for text in accepted for spelling in _minus(text)}
                self.mapping(declaration, entries, points)
                self.rules.append(_mapped(name))
                for number, slip in enumerate(slips, 1):
                    test = _element("match", _variable(name), _value("string", slip.text))
                    rule = _element("responseCondition")
                    rule.append(self._slip(_element("responseIf", test), f"{name}-{number}", slip, points))
                    if len(rule[0]) > 1:
                        self.rules.append(rule)
        return _element("textEntryInteraction", responseIdentifier=name, expectedLength="8")

    def _slip(self, branch: ET.Element, name: str, slip: CellSlip, points: Fraction) -> ET.Element:
        if slip.slip.share:
            branch.append(_earn(_value("float", _points(points * slip.slip.share))))
        branch.extend(self.told(f"m-{name}", self._printer.blocks(slip.slip.said)))
        if len(branch) == 1:  # a branch needs something to do
            branch.append(_earn(_value("float", "0")))
        return branch

    def _near(self, name: str, value: Fraction, tolerance: Fraction, text: str) -> ET.Element:
        if self._equal:
            margin = decimal(tolerance, 12)
            return _element("equal", _variable(name), _value("float", text), toleranceMode="absolute",
                            tolerance=f"{margin} {margin}")  # fmt: skip
        low, high = (_value("float", decimal(value + sign * tolerance, 12)) for sign in (-1, 1))
        return _element("and", _element("gte", _variable(name), low), _element("lte", _variable(name), high))

    def body(self, part: Part, field: Field) -> Iterator[ET.Element]:
        """What a part adds to the body of the item."""
        printer, name, points = self._printer, part.name, part.points
        match field:
            case Numbers(rows, shape):
                each = points / len(field.cells)
                if shape == "number":
                    yield _element("p", self.cell(name, rows[0][0], each))
                else:
                    yield _table([
                        [_element("td", self.cell(f"{name}-{i}-{j}", cell, each)) for j, cell in enumerate(row, 1)]
                        for i, row in enumerate(rows, 1)
                    ])  # fmt: skip
            case Pick(options, many):
                right = [f"o-{place}" for place, option in enumerate(options, 1) if option.right]
                declaration = self.declare(name, "identifier", right, "multiple" if many else "single")
                if many:
                    shares = {f"o-{n}": points * option.share for n, option in enumerate(options, 1) if option.share}
                    self.mapping(declaration, shares, points)
                    self.rules.append(_mapped(name))
                else:
                    self.rules += self._single(name, field, points)
                choices = [
                    _element("simpleChoice", *_fragment(f"<p>{printer.inlines(option.words)}</p>"), identifier=f"o-{n}")
                    for n, option in enumerate(options, 1)
                ]
                most = "0" if many else "1"
                yield _element("choiceInteraction", *choices, responseIdentifier=name, shuffle="false", maxChoices=most)
            case Pairs(terms, options, right_names):
                letters = (RUSSIAN_LETTERS if part.filled.lang == "ru" else ENGLISH_LETTERS)[: len(options)]
                for letter, option in zip(letters, options, strict=True):
                    yield from _fragment(f"<p>{letter}) {printer.inlines(option.words)}</p>")
                names = [option.name for option in options]
                share = _points(points / len(terms))
                lines = []
                for n, (term, chosen) in enumerate(zip(terms, right_names, strict=True), 1):
                    place = f"{name}-{n}"
                    self.declare(place, "identifier", (f"o-{names.index(chosen) + 1}",))
                    self.rules.append(_when(_right(place), _earn(_value("float", share))))
                    menu = _element("inlineChoiceInteraction", responseIdentifier=place, shuffle="false")
                    for k, letter in enumerate(letters, 1):
                        menu.append(_element("inlineChoice", text=letter, identifier=f"o-{k}"))
                    lines.append([_element("td", *_fragment(f"<p>{printer.inlines(term)}</p>")), _element("td", menu)])
                yield _table(lines)
            case Essay(rubric):
                self.declarations.append(
                    _element("responseDeclaration", identifier=name, cardinality="single", baseType="string")
                )
                yield _element("rubricBlock", *_fragment(printer.blocks(rubric)), view="scorer")
                yield _element("extendedTextInteraction", responseIdentifier=name, expectedLines="10")
            case _:
                raise TypeError(f"{field} has no interaction")

    def _single(self, name: str, pick: Pick, points: Fraction) -> Iterator[ET.Element]:
        rule = _when(_right(name), _earn(_value("float", _points(points))))
        for place, option in enumerate(pick.options, 1):
            test = _element("match", _variable(name), _value("identifier", f"o-{place}"))
            branch = _element("responseElseIf", test)
            if option.share and not option.right:
                branch.append(_earn(_value("float", _points(points * option.share))))
            branch.extend(self.told(f"m-{name}-{place}", self._printer.blocks(option.said)))
            if len(branch) > 1 and not option.right:
                rule.append(branch)
        yield rule


def _mapped(name: str) -> ET.Element:
    """Earn what the mapping of a response gives; asked of a blank one, a player in use stops and marks nothing."""
    answered = _element("not", _element("isNull", _variable(name)))
    return _when(answered, _earn(_element("mapResponse", identifier=name)))


def _right(name: str) -> ET.Element:
    return _element("match", _variable(name), _element("correct", identifier=name))


def _when(test: ET.Element, *actions: ET.Element) -> ET.Element:
    return _element("responseCondition", _element("responseIf", test, *actions))


def _minus(text: str) -> tuple[str, ...]:
    """A spelling, and for a negative one that with the typographer's minus."""
    return (text, "−" + text[1:]) if text.startswith("-") else (text,)


def _table(rows: Sequence[Sequence[ET.Element]]) -> ET.Element:
    return _element("table", _element("tbody", *(_element("tr", *row) for row in rows)))


def _item(
    version: Version, item: Item, identifier: str, asked: Sequence[tuple[Part, Field]], printer: Printer, equal: bool
) -> ET.Element:
    """An item's document: the stem, the parts given, their marking, and their worked solution as feedback."""
    composer = _Composer(printer, equal)
    body = _element("itemBody", *_fragment(f"<h4>{printer.inlines(item.heading)}</h4>{printer.blocks(item.stem)}"))
    for part, field in asked:
        title = f"<p><strong>{part_title(part, item.lang)}</strong></p>" if len(item.parts) > 1 else ""
        body.extend(_fragment(title + question_html(printer, part, field)))
        body.extend(composer.body(part, field))
    if any(isinstance(field, Numbers) for _, field in asked):
        body.append(_element("p", _element("em", text=HINTS[item.lang])))
    whole = sum((part.points for part, _ in asked), Fraction(0))
    root = _element("assessmentItem", identifier=identifier, title=f"{item.code}. {item.title}", adaptive="false",
                    timeDependent="false")  # fmt: skip
    root.extend(composer.declarations)
    root.extend(_outcomes(whole))
    root.append(body)
    if composer.rules:
        solution = "".join(
            f"<p><strong>{part_title(part, item.lang)}</strong></p>{printer.blocks(part.solution)}" for part, _ in asked
        )
        shown = composer.told("solution", solution)
        bound = _element("gt", _variable("SCORE"), _value("float", decimal(whole)))
        top = _when(bound, _set("SCORE", _value("float", decimal(whole))))
        root.append(_element("responseProcessing", *composer.rules, top, *shown))
    for name, html in composer.feedback.items():
        feedback = _element("modalFeedback", *_fragment(html), outcomeIdentifier="FEEDBACK", identifier=name)
        feedback.set("showHide", "show")
        root.append(feedback)
    return _spelt(version, root)


def _outcomes(whole: Fraction) -> Iterator[ET.Element]:
    for name, default in (("SCORE", "0"), ("MAXSCORE", decimal(whole))):
        outcome = _element("outcomeDeclaration", identifier=name, cardinality="single", baseType="float")
        if name == "SCORE":
            outcome.set("normalMaximum", decimal(whole))
        outcome.append(_element("defaultValue", _element("value", text=default)))
        yield outcome
    yield _element("outcomeDeclaration", identifier="FEEDBACK", cardinality="multiple", baseType="identifier")


# --- spelling --------------------------------------------------------------------------------------------------------


def _spelt(version: Version, root: ET.Element) -> ET.Element:
    """A tree in a version's names and namespace."""
    if version.kebab:
        _respell(root)
    root.set("xmlns", version.item_namespace)
    return root


def _respell(element: ET.Element) -> None:
    """Names of version 3 instead of version 2, outside formulas."""
    if element.tag == "math":
        return
    if element.tag not in _HTML:
        element.tag = "qti-" + _kebab(element.tag)
        for name in list(element.attrib):
            element.attrib[_kebab(name)] = element.attrib.pop(name)
    for child in element:
        _respell(child)


def _kebab(name: str) -> str:
    return _CAPITAL.sub(r"-\1", name).lower()


def _bytes(root: ET.Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode").encode() + b"\n"


# --- the package -----------------------------------------------------------------------------------------------------


class QtiWriter:
    """Writes items into a package as they come, and at its end the test and the manifest."""

    def __init__(self, version: Version, path: Path, heading: Heading) -> None:
        self._version, self._heading = version, heading
        self._package = Package(path)
        self._figures = Pictures("figures/")
        self._mathml = heading.choices.get("math", "mathml") == "mathml"
        self._equal = heading.choices.get("marking", "bounds") == "equal"
        self._printers: dict[str, Printer] = {}
        self._resources: list[tuple[str, tuple[str, ...]]] = []
        self._sections: dict[str, list[tuple[str, tuple[str, ...]]]] = {}

    @property
    def size(self) -> int:
        return self._package.size + 300 * len(self._resources)

    def add(self, item: Item) -> int:
        """Write an item; an open part, which a person marks, becomes an item of its own beside it."""
        fields = [(part, lower(part, "qti")) for part in item.parts]
        for part, field in fields:
            if isinstance(field, LeftOut):
                self._heading.left_out(item, part, field.reason)
        asked = [(part, field) for part, field in fields if not isinstance(field, (LeftOut, Essay))]
        names = []
        if asked:
            names.append(self._write(item, f"q-{item.code}-{item.lang}", asked))
        for part, field in fields:
            if isinstance(field, Essay):
                names.append(self._write(item, f"q-{item.code}-{part.name}-{item.lang}", [(part, field)]))
        if names:
            exercise = item.variant.exercise
            level = {"ru": "Уровень", "en": "Level"}[item.lang]
            section = f"{exercise.number}. {item.title}. {level} {item.variant.level}"
            self._sections.setdefault(section, []).append((f"v-{item.code}", tuple(names)))
        return len(names)

    def close(self) -> None:
        """Write the test and the manifest."""
        title = plain(self._heading.title)
        self._package.add("test.xml", _bytes(_test(self._version, title, self._sections)))
        self._package.add("imsmanifest.xml", _bytes(_manifest(self._version, self._resources)))
        self._package.close()

    def _write(self, item: Item, identifier: str, asked: Sequence[tuple[Part, Field]]) -> str:
        root = _item(self._version, item, identifier, asked, self._printer(item), self._equal)
        self._package.add(f"items/{identifier}.xml", _bytes(root))
        pictures = self._figures.take()
        for name, content in sorted(pictures.items()):
            self._package.add(f"items/figures/{name}", content)
        self._resources.append((identifier, tuple(f"items/figures/{name}" for name in sorted(pictures))))
        return identifier

    def _printer(self, item: Item) -> Printer:
        if not self._mathml:
            return self._figures.printer(item.lang)
        if item.lang not in self._printers:
            self._printers[item.lang] = MathMLPrinter(item.lang, self._figures.address)
        return self._printers[item.lang]


def _test(version: Version, title: str, sections: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]) -> ET.Element:
    """One section an exercise and level, of which one variant is drawn."""
    part = _element("testPart", identifier="part", navigationMode="nonlinear", submissionMode="individual")
    for number, (name, variants) in enumerate(sections.items(), 1):
        section = _element("assessmentSection", identifier=f"section-{number}", title=plain(name), visible="true")
        section.append(_element("selection", select="1"))
        for identifier, names in variants:
            refs = [_element("assessmentItemRef", identifier=f"ref-{each}", href=f"items/{each}.xml") for each in names]
            if len(refs) == 1:
                section.append(refs[0])
            else:
                inner = _element("assessmentSection", *refs, identifier=identifier, title=plain(name), visible="false")
                section.append(inner)
        part.append(section)
    score = _element("outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    score.append(_element("defaultValue", _element("value", text="0")))
    total = _element("sum", _element("testVariables", variableIdentifier="SCORE"))
    root = _element("assessmentTest", score, part, identifier="test", title=title)
    root.append(_element("outcomeProcessing", _set("SCORE", total)))
    return _spelt(version, root)


def _manifest(version: Version, resources: Sequence[tuple[str, tuple[str, ...]]]) -> ET.Element:
    kind = f"imsqti_item_xml{version.code}"
    listed = _element("resources")
    test = _element("resource", _element("file", href="test.xml"), identifier="test",
                    type=f"imsqti_test_xml{version.code}", href="test.xml")  # fmt: skip
    for identifier, pictures in resources:
        href = f"items/{identifier}.xml"
        files = [_element("file", href=path) for path in (href, *pictures)]
        listed.append(_element("resource", *files, identifier=identifier, type=kind, href=href))
        test.append(_element("dependency", identifierref=identifier))
    listed.append(test)
    metadata = _element(
        "metadata", _element("schema", text=version.schema), _element("schemaversion", text=version.schema_version)
    )
    root = _element("manifest", metadata, _element("organizations"), listed, identifier="manifest")
    root.set("xmlns", version.manifest_namespace)
    return root


def _format(name: str, version: Version, summary: str) -> Format:
    def opened(path: Path, heading: Heading) -> QtiWriter:
        return QtiWriter(version, path, heading)

    return Format(name, ".zip", summary, opened, {"math": ("mathml", "tex"), "marking": ("bounds", "equal")})


QTI21 = _format("qti21", V21, "QTI 2.1 package, for OpenOlat, TAO, ONYX and most others")
QTI22 = _format("qti22", V22, "QTI 2.2 package, where 2.1 is not wanted (OpenOlat refuses it)")
QTI30 = _format("qti30", V30, "QTI 3.0 package")
