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


@dataclass(eq=False, repr=False)
class OldLayerName:
    """`get_layer` of a ready model, with a name that the layer had in old Keras."""

    old: str
    new: str
    model: str
    node: cst.CSTNode
    """The string as it is written, or else the argument of the call."""


@dataclass(eq=False, repr=False)
class SplitOnNothing:
    """`re.split` with a pattern that is one group, and optional: since Python 3.7 it splits between all letters."""

    node: cst.Call
    pattern: cst.SimpleString


@dataclass(eq=False, repr=False)
class LayersPopped:
    """`model.layers.pop()`: it takes a layer out of a copy."""

    node: cst.Attribute


OldName = RemovedName | OldAttribute | OldLayerName | SplitOnNothing | LayersPopped
