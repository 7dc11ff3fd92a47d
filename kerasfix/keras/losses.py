"""What the losses and metrics of Keras take: which labels, which outputs, and which of them meet.

Measured on Keras 3.15.1 by `tests/trace/test_labels.py`, which runs each loss on each pair of shapes.
"""

from enum import Enum
from typing import Final

from kerasfix.keras.shape import ANY, Dim, Shape

SPARSE: Final = frozenset({"sparse_categorical_crossentropy"})
ONE_HOT: Final = frozenset(
    {"categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge"}
)
BINARY: Final = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
REGRESSION: Final = frozenset(
    {"mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error",
     "mean_squared_logarithmic_error", "log_cosh", "huber"}
)  # fmt: skip
"""Losses that measure a distance."""

PROBABILITIES: Final = SPARSE | BINARY | {"categorical_crossentropy", "categorical_focal_crossentropy"}
"""Losses that want probabilities, or logits where `from_logits=True` says so."""

EXCLUSIVE: Final = SPARSE | {"categorical_crossentropy", "categorical_focal_crossentropy"}
"""Losses for one class out of several; they divide by the sum of the outputs."""

MEASURED: Final = (
    SPARSE | ONE_HOT | BINARY | REGRESSION
    | {"hinge", "squared_hinge", "poisson", "kl_divergence", "cosine_similarity"}
)  # fmt: skip
"""Losses of which it is known what they do with labels and outputs of two shapes."""

_STRICT: Final = frozenset({"categorical_crossentropy", "binary_crossentropy", "binary_focal_crossentropy"})

COUNTERPARTS: Final = {
    "categorical_crossentropy": "sparse_categorical_crossentropy",
    "sparse_categorical_crossentropy": "categorical_crossentropy",
    "binary_crossentropy": "sparse_categorical_crossentropy",
    "categorical_accuracy": "sparse_categorical_accuracy",
    "sparse_categorical_accuracy": "categorical_accuracy",
    "top_k_categorical_accuracy": "sparse_top_k_categorical_accuracy",
    "sparse_top_k_categorical_accuracy": "top_k_categorical_accuracy",
}
"""The loss or metric for the same labels written the other way."""

ACCURACIES: Final = frozenset(
    {"accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"}
)

PER_UNIT: Final = frozenset(
    {"auc", "precision", "recall", "f1_score", "f_beta_score", "binary_accuracy", "true_positives", "true_negatives",
     "false_positives", "false_negatives"}
)  # fmt: skip
"""Metrics that compare each unit of the output with a label of its own."""

ANY_RANGE: Final = frozenset({"linear"})
"""Activations whose output is not bounded on either side."""


class Meeting(Enum):
    """What comes of labels and outputs of two shapes."""

    FITS = "fits"
    BROADCASTS = "broadcasts"
    """NumPy's rules stretch one over the other, sample over sample: the loss is a number without meaning."""
    RAISES = "raises"
    UNKNOWN = "unknown"


def one_for_each(labels: Shape, output: Shape) -> bool:
    """Whether labels have one number for each sample, or for each place (pixel) of it, in an axis of its own or not.

    Args:
        labels, output: their shapes, the batch axis first.
    """
    places = output[1:-1]
    return all(isinstance(size, int) for size in places) and labels[1:] in {places, (*places, 1)}


def meeting(loss: str, target: Shape, output: Shape) -> Meeting:
    """What a loss does with labels and outputs of these shapes, both with the batch axis.

    A size that is not known fits to any other.
    """
    if not target or not output or loss not in MEASURED:
        return Meeting.UNKNOWN
    target, output = (None, *target[1:]), (None, *output[1:])
    same_rank = _same_rank(target, output)
    if same_rank is None:
        return Meeting.UNKNOWN
    target, output = same_rank
    if loss in SPARSE:
        if len(target) == len(output):
            if target[-1] is ANY or target[-1] is None:
                return Meeting.UNKNOWN
            target = target[:-1] if target[-1] == 1 else target
        return _all_meet(target, output[:-1])
    if loss in _STRICT:
        return _all_meet(target, output)
    if len(target) == len(output):
        return _stretched(target, output)
    return _stretched_ranks(target, output)


def _same_rank(target: Shape, output: Shape) -> tuple[Shape, Shape] | None:
    """Both as Keras brings them to one rank: a last axis of size 1 goes, or comes for labels `(n,)`.

    None where that turns on a size that is not known.
    """
    longer, shorter = (target, output) if len(target) > len(output) else (output, target)
    if len(longer) != len(shorter) + 1:
        return target, output
    if longer[-1] is ANY or longer[-1] is None:
        return None
    if longer[-1] != 1:
        return target, output
    longer, shorter = (longer, (*shorter, 1)) if len(shorter) == 1 else (longer[:-1], shorter)
    return (longer, shorter) if len(target) > len(output) else (shorter, longer)


def _known(dim: Dim) -> bool:
    return isinstance(dim, int)


def _all_meet(target: Shape, output: Shape) -> Meeting:
    if len(target) != len(output):
        return Meeting.RAISES
    pairs = list(zip(target[1:], output[1:], strict=True))
    if any(_known(a) and _known(b) and a != b for a, b in pairs):
        return Meeting.RAISES
    return Meeting.FITS if all(a == b for a, b in pairs) else Meeting.UNKNOWN


def _stretched(target: Shape, output: Shape) -> Meeting:
    pairs = list(zip(target[1:], output[1:], strict=True))
    if any(_known(a) and _known(b) and a != b and 1 not in (a, b) for a, b in pairs):
        return Meeting.RAISES
    if any(_known(a) and _known(b) and a != b for a, b in pairs):
        return Meeting.BROADCASTS
    return Meeting.FITS if all(a == b for a, b in pairs) else Meeting.UNKNOWN


def _stretched_ranks(target: Shape, output: Shape) -> Meeting:
    """Ranks that differ: the batch axis of one stands against another axis of the other."""
    width = max(len(target), len(output))
    one, other = ((1,) * (width - len(shape)) + shape for shape in (target, output))
    for a, b in zip(one, other, strict=True):
        if a is ANY or b is ANY:
            return Meeting.UNKNOWN
        if a != b and 1 not in (a, b):
            # `None` is the batch here: it would have to be of just that size.
            return Meeting.RAISES
    return Meeting.BROADCASTS
