"""Separability and least networks, checked over all functions of two and three variables by a third way."""

from __future__ import annotations

import re
from itertools import combinations, combinations_with_replacement, product
from typing import Any

import pytest

from listok.generators.exact import Fraction
from listok.generators.formulas import evaluate
from listok.generators.oracles.logical_functions import GATES, all_functions
from listok.generators.perceptrons.logical_functions import EXERCISE, Params, network_works, neuron_works
from listok.generators.toolkit.logic import alike, in_formula, in_letters, judged, net_of, outputs, pair_of
from listok.generators.values import BadParams
from listok.templates import plain
from listok.templates.sheet import problem
from listok.templates.text import Filled

PARITIES = tuple(tuple((sum(x) + odd) % 2 for x in product((0, 1), repeat=3)) for odd in (0, 1))


def perceptron_learns(table: tuple[int, ...]) -> bool:
    """Rosenblatt's rule in whole numbers; 2,000 rounds are far more than three variables need."""
    rows = [(1, *x) for x in product((0, 1), repeat=len(table).bit_length() - 1)]
    w = [0] * len(rows[0])
    for _ in range(2000):
        calm = True
        for x, f in zip(rows, table, strict=True):
            z = sum(a * b for a, b in zip(w, x, strict=True))
            if (z > 0) != bool(f):
                w = [a + (1 if f else -1) * b for a, b in zip(w, x, strict=True)]
                calm = False
        if calm:
            return True
    return False


