"""Dropout, noise and activity penalties: the shape always stays."""

from collections.abc import Mapping

from kerasfix.keras.layers.base import (
    AXES,
    UNKNOWN,
    Inferred,
    LayerConfig,
    compute_dtype,
    data_format,
    elementwise,
    fraction,
    is_integer,
    layer,
    need_rank,
    refuse,
)
from kerasfix.keras.shape import Structure, TensorSpec

Config = Mapping[str, object]


def _rate(layer: LayerConfig) -> Config:
    fraction(layer.config, "rate")
    return layer.config


def _stddev(layer: LayerConfig) -> Config:
    fraction(layer.config, "stddev")
    return layer.config


def _dropout_arguments(layer: LayerConfig) -> Config:
    config = _rate(layer)
    noise_shape = config.get("noise_shape")
    if noise_shape is None or noise_shape is UNKNOWN:
        return config
    if not isinstance(noise_shape, tuple | list):
        refuse(f"noise_shape must be a tuple of integers, not {noise_shape!r}")
    for item in noise_shape:
        if item is not None and item is not UNKNOWN and not (is_integer(item) and item > 0):
            refuse(f"noise_shape must hold positive integers or None, not {item!r}")
    return config


def _keep(config: Config, inputs: Structure, call: Config) -> Inferred:
    return elementwise(config, inputs)


layer("ActivityRegularization", takes="structure")(_keep)
layer("AlphaDropout", "GaussianDropout", parse=_rate, takes="structure")(_keep)
layer("Dropout", parse=_dropout_arguments, takes="structure")(_keep)
layer("GaussianNoise", parse=_stddev, takes="structure")(_keep)


def _spatial_arguments(layer: LayerConfig) -> tuple[Config, int]:
    fraction(layer.config, "rate")
    data_format(layer.config)
    return layer.config, int(layer.class_name[-2]) + 2


@layer("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", parse=_spatial_arguments, takes="loose")
def spatial_dropout(arguments: tuple[Config, int], x: TensorSpec) -> Inferred:
    """Drops whole channels of a feature map."""
    config, rank = arguments
    return Inferred(TensorSpec(need_rank(x, rank, AXES[rank]), compute_dtype(config)), 0)
