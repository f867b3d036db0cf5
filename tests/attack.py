"""Tries to find the exam of a whole class from one sheet, as a student could who has the sheet and listok's source.

    python tests/attack.py --minutes 60 --jobs 2             # an exam without a seed: nothing may be found
    python tests/attack.py --minutes 5 --seed 2026-11-30     # how soon is a seed found that can be guessed?

The student knows what is printed: the header, the id, the form's code, the problems. The 24-bit seeds of the own
problems are given away, too: they can be had from the printed numbers by drawing all variants. What is tried:

* secrets that no stretching protects: constant and counting bytes, small numbers, hashes of what stands on the sheet,
  of words and dates, of the time of the build, what Python's and NumPy's generators give for small seeds; and the plain
  hash from which listok once made its codes;
* seeds, stretched as listok does: the published one, words of the sheet, dates, common words, years, whole numbers;
* rules that would give a neighbour's code or numbers without any secret: equal, shifted, mixed, in step with the id;
* the sheets' files themselves: whether the secret or the seed stands in them in any spelling.
"""

from __future__ import annotations

import argparse
import base64
import datetime
import hashlib
import itertools
import multiprocessing
import random
import re
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from listok.answerkeys.forms import Exam, Student
from listok.exams.assembly import assemble, settings
from listok.exams.blueprint import read_blueprint
from listok.exams.build import write_exam
from listok.exams.guessing import COMMON, PUBLISHED
from listok.exams.secret import stretched
from listok.generators.codes import ALPHABET, EXAM_SEEDS, VariantCode, form_code, read_code
from listok.generators.keyed import SECRET_BYTES, keyed_hash

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "midterm.toml"
CODE_BITS, SEED_BITS = 39, 24
NO_CHANCE = 7
"""Standard deviations."""


@dataclass(frozen=True)
class Problem:
    """What is known of a problem of the own sheet: what is asked, the nth time (from 1), and the variant's seed."""

    exercise: str
    level: int
    nth: int
    seed: int


@dataclass(frozen=True)
class Sheet:
    """What a student has in hand. `words` are those of the header, `date` the day of the exam."""

    student: str
    code: str
    problems: tuple[Problem, ...]
    words: tuple[str, ...]
    date: datetime.date


@dataclass
class Tried:
    """How much was tried, in how many seconds of one core, and what was found."""

    tries: int = 0
    seconds: float = 0.0
    found: list[str] = field(default_factory=list)

    def __add__(self, other: Tried) -> Tried:
        return Tried(self.tries + other.tries, self.seconds + other.seconds, self.found + other.found)


def sheet_of(exam: Exam, student: str) -> Sheet:
    """The sheet that a student of an exam is handed."""
    form = next(form for form in exam.forms if form.student.id == student)
    seen: dict[tuple[str, int], int] = {}
    problems = []
    for slot in form.slots:
        place = slot.variant.exercise.name, slot.variant.level
        seen[place] = seen.get(place, 0) + 1
        code = read_code(slot.variant.code)
        assert isinstance(code, VariantCode)
        problems.append(Problem(*place, seen[place], code.seed))
    words = (*exam.title.values(), *exam.course.values(), *exam.instructions.values())
    return Sheet(student, form.code, tuple(problems), words, datetime.date.fromisoformat(exam.date))


def fits(sheet: Sheet, secret: bytes) -> bool:
    """Whether a secret gives this sheet: its code, and then its problems, but for one that had to be drawn again.

    The code alone has 39 bits, so that among 10^10 secrets some one would fit it by chance.
    """
    if form_code(secret, sheet.student) != sheet.code:
        return False
    misses = 0
    for p in sheet.problems:
        key = keyed_hash(secret, "variant", sheet.student, p.exercise, p.level, p.nth, 0)
        misses += int.from_bytes(key[:8], "big") % len(EXAM_SEEDS) != p.seed
    return misses <= 1


