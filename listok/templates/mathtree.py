"""Mathematics as a small closed tree, between the text of an exercise and the printers.

`mathparse` builds it from a closed subset of LaTeX; `notation` prints it, with the numbers of a variant in its holes.
"""

from __future__ import annotations

from typing import Generic, Literal, TypeAlias, TypeVar

from msgspec import Struct

T_co = TypeVar("T_co", covariant=True)

Delimiter: TypeAlias = Literal["(", ")", "[", "]", "{", "}", "|", "‖", "⌊", "⌋", "⌈", "⌉", "⟨", "⟩", ""]
GridKind: TypeAlias = Literal["plain", "matrix", "cases", "aligned"]
AccentKind: TypeAlias = Literal["hat", "bar", "tilde", "vec", "dot"]
SpaceWidth: TypeAlias = Literal["thin", "quad", "qquad"]
Role: TypeAlias = Literal["letter", "operator", "relation", "arrow", "punctuation", "big", "open", "close", "slash"]


class Num(Struct, frozen=True):
    """A number as it is to be read, always with a decimal point and an ASCII minus: ``12``, ``-0.5``."""

    text: str


class Symbol(Struct, frozen=True):
    """A letter or a named symbol: ``x``, ``alpha``, ``infty`` (a name of `SYMBOLS`, without its backslash)."""

    name: str


class Operator(Struct, frozen=True):
    """A binary operator, relation, arrow or punctuation mark, named as in `SYMBOLS`: ``+``, ``le``, ``cdot``."""

    name: str


class Function(Struct, frozen=True):
    """An upright function name: ``ln``, ``max``, ``ReLU``; its argument is a sibling."""

    name: str


class Words(Struct, frozen=True):
    """Words inside a formula, in upright text type."""

    text: str


class Row(Struct, frozen=True):
    """A horizontal run of nodes."""

    items: tuple[Math, ...]


class Fraction(Struct, frozen=True):
    top: Math
    bottom: Math


class Root(Struct, frozen=True):
    body: Math


class Script(Struct, frozen=True):
    """A base with an index below and a power above; limits go under and over a big operator in display."""

    base: Math
    sub: Math | None
    sup: Math | None


class Fenced(Struct, frozen=True):
    """A body between delimiters that grow with it; an empty delimiter is invisible."""

    left: Delimiter
    body: Math
    right: Delimiter


class Grid(Struct, frozen=True):
    """Rows of cells: a bare table, a matrix in round brackets, cases behind a brace, or aligned equations.

    In a template a section may stand for whole rows; a filled grid has plain rows only.
    """

    kind: GridKind
    rows: tuple[tuple[Math, ...] | Section[tuple[Math, ...]], ...]


class Accent(Struct, frozen=True):
    kind: AccentKind
    body: Math


class Brace(Struct, frozen=True):
    """A body with a brace under it and a note under the brace."""

    body: Math
    note: Math


class Space(Struct, frozen=True):
    """A space set by hand: ``thin`` inside a formula, ``quad`` or ``qquad`` between formulas on one line."""

    width: SpaceWidth = "quad"


class Hole(Struct, frozen=True):
    """A place for a field of the variant: a dotted path and the way its value is to be written (``3``, ``+``...)."""

    path: str
    spec: tuple[str, ...] = ()


class Section(Struct, Generic[T_co], frozen=True):
    """Content repeated for each item of a field, shown if it is true, or (inverted) shown if it is empty or false."""

    path: str
    inverted: bool
    content: tuple[T_co, ...]


Math: TypeAlias = (
    "Num | Symbol | Operator | Function | Words | Row | Fraction | Root | Script | Fenced | Grid | Accent | Brace"
    " | Space | Hole | Section[Math]"
)


