"""The PDF of a chunk: what a worker of a build prints, with either engine."""

from __future__ import annotations

import tempfile

from listok.exams.press import pdflatex
from listok.exams.press import typst as typst_press
from listok.exams.press.engine import Engine, EngineError, scratch_folder
from listok.exams.press.pieces import Printed, decode_pieces, encode_printed


def print_pages(engine: Engine, preamble: str, pieces: bytes) -> dict[str, bytes]:
    """Print the pieces that `write_pages` gave: a ``pdf``, and ``printed`` (see `decode_printed`).

    A chunk of which nothing could be printed has no ``pdf``, and all its pieces are broken. Raises `OSError` where the
    folder of temporary files is full, and names it.
    """
    chunk = decode_pieces(pieces)
    press = typst_press if engine == "typst" else pdflatex
    with scratch_folder() as folder:
        target = folder / "chunk.pdf"
        try:
            printed = press.print_chunk(preamble, chunk, target)
        except EngineError as error:
            return {"printed": encode_printed(Printed((), tuple((piece.id, str(error)) for piece in chunk)))}
        except OSError as error:
            raise OSError(error.errno, error.strerror, tempfile.gettempdir()) from None
        return {"pdf": target.read_bytes(), "printed": encode_printed(printed)}