@pytest.mark.parametrize("length", [4, 8])
def test_all_functions(length: int) -> None:
    tables = list(product((0, 1), repeat=length))
    inputs = list(product((0, 1), repeat=length.bit_length() - 1))
    separable = []
    for table in tables:
        known = judged(table)
        # A clash proves that there is no neuron; a neuron that fits the table proves itself.
        if known.clash:
            a, b, c, d = known.clash
            values = dict(zip(inputs, table, strict=True))
            assert [values[x] for x in known.clash] == [1, 1, 0, 0]
            assert [i + j for i, j in zip(a, b, strict=True)] == [i + j for i, j in zip(c, d, strict=True)]
        else:
            assert known.count == 1
            assert outputs(known.neuron, inputs) == table
            separable.append(table)
    assert len(separable) == {4: 14, 8: 104}[length]
    assert sum(map(perceptron_learns, tables[:: length // 4 * 5])) == sum(
        table in separable for table in tables[:: length // 4 * 5]
    )
    # Any output neuron over two hidden ones: its table over the codes is one of the 14 separable ones.
    gates = [g for g in product((0, 1), repeat=4) if g not in ((0, 1, 1, 0), (1, 0, 0, 1))]
    packed = [int("".join(map(str, table)), 2) for table in separable]
    full = 2**length - 1
    within: set[int] = set()
    for left, right in combinations_with_replacement(packed, 2):
        cells = (full ^ (left | right), right & ~left, left & ~right, left & right)
        within |= {sum(cell for cell, on in zip(cells, gate, strict=True) if on) for gate in gates}
    ands = {one & other for one, other in combinations(packed, 2)} | set(packed)
    three = {one | other for one in ands for other in packed}
    for table, number in ((table, int("".join(map(str, table)), 2)) for table in tables):
        count = judged(table).count
        assert (count <= 3) == (number in within)
        # (a and b) or c is one neuron over three: step(a + b + 2c - 3/2).
        if count == 4:
            assert number in three or full ^ number in three or table in PARITIES


@pytest.mark.parametrize("length", [4, 8])
def test_board_and_oracle_build_every_function_of_the_same_neurons(length: int) -> None:
    found = all_functions(length)
    for place, table in enumerate(product((0, 1), repeat=length)):
        known, pair = judged(table), pair_of(table)
        assert known.count == found.counts[place]
        if known.count == 1:
            assert known.neuron == tuple(found.neurons[place])
        else:
            assert known.clash == tuple(map(tuple, found.clashes[place].tolist()))
            assert (pair is None) == (known.count == 4)
        if known.count == 3:
            gate, *hidden = found.pairs[place]
            assert pair == (*map(tuple, found.neurons[hidden]), tuple(GATES[gate]))


def test_parity_of_three_needs_three_hidden_neurons() -> None:
    for odd, parity in enumerate(PARITIES):
        assert judged(parity).count == 4
        for x, y in zip(product((0, 1), repeat=3), parity, strict=True):
            hidden = [sum(x) > t for t in (Fraction(1, 2), Fraction(3, 2), Fraction(5, 2))]
            z = hidden[0] - hidden[1] + hidden[2] - Fraction(1, 2)
            assert ((-z if odd else z) > 0) == bool(y)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_mistakes_fail_and_right_weights_pass(level: int) -> None:
    for seed in range(40):
        variant = EXERCISE.variant(seed, level).verify()
        p, s = variant.params, variant.solution
        assert neuron_works(p, tuple(7 * w for w in s.neuron)) == 1
        assert network_works(p, s.network) == 1
        for wrong in variant.mistakes.values():
            if "neuron" in wrong:
                assert neuron_works(p, wrong["neuron"]) < 1
            if "network" in wrong:
                assert network_works(p, wrong["network"]) < 1


AND, OR, XOR = (0, 0, 0, 1), (0, 1, 1, 1), (0, 1, 1, 0)
COUNTED = ((0, 1, 0, 0), (1, 0, 0, 1))
THREE = (AND, OR, (1, 1, 0, 1))


def test_a_constant_answer_earns_nothing() -> None:
    p = Params(THREE, (0, 0, 1, 0), XOR, COUNTED)
    assert neuron_works(p, (Fraction(-1), Fraction(0), Fraction(0))) == 0
    with pytest.raises(BadParams, match="no single neuron"):
        EXERCISE.with_params(Params(THREE, XOR, XOR, COUNTED))
    with pytest.raises(BadParams, match="no network with two hidden neurons"):
        EXERCISE.with_params(Params(THREE, AND, PARITIES[0], COUNTED))


def test_books_functions() -> None:
    """AND, OR and XOR: one neuron for AND, a network for XOR."""
    variant = EXERCISE.with_params(Params((AND, OR, XOR), AND, XOR, COUNTED)).verify()
    assert "the same" in str(variant.dull)
    p, s = variant.params, variant.solution
    assert (p.single_formula, p.double_formula) == (r"x_{1} \wedge x_{2}", r"x_{1} \oplus x_{2}")
    assert s.separable == ("f1", "f2")
    assert s.counts == (1, 3)
    for text, score in (("-1.5; 1; 1", 1), ("-0.5; 1; 1", 0)):  # AND, and OR, which is right for too many rows
        assert EXERCISE.parts["neuron"].accepts(text, variant.asked("neuron")).score == score
    # OR and not AND, joined by AND
    assert network_works(p, tuple(map(Fraction, ("-0.5", 1, 1, "1.5", -1, -1, "-1.5", 1, 1)))) == 1
    printer = plain.printer("en")
    sheet = printer.blocks(problem(Filled(variant, "en"), dict.fromkeys(EXERCISE.parts, Fraction(1))))
    (header,) = [line for line in sheet.splitlines() if "f₁" in line and "f₂" in line and "(x₁, x₂)" in line]
    assert header.split() == ["(x₁,", "x₂)", "f₁", "f₂", "f₃"]


@pytest.mark.parametrize(
    ("functions", "double", "reason"),
    [
        (((0, 0, 1, 0), XOR, XOR), (1, 0, 0, 1), "two of the functions are the same"),
        (((0, 0, 1, 0), AND, (1, 1, 1, 1)), XOR, "one of the functions is constant"),
        (((0, 0, 1, 0), AND, OR), (1, 1, 1, 0), "one neuron is enough"),
    ],
)
def test_dull_functions_are_taken_with_the_reason(functions: Any, double: Any, reason: str) -> None:
    variant = EXERCISE.with_params(Params(functions, (1, 0, 1, 1), double, ((0, 1, 0, 0), (1, 0, 0, 0)))).verify()
    assert reason in str(variant.dull)
    assert network_works(variant.params, variant.solution.network) == 1


@pytest.mark.parametrize("level", [1, 2, 3])
def test_no_part_tells_of_a_function_that_another_part_asks_of(level: int) -> None:
    for seed in range(40):
        p = EXERCISE.variant(seed, level).params
        tables = (*p.functions, p.single, p.double, *p.counted)
        assert not any(alike(one, other) for one, other in combinations(tables, 2))
        # Nor of one that is written in the same way, but for the names of inputs and negations.
        forms = [re.sub(r"\\neg |_\{\d\}", "", str(in_formula(table))) for table in (p.single, p.double, *p.counted)]
        assert not {*forms[:2]} & {*forms[2:]}


@pytest.mark.parametrize("length", [4, 8])
def test_a_network_is_built_wherever_three_neurons_will_do(length: int) -> None:
    """Where one neuron is enough, too: the other hidden neuron then has no say, or part of it."""
    for table in product((0, 1), repeat=length):
        pair = pair_of(table)
        assert (pair is None) == (judged(table).count == 4)
        if pair and in_formula(table):
            p = Params(THREE, AND, table, COUNTED)
            assert network_works(p, (*pair[0], *pair[1], *pair[2])) == 1


def test_bad_tables_are_refused() -> None:
    with pytest.raises(BadParams, match="rows that are equally long"):
        Params((AND, OR, XOR, (0, 0, 0)), AND, XOR, COUNTED)
    with pytest.raises(BadParams, match="4 values"):
        Params(((0, 0, 1, 0, 1),) * 4, AND, XOR, COUNTED)
    with pytest.raises(BadParams, match="functions cannot hold 2"):
        Params(((0, 0, 1, 2),) * 4, AND, XOR, COUNTED)
    with pytest.raises(BadParams, match="no short formula for the function 0000"):
        Params(THREE, (0, 0, 0, 0), XOR, COUNTED)


@pytest.mark.parametrize(("variables", "named", "longer"), [(2, 14, 14), (3, 54, 150)])
def test_a_function_in_letters_is_the_function(variables: int, named: int, longer: int) -> None:
    """By Python's own operations on bits."""
    python = {"\\wedge": "&", "\\vee": "|", "\\oplus": "^", "\\neg": "1 ^ "}
    inputs = list(product((0, 1), repeat=variables))
    found = [0, 0]
    for table in product((0, 1), repeat=2**variables):
        for place, formula in enumerate((in_letters(table), in_formula(table))):
            if formula is None:
                continue
            found[place] += 1
            code = re.sub(r"\\neg (x_\{\d\})", r"(1 ^ \1)", formula)
            code = re.sub(r"\\neg (\([^()]*\))", r"(1 ^ \1)", code)
            code = re.sub(r"\\[a-z]+", lambda sign: python[sign[0]], re.sub(r"x_\{(\d)\}", r"x[\1 - 1]", code))
            assert tuple(eval(code, {"x": x}) for x in inputs) == table, formula
    assert found == [named, longer]


@pytest.mark.parametrize("length", [4, 8])
def test_the_networks_of_the_key_compute_their_functions(length: int) -> None:
    for table in product((0, 1), repeat=length):
        net = net_of(7, table)
        assert (net is None) == (judged(table).count == 1)
        if net is None:
            continue
        assert net.k == 7
        assert len(net.hidden) == judged(table).count - 1
        for row, value in zip(product((0, 1), repeat=length.bit_length() - 1), table, strict=True):
            x = {f"x{i}": on for i, on in enumerate(row, 1)}
            h = {f"h{j}": int(evaluate(z, x) > 0) for j, z in enumerate(net.hidden, 1)}
            assert (evaluate(net.output, h) > 0) == (value == 1)
