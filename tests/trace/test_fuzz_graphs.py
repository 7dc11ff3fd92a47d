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


def test_equalization_is_no_part_of_a_graph() -> None:
    """Keras takes its input for its output; the name it then gives to the `InputLayer` is not compared."""
    pytest.importorskip("keras")
    from tests.trace.fuzz_graphs import Tally, check

    tally = Tally()
    check(
        """\
import keras
from keras import layers
i0 = keras.Input((8, 8, 3))
t0 = layers.Equalization()(i0)
model = keras.Model(i0, layers.Add()([t0, i0]))
""",
        tally,
    )
    assert (tally.rows, tally.unknown, tally.disagreements) == (2, 0, [])
