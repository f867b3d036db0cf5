"""The forms of a chunk: what a worker of a build draws, each form as if the class were empty.

A chunk is some students in the order of the roster. The functions here are stateless: they take bytes, give bytes and
look at no folder of the build. So any executor may run them, on this machine or another, once or twice.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from listok.answerkeys.exam_file import form_json, read_form
from listok.answerkeys.forms import FINGERPRINT_BYTES, Form, Slot, Student, short_fingerprint
from listok.answerkeys.keysheet import Maxima
from listok.exams.assembly import drawn, places
from listok.exams.blueprint import Blueprint, Item, Task
from listok.generators.bank import find
from listok.generators.codes import form_code
from listok.generators.exact import Fraction
from listok.generators.values import fraction

NUMBER_BYTES = 2
"""Bytes that hold an exercise's number."""


@dataclass(frozen=True)
class Summary:
    """What the build must know of a chunk's forms to see that no variant is handed out twice, packed for many forms.

    Lists have an entry a form: its code, whether it was kept from an earlier build, and its slots, each as the bytes
    of the exercise's number and of the variant's fingerprint. `problems` and `total` are the chunk's `maxima`.
    """

    codes: list[str]
    kept: list[bool]
    slots: list[bytes]
    problems: list[str]
    total: str

    def variants(self, form: int) -> list[tuple[int, bytes]]:
        """For each slot of a form the exercise's number and the variant's `short_fingerprint`."""
        packed = self.slots[form]
        return [
            (int.from_bytes(packed[at : at + NUMBER_BYTES]), packed[at + NUMBER_BYTES : at + _SLOT_BYTES])
            for at in range(0, len(packed), _SLOT_BYTES)
        ]

    @property
    def maxima(self) -> Maxima:
        return Maxima(tuple(map(Fraction, self.problems)), Fraction(self.total))


_SLOT_BYTES = NUMBER_BYTES + FINGERPRINT_BYTES


def draw_forms(
    blueprint: bytes, secret: bytes, bank: Path | None, students: Sequence[Student], kept: Mapping[str, bytes],
    keep: str = "",
) -> dict[str, bytes]:
    """Draw and verify the forms of a chunk of students.

    `blueprint` is what `encode_blueprint` gave. Students in `kept` have a form already: a line of the exam file `keep`.
    Gives ``forms`` (a line each) and their ``summary``.
    """
    decoded = decode_blueprint(blueprint, bank)
    forms = [
        dataclasses.replace(read_form(kept[student.id], keep, bank), student=student)
        if student.id in kept
        else _draw_form(decoded, secret, student)
        for student in students
    ]
    lines = b"\n".join(map(form_json, forms))
    return {"forms": lines, "summary": _summary(forms, [student.id in kept for student in students])}


def summarize_forms(bank: Path | None, lines: Sequence[bytes], keep: str) -> dict[str, bytes]:
    """The ``summary`` of forms of an earlier build whose students are not in the roster."""
    forms = [read_form(line, keep, bank) for line in lines]
    return {"summary": _summary(forms, [True] * len(forms))}


def decode_summary(data: bytes) -> Summary:
    """A summary from what `draw_forms` gave."""
    return msgspec.msgpack.decode(data, type=Summary)


def _draw_form(blueprint: Blueprint, secret: bytes, student: Student) -> Form:
    slots = tuple(
        Slot(drawn(secret, student.key, place).verify(), place.task.points)
        for place in places(blueprint, secret, student.key)
    )
    return Form(form_code(secret, student.key), student, slots)


def _summary(forms: Sequence[Form], kept: list[bool]) -> bytes:
    most = Maxima.of([slot.total for slot in form.slots] for form in forms)
    slots = [
        b"".join(
            slot.variant.exercise.number.to_bytes(NUMBER_BYTES) + short_fingerprint(slot.variant) for slot in form.slots
        )
        for form in forms
    ]
    codes = [form.code for form in forms]
    return msgspec.msgpack.encode(Summary(codes, kept, slots, list(map(str, most.problems)), str(most.total)))


def encode_blueprint(blueprint: Blueprint) -> bytes:
    """A blueprint as bytes that another process or machine can read; exercises go by their names.

    Its seed is left out: those who draw are given the secret.
    """
    items = [
        [
            item.pick,
            [
                [task.exercise.name, task.level, {part: str(points) for part, points in task.points.items()}]
                for task in item.tasks
            ],
        ]
        for item in blueprint.items
    ]
    fields = {field.name: getattr(blueprint, field.name) for field in dataclasses.fields(blueprint)}
    return msgspec.json.encode(fields | {"seed": None, "items": items})


@functools.lru_cache(2)
def decode_blueprint(data: bytes, bank: Path | None) -> Blueprint:
    """A blueprint without its seed, from what `encode_blueprint` gave."""
    fields = msgspec.json.decode(data)
    items = tuple(
        Item(
            tuple(
                Task(find(name, bank), level, {part: fraction(points) for part, points in points_of.items()})
                for name, level, points_of in tasks
            ),
            pick,
        )
        for pick, tasks in fields["items"]
    )
    return Blueprint(**(fields | {"items": items, "langs": tuple(fields["langs"])}))
