"""QTI 2.1, 2.2 and 3.0 packages: checked as engines check them, response processing executed.

The rules are those of the three specifications. `strict` adds what a schema lets through and an engine does not: a key
with a comma, a misspelt identifier, `equal` with a tolerance of nothing, text straight in the item's body.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Literal
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from clients import Field, Kind, Question, Refused, Responses
from clients.markup import VOID, local, names, namespace, parse_xml

Version = Literal["2.1", "2.2", "3.0"]

CODES: dict[Version, str] = {"2.1": "v2p1", "2.2": "v2p2", "3.0": "v3p0"}
ITEM_NAMESPACES: dict[Version, str] = {
    "2.1": "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "2.2": "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "3.0": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}
MANIFEST_NAMESPACES: dict[Version, str] = {
    "2.1": "http://www.imsglobal.org/xsd/imscp_v1p1",
    "2.2": "http://www.imsglobal.org/xsd/imscp_v1p1",
    "3.0": "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
}
MATHML = "http://www.w3.org/1998/Math/MathML"
TEMPLATES: dict[Version, str] = {
    "2.1": "http://www.imsglobal.org/question/qti_v2p1/rptemplates/{}",
    "2.2": "http://www.imsglobal.org/question/qti_v2p2/rptemplates/{}",
    "3.0": "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/{}.xml",
}

INLINE = names(
    "b i big small tt sub sup span em strong dfn code samp kbd var cite abbr acronym q a br img bdo bdi u label "
    "ruby rb rt rp"
)
BLOCKS = names(
    "pre h1 h2 h3 h4 h5 h6 p address dl dt dd ol ul li hr object param blockquote div table caption thead tfoot "
    "tbody colgroup col tr th td"
)
HTML5 = names(
    "section article aside figure figcaption details summary nav footer header audio video source track picture s"
)
TEXT_ONLY = names("p h1 h2 h3 h4 h5 h6 pre address prompt caption") | INLINE
BLOCK_INTERACTIONS = frozenset({"choiceInteraction", "extendedTextInteraction", "matchInteraction"})
INLINE_INTERACTIONS = frozenset({"textEntryInteraction", "inlineChoiceInteraction"})
INTERACTIONS = BLOCK_INTERACTIONS | INLINE_INTERACTIONS
OPERATORS = names(
    "baseValue variable correct default isNull not and or match equal equalRounded stringMatch gt gte lt lte sum "
    "subtract product divide member contains mapResponse multiple ordered containerSize min max"
)
STRUCTURE = names(
    "assessmentItem responseDeclaration outcomeDeclaration correctResponse defaultValue value mapping mapEntry "
    "itemBody stylesheet prompt simpleChoice inlineChoice simpleMatchSet simpleAssociableChoice rubricBlock "
    "modalFeedback feedbackInline feedbackBlock responseProcessing responseCondition responseIf responseElseIf "
    "responseElse setOutcomeValue exitResponse responseProcessingFragment assessmentTest testPart assessmentSection "
    "selection ordering assessmentItemRef itemSessionControl timeLimits outcomeProcessing outcomeCondition "
    "outcomeIf outcomeElseIf outcomeElse testVariables weight contentBody testFeedback"
)
QTI_NAMES = INTERACTIONS | OPERATORS | STRUCTURE
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NUMERIC = ("float", "integer")

Single = str | float | int | bool
Value = Single | list[Single] | None
Type = tuple[str, str]  # cardinality, base type; "" where any will do


@dataclass(frozen=True)
class Section:
    """A section of the test: `select` of its children are drawn, all of them where it is None."""

    identifier: str
    title: str
    select: int | None
    shuffle: bool
    items: tuple[str, ...]  # identifiers of the items, without those of inner sections
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Test:
    """The test of a package."""

    __test__ = False  # it is no test of pytest's

    identifier: str
    title: str
    sections: tuple[Section, ...]
    outcomes: Mapping[str, str]  # outcome variable to the item variable that it sums
    feedback: bool  # whether feedback is shown when the last attempt is used up, which by default it is not

    def score(self, scores: Mapping[str, float]) -> float:
        """The test's SCORE for these scores of items; an item that was not drawn is left out."""
        if "SCORE" not in self.outcomes:
            raise Refused(f"test {self.identifier}: outcome processing sets no SCORE")
        return sum(scores.values())


@dataclass(frozen=True)
class Package:
    """What an import finds in a package."""

    version: Version
    questions: tuple[Question, ...]
    test: Test | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)

    def question(self, identifier: str) -> Question:
        """The item of this identifier."""
        for question in self.questions:
            if question.idnumber == identifier:
                return question
        raise KeyError(identifier)


# ---------------------------------------------------------------- package


