"""AMC-LaTeX: the structure that auto-multiple-choice needs, its marking of ticked boxes, and the program itself."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from clients import Field, Question, Refused, Responses
from clients.markup import names
from listok.generators.exact import Fraction

QUESTIONS = ("question", "questionmult", "questionmultx")
CHOICES = ("choices", "choiceshoriz", "choicescustom")
NUMERIC_OPTIONS = names(
    "digits decimals exponent base sign exposign strict scoring ignoreblank vertical expovertical reverse vhead nozero "
    "significant scoreexact scoreapprox scorewrong exact approx keepas alsocorrect Tsign Tpoint Texponent hspace "
    "vspace bordercol borderwidth backgroundcol"
)
UNMARKABLE = frozenset({"significant", "exponent", "base", "alsocorrect"})


@dataclass(frozen=True)
class Report:
    """What the real program said: its messages, and whether it made the subject."""

    ok: bool
    messages: tuple[str, ...]


def available() -> bool:
    """Whether the real program is installed."""
    return shutil.which("auto-multiple-choice") is not None


def run(tex: str, files: Mapping[str, bytes] | None = None) -> Report:
    """Prepare a project with the real program and extract its scoring; raises where it is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "data").mkdir()
        (project / "source.tex").write_text(tex, encoding="utf-8")
        for name, data in (files or {}).items():
            (project / name).write_bytes(data)
        messages: list[str] = []
        ok = True
        for mode in ("s", "b"):
            command = ["auto-multiple-choice", "prepare", "--mode", mode, "--prefix", f"{folder}/", "--data"]
            command += [f"{folder}/data", "--with", "pdflatex", "source.tex"]
            done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300, check=False)
            ok = ok and done.returncode == 0
            lines = (done.stdout + done.stderr).splitlines()
            messages += [line for line in lines if re.match(r"(ERR|WARN|!)|.*\berror\b", line, re.IGNORECASE)]
        subject = any((project / name).exists() for name in ("sujet.pdf", "DOC-sujet.pdf"))
        return Report(ok and subject and not messages, tuple(messages))


def load(tex: str) -> list[Question]:
    """Questions of an AMC source; `Refused` where its structure is not AMC's."""
    source = re.sub(r"(?<!\\)%[^\n]*\n?", "", tex)
    _balanced(source)
    if not re.search(r"\\usepackage(\[[^\]]*\])?\{automultiplechoice\}", source):
        raise Refused("the package automultiplechoice is not loaded")
    if "\\begin{document}" not in source or not re.search(r"\\onecopy\s*\{", source):
        raise Refused("no document, or no \\onecopy in it")
    found: list[Question] = []
    groups: set[str] = set()
    at = 0
    outside = ""
    while (start := source.find("\\element{", at)) >= 0:
        outside += source[at:start]
        group, end = _argument(source, start + len("\\element"))
        body, at = _argument(source, end)
        groups.add(group)
        found.append(_element(group, body))
    outside += source[at:]
    if re.search(r"\\begin\{(" + "|".join(QUESTIONS) + r")\}", outside):
        raise Refused("a question stands outside \\element")
    called = [question.name for question in found]
    if twice := [name for name in called if called.count(name) > 1]:
        raise Refused(f"two questions are called {twice[0]!r}")
    if not found:
        raise Refused("no questions")
    used = {name.strip() for name in re.findall(r"\\(?:insertgroup|restituegroupe)(?:\[[^\]]*\])?\{([^}]*)\}", outside)}
    copied = re.findall(r"\\(?:copygroup|copiegroupe)(?:\[[^\]]*\])?\{([^}]*)\}\{([^}]*)\}", outside)
    used |= {source for source, target in copied if target in used}
    if stray := used - groups - {target for _, target in copied}:
        raise Refused(f"group {sorted(stray)[0]!r} is inserted and has no questions")
    if idle := groups - used:
        raise Refused(f"group {sorted(idle)[0]!r} is never inserted")
    return found


def marks(tex: str) -> list[tuple[Fraction, Fraction]]:
    """Of each copy, what its right answers add up to, and the points that AMC divides a student's total by."""
    earned: dict[str, Fraction] = {}
    for question in load(tex):
        name = question.category[0]
        earned[name] = earned.get(name, Fraction(0)) + Fraction(str(question.points))
    found = []
    for copy in tex.split("\\onecopy{1}{")[1:]:
        total = sum((earned[name] for name in re.findall(r"\\insertgroup\{([^}]*)\}", copy)), Fraction(0))
        given = re.search(r"\\scoring\{SUF=([^}]*)\}", copy)
        found.append((total, Fraction(given[1]) if given else total))
    return found


