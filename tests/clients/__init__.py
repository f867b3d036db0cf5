"""Clients of the export formats, emulated from the formats' rules.

A module here reads an exported file again as the real client would, refuses what it refuses, and marks responses as
it does. Nothing here imports an exporter, so an exporter's mistake cannot be repeated by its test.

```python
from clients import Refused, moodle, gift, qti, canvas, anki, amc

moodle.load(xml: bytes, *, comma_site: bool = False, extensions: frozenset[str] = frozenset()) -> list[Question]
    # comma_site: the site's decimal separator, for the import and for the marking; extensions: {"formulas", "stack"}
gift.load(text: str, *, comma_site: bool = False) -> list[Question]
qti.load(package: bytes, *, strict: bool = True) -> qti.Package       # 2.1, 2.2, 3.0, told by the manifest
qti.load_item(xml: bytes, *, strict: bool = True) -> Question         # one item without its package
canvas.load(package: bytes) -> canvas.Quiz; canvas.load_all(package) -> list[canvas.Quiz]
canvas.load_item(xml: bytes, *, points: float | None = None) -> Question
anki.load(apkg: bytes, *more: bytes) -> anki.Collection               # imported one after another (needs `anki`)
amc.load(tex: str) -> list[Question]
amc.run(tex: str, files: Mapping[str, bytes] | None = None) -> amc.Report   # where amc.available()
```

Every loader raises `Refused` with a reason where the client would not take the file (for Moodle: where one question
stops the import). What a client takes without a word although it changes what the student sees or earns is in
`question.warnings`: a clean export has none. `NotImplementedError` means that an emulator does not know a construct.

**Fields.** A question has named fields in the order of the text:

| client | names of the fields |
|:--|:--|
| Moodle cloze | `"1"`, `"2"`, ... in order of the gaps |
| Moodle matching, GIFT matching | `"1"`, `"2"`, ... in order of the pairs |
| Moodle formulas | `"0_0"`, `"0_1"`, ... part and box, both from 0 |
| Moodle stack | names of the inputs (`"ans1"`); a matrix input is one field, rows as `[[1, 2], [3, 4]]` |
| QTI | response identifiers |
| Canvas | names of the blanks; for matching the idents of the rows |
| any other question | one field `"answer"` |

**Responses** are `Mapping[str, str]`, field to what the student typed. A missing field and `""` mean blank. For a
choice give an option's id; for several choices the ids with spaces between. Ids: Moodle and GIFT `"1"`, `"2"`, ... in
the file's order (also for the menus of matching); QTI and Canvas the file's own identifiers; pairs of a QTI
matchInteraction as `A:B C:D`. `field.option("text")`
finds the id of the one option with this text or HTML. An unknown field or option raises `KeyError`: the test is wrong,
not the file.

**Marks.** `question.mark(responses)` is the share of the full mark, as the client would compute it: 1.0 is full, below
0 only where the client itself gives less than nothing, `None` where a person must mark.
`question.feedback(responses)` is HTML per field (only fields with feedback); key `""` is what the question as a
whole says (combined or modal feedback).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Responses = Mapping[str, str]

Kind = Literal["number", "text", "choice", "choices", "match", "pairs", "formula", "matrix", "essay", "file"]


class Refused(Exception):
    """The client would not take this file (or this question); the text says why."""


@dataclass(frozen=True)
class Field:
    """One place for a response.

    `weight` is the share of the question's mark that this field alone can earn; shares sum to 1 unless a person marks
    or fields are marked only together (then the weight is spread evenly). `options` are (id, html) in the file's order.
    """

    name: str
    kind: Kind
    weight: float = 1.0
    options: tuple[tuple[str, str], ...] = ()

    def option(self, text: str) -> str:
        """Id of the only option with this HTML; markup around it and space at its ends do not count."""
        found = [name for name, html in self.options if text in (html.strip(), plain(html))]
        if len(found) != 1:
            raise KeyError(f"{len(found)} options of field {self.name!r} say {text!r}: {self.options}")
        return found[0]


@dataclass(frozen=True)
class Question:
    """A question as the client holds it after the import."""

    name: str
    type: str  # the client's own name of the type: "cloze", "numerical_question", "assessmentItem", ...
    text: str  # HTML
    fields: tuple[Field, ...]
    marks: Callable[[Responses], float | None]
    says: Callable[[Responses], dict[str, str]] = lambda responses: {}
    files: Mapping[str, bytes] = field(default_factory=dict)
    points: float = 1.0  # full mark: Moodle's defaultgrade, Canvas's points_possible, QTI's MAXSCORE
    penalty: float | None = None
    idnumber: str = ""
    category: tuple[str, ...] = ()  # from the top down, without "top"
    tags: tuple[str, ...] = ()
    general_feedback: str = ""
    grader_info: str = ""
    leftover_codes: tuple[str, ...] = ()  # Moodle: answer codes that were not recognised and stay in the text
    warnings: tuple[str, ...] = ()  # what the client takes without a word although it changes the meaning

    @property
    def text_html(self) -> str:
        """The text, under the name that says what it is."""
        return self.text

    def field(self, name: str) -> Field:
        """The field of this name; KeyError where there is none."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(f"no field {name!r} in {self.name!r}; there are {[f.name for f in self.fields]}")

    def mark(self, responses: Responses) -> float | None:
        """Share of the full mark for these responses; None where a person must mark."""
        return self.marks(self._checked(responses))

    def feedback(self, responses: Responses) -> dict[str, str]:
        """HTML that the client shows for these responses, by field; `""` for the question as a whole."""
        return self.says(self._checked(responses))

    def _checked(self, responses: Responses) -> Responses:
        for name, response in responses.items():
            candidate = self.field(name)
            if candidate.kind in ("choice", "choices", "match") and candidate.options:
                known = {option for option, _ in candidate.options}
                chosen = response.split() if candidate.kind == "choices" else [response] if response else []
                for option in chosen:
                    if option not in known:
                        raise KeyError(f"no option {option!r} in field {name!r}; there are {sorted(known)}")
        return responses


def plain(html: str) -> str:
    """Text of an HTML fragment: no tags, entities decoded, runs of white space as one space."""
    from html import unescape
    from re import sub

    return " ".join(unescape(sub(r"<[^>]*>", " ", html)).split())
