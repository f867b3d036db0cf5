"""A keyed hash: what a secret gives for a purpose. It tells nobody what the secret gives for another."""

from __future__ import annotations

import hashlib

SECRET_BYTES = 32


def keyed_hash(secret: bytes, purpose: str, *parts: str | int) -> bytes:
    """32 bytes that hang on the secret, the purpose (at most 16 Latin letters) and what it is about.

    BLAKE2b takes the secret as its key, which makes it a pseudorandom function, and the purpose as its
    personalization (https://www.blake2.net/blake2.pdf). Every part has its length before it, so that no two lists of
    parts are one message. Raises `ValueError` for a secret that has not `SECRET_BYTES` bytes: without a key the hash
    would be one that everybody can compute.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes, not {len(secret)}")
    state = hashlib.blake2b(key=secret, person=purpose.encode(), digest_size=32)
    for part in parts:
        data = str(part).encode()
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.digest()
