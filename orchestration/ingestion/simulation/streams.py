"""Random streams: one independent generator per purpose, derived from the seed.

A stream depends on its name and keys only, so that drawing more of one thing changes no other.
"""

from __future__ import annotations

import zlib

import numpy as np


class Streams:
    """Hands out the generators of one simulated company; a branch is another future of it."""

    def __init__(self, seed: int, branch: int | None = None) -> None:
        self._seed = seed
        self._branch = [] if branch is None else [branch]

    def of(self, name: str, *keys: int) -> np.random.Generator:
        """The generator for a purpose, for example `of("latent", week)`."""
        entropy = [self._seed, zlib.crc32(name.encode()), *keys, *self._branch]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