def mark(total: Fraction, most: Fraction) -> float:
    """The mark out of 20, as AMC's settings are at first: cut down to a half, and to 20 at most."""
    return min(20.0, math.floor(40 * float(total) / float(most)) / 2)


def _balanced(source: str) -> None:
    depth = 0
    for sign in re.sub(r"\\\\|\\[{}]", "", source):
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            raise Refused("a brace closes nothing")
    if depth:
        raise Refused(f"{depth} braces are never closed")
    open_ones: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{([^}]*)\}", source):
        if kind == "begin":
            open_ones.append(name)
        elif not open_ones or open_ones.pop() != name:
            raise Refused(f"\\end{{{name}}} closes nothing")
    if open_ones:
        raise Refused(f"\\begin{{{open_ones[-1]}}} is never closed")


def _argument(source: str, at: int) -> tuple[str, int]:
    """The braced argument that starts at or after `at`, and the place behind it."""
    at += len(source[at:]) - len(source[at:].lstrip())
    if not source.startswith("{", at):
        raise Refused(f"no argument at {source[at : at + 30]!r}")
    depth, place = 0, at
    while place < len(source):
        if source[place] == "\\":
            place += 2
            continue
        depth += (source[place] == "{") - (source[place] == "}")
        place += 1
        if not depth:
            return source[at + 1 : place - 1], place
    raise Refused(f"the argument at {source[at : at + 30]!r} is never closed")


def _element(group: str, body: str) -> Question:
    match = re.search(r"\\begin\{(" + "|".join(QUESTIONS) + r")\}\{([^}]*)\}", body)
    if not match or not group.strip():
        raise Refused(f"\\element{{{group}}} holds no question")
    kind, name = match[1], match[2].strip()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._:-]*", name):
        raise Refused(f"bad name of a question: {name!r}")
    inside, closing, after = body[match.end() :].partition(f"\\end{{{kind}}}")
    if not closing or re.search(r"\\begin\{question", inside + after):
        raise Refused(f"{name}: \\element must hold one question")
    # Without it the boxes of the next question run off the page, and LaTeX reports nothing.
    if "\n" not in after and not re.search(r"\\par\b|\\\\", after):
        raise Refused(f"{name}: no line break after the question inside \\element")
    if after.replace("\\par", "").replace("\\\\", "").strip():
        raise Refused(f"{name}: {after.strip()!r} after the question inside \\element")
    scoring = dict(part.split("=", 1) for part in _scoring(inside) if "=" in part)
    numeric = [match.end() for match in re.finditer(r"\\AMCnumericChoices(?![A-Za-z])", inside)]
    written = inside.find("\\AMCOpen")
    choices = re.search(r"\\begin\{(" + "|".join(CHOICES) + r")\}(?:\[o\])?(.*?)\\end\{\1\}", inside, re.DOTALL)
    if (len(numeric) + (written >= 0) + (choices is not None)) != 1:
        raise Refused(f"{name}: needs one of choices, \\AMCnumericChoices, \\AMCOpen")
    if numeric:
        if kind != "questionmultx":
            raise Refused(f"{name}: \\AMCnumericChoices belongs in questionmultx, not in {kind}")
        text = inside[: numeric[0]].rpartition("\\AMCnumericChoices")[0]
        return _numeric(name, group, kind, text.strip(), inside, numeric[0])
    if choices is None:
        best = re.search(r"\\correctchoice(?:\[[^\]]*\])?\{[^}]*\}\\scoring\{([^}]*)\}", inside[written:])
        return Question(
            name, kind, inside[:written].strip(), (Field("answer", "essay"),), lambda responses: None,
            points=float(best[1]) if best else 1.0, idnumber=name, category=(group,),
        )  # fmt: skip
    return _ticked(name, group, kind, inside[: choices.start()].strip(), choices[2], scoring)


def _pairs(parts: list[str]) -> list[list[str]]:
    return [part.split("=", 1) for part in parts if "=" in part]


def _scoring(inside: str) -> list[str]:
    match = re.search(r"\\scoring\{([^}]*)\}", re.sub(r"\\begin\{choices.*", "", inside, flags=re.DOTALL))
    return [part.strip() for part in match[1].split(",")] if match else []


