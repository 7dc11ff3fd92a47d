"""What rules claim about losses, asked of Keras."""

import numpy as np
import pytest

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("from_logits", [False, True])
def test_one_unit_leaves_one_class(from_logits: bool) -> None:
    """KF305: the label 0 gives no loss, whatever the output, and any other is out of range."""
    keras = pytest.importorskip("keras")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    outputs = np.array([[0.3], [0.9], [0.01]], "float32")
    assert float(loss(np.zeros(3, "int32"), outputs)) == pytest.approx(0, abs=1e-6)
    tensorflow = pytest.importorskip("tensorflow")
    with pytest.raises(tensorflow.errors.InvalidArgumentError, match="outside the valid range"):
        loss(np.ones(3, "int32"), outputs)
