"""Joining and splitting PDFs: the same pages, the same bytes, and memory that does not grow."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import tool

from listok.exams.press.pdfs import PdfError, join, split

PAGE = b"<</Type /Page /Parent %d 0 R /MediaBox [0 0 99 99] /Contents %d 0 R /Resources <</Font <</F 1 0 R>> >> >>"


def pdf(words: list[str], version: bytes = b"1.5") -> bytes:
    """A small PDF, a page a word, pages hanging from two nodes under the root."""
    objects = {1: b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Note(as 9 0 R \\) 1 0 R)>>"}
    root, nodes = 2, (3, 4)
    halves = (words[: len(words) // 2], words[len(words) // 2 :])
    at = 5
    for node, half in zip(nodes, halves, strict=True):
        kids = []
        for word in half:
            stream = b"BT /F 12 Tf 10 10 Td (%s) Tj ET %% endobj 1 0 R" % word.encode()
            objects[at] = PAGE % (node, at + 1)
            objects[at + 1] = b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream)
            kids.append(b"%d 0 R" % at)
            at += 2
        objects[node] = b"<</Type/Pages/Parent %d 0 R/Count %d/Kids[%s]>>" % (root, len(half), b" ".join(kids))
    objects[root] = b"<</Type/Pages/Count %d/Kids[3 0 R 4 0 R]>>" % len(words)
    objects[at] = b"<</Type/Catalog/Pages 2 0 R/Metadata %d 0 R>>" % (at + 1)
    objects[at + 1] = b"<</Author(secret)>>"
    data = b"%PDF-" + version + b"\n"
    places = []
    for number, body in sorted(objects.items()):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (at + 2, at, len(data))
    return data + b"xref\n0 %d\n0000000000 65535 f \n" % (at + 2) + table + tail


def words(path: Path) -> list[str]:
    done = subprocess.run([tool("pdftotext"), str(path), "-"], capture_output=True, text=True, check=True)
    assert done.stderr == "", "a reader finds nothing amiss"
    return done.stdout.split()


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    paths = []
    for name, said, version in (("a", "one two three", b"1.5"), ("b", "four five", b"1.7"), ("c", "six seven", b"1.4")):
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(pdf(said.split(), version))
        paths.append(path)
    return paths


def test_joined_in_order(tmp_path: Path, sources: list[Path]) -> None:
    target = tmp_path / "all.pdf"
    join(sources, target)
    assert words(target) == ["one", "two", "three", "four", "five", "six", "seven"]
    assert target.read_bytes().startswith(b"%PDF-1.5")
    assert b"secret" not in target.read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_joined_pdfs_can_be_joined_and_split(tmp_path: Path, sources: list[Path]) -> None:
    both, again = tmp_path / "both.pdf", tmp_path / "again.pdf"
    join(sources[:2], both)
    join([both, sources[2]], again)
    split(again, [(1, 1, tmp_path / "1.pdf"), (3, 3, tmp_path / "2.pdf"), (6, 2, tmp_path / "3.pdf")])
    assert [words(tmp_path / f"{n}.pdf") for n in (1, 2, 3)] == [["one"], ["three", "four", "five"], ["six", "seven"]]


def test_a_part_holds_nothing_of_the_other_pages(tmp_path: Path, sources: list[Path]) -> None:
    split(sources[0], [(2, 1, tmp_path / "mine.pdf")])
    data = (tmp_path / "mine.pdf").read_bytes()
    assert b"two" in data
    assert b"one" not in data
    assert b"three" not in data


def test_same_bytes_wherever(tmp_path: Path, sources: list[Path]) -> None:
    (tmp_path / "other").mkdir()
    join(sources, tmp_path / "all.pdf")
    join(sources, tmp_path / "other" / "name.pdf")
    data = (tmp_path / "all.pdf").read_bytes()
    assert data == (tmp_path / "other" / "name.pdf").read_bytes()
    join(sources[::-1], tmp_path / "all.pdf")
    ids = {re.findall(rb"/ID \[<(\w{32})>", each)[0] for each in (data, (tmp_path / "all.pdf").read_bytes())}
    assert len(ids) == 2


def test_text_that_looks_like_a_reference_stays(tmp_path: Path, sources: list[Path]) -> None:
    join(sources[::-1], tmp_path / "all.pdf")
    data = (tmp_path / "all.pdf").read_bytes()
    assert data.count(b"(as 9 0 R \\) 1 0 R)") == 3
    assert data.count(b"endobj 1 0 R\nendstream") == 7


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[:200], lambda _: b"", lambda _: b"<html>", lambda data: data.replace(b"xref\n0", b"xxxx\n0"),
     lambda data: data.replace(b"/Root", b"/Prev 1 /Root"), lambda data: data.replace(b"4 0 obj", b"9 0 obj")],
)  # fmt: skip
def test_what_is_no_pdf_of_an_engine_is_refused(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    source, target = tmp_path / "a.pdf", tmp_path / "b.pdf"
    source.write_bytes(spoil(pdf(["one", "two"])))
    with pytest.raises(PdfError, match=r"a\.pdf: [^\n]*$"):
        join([source], target)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


def test_pages_that_are_not_there(tmp_path: Path, sources: list[Path]) -> None:
    with pytest.raises(PdfError, match="there are 2 pages, not 2 to 3"):
        split(sources[1], [(2, 2, tmp_path / "x.pdf")])
    assert not (tmp_path / "x.pdf").exists()


def test_a_full_disk_leaves_nothing(tmp_path: Path, sources: list[Path]) -> None:
    program = (
        "import resource, signal, sys; from pathlib import Path; from listok.exams.press.pdfs import join;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000));"
        "join([Path(sys.argv[1])] * 20, Path(sys.argv[2]))"
    )
    target = tmp_path / "out.pdf"
    command = [sys.executable, "-c", program, str(sources[0]), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert f"OSError: [Errno {errno.EFBIG}]" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "b.pdf", "c.pdf"]


def test_memory_does_not_grow_with_the_class(tmp_path: Path) -> None:
    source = tmp_path / "a.pdf"
    source.write_bytes(pdf([f"word{n}" + "x" * 2000 for n in range(200)]))
    program = (
        "import resource, sys; from pathlib import Path; from listok.exams.press.pdfs import join;"
        "join([Path(sys.argv[1])] * int(sys.argv[2]), Path(sys.argv[3]));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = [
        int(subprocess.run([sys.executable, "-c", program, str(source), str(count), str(tmp_path / "out.pdf")],
                           capture_output=True, text=True, check=True).stdout)
        for count in (3, 100)
    ]  # fmt: skip
    assert (tmp_path / "out.pdf").stat().st_size > 100 * 200 * 2000
    assert peaks[1] < 1.3 * peaks[0]