def load(package: bytes, *, strict: bool = True) -> Package:
    """A package, its version told by the types of its resources."""
    files = unzip(package)
    if "imsmanifest.xml" not in files:
        raise Refused("no imsmanifest.xml at the top of the package")
    manifest = parse_xml(files["imsmanifest.xml"], "imsmanifest.xml")
    if local(manifest) != "manifest":
        raise Refused(f"imsmanifest.xml: the root is <{local(manifest)}>")
    resources = [element for element in manifest.iter() if local(element) == "resource"]
    version = _version(resources)
    if namespace(manifest) != MANIFEST_NAMESPACES[version]:
        raise Refused(f"imsmanifest.xml: namespace {namespace(manifest)!r} is not that of QTI {version}")
    _check_schema(manifest, version)
    identifiers: dict[str, Element] = {}
    listed: set[str] = {"imsmanifest.xml"}
    for element in manifest.iter():
        if name := element.get("identifier"):
            _check_name(name, "imsmanifest.xml")
            if name in identifiers:
                raise Refused(f"imsmanifest.xml: identifier {name!r} stands twice")
            identifiers[name] = element
    if "identifier" not in manifest.attrib:
        raise Refused("imsmanifest.xml: <manifest> has no identifier")
    own: dict[str, set[str]] = {}
    by_href: dict[str, Element] = {}
    for resource in resources:
        name, href = resource.get("identifier", ""), unquote(resource.get("href", ""))
        own[name] = {unquote(child.get("href", "")) for child in resource if local(child) == "file"}
        if missing := sorted((own[name] | ({href} if href else set())) - set(files)):
            raise Refused(f"imsmanifest.xml: resource {name}: no file {missing[0]!r} in the package")
        if href and href not in own[name]:
            raise Refused(f"imsmanifest.xml: resource {name}: its href {href!r} is not among its files")
        for child in resource:
            target = child.get("identifierref", "")
            if local(child) == "dependency" and (target not in identifiers or local(identifiers[target]) != "resource"):
                raise Refused(f"imsmanifest.xml: resource {name} depends on {target!r}, which is no resource")
        listed |= own[name]
        if href in by_href:
            raise Refused(f"imsmanifest.xml: two resources for {href}")
        by_href[href] = resource
    if unlisted := sorted(set(files) - listed):
        raise Refused(f"file {unlisted[0]!r} is in the package and not in the manifest")
    questions, test_resources = [], []
    for resource in resources:
        kind, href = resource.get("type", ""), unquote(resource.get("href", ""))
        if kind.startswith("imsqti_test"):
            test_resources.append(resource)
        elif kind.startswith("imsqti_item"):
            available = set(own[resource.get("identifier", "")])
            for child in resource:
                if local(child) == "dependency":
                    available |= own[child.get("identifierref", "")]
            question = load_item(files[href], strict=strict, version=version, what=href)
            questions.append(_with_files(question, href, files, available))
    counts = Counter(question.idnumber for question in questions)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise Refused(f"two items are called {twice[0]!r}")
    if not questions:
        raise Refused("no items in the package")
    if len(test_resources) > 1:
        raise Refused("two tests in one package")
    items = {unquote(r.get("href", "")): q.idnumber for r, q in zip(
        [r for r in resources if r.get("type", "").startswith("imsqti_item")], questions, strict=True)}  # fmt: skip
    test = _test(test_resources[0], files, items, by_href, version) if test_resources else None
    return Package(version, tuple(questions), test, files)


