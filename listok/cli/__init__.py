"""The command line: one module a command, no logic of their own."""

from __future__ import annotations

import codecs
import contextlib
import importlib
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator

import click

from listok import __version__
from listok.generators.values import LONGEST_LINE, ListokError, one_line
from listok.workers.garbage import collect_rarely

COMMANDS = ("build", "doctor", "drill", "export", "grade", "key", "list", "new", "seed", "show", "verify")
"""Each is a module of this package (with `_` in front where the name is a Python word) holding `command`."""


class Lazy(click.Group):
    """Loads a command's module only when it is called, and turns what a user can cause into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"listok.cli.{cmd_name}_").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from listok.generators.bank import nearest

            raise click.UsageError(str(nearest("command", args[0], COMMANDS)))
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:  # click prints the help as an error
            return super().parse_args(ctx, args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise _in_one_line(error) from None

    def invoke(self, ctx: click.Context) -> object:
        try:
            with _tidy_end():
                return super().invoke(ctx)
        except click.UsageError as error:
            raise _in_one_line(error) from None
        except ListokError as error:
            click.echo(one_line(f"listok: {error}"), err=True)
            ctx.exit(1)
        except BrokenPipeError:  # the reader of a pipe has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)


def _in_one_line(error: click.UsageError) -> click.UsageError:
    """A fault of the command line, told in one line however long what was typed is."""
    return click.UsageError(one_line(error.format_message(), LONGEST_LINE - len("Error: ")), error.ctx)


@click.group(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: listok list; then: listok show 40 --key; then: listok build --help",
)
@click.version_option(__version__, prog_name="listok")
def main() -> None:
    """Print a different exam on neural networks for every student, with keys that can be trusted.

    Each exercise draws fresh numbers, is solved twice by independent code, and comes out as a problem sheet with its
    answer key, in Russian and English.
    """
    collect_rarely()
    _open_to_all_letters(sys.stdout)
    _open_to_all_letters(sys.stderr)


@contextlib.contextmanager
def _tidy_end() -> Iterator[None]:
    """Let a command that is told to end, or whose terminal is closed, tidy up first, as when it is interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in told:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in told:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _frame: object) -> None:
    from listok.generators.faults import Leave  # no fault of the exercise that is at work

    raise Leave(128 + number)


def _open_to_all_letters(stream: object) -> None:
    """Let a stream take any text: UTF-8 where the locale names no encoding, codes for letters that one named lacks."""
    if isinstance(stream, io.TextIOWrapper):
        match codecs.lookup(stream.encoding).name:
            case "utf-8" | "ascii":  # the names of files may hold bytes that are no text
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
            case _:
                stream.reconfigure(errors="backslashreplace")
