"""Records of data by itself: how it was loaded, scaled and split."""

from typing import Literal

import libcst as cst

from kerasfix.light import dataclass
from kerasfix.trace.values import Argument, Array


@dataclass(eq=False, repr=False)
class UnevenData:
    """Data of one data set that a model is trained on and judged with, in different ranges."""

    trained: Array
    fit: cst.CSTNode
    given: Array
    node: cst.BaseExpression


@dataclass(eq=False, repr=False)
class FittedAgain:
    """A scaler that is fitted on the training data, and again on the test data."""

    node: cst.Call
    first: cst.CSTNode


@dataclass(eq=False, repr=False)
class ScaledLabels:
    """Class labels of a data set that were divided, for a loss that wants class numbers."""

    data: Array
    node: cst.CSTNode


@dataclass(eq=False, repr=False)
class Leak:
    """Validation data that the model is trained on, or a split that parts the classes."""

    kind: Literal["same", "part", "by-class"]
    """The very same data; some of the training data; the last samples of labels that come class by class."""
    argument: Argument
    """The data that the model is trained on, or the labels."""
    data: Array
    """What it is validated with."""
    place: cst.CSTNode


@dataclass(eq=False, repr=False)
class DatasetNotUnpacked:
    """An array method used on what `load_data()` returns: a pair of pairs."""

    dataset: str
    name: str
    node: cst.CSTNode
    load: cst.CSTNode


@dataclass(eq=False, repr=False)
class PipelineIndexed:
    """`dataset[0]`, `dataset.shape`: what arrays have, and a `tf.data.Dataset` has not."""

    value: cst.BaseExpression
    node: cst.CSTNode
    attribute: str | None
    """None where it is indexed."""
    made: cst.CSTNode
    """The call that made the pipeline."""


DataRecord = UnevenData | FittedAgain | ScaledLabels | Leak | DatasetNotUnpacked | PipelineIndexed