def unzip(package: bytes) -> dict[str, bytes]:
    """Files of a package by name, with the checks that an importer makes for its own safety."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            if broken := archive.testzip():
                raise Refused(f"{broken} is broken in the package")
            files = [info.filename for info in archive.infolist() if not info.is_dir()]
            for name in files:
                if name.startswith("/") or "\\" in name or ".." in name.split("/") or files.count(name) > 1:
                    raise Refused(f"bad or repeated name {name!r} in the package")
            return {name: archive.read(name) for name in files}
    except zipfile.BadZipFile as error:
        raise Refused(f"not a zip file: {error}") from error


def _version(resources: Sequence[Element]) -> Version:
    found: set[Version] = set()
    for resource in resources:
        kind = resource.get("type", "")
        match = re.fullmatch(r"imsqti_(?:item|test)_xml(v\dp\d)", kind)
        codes = {code: version for version, code in CODES.items()}
        if match and match[1] in codes:
            found.add(codes[match[1]])
        elif match or not re.fullmatch(r"webcontent|associatedcontent/\S+|css\S*|controlfile/\S+", kind):
            raise Refused(f"imsmanifest.xml: unknown resource type {kind!r}")
    if len(found) != 1:
        raise Refused(f"imsmanifest.xml: resources of {len(found)} QTI versions")
    return found.pop()


def _check_schema(manifest: Element, version: Version) -> None:
    schemas = [(element.text or "").strip() for element in manifest.iter() if local(element) == "schema"]
    versions = [(element.text or "").strip() for element in manifest.iter() if local(element) == "schemaversion"]
    if len(schemas) != 1 or len(versions) != 1:
        raise Refused("imsmanifest.xml: <metadata> needs one <schema> and one <schemaversion>")
    right = {
        "2.1": schemas[0] in ("QTIv2.1 Package", "QTIv2.1", "IMS QTI", "IMS Content"),
        "2.2": schemas[0] in ("QTIv2.2 Package", "QTIv2.2", "IMS QTI", "IMS Content"),
        "3.0": (schemas[0], versions[0]) == ("QTI Package", "3.0.0"),
    }
    if not right[version]:
        raise Refused(f"imsmanifest.xml: schema {schemas[0]!r} {versions[0]!r} is not that of a QTI {version} package")


def _check_name(name: str, what: str) -> None:
    if not NAME.fullmatch(name):
        raise Refused(f"{what}: {name!r} is no identifier (a letter first; then letters, digits, _ - .)")


def _with_files(question: Question, href: str, files: Mapping[str, bytes], available: set[str]) -> Question:
    found: dict[str, bytes] = {}
    markup = question.text + question.grader_info + "".join(html for f in question.fields for _, html in f.options)
    for source in re.findall(r"""<(?:img|object)\b[^>]*?\s(?:src|data)="([^"]*)\"""", markup):
        if re.match(r"[a-z]+:", source):
            raise Refused(f"{href}: {source[:40]!r} is no file of the package")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(href), unquote(source)))
        if path not in files:
            raise Refused(f"{href}: no file {path!r} in the package")
        if path not in available:
            raise Refused(f"{href}: file {path!r} is not listed in the item's resource")
        found[source] = files[path]
    return replace(question, files=found)


# ---------------------------------------------------------------- names


def _plain_names(root: Element, version: Version, what: str) -> Element:
    """The tree in names of QTI 2, without namespaces; anything misspelt is refused."""
    copy = Element("")
    space = namespace(root)
    if space == MATHML:
        copy.tag = f"m:{local(root)}"
        copy.attrib.update(root.attrib)
    elif space != ITEM_NAMESPACES[version]:
        raise Refused(f"{what}: <{local(root)}> is in namespace {space!r}, not in that of QTI {version}")
    elif version == "3.0":
        copy.tag = _camel(local(root).removeprefix("qti-")) if local(root).startswith("qti-") else local(root)
        known = QTI_NAMES if local(root).startswith("qti-") else INLINE | BLOCKS | HTML5
        if copy.tag not in known or local(root) != local(root).lower():
            raise Refused(f"{what}: <{local(root)}> is no element of QTI 3.0")
        for name, value in root.attrib.items():
            if name.startswith("{") or name.startswith(("data-", "aria-")):
                copy.set(name, value)
            elif name != name.lower():
                raise Refused(f"{what}: attribute {name} of <{local(root)}> is not in kebab-case")
            else:
                copy.set(_camel(name), value)
    else:
        copy.tag = local(root)
        if copy.tag not in QTI_NAMES | INLINE | BLOCKS:
            raise Refused(f"{what}: <{copy.tag}> is no element of QTI {version} (names are case-sensitive)")
        for name, value in root.attrib.items():
            if not name.startswith("{") and "-" in name and not name.startswith(("data-", "aria-")):
                raise Refused(f"{what}: attribute {name} of <{copy.tag}> is not of QTI {version}")
            copy.set(name, value)
    copy.text, copy.tail = root.text, root.tail
    copy.extend([_plain_names(child, version, what) for child in root])
    return copy


def _camel(name: str) -> str:
    return re.sub(r"-([a-z0-9])", lambda match: match[1].upper(), name)


def inner_html(element: Element, holes: Callable[[Element], str | None]) -> str:
    """Markup inside an element; `holes` gives the text for elements that are not shown as they are."""
    pieces = [escape(element.text or "", quote=False)]
    for child in element:
        instead = holes(child)
        if instead is None:
            tag = child.tag.removeprefix("m:")
            attributes = "".join(f' {local_name(name)}="{escape(value)}"' for name, value in child.attrib.items())
            inside = inner_html(child, holes)
            instead = f"<{tag}{attributes}/>" if tag in VOID and not inside else f"<{tag}{attributes}>{inside}</{tag}>"
        pieces += [instead, escape(child.tail or "", quote=False)]
    return "".join(pieces)


def local_name(name: str) -> str:
    """Attribute name without its namespace."""
    return name.rpartition("}")[2]


# ---------------------------------------------------------------- variables


@dataclass(frozen=True)
class Variable:
    """A declared variable."""

    name: str
    type: Type
    default: Value = None
    correct: Value = None
    mapping: tuple[tuple[Single, float, bool], ...] = ()  # key, points, case-sensitive
    mapping_default: float = 0.0
    bounds: tuple[float, float] = (float("-inf"), float("inf"))
    maximum: float | None = None


def _parse(text: str, base: str, what: str) -> Single:
    """A value in the file; an engine takes no comma and no word for a number."""
    stripped = text.strip()
    if base == "float" and FLOAT.fullmatch(stripped):
        return float(stripped)
    if base == "integer" and re.fullmatch(r"[+-]?\d+", stripped, re.ASCII):
        return int(stripped)
    if base == "boolean" and stripped in ("true", "false"):
        return stripped == "true"
    if base == "string":
        return text
    if base == "identifier" and NAME.fullmatch(stripped):
        return stripped
    if base in ("pair", "directedPair") and len(stripped.split()) == 2:
        return ":".join(stripped.split())
    raise Refused(f"{what}: {text!r} is no {base}")


def _declare(element: Element, what: str) -> Variable:
    name = element.get("identifier", "")
    _check_name(name, what)
    what = f"{what}, {name}"
    cardinality, base = element.get("cardinality", ""), element.get("baseType", "")
    if cardinality not in ("single", "multiple", "ordered"):
        raise Refused(f"{what}: cardinality {cardinality!r}")
    if base not in ("float", "integer", "boolean", "string", "identifier", "pair", "directedPair"):
        raise Refused(f"{what}: base type {base!r}")

    def values(tag: str) -> Value:
        holder = element.find(tag)
        if holder is None:
            return None
        found = [_parse(value.text or "", base, f"{what}, {tag}") for value in holder.iterfind("value")]
        if not found:
            raise Refused(f"{what}: <{tag}> without <value>")
        if cardinality == "single":
            if len(found) > 1:
                raise Refused(f"{what}: {len(found)} values in <{tag}> of a variable of single cardinality")
            return found[0]
        return found

    mapping = element.find("mapping")
    entries: list[tuple[Single, float, bool]] = []
    default, low, high = 0.0, float("-inf"), float("inf")
    if mapping is not None:
        default = float(_parse(mapping.get("defaultValue", "0"), "float", what))
        low = float(_parse(mapping.get("lowerBound", "-1e308"), "float", what))
        high = float(_parse(mapping.get("upperBound", "1e308"), "float", what))
        for entry in mapping.iterfind("mapEntry"):
            key = _parse(entry.get("mapKey", ""), base, f"{what}, mapKey")
            points = float(_parse(entry.get("mappedValue", ""), "float", f"{what}, mappedValue"))
            entries.append((key, points, entry.get("caseSensitive", "true") == "true"))
        if not entries:
            raise Refused(f"{what}: an empty mapping")
        if len({(key, case) for key, _, case in entries}) < len(entries):
            raise Refused(f"{what}: a key stands twice in the mapping")
    maximum = element.get("normalMaximum")
    return Variable(
        name,
        (cardinality, base),
        values("defaultValue"),
        values("correctResponse"),
        tuple(entries),
        default,
        (low, high),
        None if maximum is None else float(_parse(maximum, "float", what)),
    )


# ---------------------------------------------------------------- processing


class _Exit(Exception):
    """Response processing ends early."""


@dataclass(frozen=True)
class Processing:
    """Response processing of an item: checked once, executed for every attempt."""

    rules: tuple[Element, ...]
    responses: Mapping[str, Variable]
    outcomes: Mapping[str, Variable]
    what: str
    strict: bool

    def check(self) -> None:
        """Refuse unknown operators, unknown variables and operands of the wrong type, in every branch."""
        for rule in self.rules:
            self._check_rule(rule)

    def _check_rule(self, rule: Element) -> None:
        match rule.tag:
            case "responseCondition":
                tags = [child.tag for child in rule]
                if not re.fullmatch(r"responseIf( responseElseIf)*( responseElse)?", " ".join(tags)):
                    raise Refused(f"{self.what}: <responseCondition> holds {tags}")
                for branch in rule:
                    inside = list(branch)
                    if branch.tag != "responseElse":
                        if not inside:
                            raise Refused(f"{self.what}: <{branch.tag}> without a condition")
                        self._want(inside[0], "single", ("boolean",))
                        inside = inside[1:]
                    for child in inside:
                        self._check_rule(child)
            case "responseProcessingFragment":
                for child in rule:
                    self._check_rule(child)
            case "setOutcomeValue":
                name = rule.get("identifier", "")
                if name not in self.outcomes:
                    raise Refused(f"{self.what}: sets {name!r}, which is no declared outcome")
                if len(rule) != 1:
                    raise Refused(f"{self.what}: <setOutcomeValue> needs one expression")
                cardinality, base = self.outcomes[name].type
                self._want(rule[0], cardinality, NUMERIC if base == "float" else (base,))
            case "exitResponse":
                pass
            case _:
                raise Refused(f"{self.what}: <{rule.tag}> is no rule of response processing")

    def _want(self, node: Element, cardinality: str, bases: Sequence[str]) -> None:
        found = self.type_of(node)
        if (found[0] and cardinality and found[0] != cardinality) or (found[1] and bases and found[1] not in bases):
            wanted = f"{cardinality} {'/'.join(bases)}"
            raise Refused(f"{self.what}: <{node.tag}> gives {' '.join(found)} where {wanted} is needed")

    def _count(self, node: Element, least: int, most: int | None = None) -> None:
        if len(node) < least or (most is not None and len(node) > most):
            raise Refused(f"{self.what}: <{node.tag}> with {len(node)} operands")

    def type_of(self, node: Element) -> Type:
        """Cardinality and base type of an expression, all its parts checked."""
        tag = node.tag
        match tag:
            case "baseValue":
                _parse(node.text or "", node.get("baseType", ""), self.what)
                return "single", node.get("baseType", "")
            case "variable" | "correct" | "default" | "mapResponse":
                name = node.get("identifier", "")
                variable = self.responses.get(name) or (self.outcomes.get(name) if tag != "mapResponse" else None)
                if variable is None:
                    raise Refused(f"{self.what}: <{tag}> names {name!r}, which is not declared")
                if tag == "mapResponse":
                    if not variable.mapping:
                        raise Refused(f"{self.what}: <mapResponse> of {name}, which has no mapping")
                    return "single", "float"
                if tag == "correct" and variable.correct is None:
                    raise Refused(f"{self.what}: <correct> of {name}, which has no correct response")
                return variable.type
            case "isNull" | "containerSize":
                self._count(node, 1, 1)
                self.type_of(node[0])
                return ("single", "boolean") if tag == "isNull" else ("single", "integer")
            case "not":
                self._count(node, 1, 1)
                self._want(node[0], "single", ("boolean",))
                return "single", "boolean"
            case "and" | "or":
                self._count(node, 1)
                for child in node:
                    self._want(child, "single", ("boolean",))
                return "single", "boolean"
            case "match":
                self._count(node, 2, 2)
                first, second = self.type_of(node[0]), self.type_of(node[1])
                if first != second:
                    raise Refused(f"{self.what}: <match> of {' '.join(first)} with {' '.join(second)}")
                return "single", "boolean"
            case "member" | "contains":
                self._count(node, 2, 2)
                first, second = self.type_of(node[0]), self.type_of(node[1])
                if first[1] != second[1] or second[0] == "single":
                    raise Refused(f"{self.what}: <{tag}> of {' '.join(first)} in {' '.join(second)}")
                return "single", "boolean"
            case "stringMatch":
                self._count(node, 2, 2)
                for child in node:
                    self._want(child, "single", ("string",))
                return "single", "boolean"
            case "equal" | "equalRounded" | "gt" | "gte" | "lt" | "lte" | "subtract" | "divide":
                self._count(node, 2, 2)
                for child in node:
                    self._want(child, "single", NUMERIC)
                if tag == "equal":
                    self._tolerance(node)
                return ("single", "float") if tag in ("subtract", "divide") else ("single", "boolean")
            case "sum" | "product" | "min" | "max":
                self._count(node, 1)
                bases = []
                for child in node:
                    self._want(child, "", NUMERIC)
                    bases.append(self.type_of(child)[1])
                return "single", "integer" if set(bases) == {"integer"} else "float"
            case "multiple" | "ordered":
                bases = [self.type_of(child)[1] for child in node]
                if len(set(bases)) > 1:
                    raise Refused(f"{self.what}: <{tag}> of several types")
                return tag, bases[0] if bases else ""
            case _:
                raise Refused(f"{self.what}: <{tag}> is no expression of response processing")

    def _tolerance(self, node: Element) -> tuple[str, float, float]:
        mode = node.get("toleranceMode", "")
        if mode not in ("exact", "absolute", "relative"):
            raise Refused(f"{self.what}: <equal> needs a toleranceMode, not {mode!r}")
        words = node.get("tolerance", "").split()
        if mode == "exact":
            return mode, 0.0, 0.0
        if not 1 <= len(words) <= 2:
            raise Refused(f"{self.what}: <equal> with the tolerance {node.get('tolerance')!r}")
        low, high = (float(_parse(word, "float", f"{self.what}, tolerance")) for word in (words[0], words[-1]))
        if self.strict and (low <= 0 or high <= 0):
            raise Refused(f"{self.what}: <equal> with the tolerance {node.get('tolerance')!r} is marked 0 by an engine")
        return mode, low, high

    def run(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """Outcome values for these response values."""
        outcomes: dict[str, Value] = {
            name: variable.default if variable.default is not None else 0 if variable.type[1] in NUMERIC else None
            for name, variable in self.outcomes.items()
        }
        try:
            for rule in self.rules:
                self._do(rule, given, outcomes)
        except _Exit:
            pass
        return outcomes

    def _do(self, rule: Element, given: Mapping[str, Value], outcomes: dict[str, Value]) -> None:
        match rule.tag:
            case "setOutcomeValue":
                outcomes[rule.get("identifier", "")] = self._eval(rule[0], given, outcomes)
            case "responseProcessingFragment":
                for child in rule:
                    self._do(child, given, outcomes)
            case "exitResponse":
                raise _Exit
            case _:
                for branch in rule:
                    inside = list(branch)
                    if branch.tag != "responseElse":
                        # NULL is not true.
                        if self._eval(inside[0], given, outcomes) is not True:
                            continue
                        inside = inside[1:]
                    for child in inside:
                        self._do(child, given, outcomes)
                    return

    def _eval(self, node: Element, given: Mapping[str, Value], outcomes: Mapping[str, Value]) -> Value:
        name = node.get("identifier", "")
        match node.tag:
            case "baseValue":
                return _parse(node.text or "", node.get("baseType", ""), self.what)
            case "variable":
                return given[name] if name in self.responses else outcomes[name]
            case "correct":
                return (self.responses.get(name) or self.outcomes[name]).correct
            case "default":
                return (self.responses.get(name) or self.outcomes[name]).default
            case "mapResponse":
                return _mapped(self.responses[name], given[name])
        values = [self._eval(child, given, outcomes) for child in node]
        match node.tag:
            case "isNull":
                return values[0] is None or values[0] in ("", [])
            case "containerSize":
                return len(values[0]) if isinstance(values[0], list) else 0
            case "and":
                return False if False in values else None if None in values else True
            case "or":
                return True if True in values else None if None in values else False
            case "multiple" | "ordered":
                flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
                return [one for one in flat if one is not None] or None
        if any(value is None for value in values):
            return None
        match node.tag:
            case "not":
                return not values[0]
            case "match":
                return _same(values[0], values[1], ordered=self.type_of(node[0])[0] == "ordered")
            case "member":
                return isinstance(values[1], list) and values[0] in values[1]
            case "contains":
                whole, part = Counter(_list(values[0])), Counter(_list(values[1]))
                return not part - whole
            case "stringMatch":
                first, second = str(values[0]), str(values[1])
                if node.get("caseSensitive", "true") != "true":
                    first, second = first.casefold(), second.casefold()
                return second in first if node.get("substring", "false") == "true" else first == second
        numbers = [float(one) for value in values for one in _list(value)]
        match node.tag:
            case "equal":
                mode, low, high = self._tolerance(node)
                first, second = numbers
                if mode == "relative":
                    low, high = abs(first) * low / 100, abs(first) * high / 100
                return first - low <= second <= first + high
            case "equalRounded":
                figures = int(node.get("figures", "0"))
                if node.get("roundingMode", "significantFigures") == "decimalPlaces":
                    return round(numbers[0], figures) == round(numbers[1], figures)
                return f"{numbers[0]:.{figures - 1}e}" == f"{numbers[1]:.{figures - 1}e}"
            case "gt":
                return numbers[0] > numbers[1]
            case "gte":
                return numbers[0] >= numbers[1]
            case "lt":
                return numbers[0] < numbers[1]
            case "lte":
                return numbers[0] <= numbers[1]
            case "sum":
                return sum(numbers)
            case "product":
                product = 1.0
                for number in numbers:
                    product *= number
                return product
            case "subtract":
                return numbers[0] - numbers[1]
            case "divide":
                return numbers[0] / numbers[1] if numbers[1] else None
            case "min":
                return min(numbers)
            case "max":
                return max(numbers)
        raise AssertionError(node.tag)


def _list(value: Value) -> list[Single]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _same(first: Value, second: Value, *, ordered: bool) -> bool:
    if isinstance(first, list) and isinstance(second, list) and not ordered:
        return Counter(first) == Counter(second)
    return first == second


def _mapped(variable: Variable, value: Value) -> float:
    def points(one: Single) -> float:
        for key, worth, case in variable.mapping:
            if one == key or (not case and str(one).casefold() == str(key).casefold()):
                return worth
        return variable.mapping_default

    # A value chosen twice counts once.
    total = sum(points(one) for one in dict.fromkeys(_list(value)))
    return min(max(total, variable.bounds[0]), variable.bounds[1])


# ---------------------------------------------------------------- items


def _check_formulas(root: Element, xml: bytes, variables: set[str], version: Version, what: str) -> None:
    """TAO (ParserFactory::findNamespace) reads the prefix of formulas off the root, and without one it writes out the
    whole item for every element at every formula; OpenOlat puts a variable's value in the place of a letter that is
    called like it (AssessmentObjectComponentRenderer::renderMath)."""
    if version != "3.0" and re.search(rb"<math\b", xml):
        raise Refused(f"{what}: formulas without a prefix, which an importer searches the item for, minute by minute")
    for letter in root.iter(f"{{{MATHML}}}mi"):
        if (letter.text or "") in variables:
            raise Refused(f"{what}: the letter {letter.text} of a formula would show the variable of its name")


def load_item(xml: bytes, *, strict: bool = True, version: Version | None = None, what: str = "item") -> Question:
    """One item; its version told by the namespace where it is not given."""
    root = parse_xml(xml, what)
    if version is None:
        found = [number for number, space in ITEM_NAMESPACES.items() if space == namespace(root)]
        if not found:
            raise Refused(f"{what}: namespace {namespace(root)!r} is not that of a QTI item")
        version = found[0]
    item = _plain_names(root, version, what)
    if item.tag != "assessmentItem":
        raise Refused(f"{what}: the root is <{local(root)}>")
    for name in ("identifier", "title", "timeDependent"):
        if name not in item.attrib:
            raise Refused(f"{what}: <{local(root)}> has no {name}")
    identifier = item.get("identifier", "")
    _check_name(identifier, what)
    what = f"{what} ({identifier})"
    responses = _variables(item, "responseDeclaration", what)
    outcomes = _variables(item, "outcomeDeclaration", what)
    if shared := set(responses) & set(outcomes):
        raise Refused(f"{what}: {sorted(shared)[0]} is declared as response and as outcome")
    body = item.find("itemBody")
    if body is None:
        raise Refused(f"{what}: no <itemBody>")
    if strict:
        _check_formulas(root, xml, {*responses, *outcomes}, version, what)
        _check_content(body, what)
        if version == "3.0":
            _check_content_bodies(item, what)
    fields = _fields(body, responses, what)
    warnings: list[str] = []
    processing = _processing(item, responses, outcomes, version, what, strict)
    if processing:
        processing.check()
        for rule in processing.rules:
            if any(node.get("toleranceMode") in ("absolute", "relative") for node in rule.iter("equal")):
                warnings.append("<equal> with a tolerance: one player ignores it, another gives marks to any text")
                break
        for name in _unguarded(processing.rules, responses):
            warnings.append(
                f"<mapResponse> of {name} where it may be NULL: a player fails and marks nothing of the item"
            )
        for name in _blank_as_zero(processing.rules, responses):
            warnings.append(f"bounds around 0 for {name} where it may be NULL: a player takes a blank response for 0")
        if version == "3.0":
            warnings += _written_as_text(processing.rules, responses)
    shown = _feedback(item, outcomes, what)
    maximum = _maximum(outcomes)
    if "SCORE" not in outcomes:
        raise Refused(f"{what}: no outcome SCORE")
    if maximum is None or maximum <= 0:
        raise Refused(f"{what}: neither MAXSCORE nor a normalMaximum of SCORE says the full mark")

    def results(given: Responses) -> dict[str, Value]:
        assert processing is not None
        return processing.run({name: _bind(variable, given.get(name, "")) for name, variable in responses.items()})

    def marks(given: Responses) -> float | None:
        if processing is None:
            return None
        score = results(given)["SCORE"]
        assert isinstance(score, int | float)
        return float(score) / maximum

    def says(given: Responses) -> dict[str, str]:
        if processing is None:
            return {}
        values = results(given)
        html = "".join(
            html for outcome, name, visible, html in shown if (name in map(str, _list(values[outcome]))) == visible
        )
        return {"": html} if html else {}

    text = inner_html(body, _hole)
    if re.search(r"\\\(|\\\[", text):
        warnings.append("TeX in the text: a bare player does not set it")
    choices = [one.get("identifier") for tag in ("simpleChoice", "inlineChoice") for one in body.iter(tag)]
    if len(set(choices)) < len(choices):
        warnings.append("an identifier of a choice repeats in the item: TAO's editor would rename it")
    warnings += ["MathML without alttext"] * any("alttext" not in math.attrib for math in body.iter("m:math"))
    rubric = "".join(
        inner_html(block, _hole) for block in item.iter("rubricBlock") if "scorer" in block.get("view", "").split()
    )
    if processing is not None:
        fields = tuple(replace(one, weight=_weight(one.name, responses[one.name], marks)) for one in fields)
    return Question(
        name=item.get("title", ""),
        type="assessmentItem",
        text=text,
        fields=fields,
        marks=marks,
        says=says,
        points=maximum,
        idnumber=identifier,
        grader_info=rubric,
        warnings=tuple(warnings),
    )


def _unguarded(rules: Sequence[Element], responses: Mapping[str, Variable]) -> list[str]:
    """Single responses that are mapped outside a condition that asks `isNull` of them (qti-components 7.27.4)."""
    found: list[str] = []

    def asked(node: Element) -> set[str]:
        return {child.get("identifier", "") for null in node.iter("isNull") for child in null}

    def visit(node: Element, guarded: set[str]) -> None:
        if node.tag == "mapResponse":
            name = node.get("identifier", "")
            if name not in guarded and name not in found and responses[name].type[0] == "single":
                found.append(name)
        inside = set(guarded)
        for child in node:
            if node.tag == "responseCondition" and child.tag != "responseElse":
                inside |= asked(child[0])
            visit(child, inside)

    for rule in rules:
        visit(rule, set())
    return found


def _blank_as_zero(rules: Sequence[Element], responses: Mapping[str, Variable]) -> list[str]:
    """Responses that meet bounds when they are taken for 0 and are not asked for `isNull` (qti-components 7.27.4)."""
    compare: dict[str, Callable[[float], bool]] = {
        "gte": lambda bound: bound <= 0, "lte": lambda bound: bound >= 0,
        "gt": lambda bound: bound < 0, "lt": lambda bound: bound > 0,
    }  # fmt: skip
    found: list[str] = []
    for test in (node for rule in rules for node in rule.iter("and")):
        met: dict[str, bool] = {}
        for node in test:
            if node.tag in compare and [child.tag for child in node] == ["variable", "baseValue"]:
                name = node[0].get("identifier", "")
                met[name] = met.get(name, name in responses) and compare[node.tag](float(node[1].text or ""))
        asked = {child.get("identifier") for null in test.iter("isNull") for child in null}
        found += [name for name, zero in met.items() if zero and name not in asked]
    return list(dict.fromkeys(found))


def _written_as_text(rules: Sequence[Element], responses: Mapping[str, Variable]) -> list[str]:
    """Outcomes that do not outlive being written as text in the language of the browser, as a computed one is: 0.25
    becomes `0,25` and is read back as 25, thirds lose all but three digits, and a list becomes one entry
    (qti-components 7.27.4). What `baseValue` and `variable` give is text already."""
    found: list[str] = []
    for rule in rules:
        for node in rule.iter("setOutcomeValue"):
            name, expression = node.get("identifier", ""), node[0]
            own = any(one.get("identifier") == name for one in expression.iter("variable"))
            if expression.tag == "multiple" and own:
                found.append(f"the list {name} grows: a player keeps its last entry alone")
            if expression.tag in ("sum", "product", "subtract", "divide", "mapResponse"):
                numbers = [float(one.text or "") for one in expression.iter("baseValue")]
                for one in expression.iter("mapResponse"):
                    mapped = responses[one.get("identifier", "")]
                    bounds = [bound for bound in mapped.bounds if abs(bound) < 1e300]
                    numbers += [*(points for _, points, _ in mapped.mapping), *bounds]
                if expression.tag == "divide" or any(not number.is_integer() for number in numbers):
                    found.append(f"{name} is computed and may be a fraction: a player in use reads 0,25 back as 25")
    return list(dict.fromkeys(found))


def _variables(item: Element, tag: str, what: str) -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    for element in item.iterfind(tag):
        variable = _declare(element, what)
        if variable.name in found:
            raise Refused(f"{what}: {variable.name} is declared twice")
        found[variable.name] = variable
    return found


def _maximum(outcomes: Mapping[str, Variable]) -> float | None:
    declared = outcomes.get("MAXSCORE")
    if declared and isinstance(declared.default, int | float):
        return float(declared.default)
    return outcomes["SCORE"].maximum if "SCORE" in outcomes else None


def _check_content(body: Element, what: str) -> None:
    """Text and blocks only where the content models allow them."""
    for element in [body, *body.iter("blockquote"), *body.iter("rubricBlock")]:
        if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
            raise Refused(f"{what}: text straight in <{element.tag}>; it belongs in a paragraph")
    for child in body:
        if child.tag in INLINE or child.tag in INLINE_INTERACTIONS or child.tag == "feedbackInline":
            raise Refused(f"{what}: <{child.tag}> straight in <itemBody>; it belongs in a paragraph")
    for element in body.iter():
        if element.tag in TEXT_ONLY:
            for child in element:
                if child.tag in BLOCKS | BLOCK_INTERACTIONS | {"feedbackBlock"} and child.tag != "object":
                    raise Refused(f"{what}: the block <{child.tag}> in <{element.tag}>")
        if element.tag == "img" and ("alt" not in element.attrib or not element.get("src")):
            raise Refused(f"{what}: <img> needs src and alt")
        if element.tag == "tr" and any(child.tag not in ("td", "th") for child in element):
            raise Refused(f"{what}: <tr> holds something else than cells")


def _check_content_bodies(item: Element, what: str) -> None:
    """In version 3 these hold their words in an element of their own; an importer drops what stands beside it."""
    for element in item.iter():
        if element.tag in ("modalFeedback", "feedbackBlock", "rubricBlock"):
            inside = [child.tag for child in element if child.tag not in ("stylesheet", "catalogInfo")]
            if inside != ["contentBody"]:
                raise Refused(f"{what}: <{element.tag}> holds {inside or 'text'} and not a content body")


def _fields(body: Element, responses: Mapping[str, Variable], what: str) -> tuple[Field, ...]:
    fields: list[Field] = []
    for interaction in body.iter():
        if interaction.tag not in INTERACTIONS:
            continue
        name = interaction.get("responseIdentifier", "")
        if name not in responses:
            raise Refused(f"{what}: <{interaction.tag}> answers {name!r}, which is not declared")
        if name in [one.name for one in fields]:
            raise Refused(f"{what}: two interactions answer {name!r}")
        cardinality, base = responses[name].type
        choices = [one for one in interaction.iter() if one.tag in (
            "simpleChoice", "inlineChoice", "simpleAssociableChoice")]  # fmt: skip
        options = tuple((one.get("identifier", ""), inner_html(one, _hole)) for one in choices)
        identifiers = [option for option, _ in options]
        if len(set(identifiers)) < len(identifiers):
            raise Refused(f"{what}: {name}: two choices with one identifier")
        for identifier in identifiers:
            _check_name(identifier, f"{what}, {name}")
        kind: Kind
        match interaction.tag:
            case "textEntryInteraction":
                if cardinality != "single" or base not in ("float", "integer", "string"):
                    raise Refused(f"{what}: {name}: a text entry of {cardinality} {base}")
                kind = "text" if base == "string" else "number"
            case "extendedTextInteraction":
                kind = "essay"
            case "matchInteraction":
                if base != "directedPair" or len(interaction.findall("simpleMatchSet")) != 2:
                    raise Refused(f"{what}: {name}: matching needs directed pairs and two sets")
                kind = "pairs"
            case _:
                if base != "identifier":
                    raise Refused(f"{what}: {name}: a choice of base type {base}")
                most = int(interaction.get("maxChoices", "1"))
                if (cardinality == "single") != (most == 1) and interaction.tag == "choiceInteraction":
                    raise Refused(f"{what}: {name}: maxChoices {most} for a response of {cardinality} cardinality")
                kind = "choice" if cardinality == "single" else "choices"
        known = [*map(str, _list(responses[name].correct)), *(str(key) for key, _, _ in responses[name].mapping)]
        if kind in ("choice", "choices", "pairs"):
            for key in known:
                if stray := [part for part in key.split(":") if part not in identifiers]:
                    raise Refused(f"{what}: {name}: key {stray[0]!r} is no choice")
        fields.append(Field(name, kind, 1.0, options))
    if unasked := set(responses) - {one.name for one in fields}:
        raise Refused(f"{what}: response {sorted(unasked)[0]} is declared and never asked")
    return tuple(fields)


def _bind(variable: Variable, response: str) -> Value:
    """What an engine binds to a response; a number that it cannot read is NULL."""
    cardinality, base = variable.type
    if cardinality != "single":
        return list(response.split()) or None
    try:
        return _parse(response, base, "response") if response else None
    except Refused:
        return None


def _weight(name: str, variable: Variable, marks: Callable[[Responses], float | None]) -> float:
    """Share that this field earns alone, found by answering it and nothing else."""
    best = variable.correct
    if variable.mapping:
        paying = [(points, key) for key, points, _ in variable.mapping if points > 0]
        best = [key for _, key in paying] if variable.type[0] != "single" else max(paying, key=lambda one: one[0])[1]
    blank, answered = marks({}), marks({name: " ".join(map(str, _list(best)))})
    assert blank is not None
    assert answered is not None
    return answered - blank


def _hole(element: Element) -> str | None:
    if element.tag in INTERACTIONS:
        prompt = element.find("prompt")
        return (inner_html(prompt, _hole) if prompt is not None else "") + f"{{{element.get('responseIdentifier')}}}"
    if element.tag in ("feedbackInline", "feedbackBlock", "rubricBlock"):
        return ""
    return inner_html(element, _hole) if element.tag == "contentBody" else None


def _feedback(item: Element, outcomes: Mapping[str, Variable], what: str) -> list[tuple[str, str, bool, str]]:
    found = []
    for element in item.iter():
        if element.tag in ("feedbackInline", "feedbackBlock", "modalFeedback"):
            outcome, name = element.get("outcomeIdentifier", ""), element.get("identifier", "")
            if outcome not in outcomes or outcomes[outcome].type[1] != "identifier":
                raise Refused(f"{what}: <{element.tag}> hangs on {outcome!r}, which is no outcome of identifiers")
            if element.get("showHide") not in ("show", "hide"):
                raise Refused(f"{what}: <{element.tag}> without showHide")
            _check_name(name, what)
            found.append((outcome, name, element.get("showHide") == "show", inner_html(element, _hole)))
    return found


def _processing(
    item: Element,
    responses: Mapping[str, Variable],
    outcomes: Mapping[str, Variable],
    version: Version,
    what: str,
    strict: bool,
) -> Processing | None:
    element = item.find("responseProcessing")
    if element is None or (not len(element) and "template" not in element.attrib):
        return None
    rules = tuple(element)
    if template := element.get("template"):
        if len(element):
            raise Refused(f"{what}: response processing by a template and by rules")
        known = {TEMPLATES[version].format(name): name for name in ("match_correct", "map_response")}
        if template not in known:
            raise Refused(f"{what}: {template!r} is no template of QTI {version}")
        if "RESPONSE" not in responses:
            raise Refused(f"{what}: a template marks RESPONSE, which is not declared")
        rules = (_template(known[template]),)
    return Processing(rules, responses, outcomes, what, strict)


def _node(tag: str, *children: Element, text: str | None = None, **attributes: str) -> Element:
    element = Element(tag, attributes)
    element.text = text
    element.extend(children)
    return element


def _template(name: str) -> Element:
    if name == "map_response":
        mapped = _node("setOutcomeValue", _node("mapResponse", identifier="RESPONSE"), identifier="SCORE")
        nothing = _node("setOutcomeValue", _node("baseValue", text="0", baseType="float"), identifier="SCORE")
        blank = _node("isNull", _node("variable", identifier="RESPONSE"))
        return _node("responseCondition", _node("responseIf", blank, nothing), _node("responseElse", mapped))
    right = _node("match", _node("variable", identifier="RESPONSE"), _node("correct", identifier="RESPONSE"))
    one = _node("setOutcomeValue", _node("baseValue", text="1", baseType="float"), identifier="SCORE")
    zero = _node("setOutcomeValue", _node("baseValue", text="0", baseType="float"), identifier="SCORE")
    return _node("responseCondition", _node("responseIf", right, one), _node("responseElse", zero))


# ---------------------------------------------------------------- tests


def _test(
    resource: Element,
    files: Mapping[str, bytes],
    items: Mapping[str, str],
    by_href: Mapping[str, Element],
    version: Version,
) -> Test:
    href = unquote(resource.get("href", ""))
    root = _plain_names(parse_xml(files[href], href), version, href)
    if root.tag != "assessmentTest" or "identifier" not in root.attrib or "title" not in root.attrib:
        raise Refused(f"{href}: no <assessmentTest> with identifier and title")
    depends = {child.get("identifierref") for child in resource if local(child) == "dependency"}
    used: set[str] = set()
    for element in root.iter():
        name = element.get("identifier")
        if element.tag in ("testPart", "assessmentSection", "assessmentItemRef", "assessmentTest"):
            _check_name(name or "", href)
            if name in used:
                raise Refused(f"{href}: identifier {name!r} stands twice")
            used.add(name or "")
    parts = root.findall("testPart")
    if not parts:
        raise Refused(f"{href}: no <testPart>")
    for part in parts:
        if part.get("navigationMode") not in ("linear", "nonlinear"):
            raise Refused(f"{href}: <testPart> without navigationMode")
        if part.get("submissionMode") not in ("individual", "simultaneous"):
            raise Refused(f"{href}: <testPart> without submissionMode")
    asked: list[str] = []

    def section(element: Element) -> Section:
        if "title" not in element.attrib or element.get("visible") not in ("true", "false"):
            raise Refused(f"{href}: section {element.get('identifier')} needs title and visible")
        refs = []
        for ref in element.iterfind("assessmentItemRef"):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(href), unquote(ref.get("href", ""))))
            if path not in items:
                raise Refused(f"{href}: {ref.get('href')!r} is no item of the package")
            if by_href[path].get("identifier") not in depends:
                raise Refused(f"imsmanifest.xml: the test does not depend on the item {path}")
            refs.append(items[path])
        inner = tuple(section(child) for child in element.iterfind("assessmentSection"))
        asked.extend(refs)
        selection, ordering = element.find("selection"), element.find("ordering")
        select = None if selection is None else int(selection.get("select", "0"))
        if not refs and not inner:
            raise Refused(f"{href}: section {element.get('identifier')} is empty")
        if select is not None and not 1 <= select <= len(refs) + len(inner):
            raise Refused(f"{href}: section {element.get('identifier')} selects {select} of {len(refs) + len(inner)}")
        shuffle = ordering is not None and ordering.get("shuffle") == "true"
        return Section(element.get("identifier", ""), element.get("title", ""), select, shuffle, tuple(refs), inner)

    sections = tuple(section(child) for part in parts for child in part.iterfind("assessmentSection"))
    if not sections:
        raise Refused(f"{href}: no sections")
    if missing := set(items.values()) - set(asked):
        raise Refused(f"{href}: item {sorted(missing)[0]} is in the package and not in the test")
    outcomes = _variables(root, "outcomeDeclaration", href)
    sums: dict[str, str] = {}
    for rule in root.iterfind("outcomeProcessing/setOutcomeValue"):
        name = rule.get("identifier", "")
        if name not in outcomes:
            raise Refused(f"{href}: sets {name!r}, which is not declared")
        variables = rule.find("sum/testVariables")
        if variables is None:
            raise Refused(f"{href}: {name} is no sum of item variables")
        sums[name] = variables.get("variableIdentifier", "")
    if sums.get("SCORE") != "SCORE":
        raise Refused(f"{href}: the test's SCORE is not the sum of the items' SCORE")
    controls = [part.find("itemSessionControl") for part in parts]
    feedback = all(control is not None and control.get("showFeedback") == "true" for control in controls)
    return Test(root.get("identifier", ""), root.get("title", ""), sections, sums, feedback)
