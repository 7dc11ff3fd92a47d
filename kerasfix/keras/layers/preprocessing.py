"""Preprocessing of numbers and categories."""

from collections.abc import Mapping

from kerasfix.keras.layers.base import Inferred, elementwise, layer
from kerasfix.keras.shape import Structure

Config = Mapping[str, object]


@layer("Rescaling", takes="structure")
def rescaling(config: Config, inputs: Structure, call: Config) -> Inferred:
    """Multiplies and adds; integers come out as floats."""
    return elementwise(config, inputs)