# --- what is tried ------------------------------------------------------------------------------------------------


def dates(around: datetime.date) -> Iterator[str]:
    """Every date within 15 years, the nearest first, as people write it."""
    for days in range(15 * 366):
        for day in {around + datetime.timedelta(days), around - datetime.timedelta(days)}:
            for pattern in ("%Y%m%d", "%Y-%m-%d", "%d.%m.%Y", "%d%m%Y", "%m/%d/%Y", "%d%m%y", "%y%m%d"):
                yield day.strftime(pattern)


def phrases(sheet: Sheet) -> Iterator[str]:
    """Words of the sheet and common ones, alone, with a year, with one another."""
    printed = list(dict.fromkeys([*sheet.words, *(word for text in sheet.words for word in re.findall(r"\w+", text))]))
    words = [*printed, *sorted(COMMON)]
    years = ["", *(str(sheet.date.year + shift) for shift in (0, -1, 1)), "1", "123", "!"]
    for word, year, gap in itertools.product(words, years, ("", " ", "-")):
        for spelt in dict.fromkeys((word, word.lower(), word.upper(), word.title())):
            yield f"{spelt}{gap}{year}" if year else spelt
    for one, two in itertools.permutations(words, 2):
        yield f"{one} {two}"


def seeds(sheet: Sheet) -> Iterator[str]:
    """Seeds from the likeliest on, without end: dates, phrases and whole numbers in turn."""
    yield PUBLISHED
    yield from (sheet.student, sheet.code, sheet.code.replace("-", ""))
    streams: list[Iterator[str]] = [dates(sheet.date), phrases(sheet), map(str, itertools.count())]
    while streams:
        for stream in list(streams):
            value = next(stream, None)
            if value is None:
                streams.remove(stream)
            else:
                yield value


def hashes(data: bytes) -> Iterator[bytes]:
    """What somebody might make 32 bytes of others by, without stretching."""
    yield data[:SECRET_BYTES].ljust(SECRET_BYTES, b"\0")
    yield data[:SECRET_BYTES].rjust(SECRET_BYTES, b"\0")
    yield hashlib.sha256(data).digest()
    yield hashlib.blake2b(data, digest_size=SECRET_BYTES).digest()
    yield hashlib.blake2s(data).digest()
    yield hashlib.sha3_256(data).digest()
    yield hashlib.sha512(data).digest()[:SECRET_BYTES]
    yield hashlib.md5(data, usedforsecurity=False).digest() * 2


def weak_secrets(sheet: Sheet) -> Iterator[bytes]:
    """Secrets that a mistake in the making might leave, without end."""
    for byte in range(256):
        yield bytes([byte]) * SECRET_BYTES
        yield bytes((byte + place) % 256 for place in range(SECRET_BYTES))
    noon = _noon(sheet.date)
    for number, text in enumerate(seeds(sheet)):
        moment = noon - number
        yield from hashes(text.encode())
        yield number.to_bytes(SECRET_BYTES, "big")
        yield number.to_bytes(SECRET_BYTES, "little")
        yield hashlib.sha256(number.to_bytes(8, "little")).digest()
        yield random.Random(number).randbytes(SECRET_BYTES)
        yield random.Random(text).randbytes(SECRET_BYTES)
        yield random.Random(moment).randbytes(SECRET_BYTES)
        yield from hashes(str(moment).encode())
        if number % 8 == 0:  # these are slow to set up
            yield np.random.RandomState(number // 8).bytes(SECRET_BYTES)
            yield np.random.default_rng(number // 8).bytes(SECRET_BYTES)


def _noon(day: datetime.date) -> int:
    return int(datetime.datetime(day.year, day.month, day.day, 12, tzinfo=datetime.UTC).timestamp())


def older_code(seed: str, student: str) -> str:
    """A form's code as listok made it of the plain seed before it had a secret."""
    digest = hashlib.sha256(f"form\x1f{seed}\x1f{student}".encode()).digest()
    number = 1 << CODE_BITS | int.from_bytes(digest[:8], "big") % (1 << CODE_BITS)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))


