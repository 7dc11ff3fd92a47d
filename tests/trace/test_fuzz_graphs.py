"""A short run of the fuzz of whole models, with a fixed seed."""

import pytest

pytestmark = pytest.mark.keras


@pytest.mark.timeout(300)
def test_fuzz() -> None:
    pytest.importorskip("keras")
    from tests.trace.fuzz_graphs import fuzz

    tally = fuzz(seed=2, count=30)
    assert not tally.disagreements, "\n".join(tally.disagreements[:5])
    assert tally.rows > 100
    assert tally.unknown <= tally.rows * 0.01
