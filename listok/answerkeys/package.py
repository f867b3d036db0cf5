"""Zip packages whose bytes depend on their content alone."""

from __future__ import annotations

import contextlib
import shutil
import zipfile
from pathlib import Path


class _Zip(zipfile.ZipFile):
    """A zip file that is finished only when told to."""

    def __del__(self) -> None:
        """Nothing: what the disk had no room for cannot be finished on the way out either."""


class Package:
    """A zip file written in one pass. Entries carry no time, and are stored as they are: what a compressor makes of
    them differs from one version of zlib to the next, and the same export must be the same bytes everywhere."""

    def __init__(self, path: Path) -> None:
        self._zip = _Zip(path, "w", zipfile.ZIP_STORED)
        self._names: set[str] = set()
        self.size = 0

    def add(self, name: str, content: bytes) -> None:
        """Add a file, unless one of that name is there already (pictures are named by their content)."""
        if name in self._names:
            return
        self._zip.writestr(self._entry(name, len(content)), content)

    def add_file(self, name: str, source: Path) -> None:
        """Add a file that is too long to be held whole."""
        entry = self._entry(name, source.stat().st_size)
        with source.open("rb") as content, self._zip.open(entry, "w") as written:
            shutil.copyfileobj(content, written)

    def _entry(self, name: str, length: int) -> zipfile.ZipInfo:
        self._names.add(name)
        self.size += length + 2 * len(name) + 100
        entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
        entry.create_system = 3  # the same byte on every system
        entry.external_attr = 0o644 << 16
        entry.file_size = length
        return entry

    def abandon(self) -> None:
        """Let go of the file; what is still to be written may find no room either."""
        if self._zip.fp is not None:
            with contextlib.suppress(OSError):
                self._zip.fp.close()

    def close(self) -> None:
        """Write the directory and close the file."""
        self._zip.close()