# --- the search ---------------------------------------------------------------------------------------------------


def search(candidates: Iterable[tuple[str, Callable[[], bool]]], seconds: float, most: int) -> Tried:
    """Try candidates, each a name and a test, until one fits, the time is up, or so many are tried."""
    tried, start = Tried(), time.process_time()
    stop = time.monotonic() + seconds
    for name, test in candidates:
        if tried.tries >= most or time.monotonic() > stop:
            break
        tried.tries += 1
        if test():
            tried.found.append(name)
            break
    tried.seconds = time.process_time() - start
    return tried


def try_seeds(sheet: Sheet, seconds: float, most: int = 10**18, share: tuple[int, int] = (0, 1)) -> Tried:
    """Try seeds by stretching them; `share` is which one of how many processes this is."""
    mine = itertools.islice(seeds(sheet), share[0], None, share[1])
    tests = ((f"seed {seed!r}", lambda seed=seed: fits(sheet, stretched(seed))) for seed in mine)
    return search(tests, seconds, most)


def try_weak_secrets(sheet: Sheet, seconds: float, most: int = 10**18, share: tuple[int, int] = (0, 1)) -> Tried:
    """Try secrets that were badly made."""
    mine = itertools.islice(weak_secrets(sheet), share[0], None, share[1])
    tests = ((f"secret {secret.hex()}", lambda secret=secret: fits(sheet, secret)) for secret in mine)
    return search(tests, seconds, most)


def try_older_codes(sheet: Sheet, seconds: float, most: int = 10**18, share: tuple[int, int] = (0, 1)) -> Tried:
    """Try seeds against the plain hash of older versions."""
    code = sheet.code.replace("-", "")[:-1]
    mine = itertools.islice(seeds(sheet), share[0], None, share[1])
    tests = ((f"plain seed {seed!r}", lambda seed=seed: older_code(seed, sheet.student) == code) for seed in mine)
    return search(tests, seconds, most)


# --- without the secret -------------------------------------------------------------------------------------------


def sheets_of(exam: Exam) -> list[Sheet]:
    """All sheets of an exam, in the order of its forms."""
    return [sheet_of(exam, form.student.id) for form in exam.forms]


def rules_that_hold(sheets: Sequence[Sheet]) -> list[str]:
    """Rules that would give a neighbour's code or seeds from those of one's own sheet, as far as they hold.

    The bits of codes and seeds are compared, each with each, on one sheet and on sheets of neighbours. Of n forms, two
    bits that have nothing to do with one another are equal on n/2 of them, within sqrt(n)/2: seven times that, among
    some 10^5 pairs, is no chance. One seed on two sheets says as little: it is counted over all pairs.
    """
    width = min(len(sheet.problems) for sheet in sheets)
    rows = []
    for sheet in sheets:
        code = int("".join(f"{ALPHABET.index(c):05b}" for c in sheet.code.replace("-", "")[:-1]), 2)
        values = [(code, CODE_BITS), *((p.seed, SEED_BITS) for p in sheet.problems[:width])]
        rows.append([value >> bit & 1 for value, bits in values for bit in range(bits)])
    bits = 2 * np.array(rows) - 1
    found = []
    for shift in range(4):
        one, other = bits[: len(bits) - shift], bits[shift:]
        score = np.abs(one.T @ other) / np.sqrt(len(one))
        if shift == 0:
            np.fill_diagonal(score, 0)
        found += [f"bit {a} gives bit {b} of the sheet {shift} further on" for a, b in np.argwhere(score > NO_CHANCE)]
    balance = np.abs(bits.sum(axis=0)) / np.sqrt(len(bits))
    found += [f"bit {place} is mostly the same" for place in np.flatnonzero(balance > NO_CHANCE)]
    every = [p.seed for sheet in sheets for p in sheet.problems]
    equal = len(every) - len(set(every))
    expected = len(every) ** 2 / 2 / len(EXAM_SEEDS)
    if equal > expected + NO_CHANCE * (np.sqrt(expected) + 1):
        found.append(f"{equal} seeds come twice, where {expected:.1f} would")
    return found


