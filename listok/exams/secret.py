"""The secret of an exam, from which its forms are drawn: made of the blueprint's seed, or drawn where there is none.

A form's code and numbers hang on the secret by a keyed hash. Nobody finds a secret that was drawn. A seed is found by
whoever guesses it, so it is stretched: a try takes as much time and memory as `listok build` spends on it once.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
import unicodedata

from listok.exams.roster import is_invisible
from listok.generators.codes import ALPHABET
from listok.generators.keyed import SECRET_BYTES
from listok.generators.values import ListokError

LONGEST_SEED = 200
"""Characters in a seed."""

_GROUPS, _GROUP = 7, 4
"""Groups of letters in a new seed, and letters of five bits in each."""

_COST, _BLOCK = 2**15, 8
"""Scrypt works on 128 times their product of bytes, 32 MiB: a tenth of a second."""
_SALT = b"listok: the secret of an exam, from its seed"
"""Public, and the same for ever: a seed gives the same exam everywhere. Tables made for other programs do not fit."""


class SeedError(ListokError):
    """What cannot be a seed."""


def new_secret() -> bytes:
    """A secret that nobody can guess, from the system's source of randomness."""
    return secrets.token_bytes(SECRET_BYTES)


def stretched(seed: str) -> bytes:
    """The secret that a seed gives, by scrypt (RFC 7914)."""
    memory = 128 * _COST * _BLOCK
    return hashlib.scrypt(seed.encode(), salt=_SALT, n=_COST, r=_BLOCK, p=1, maxmem=2 * memory, dklen=SECRET_BYTES)


def new_seed() -> str:
    """A seed that is easily typed, in letters of the codes: 140 bits, more than anybody can try."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(_GROUPS * _GROUP))
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def seed_text(value: str | int | datetime.date) -> str:
    """A seed as text: composed, with single blanks, so that it may be typed again on any keyboard.

    Raises `SeedError` where it is empty, too long, or has characters that nobody sees.
    """
    if isinstance(value, int) and value.bit_length() > 3 * LONGEST_SEED:  # Python writes no number of any length
        raise SeedError(f"too long: at most {3 * LONGEST_SEED} bits")
    text = unicodedata.normalize("NFC", " ".join(str(value).split()))
    if not text:
        raise SeedError("empty: give a phrase, or none at all, and the build draws a secret")
    if len(text) > LONGEST_SEED:
        raise SeedError(f"too long: at most {LONGEST_SEED} characters")
    for character in text:
        if is_invisible(character):
            raise SeedError(f"character U+{ord(character):04X} cannot be seen: delete it")
    return text
