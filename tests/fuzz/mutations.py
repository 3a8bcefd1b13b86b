"""Mutate the bytes of a recording."""

import random
import re
from collections.abc import Sequence

_NAMED = re.compile(rb"moov|trak|mdia|stbl|stsz|stsc|stts|ctts|stco|elst|tkhd|mdhd|mvhd|esds|avcC|moof|traf|trun|mdat")
"""Boxes of an mp4, whose size stands in the four bytes before."""
_HEADER = 2000  # bytes, where damage is worst


def mutate(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Return a copy with one to three mutations; `others` are recordings that may be appended."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice(_MUTATIONS)(rng, data, others)
    return data


def _flip(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    mutant = bytearray(data)
    reach = rng.choice((min(_HEADER, len(mutant)), len(mutant), len(mutant)))
    for _ in range(rng.choice((1, 2, 8, 40))):
        mutant[rng.randrange(reach)] = rng.randrange(256)
    return bytes(mutant)


def _flip_at_the_end(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Flip bytes where an mp4 has its index."""
    mutant = bytearray(data)
    for _ in range(rng.choice((1, 4, 20))):
        mutant[-rng.randrange(1, min(len(mutant), 4 * _HEADER))] = rng.randrange(256)
    return bytes(mutant)


def _truncate(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    return data[: rng.randrange(len(data) // 20, len(data))]


def _remove(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randrange(1, 4000) :]


def _insert_noise(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    start = rng.randrange(len(data))
    noise = rng.randbytes(rng.randrange(1, 3000))
    return data[:start] + noise + data[start + rng.choice((0, len(noise))) :]


def _move(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    size = rng.randrange(1, 5000)
    start, target = rng.randrange(len(data)), rng.randrange(len(data))
    block, rest = data[start : start + size], data[:start] + data[start + size :]
    return rest[:target] + block + rest[target:]


def _lie_about_a_size(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Overwrite the size of a box, or four bytes anywhere in the header, with another number."""
    places = [match.start() - 4 for match in _NAMED.finditer(data) if match.start() >= 4]
    place = rng.choice(places) if places else rng.randrange(max(1, min(len(data), _HEADER) - 4))
    size = rng.choice((0, 1, 7, 2**31 - 1, 2**32 - 1, rng.randrange(2**16), rng.randrange(2**32)))
    return data[:place] + size.to_bytes(4, "big") + data[place + 4 :]


def _lie_in_a_table(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Overwrite four bytes of a box's content with a number that counts, times or places something."""
    places = [match.end() for match in _NAMED.finditer(data)]
    place = (rng.choice(places) if places else 0) + 4 * rng.randrange(24)
    number = rng.choice((0, 1, 2, 37, 255, 2**31, 2**32 - 1, rng.randrange(2**32)))
    return data[:place] + number.to_bytes(4, "big") + data[place + 4 :]


def _append(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others)
    return data + other if rng.random() < 0.5 else data[: rng.randrange(len(data))] + other


_MUTATIONS = (
    *(_flip, _flip, _flip, _flip_at_the_end),
    *(_truncate, _remove, _insert_noise, _move, _lie_about_a_size, _lie_in_a_table, _append),
)