def _ticked(name: str, group: str, kind: str, text: str, body: str, scoring: Mapping[str, str]) -> Question:
    options: list[tuple[str, str]] = []
    right: set[str] = set()
    own: dict[str, list[str]] = {}  # what is said of an option's own scoring, after it
    for match in re.finditer(r"\\(correctchoice|wrongchoice)(?:\[[^\]]*\])?(?=\s*\{)", body):
        content, end = _argument(body, match.end())
        ident = str(len(options) + 1)
        options.append((ident, content.strip()))
        if match[1] == "correctchoice":
            right.add(ident)
        if said := re.match(r"\s*\\scoring\{([^}]*)\}", body[end:]):
            own[ident] = [part.strip() for part in said[1].split(",")]
    if len(options) < 2:
        raise Refused(f"{name}: {len(options)} choices")
    if kind == "question" and len(right) != 1:
        raise Refused(f"{name}: a question with one answer has {len(right)} right ones")
    if unknown := set(scoring) - {"b", "m", "e", "v", "mz", "p"}:
        raise NotImplementedError(f"{name}: scoring {sorted(unknown)}")
    value = {key: float(number) for key, number in scoring.items()}
    good, bad = value.get("b", 1.0), value.get("m", 0.0)

    plain = {ident: float(parts[-1]) for ident, parts in own.items() if "=" not in parts[-1]}

    def worth(ident: str, code: str) -> float:
        """What one option of several earns when it is as it should be (b) or not (m)."""
        return {**value, **{key: float(number) for key, number in _pairs(own.get(ident, []))}}.get(code, code == "b")

    def marks(responses: Responses) -> float:
        picked = set(responses.get("answer", "").split())
        if not picked:
            return value.get("v", 0.0) / full
        if kind == "question":
            (first, *more) = picked
            points = value.get("e", bad) if more else plain.get(first, good if picked == right else bad)
        elif "mz" in value:
            points = value["mz"] if picked == right else 0.0
        else:
            points = sum(worth(ident, "b" if (ident in picked) == (ident in right) else "m") for ident, _ in options)
        return max(points, value.get("p", points)) / full

    if kind == "question":
        full = plain.get(next(iter(right)), good)
    else:
        full = value.get("mz", sum(worth(ident, "b") for ident, _ in options))
    field = Field("answer", "choice" if kind == "question" else "choices", 1.0, tuple(options))
    return Question(name, kind, text, (field,), marks, points=full, idnumber=name, category=(group,))


def _numeric(name: str, group: str, kind: str, text: str, inside: str, at: int) -> Question:
    key_text, end = _argument(inside, at)
    option_text, _ = _argument(inside, end)
    options = dict(([*part.strip().split("=", 1), "true"])[:2] for part in option_text.split(",") if part.strip())
    if unknown := set(options) - NUMERIC_OPTIONS:
        raise Refused(f"{name}: unknown option {sorted(unknown)[0]!r} of \\AMCnumericChoices")
    if unread := {option for option in UNMARKABLE & set(options) if options[option] not in ("0", "10", "false")}:
        raise NotImplementedError(f"{name}: option {sorted(unread)[0]}")
    try:
        key = Decimal(key_text.strip())
        digits, decimals = int(options.get("digits", "3")), int(options.get("decimals", "0"))
        score_exact, score_near = Decimal(options.get("scoreexact", "2")), Decimal(options.get("scoreapprox", "1"))
        score_wrong = Decimal(options.get("scorewrong", "0"))
        exact, near = int(options.get("exact", "0")), int(options.get("approx", "0"))
    except (InvalidOperation, ValueError) as error:
        raise Refused(f"{name}: {key_text!r} or an option is no number (a point, ASCII minus)") from error
    signed = options.get("sign", "true") == "true"

    def units(number: Decimal) -> int | None:
        """The number in units of the last digit; None where the boxes cannot code it."""
        scaled = number.scaleb(decimals)
        if scaled != scaled.to_integral_value() or (number < 0 and not signed) or abs(scaled) >= 10**digits:
            return None
        return int(scaled)

    if abs(key.scaleb(decimals)) >= 2**31:
        raise Refused(f"{name}: {key} is too big a number for TeX in units of its last digit")
    if decimals > digits:
        raise Refused(f"{name}: {decimals} decimals among {digits} digits")
    right = units(key)
    if right is None:
        raise Refused(f"{name}: {key} cannot be coded by {digits} digits, {decimals} of them decimals, sign={signed}")

    def marks(responses: Responses) -> float:
        response = responses.get("answer", "").strip().replace(",", ".")
        if not response:
            return 0.0
        try:
            coded = units(Decimal(response))
        except InvalidOperation:
            coded = None
        if coded is None:
            return 0.0
        far = abs(coded - right)
        points = score_exact if far <= exact else score_near if far <= near else score_wrong
        return float(points / score_exact)

    warnings = () if signed else ("no box for a sign",)
    return Question(
        name, kind, text, (Field("answer", "number"),), marks, points=float(score_exact), idnumber=name,
        category=(group,), warnings=warnings,
    )  # fmt: skip
