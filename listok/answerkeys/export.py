"""The files of an export: split where they grow too long, delivered together when all are whole."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from listok.answerkeys.composing import FORMATS, ExportError, Request, Source, entries
from listok.answerkeys.formats import Entry, Format, Heading, Omission, Writer
from listok.templates.files import is_private, output_error, part_of, private_file
from listok.workers.pool import Workers


@dataclass
class Report:
    """What an export wrote and what it left out: for each omission how many variants, and the first of them."""

    files: list[Path] = field(default_factory=list)
    questions: int = 0
    omissions: dict[Omission, tuple[int, str]] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Take note of what was left out of an entry."""
        for omission in entry.omissions:
            count, example = self.omissions.get(omission, (0, entry.code))
            self.omissions[omission] = count + 1, example

    def lines(self) -> Iterator[str]:
        """What was left out: a line for each part and reason."""
        for omission, (count, example) in self.omissions.items():
            where = f"{omission.exercise}, part {omission.part}" if omission.part else omission.exercise
            variants = f"{count} variants, such as" if count > 1 else "variant"
            yield f"{where}: {omission.reason} ({variants} {example})"


def export(
    sources: Iterable[Source], request: Request, workers: Workers, out: Path, name: str, *,
    max_questions: int | None = None, max_bytes: int | None = None, force: bool = False,
    tick: Callable[[], object] = lambda: None,
) -> Report:  # fmt: skip
    """Write entries into files `NAME.suffix` (or `NAME-1.suffix`, `NAME-2.suffix`, ... where they are split) in `out`.

    They appear together when all of them are whole; until then, what an earlier export wrote stays. Raises
    `ExportError` where files are in the way (without `force`), `OutputError` where they cannot be written, and what
    workers raise.
    """
    report, to = Report(), FORMATS[request.to]
    split = max_questions is not None or max_bytes is not None
    place = functools.partial(_place, out, name, to.suffix, split)
    old: Sequence[Path] | None = None
    new = False
    volume: _Volume | None = None
    try:
        old = _existing(out, name, to.suffix, force)
        new = not out.exists()
        out.mkdir(parents=True, exist_ok=True)
        for entry in entries(sources, request, workers):
            if volume is not None and volume.full(max_questions, max_bytes):
                volume.close()
                volume = None
            if volume is None:
                report.files.append(place(len(report.files) + 1))
                part = part_of(report.files[-1])
                if is_private(name):
                    private_file(part).close()  # a writer that opens it leaves it so
                volume = _Volume(part, to, request.heading)
            report.questions += volume.add(entry)
            report.add(entry)
            tick()
        if volume is not None:
            volume.close()
            volume = None
        for path in old:
            path.unlink()
        for path in report.files:
            part_of(path).replace(path)
    except OSError as error:
        raise output_error(error, out, "nothing was exported", "export again") from None
    finally:
        if volume is not None:
            volume.abandon()
        if old is not None:
            _tidy(out, name, to.suffix, new)
    return report


class _Volume:
    """One file of an export while it is written."""

    def __init__(self, path: Path, to: Format, heading: Heading) -> None:
        self._writer: Writer = to.open(path, heading)
        self._questions = 0

    def add(self, entry: Entry) -> int:
        written = self._writer.add(entry)
        self._questions += written
        return written

    def full(self, max_questions: int | None, max_bytes: int | None) -> bool:
        return (max_questions is not None and self._questions >= max_questions) or (
            max_bytes is not None and self._writer.size >= max_bytes
        )

    def close(self) -> None:
        self._writer.close()

    def abandon(self) -> None:
        self._writer.abandon()


def _place(out: Path, name: str, suffix: str, split: bool, number: int) -> Path:
    return out / (f"{name}-{number}{suffix}" if split else f"{name}{suffix}")


def _tidy(out: Path, name: str, suffix: str, new: bool) -> None:
    """Take away what is not whole, and a new folder with nothing in it."""
    with contextlib.suppress(OSError):
        for part in out.glob(f"{name}*{suffix}.part"):
            part.unlink(missing_ok=True)
        if new and not any(out.iterdir()):
            out.rmdir()


def _existing(out: Path, name: str, suffix: str, force: bool) -> Sequence[Path]:
    """Files of an earlier export; raises `ExportError` where they may not be replaced."""
    numbered = [path for path in out.glob(f"{name}-*{suffix}") if path.name[len(name) + 1 : -len(suffix)].isdecimal()]
    found = [path for path in (out / f"{name}{suffix}", *sorted(numbered)) if path.exists()]
    for path in found:
        if path.is_dir():
            raise ExportError(f"{path} is a folder: give another --out")
        if not force:
            raise ExportError(f"{path} is there already: give another --out, or --force to replace it")
    return found
