"""Records of names and attributes that are gone."""

from dataclasses import dataclass

import libcst as cst


@dataclass(eq=False, repr=False)
class RemovedName:
    """An attribute of NumPy or TensorFlow that is gone: `numpy.float`, `tensorflow.Session`."""

    name: str
    node: cst.CSTNode
    """The last part of it in the text."""


@dataclass(eq=False, repr=False)
class OldAttribute:
    """An attribute that Keras 3 does not have: `optimizer.lr`, `layer.output_shape`."""

    family: str
    """The kind of its owner: `Layer`, `Optimizer`, `Sequential`."""
    name: str
    node: cst.Attribute
