"""Anki: packages imported by its own backend (`anki` on PyPI) into a collection of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clients import Refused


@dataclass(frozen=True)
class Note:
    """A note with what its cards show."""

    guid: str
    type_id: int
    type_name: str
    fields: Mapping[str, str]
    tags: tuple[str, ...]
    deck: str  # of the first card
    fronts: tuple[str, ...]  # HTML of each card's question, without the style sheet
    backs: tuple[str, ...]


@dataclass(frozen=True)
class Log:
    """What one import did, in notes."""

    found: int
    new: int
    updated: int
    duplicate: int
    refused: int  # conflicts, missing note type or deck, empty first field


@dataclass(frozen=True)
class Collection:
    """The collection after all imports."""

    notes: tuple[Note, ...]
    logs: tuple[Log, ...]  # one per import
    media: Mapping[str, bytes]
    missing_media: tuple[str, ...]  # referred to and not there
    unused_media: tuple[str, ...]

    def note(self, first_field: str) -> Note:
        """The note whose first field says this."""
        found = [note for note in self.notes if next(iter(note.fields.values())) == first_field]
        if len(found) != 1:
            raise KeyError(f"{len(found)} notes with the first field {first_field!r}")
        return found[0]


def load(apkg: bytes, *more: bytes) -> Collection:
    """Import packages one after another into an empty collection; `Refused` with the backend's own words."""
    from anki import collection as backend
    from anki.errors import AnkiException

    with tempfile.TemporaryDirectory() as folder:
        opened = backend.Collection(str(Path(folder) / "collection.anki2"))
        try:
            logs = []
            for number, data in enumerate((apkg, *more)):
                path = Path(folder) / f"{number}.apkg"
                path.write_bytes(data)
                request = backend.ImportAnkiPackageRequest(
                    package_path=str(path), options=backend.ImportAnkiPackageOptions()
                )
                try:
                    log = opened.import_anki_package(request).log
                except AnkiException as error:
                    raise Refused(f"package {number + 1}: {error}") from error
                refused = len(log.conflicting) + len(log.missing_notetype) + len(log.missing_deck)
                refused += len(log.empty_first_field)
                logs.append(Log(log.found_notes, len(log.new), len(log.updated), len(log.duplicate), refused))
            media = {path.name: path.read_bytes() for path in sorted(Path(opened.media.dir()).iterdir())}
            check = opened.media.check()
            return Collection(
                tuple(_note(opened, note) for note in sorted(opened.find_notes(""))),
                tuple(logs),
                media,
                tuple(check.missing),
                tuple(check.unused),
            )
        finally:
            opened.close()


def _note(opened: object, identifier: int) -> Note:
    note = opened.get_note(identifier)
    cards = note.cards()
    kind = note.note_type()
    return Note(
        guid=note.guid,
        type_id=note.mid,
        type_name=kind["name"],
        fields=dict(note.items()),
        tags=tuple(note.tags),
        deck=opened.decks.name(cards[0].did),
        fronts=tuple(card.render_output().question_text for card in cards),
        backs=tuple(card.render_output().answer_text for card in cards),
    )


def sample(front: str, back: str, media: Mapping[str, bytes]) -> bytes:
    """A package with one note of Anki's basic type, as Anki itself exports it."""
    from anki import collection as backend

    with tempfile.TemporaryDirectory() as folder:
        opened = backend.Collection(str(Path(folder) / "collection.anki2"))
        try:
            note = opened.new_note(opened.models.by_name("Basic"))
            note["Front"], note["Back"] = front, back
            for name, data in media.items():
                opened.media.write_data(name, data)
            opened.add_note(note, opened.decks.id("Sample"))
            path = Path(folder) / "sample.apkg"
            options = backend.ExportAnkiPackageOptions(with_media=True, legacy=True)
            opened.export_anki_package(out_path=str(path), options=options, limit=None)
            return path.read_bytes()
        finally:
            opened.close()
