"""Random numbers: uniform, independent of each other, and the same for the same purpose for ever."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy import stats

from valuechain.scenario.draws import hashes_of, normals, uniforms

IDS = [f"F{k}" for k in range(20_000)]
HASHES = hashes_of(IDS)


def by_hand(identity: str, *stream: object) -> float:
    """Return the same number in Python's whole numbers."""

    def mix(x: int) -> int:
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
        return x ^ (x >> 31)

    digest = hashlib.blake2b("\x1f".join(map(str, stream)).encode(), digest_size=16).digest()
    one, two = (int.from_bytes(digest[k : k + 8], "little") for k in (0, 8))
    x = int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest(), "little")
    return ((mix((mix(x ^ one) + two) % 2**64) >> 12) + 0.5) / 2**52


def test_the_numbers_are_those_of_the_definition():
    found = uniforms(hashes_of(["F17", "Ж", ""]), 7, 12, "firm", 1, "loss")
    assert found.tolist() == [by_hand(i, 7, 12, "firm", 1, "loss") for i in ("F17", "Ж", "")]
    # Written down: no machine and no version may give others, or an old ensemble could not be repeated.
    assert by_hand("F17", 7, 12, "firm", 1, "loss") == 0.007049235590647629


def test_neither_zero_nor_one_can_be_drawn():
    ends = [(bits + 0.5) * 2.0**-52 for bits in (0.0, 2.0**52 - 1)]
    assert 0 < ends[0] < ends[1] < 1
    assert np.isfinite(normals(HASHES, 1)).all()


def test_numbers_of_many_ids_are_uniform():
    for run in range(5):
        assert stats.kstest(uniforms(HASHES, 3, run, "loss"), "uniform").pvalue > 1e-4
        assert stats.kstest(normals(HASHES, 3, run, "loss"), "norm").pvalue > 1e-4


@pytest.mark.parametrize("changed", [0, 1, 3])
def test_numbers_of_one_id_over_many_seeds_runs_or_shocks_are_uniform(changed):
    stream = [7, 0, "firm", 1]

    def number(value: int) -> float:
        stream[changed] = value
        return float(uniforms(HASHES[:1], *stream)[0])

    found = np.array([number(k) for k in range(20_000)])
    assert stats.kstest(found, "uniform").pvalue > 1e-4
    # One run tells nothing of the next.
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 4 / np.sqrt(len(found))


def test_every_bit_is_set_in_half_of_the_numbers():
    bits = (uniforms(HASHES, 0, "bits") * 2.0**52).astype(np.int64)
    share = np.array([((bits >> k) & 1).mean() for k in range(52)])
    assert (np.abs(share - 0.5) < 5 * 0.5 / np.sqrt(len(bits))).all()


def test_two_streams_are_independent():
    one = uniforms(HASHES, 7, 1, "loss")
    for other in [(7, 2, "loss"), (8, 1, "loss"), (7, 1, "start"), (71, "loss"), (7, 1, "loss", "")]:
        two = uniforms(HASHES, *other)
        table = np.histogram2d(one, two, bins=20, range=[[0, 1], [0, 1]])[0]
        assert stats.chisquare(table.ravel()).pvalue > 1e-4, other
        # Also in the last bits, which a cell of a table does not show.
        assert stats.kstest((one + two) % 1.0, "uniform").pvalue > 1e-4


def test_words_of_a_stream_do_not_run_into_each_other():
    assert uniforms(HASHES[:3], 1, 12).tolist() != uniforms(HASHES[:3], 11, 2).tolist()
    assert uniforms(HASHES[:3], 1, "2").tolist() == uniforms(HASHES[:3], "1", 2).tolist()


def test_a_number_hangs_on_its_own_id_alone():
    order = np.random.default_rng(1).permutation(len(IDS))
    whole = normals(HASHES, 7, 3, "loss")
    np.testing.assert_array_equal(normals(HASHES[order], 7, 3, "loss"), whole[order])
    for first, last, step in ((0, 7, 1), (3, 11, 2), (19_990, 20_000, 1)):
        np.testing.assert_array_equal(normals(HASHES[first:last:step], 7, 3, "loss"), whole[first:last:step])


def test_hashes_do_not_change_with_the_process():
    assert hashes_of(["F17"])[0] == int.from_bytes(hashlib.blake2b(b"F17", digest_size=8).digest(), "little")
    assert len(set(HASHES.tolist())) == len(IDS)
    assert hashes_of([]).shape == (0,)