def traces(folder: Path, exam: Exam, seed: str | None) -> list[str]:
    """Where the secret or the seed stands in the files that students are handed."""
    secret = exam.secret
    wanted = {
        "the secret": secret, "the secret in hexadecimal": secret.hex().encode(),
        "the secret in capitals": secret.hex().upper().encode(), "the secret backwards": secret[::-1],
        "the secret in base 64": base64.b64encode(secret)[:-1],
        "the secret as a number": str(int.from_bytes(secret)).encode(),
        "half the secret": secret.hex()[:32].encode(), "its hash": hashlib.sha256(secret).hexdigest().encode(),
    }  # fmt: skip
    if seed is not None:
        wanted["the seed"] = seed.encode()
        wanted["the seed in UTF-16"] = seed.encode("utf-16-be")
    found = []
    for path in folder.glob("sheets*"):
        data = path.read_bytes()
        streams = re.findall(rb"stream\r?\n(.*?)endstream", data, re.S) if path.suffix == ".pdf" else []
        parts = [data, *filter(None, map(_inflated, streams))]
        for name, needle in wanted.items():
            found += [f"{path.name}: {name}" for part in parts if needle in part]
    return found


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


# --- a whole attack -----------------------------------------------------------------------------------------------


def an_exam(seed: str | None, students: int = 30, secret: bytes = b"") -> Exam:
    """The example's exam for so many students, with a seed, a given secret, or a secret of its own."""
    blueprint = replace(read_blueprint(EXAMPLE), seed=seed)
    ids = tuple(Student(f"2026-{n:02}", f"Student {n}") for n in range(1, students + 1))
    return assemble(blueprint, ids, replace(settings(blueprint), secret=secret))


def _share(work: tuple[Callable[..., Tried], Sheet, float, tuple[int, int]]) -> Tried:
    attack, sheet, seconds, share = work
    return attack(sheet, seconds, share=share)


ATTACKS: Sequence[tuple[str, Callable[..., Tried], float]] = (
    ("plain hashes of seeds", try_older_codes, 0.1),
    ("secrets badly made", try_weak_secrets, 0.4),
    ("stretched seeds", try_seeds, 0.5),
)
"""What is tried, by whom, and its share of the time."""


def main() -> None:
    """Attack an exam, and print what was tried, how fast, and what was found; exits with 1 where something was."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60, help="how long (default: 60)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--seed", help="the seed of the exam; without it the exam has a secret of its own")
    options = parser.parse_args()
    exam = an_exam(options.seed)
    sheet = sheet_of(exam, exam.forms[6].student.id)
    print(f"a sheet: id {sheet.student}, code {sheet.code}, {len(sheet.problems)} problems, {sheet.date}", flush=True)
    found = rules_that_hold(sheets_of(an_exam(options.seed, 400)))
    print(f"rules between 400 sheets: {found or 'none holds'}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        write_exam(exam, Path(folder), engine="typst")
        inside = traces(Path(folder), exam, options.seed)
        print(f"in the sheets' files: {inside or 'nothing'}", flush=True)
        found += inside
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for name, attack, part in ATTACKS:
            seconds = options.minutes * 60 * part
            shares = [(attack, sheet, seconds, (n, options.jobs)) for n in range(options.jobs)]
            tried = sum(pool.imap_unordered(_share, shares), Tried())
            rate = tried.tries / max(tried.seconds, 1e-9)
            said = f"{tried.tries:,} tries, {rate:,.0f} a second of one core"
            print(f"{name}: {said}: {tried.found or 'nothing'}", flush=True)
            found += tried.found
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
