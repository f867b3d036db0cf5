"""The folder of a build under way: what is done is kept there, so that a build that was killed goes on.

``OUT/.listok`` holds a lock and, under a name made of everything that its contents depend on, what the build has made
so far. Its files are named after the job that made them; a job counts as done when its record is there, and on the
way back every file is compared with the digest in the record, so a torn one is made again. The files of the exam are
prepared in the same folder and moved to their places together, when all of them are whole and on the disk. Keys and
the exam's secret are among all this, so only the owner can look into the folder, and no link in it is followed.
"""

from __future__ import annotations

import fcntl
import filecmp
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from listok.templates.files import OutputError, is_private, private_folder, write_whole

FOLDER = ".listok"

_LIST = "files.list"


class Work:
    """What a build has done so far. A context: the folder is locked inside, and stays behind unless `finish` is called.

    `names` are all files and folders that this build, or an earlier one, may have put into `out`. Without `force` none
    of them may be there, unless it is, byte for byte, what this build makes. `maybe_ours` tells whether it may be: else
    the build need not be gone through to find out.

    Raises `OutputError` where a name is taken, or if another build is at work in the same folder.
    """

    def __init__(
        self, out: Path, key: str, names: Sequence[str], *, maybe_ours: bool = False, force: bool = False
    ) -> None:
        self.out, self._names, self._maybe_ours, self._force = out, names, maybe_ours, force
        self._top = out / FOLDER
        self._folder = self._top / key
        self._lock: int | None = None
        self._new = not out.exists()
        self._again = False

    def __enter__(self) -> Work:
        for path in (self._top, self._folder):
            _refuse_link(path)
        if not self.ready:
            taken = self._taken()
            self._again = bool(taken)
            if taken and not self._maybe_ours:
                raise _taken_error(taken[0])
        self.out.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self._top)
        for path in self._top.rglob("*"):
            if path.is_symlink():
                path.unlink()
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
            os.close(self._lock)

    def _taken(self) -> list[Path]:
        """What is in the way."""
        return [] if self._force else [self.out / name for name in self._names if os.path.lexists(self.out / name)]

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
        """Nothing is to be made any more but to deliver these; `outcome` is what `deliver` is to give back.

        What is there already is not delivered again. Raises `OutputError` where something else is in the way.
        """
        for taken in self._taken():
            made = self.prepared(taken.name)
            if taken.name not in names or not _same(taken, made):
                if self._again:
                    self.discard()  # it was an exam of its own from the beginning
                raise _taken_error(taken)
            _remove(made)
        write_whole(self._folder / _LIST, [msgspec.msgpack.encode((names, outcome))])

    def deliver(self) -> tuple[list[Path], bytes, bool]:
        """Move all prepared files to their places; what an earlier build put there goes.

        Gives paths and outcome, and whether there was anything to move: after a kill all may have been there already.
        """
        data = (self._folder / _LIST).read_bytes()
        names, outcome = msgspec.msgpack.decode(data, type=tuple[list[str], bytes])
        waiting = any(self.prepared(name).exists() for name in names)
        for name in self._names:
            if name not in names or self.prepared(name).exists():
                _clear(self.out / name, self.prepared(name))
        for name in names:
            if self.prepared(name).exists():
                self.prepared(name).replace(self.out / name)
        return [self.out / name for name in names], outcome, waiting

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
    if old.is_symlink() or not old.is_dir():
        old.unlink(missing_ok=True)
        return
    for path in old.iterdir():
        if path.suffix == ".pdf":
            path.unlink()
        elif new.exists():
            path.replace(new / path.name)
    if not any(old.iterdir()):
        old.rmdir()


def _same(old: Path, new: Path) -> bool:
    """Whether a file is the same as one made anew; of a folder whether it holds the same PDFs."""
    if not new.is_dir():
        return old.is_file() and new.is_file() and filecmp.cmp(old, new, shallow=False)
    names = {path.name for path in new.iterdir()}
    return {path.name for path in old.glob("*.pdf")} == names and all(_same(old / name, new / name) for name in names)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _taken_error(path: Path) -> OutputError:
    return OutputError(f"{path} is there already: give another --out, or --force to replace it")


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise OutputError(f"{path} is a link, and what it leads to is none of a build's: remove the link")


def _locked(folder: Path) -> int:
    """Lock a folder against other builds; the lock ends with the process, however that ends."""
    path = folder / "lock"
    while True:
        private_folder(folder)
        _refuse_link(path)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise OutputError(
                f"{folder.parent}: another build is at work there: wait for it, or give another --out"
            ) from None
        try:
            if os.path.samestat(os.fstat(lock), path.lstat()):
                return lock
        except FileNotFoundError:
            pass
        os.close(lock)  # the build that held it has finished, and taken its folder along


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
