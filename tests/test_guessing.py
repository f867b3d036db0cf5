"""Seeds that can be guessed are told from those that cannot, by a plain rule that rather doubts too much."""

from __future__ import annotations

import dataclasses
import secrets
import string

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from listok.exams.blueprint import read_blueprint
from listok.exams.guessing import COMMON, ENOUGH_BITS, bits, good_seed, guessable, note_on_seed
from listok.exams.secret import LONGEST_SEED, seed_text, stretched
from listok.generators.codes import ALPHABET
from listok.generators.keyed import SECRET_BYTES


@pytest.mark.parametrize(
    "seed",
    [
        "0", "7", "-7", "0" * 200, "20261201", str(2**32), str(2**64 - 1), "-" + str(2**64 - 1), "2026-12-01",
        "01.12.2026", "2026-12-01 10:00:00", "1 декабря 2026", "midterm", "Midterm-2026-Spring!", "secret", "пароль",
        "correct horse battery staple", "The quick brown fox jumps over the lazy dog", "qwertyuiop",
        "Съешь ещё этих мягких французских булок, да выпей чаю", "a" * 200, "ab" * 100, "walrus" * 30,
        "abcdefghijklmnopqrstuvwxyz" * 4, "0123456789" * 20, "9876543210zyxwvutsrqponmlkjihgfedcba", "trombone walrus",
        "!!!!????....----" * 10, "hunter2", "P@ssw0rd", "my dog ate my homework", "exam exam exam exam exam exam exam",
    ],
)  # fmt: skip
def test_seeds_that_can_be_guessed(seed: str) -> None:
    assert guessable(seed)


@pytest.mark.parametrize(
    "seed",
    ["V2SK-9DQX-H4M7-T1BN-8WCE-0RZJ-5GPA", "6f1d0c9e27ab4835f0e6d91b7c2a5384",
     "trombone walrus ledger pancake quiver morsel", "Тётя Зина вяжет жирафу шарф из проволоки"],
)  # fmt: skip
def test_seeds_that_cannot_be_guessed(seed: str) -> None:
    assert not guessable(seed)


def test_the_seed_of_the_example_is_good_but_known() -> None:
    blueprint = read_blueprint(ROOT / "examples" / "midterm.toml")
    assert blueprint.seed is not None
    assert not guessable(blueprint.seed)
    assert "listok's example" in note_on_seed(blueprint)


def test_a_note_is_one_line_on_seeds_that_can_be_guessed_alone() -> None:
    example = read_blueprint(ROOT / "examples" / "midterm.toml")
    assert note_on_seed(dataclasses.replace(example, seed=None)) == ""
    assert note_on_seed(dataclasses.replace(example, seed=good_seed())) == ""
    for seed in ("73", "Введение в нейронные сети", f"{example.instructions['en']}"):
        note = note_on_seed(dataclasses.replace(example, seed=seed))
        assert "can be guessed" in note
        assert "`listok seed`" in note
        assert "\n" not in note
        assert seed not in note


def test_words_of_the_sheet_are_no_secret() -> None:
    seed = "trombone walrus ledger pancake quiver morsel"
    assert guessable(seed, ["Trombone, Walrus & Co", "ledger pancake"])
    assert bits(seed, [seed]) == 0


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_longer_seed_has_no_fewer_bits_and_what_is_repeated_adds_none(one: str, two: str) -> None:
    assert bits(f"{one} {two}") >= bits(one)
    assert bits(f"{one} {two} {one}") == bits(f"{one} {two}")


def test_no_seed_of_ours_is_doubted() -> None:
    seeds = [good_seed() for _ in range(2000)]
    assert len(set(seeds)) == len(seeds)
    assert min(map(bits, seeds)) >= ENOUGH_BITS
    assert set("".join(seeds)) == {*ALPHABET, "-"}
    assert all(len(ALPHABET) ** len(seed.replace("-", "")) >= 2**128 for seed in seeds)


def test_random_letters_are_rarely_doubted() -> None:
    letters = string.ascii_letters + string.digits
    doubted = sum(guessable("".join(secrets.choice(letters) for _ in range(32))) for _ in range(500))
    assert doubted < 25


def test_common_words_are_found_however_they_are_written() -> None:
    assert all(word == word.casefold() for word in COMMON)
    assert bits(" ".join(sorted(COMMON)).upper()) == 0


def test_stretching_is_pinned_and_takes_any_seed_whole() -> None:
    assert stretched("20261201").hex() == "37a990111e96c3e52a3053e6a9ef36f01810be3be4416dffeb4374cb109bbebc"
    seeds = ["", "a", "A", "ё", "е\u0308", "x" * LONGEST_SEED, "x" * (LONGEST_SEED - 1) + "y"]
    found = {stretched(seed) for seed in seeds}
    assert len(found) == len(seeds)
    assert {len(secret) for secret in found} == {SECRET_BYTES}
    assert stretched(seed_text("е\u0308")) == stretched("ё")
