"""`listok grade`: responses become points, feedback and a report."""

from __future__ import annotations

from pathlib import Path

import click

from listok.answerkeys.marking.marks import grade_exam, verdicts
from listok.answerkeys.marking.response_table import read_responses
from listok.cli.long_work import progress_bar
from listok.cli.options import bank_option, note, out_option
from listok.templates.text import Lang

MOST_NOTES = 20


@click.command("grade", short_help="Mark typed or exported responses: points, feedback, a class report.")
@click.argument("exam", metavar="EXAM.JSON", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("responses", metavar="RESPONSES.CSV", type=click.Path(dir_okay=False, path_type=Path))
@out_option
@click.option("--lang", type=click.Choice(["ru", "en"]), help="Language of what is written.  [default: the exam's]")
@click.option("--per-student", is_flag=True, help="Also write each student's feedback into a file of its own.")
@click.option("--show-answers", is_flag=True, help="Show right answers in the feedback.")
@click.option("--force", is_flag=True, help="Replace files of an earlier run.")
@bank_option
def command(
    exam: Path, responses: Path, out: Path, lang: Lang | None, per_student: bool, show_answers: bool, force: bool,
    bank_folder: Path | None,
) -> None:  # fmt: skip
    """Mark the responses of a class to the exam that EXAM.JSON holds.

    RESPONSES.CSV (commas, semicolons or tabs, UTF-8) has a header and one of two shapes. Long: a row an answer, with
    the columns student (an id; or form, a form's code), problem (number or name), part, answer. Wide: a row a student,
    with a column student or form, and a column an answer, named by problem and part: 3.loss or 3.b; softmax.loss; or a
    variant's code and a part, 028-G00-073.loss. Points given by hand go to a column points, or 3.loss.points. Moodle's
    table of responses (with the questions' texts) and Canvas's student analysis are read as they are, where the text of
    each question is such a name.

    Writes marks.csv, marks-parts.csv, feedback.html (for the students) and report.html (for you). Partial answers earn
    partial points; an answer that follows from a student's own earlier mistake earns them all. What cannot be read or
    placed is listed, never guessed at.
    """
    table = read_responses(responses)
    with progress_bar() as progress:
        task = progress.add_task("marking", total=None)
        graded, written = grade_exam(
            exam, table, out, lang, per_student=per_student, show_answers=show_answers, force=force, bank=bank_folder,
            tick=lambda: progress.advance(task),
        )  # fmt: skip
    for path in written:
        click.echo(path)
    notes = [*graded.notes, *graded.unmarked]
    for said in notes[:MOST_NOTES]:
        note(said)
    if len(notes) > MOST_NOTES:
        note(f"and {len(notes) - MOST_NOTES} more, see report.html")
    present = sum(not form.absent for form in graded.forms)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(verdicts(graded).items()))
    note(f"marked {present} of {len(graded.forms)} forms; parts: {counts or 'none'}")
