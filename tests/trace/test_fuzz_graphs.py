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
    assert (
        tally.unknown <= tally.rows * 0.03
    )  # one script in thirty; the rate itself is measured on thousands


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


IMAGES = "i = keras.Input((8, 8, 3))\nx = layers.Rescaling(2.0)(i)\n"
CYCLES = (
    IMAGES + "y = layers.Equalization()(x)\nmodel = keras.Model(i, y)",
    IMAGES + "y = layers.Equalization()(x)\nmodel = keras.Model(i, layers.Add()([x, y]))",
    IMAGES + "layers.Equalization()(x)\nmodel = keras.Model(i, layers.Conv2D(3, 1)(x))",
    IMAGES + "y = layers.Equalization()(i)\nmodel = keras.Model(i, y)",
    IMAGES + "y = layers.Equalization()(x > 0)\nmodel = keras.Model(i, y)",
    "model = keras.Sequential([keras.Input((8, 8, 3)), layers.Equalization()])",
    "model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(3, 1), layers.Equalization()])",
    "model = keras.Sequential([layers.Conv2D(3, 1), layers.Equalization()])\nmodel.build((None, 8, 8, 3))",
    "model = keras.Sequential([keras.Input((8, 8, 3)), layers.Equalization(), layers.ReLU()])\nmodel.pop()",
    IMAGES
    + "inner = keras.Sequential([layers.ReLU(), layers.Equalization()])\nmodel = keras.Model(i, inner(x))",
)
NO_CYCLES = (
    IMAGES + "model = keras.Model(i, layers.ReLU()(x))\nlayers.Equalization()(x)",
    IMAGES + "y = layers.Equalization()(x)\nmodel = keras.Model(y, layers.ReLU()(y))",
    IMAGES + 'y = layers.Equalization(dtype="float16")(x)\nmodel = keras.Model(i, [layers.ReLU()(x), y])',
    "model = keras.Sequential([keras.Input((8, 8, 3)), layers.Equalization(), layers.ReLU()])",
    "model = keras.Sequential([layers.Equalization(), layers.ReLU()])\nmodel.build((None, 8, 8, 3))",
    IMAGES
    + "inner = keras.Sequential([layers.Equalization(), layers.ReLU()])\nmodel = keras.Model(i, inner(x))",
)


@pytest.mark.parametrize(("code", "refused"), [(code, code in CYCLES) for code in (*CYCLES, *NO_CYCLES)])
def test_a_tensor_that_comes_from_itself(code: str, refused: bool) -> None:
    pytest.importorskip("keras")
    from tests.trace.fuzz_graphs import HEAD, Tally, check

    tally = Tally()
    check(f"{HEAD}{code}\n", tally)
    assert (tally.refused, tally.unknown, tally.disagreements) == (int(refused), 0, [])


NESTED = (
    "m = keras.Sequential([keras.Input({}), layers.{}])\nx = keras.Input({})\nmodel = keras.Model(x, m(x))"
)


@pytest.mark.parametrize(
    ("declared", "given", "layer", "verdict"),
    [
        ((4, 4, 1), (4, 4), "Dense(3)", "unknown"),
        ((4,), (4, 1), "ReLU()", "unknown"),
        ((4, 1), (4, 4, 1), "ReLU()", "unknown"),
        ((4, 1), (4, 4, 1), "Dense(3)", "late"),
        ((4, 4, 1), (4, 4), "Flatten()", "known"),
        ((4, 4), (4, 4, 1), "Flatten()", "known"),
        ((4, 4), (4,), "Flatten()", "late"),
        ((4, 4), (5, 4), "ReLU()", "refused"),
        ((None, 3), (4, 3), "Dense(3)", "known"),
    ],
)
def test_nested_models_of_another_rank(
    declared: tuple[int, ...], given: tuple[int, ...], layer: str, verdict: str
) -> None:
    """Keras adjusts the rank of data, not of symbolic tensors: where that makes a difference, nothing is claimed."""
    keras = pytest.importorskip("keras")
    import numpy as np

    from tests.trace.fuzz_graphs import HEAD, Tally, check

    code, tally, names = HEAD + NESTED.format(declared, layer, given), Tally(), {}
    check(f"{code}\n", tally)
    found = "refused" if tally.refused else "late" if tally.late else "unknown" if tally.unknown else "known"
    assert (found, tally.disagreements) == (verdict, [])
    if verdict == "refused":
        return
    exec(code, names)
    data = np.ones((2, *(size or 5 for size in given)))
    if verdict == "late":
        with pytest.raises(ValueError, match=r"."):
            names["model"].predict(data, verbose=0)
        return
    shape = names["model"].predict(data, verbose=0).shape
    assert (shape[1:] == names["model"].output_shape[1:]) is (verdict == "known")
    keras.backend.clear_session()


def test_a_tensor_that_may_come_from_itself_is_unknown() -> None:
    from kerasfix.shapes import summaries
    from kerasfix.source import read_document

    code = f"""\
import keras
from keras import layers
from helpers import flag
{IMAGES}
if flag:
    layers.Equalization()(x)
model = keras.Model(i, layers.ReLU()(x))
"""
    assert summaries(read_document(code.encode(), "x.py"))[0].output is None
