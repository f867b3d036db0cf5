"""The folder of a build under way: what is done is kept there, so that a build that was killed goes on.

``OUT/.listok`` holds a lock and, under a name made of everything that its contents depend on, what the build has made
so far. Its files are named after the job that made them; a job counts as done when its record is there, and on the
way back every file is compared with the digest in the record, so a torn one is made again. The files of the exam are
prepared in the same folder and moved to their places together, when all of them are whole and on the disk. Keys and
the exam's secret are among all this, so only the owner can look into the folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import msgspec

from listok.templates.files import OutputError, is_private, private_folder, write_whole

FOLDER = ".listok"

_LIST = "files.list"


class Work:
    """What a build has done so far. A context: the folder is locked inside, and stays behind unless `finish` is called.

    `names` are all files and folders that this build, or an earlier one, may have put into `out`. Raises
    `OutputError` if one of them is there (without `force`) that this build did not put there, or if another build is
    at work in the same folder.
    """

    def __init__(self, out: Path, key: str, names: Sequence[str], *, force: bool = False) -> None:
        self.out, self._names, self._force = out, names, force
        self._top = out / FOLDER
        self._folder = self._top / key
        self._lock: BinaryIO | None = None
        self._new = not out.exists()

    def __enter__(self) -> Work:
        if not self.ready:
            self._refuse()
        self.out.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self._top)
        for other in self._top.iterdir():
            if other != self._folder and other.is_dir() and re.fullmatch("[0-9a-f]{32}", other.name):
                shutil.rmtree(other)  # another command began here: what it made would not fit
        self._folder.mkdir(exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            if not any(self._top.glob("*/")):
                shutil.rmtree(self._top, ignore_errors=True)
                if self._new and not any(self.out.iterdir()):
                    self.out.rmdir()
            self._lock.close()

    def _refuse(self) -> None:
        if not self._force:
            for name in self._names:
                there = self.out / name
                if there.exists():
                    raise OutputError(f"{there} is there already: give another --out, or --force to replace it")

    # --- jobs

    def done(self, job: str) -> bool:
        """Whether a job's files are there and whole."""
        try:
            record = msgspec.json.decode(self.path(job).read_bytes(), type=dict[str, str])
            return all(_digest(self.path(job, name).read_bytes()) == digest for name, digest in record.items())
        except (OSError, msgspec.DecodeError):
            return False

    def keep(self, job: str, files: Mapping[str, bytes]) -> None:
        """Keep what a job gave."""
        for name, data in files.items():
            self.path(job, name).write_bytes(data)
        record = {name: _digest(data) for name, data in files.items()}
        self.path(job).write_bytes(msgspec.json.encode(record))  # last; a torn record cannot be read

    def path(self, job: str, name: str = "") -> Path:
        """Where a file that a job gave is kept."""
        return self._folder / (f"{job}.{name}" if name else job)

    # --- delivery

    def prepare(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file of the exam from its pieces, and have it on the disk."""
        write_whole(self.prepared(name), pieces, private=is_private(name))

    def prepared(self, name: str) -> Path:
        """Where a file or folder of the exam waits to be delivered."""
        ready = self._folder / "ready"
        ready.mkdir(exist_ok=True)
        return ready / name

    @property
    def ready(self) -> bool:
        """Whether all files are prepared: what remains is `deliver` and `finish`."""
        return (self._folder / _LIST).exists()

    def all_prepared(self, names: Sequence[str], outcome: bytes) -> None:
        """Nothing is to be made any more but to deliver these; `outcome` is what `deliver` is to give back."""
        self._refuse()
        write_whole(self._folder / _LIST, [msgspec.msgpack.encode((names, outcome))])

    def deliver(self) -> tuple[list[Path], bytes]:
        """Move all prepared files to their places; what an earlier build put there goes. Gives paths and outcome."""
        data = (self._folder / _LIST).read_bytes()
        names, outcome = msgspec.msgpack.decode(data, type=tuple[list[str], bytes])
        for name in self._names:
            if name not in names or self.prepared(name).exists():
                _clear(self.out / name, self.prepared(name))
        for name in names:
            if self.prepared(name).exists():
                self.prepared(name).replace(self.out / name)
        return [self.out / name for name in names], outcome

    def discard(self) -> None:
        """Forget what was done."""
        shutil.rmtree(self._folder)

    def finish(self) -> None:
        """Remove the folder; the list of what was delivered goes last, so that a kill in the midst is no harm."""
        for path in self._folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != _LIST:
                path.unlink()
        shutil.rmtree(self._folder)


def _clear(old: Path, new: Path) -> None:
    """Remove a file of an earlier build; of a folder its PDFs, with what else is there moved to the new folder."""
    if not old.is_dir():
        old.unlink(missing_ok=True)
        return
    for path in old.iterdir():
        if path.suffix == ".pdf":
            path.unlink()
        elif new.exists():
            path.replace(new / path.name)
    if not any(old.iterdir()):
        old.rmdir()


def _locked(folder: Path) -> BinaryIO:
    """Lock a folder against other builds; the lock ends with the process, however that ends."""
    while True:
        private_folder(folder)
        lock = (folder / "lock").open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise OutputError(
                f"{folder.parent}: another build is at work there: wait for it, or give another --out"
            ) from None
        try:
            if os.path.samestat(os.fstat(lock.fileno()), (folder / "lock").stat()):
                return lock
        except FileNotFoundError:
            pass
        lock.close()  # the build that held it has finished, and taken its folder along


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
