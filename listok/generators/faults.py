"""Faults of exercises: whatever the code of one raises becomes one line with the exercise, the place and the code.

A teacher's folder holds programs, and a program may do anything: raise any exception, leave by `sys.exit`, or give what
no printer can print. None of that is a fault of listok, so none of it may end in a traceback.
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path

from listok.generators.messages import MessageError
from listok.generators.values import BadParams, ListokError, one_line, shortened

OWN = "listok_bank_"
"""What stands before the file's name in the name of a module of a teacher's folder."""


class ExerciseFault(ListokError):
    """The code of an exercise, or of its oracle, broke down: `line` says how and where, `code` with which variant."""

    def __init__(self, name: str, line: str, code: str = "") -> None:
        super().__init__(name, line, code)
        self.line = line

    def __str__(self) -> str:
        name, line, code = self.args
        return f"{name}: {line} ({code})" if code else f"{name}: {line}"


class Leave(SystemExit):
    """This process was told to leave; what an exercise raises is held back, and this is not."""


def exception_line(error: BaseException, module: str = "") -> str:
    """An exception in one line, with the place where it came from.

    That is the last one in a file called as `module`, which exercise and oracle both are, or else the very last.
    """
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [(code, line) for code, line in frames if Path(code.co_filename).stem == module]
    place = "".join(
        f" ({Path(code.co_filename).name}:{line}, in {code.co_name})" for code, line in (own or frames)[-1:]
    )
    return f"{shortened(type(error).__name__)}: {_said(error)}{place}"


def _said(error: BaseException) -> str:
    """The first line of what an exception says."""
    try:
        said = str(error)
    except Exception:  # its own text is an exercise's code, too
        return ""
    return shortened(one_line(said.strip().partition("\n")[0]), 200)


@contextlib.contextmanager
def blamed(name: str, module: str, code: str = "") -> Iterator[None]:
    """Raise whatever the code of an exercise raises inside as `ExerciseFault`.

    `name` is the exercise's, `module` that of its file without suffix, `code` the variant's where one is at work. What
    listok itself says, such as that a text is missing, stays as it is.
    """
    try:
        yield
    except (Leave, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        if isinstance(error, ListokError) and not isinstance(error, (MessageError, BadParams)):
            raise
        raise ExerciseFault(name, exception_line(error, module), code) from error