class UnfilledError(Exception):
    """A printer met a place that should have been filled with the numbers of a variant; `path` names it."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} was not filled before printing")
        self.path = path


class Glyph(Struct, frozen=True):
    """How a named symbol is written: its LaTeX command and its Unicode character, and what it does in a formula."""

    latex: str
    unicode: str
    role: Role


def _named(role: Role, table: str) -> dict[str, Glyph]:
    """Glyphs whose LaTeX command is their own name, from a table of ``name character`` pairs."""
    words = table.split()
    return {name: Glyph("\\" + name, sign, role) for name, sign in zip(words[::2], words[1::2], strict=True)}


def _signs(role: Role, signs: str) -> dict[str, Glyph]:
    """Glyphs that LaTeX, Unicode and the tree write alike."""
    return {sign: Glyph(sign, sign, role) for sign in signs}


SYMBOLS: dict[str, Glyph] = {
    **_named(
        "letter",
        """alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ
        lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω
        Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
        infty ∞ partial ∂ nabla ∇ ell ℓ ldots … cdots ⋯ vdots ⋮ ddots ⋱ emptyset ∅ forall ∀ exists ∃ neg ¬
        top ⊤ prime ′""",
    ),
    "%": Glyph("\\%", "%", "letter"),
    **{f"mathbb{{{x}}}": Glyph(f"\\mathbb{{{x}}}", sign, "letter") for x, sign in zip("ENPQRZ", "𝔼ℕℙℚℝℤ", strict=True)},
    **{f"mathcal{{{x}}}": Glyph(f"\\mathcal{{{x}}}", sign, "letter") for x, sign in zip("LNU", "ℒ𝒩𝒰", strict=True)},
    **_signs("operator", "+"),
    "-": Glyph("-", "−", "operator"),
    "*": Glyph("*", "∗", "operator"),
    **_named(
        "operator",
        """cdot · times × pm ± mp ∓ odot ⊙ oplus ⊕ otimes ⊗ circ ∘ star ⋆ wedge ∧ vee ∨ cap ∩ cup ∪ setminus ∖""",
    ),
    **_signs("relation", "=<>:"),
    **_named(
        "relation",
        """le ≤ ge ≥ ne ≠ approx ≈ equiv ≡ sim ∼ propto ∝ in ∈ notin ∉ subset ⊂ ll ≪ gg ≫ mid ∣ parallel ∥
        perp ⊥""",
    ),
    **_named(
        "arrow",
        """to → leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ mapsto ↦ uparrow ↑
        downarrow ↓""",
    ),
    **_signs("punctuation", ",;."),
    "colon": Glyph("\\colon", ":", "punctuation"),
    **_named("big", "sum ∑ prod ∏ int ∫"),
    **_signs("open", "(["),
    **_signs("close", ")]!"),
    "{": Glyph("\\{", "{", "open"),
    "}": Glyph("\\}", "}", "close"),
    **_named("open", "lvert | lVert ‖ lfloor ⌊ lceil ⌈ langle ⟨"),
    **_named("close", "rvert | rVert ‖ rfloor ⌋ rceil ⌉ rangle ⟩"),
    **_signs("slash", "/"),
}
"""Every named symbol and every sign that a formula may hold besides Latin letters, which stand for themselves."""

# fmt: off
LATEX_FUNCTIONS = frozenset([
    "arg", "arctan", "cos", "cosh", "cot", "deg", "det", "dim", "exp", "inf", "lg", "lim", "ln", "log", "max", "min",
    "sin", "sinh", "sup", "tan", "tanh",
])
# fmt: on
"""Functions that LaTeX knows by a command of their own; any other name is printed as an operator name."""

LIMITS = frozenset(["argmax", "argmin", "inf", "lim", "max", "min", "sup"])
"""Functions whose index stands under them in a display."""

Atom: TypeAlias = Literal["ordinary", "function", "binary", "relation", "punctuation", "open", "close", "space"]

_ROLE_ATOMS: dict[Role, Atom] = {
    "letter": "ordinary",
    "operator": "binary",
    "relation": "relation",
    "arrow": "relation",
    "punctuation": "punctuation",
    "big": "function",
    "open": "open",
    "close": "close",
    "slash": "binary",
}


def atom(node: Math) -> Atom:
    """What a node is to its neighbours in a row, after the atom types of The TeXbook, chapter 17."""
    match node:
        case Operator():
            return _ROLE_ATOMS[SYMBOLS[node.name].role]
        case Function():
            return "function"
        case Script():
            return atom(node.base)
        case Space():
            return "space"
        case _:
            return "ordinary"


def flat(node: Math) -> list[Math]:
    """The items of a row with rows inside it opened up, since spacing depends on the true neighbours."""
    match node:
        case Row():
            return [leaf for item in node.items for leaf in flat(item)]
        case _:
            return [node]


def is_prefix(before: Atom | None) -> bool:
    """Whether a plus or minus after an atom of this kind (None: at the start) is a sign, not an operation."""
    return before not in ("ordinary", "close")


def needs_brackets(base: Math) -> bool:
    """Whether a base must be bracketed before it is raised to a power: -2 and 1/2 must, x need not."""
    match flat(base):
        case [Num(text)]:
            return text.startswith("-") or "e" in text
        case [Fraction()]:
            return True
        case [Operator("-" | "+"), *_]:
            return True
        case _:
            return False


def is_simple(node: Math) -> bool:
    """Whether a node stays one thing next to a slash: a number, a letter, or either with an index or power."""
    match flat(node):
        case [Num(text)]:
            return not text.startswith("-") and "e" not in text
        case [Symbol() | Accent() | Fenced() | Root()]:
            return True
        case [Script(base)]:
            return is_simple(base)
        case _:
            return False


def split_number(text: str) -> tuple[str, str]:
    """The digits and the power of ten of a `Num`: ``1.5e-9`` gives ``1.5`` and ``-9``; without a power, ``""``."""
    digits, _, power = text.partition("e")
    return digits, power.removeprefix("+")
