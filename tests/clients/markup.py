"""Reading XML and looking for faults in HTML that a browser forgives and a reader sees."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

from clients import Refused


def names(text: str) -> frozenset[str]:
    """Words of a text as a set."""
    return frozenset(text.split())


VOID = names("area base br col embed hr img input link meta source track wbr mspace")
END_IS_OPTIONAL = names("p li dt dd tr td th thead tbody tfoot colgroup option")
KNOWN = (
    VOID
    | END_IS_OPTIONAL
    | names(
        "a abbr b bdi bdo big blockquote body caption cite code del details dfn div em figcaption figure h1 h2 h3 h4 h5"
        " h6 head html i ins kbd label mark ol optgroup pre q s samp section select small span strike strong style sub"
        " summary sup table time title tt u ul var svg g path line circle rect text tspan defs marker polygon polyline"
        " ellipse use desc math semantics annotation mrow mi mn mo ms mtext mfrac msqrt mroot msub msup msubsup munder"
        " mover munderover mtable mtr mtd mfenced mpadded mphantom mstyle menclose merror mmultiscripts mprescripts"
        " none"
    )
)


def parse_xml(data: bytes, what: str) -> ElementTree.Element:
    """Root of well-formed XML; a document type is refused, as importers do for safety."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Refused(f"{what}: a document type is not allowed")
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Refused(f"{what}: not well-formed XML: {error}") from error


def local(element: ElementTree.Element) -> str:
    """Name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: ElementTree.Element) -> str:
    """Namespace of an element, or ""."""
    return str(element.tag)[1:].partition("}")[0] if str(element.tag).startswith("{") else ""


def html_faults(html: str) -> tuple[str, ...]:
    """What a browser would show otherwise than written: unknown or unclosed tags, text lost in an open tag."""
    finder = _Faults()
    finder.feed(html)
    finder.close()
    faults = [*finder.faults, *(f"<{tag}> is never closed" for tag in finder.open if tag not in END_IS_OPTIONAL)]
    for match in re.finditer(r"<[A-Za-z/!?]", html):
        rest = html[match.start() + 1 :]
        closes, opens = rest.find(">"), rest.find("<")
        if closes < 0 or 0 <= opens < closes:
            faults.append(f"text from {html[match.start() : match.start() + 20]!r} on is read as a tag")
    for image in re.findall(r"<img\b[^>]*>", html):
        if not re.search(r"""\balt\s*=\s*("[^"]+"|'[^']+')""", image):
            faults.append(f"picture without alternative text: {image}")
    return tuple(dict.fromkeys(faults))


class _Faults(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in KNOWN:
            self.faults.append(f"unknown tag <{tag}>")
        elif tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in KNOWN:
            self.faults.append(f"unknown tag <{tag}/>")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        while self.open and self.open[-1] != tag and self.open[-1] in END_IS_OPTIONAL:
            self.open.pop()
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.faults.append(f"</{tag}> closes nothing")


def plugin_files(html: str) -> set[str]:
    """Names of the files that Moodle HTML refers to."""
    return {unquote(name) for name in re.findall(r"""@@PLUGINFILE@@/([^"'\s<>)?#]+)""", html)}
