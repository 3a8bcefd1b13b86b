"""Every benchmark of `make bench` can be started."""

from tests.benchmarks.__main__ import BENCHMARKS


def test_what_the_benchmarks_import_is_there() -> None:
    assert all(map(callable, BENCHMARKS.values()))
