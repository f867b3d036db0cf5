"""What commands with much to do share: how many processes share it, and a bar that shows how far it is."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.progress import Progress

from listok.workers.pool import cores

jobs_option = click.option(
    "--jobs", type=click.IntRange(1), default=cores, show_default="one a processor",
    help="Processes that share the work.",
)  # fmt: skip


def progress_bar() -> Progress:
    """A bar on standard error that goes when it is full; none where that is no terminal."""
    return Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
