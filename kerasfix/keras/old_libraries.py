"""Names of NumPy and TensorFlow 1 that scripts of the time used beside Keras, and that are gone, as tables."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Gone:
    """What became of a name."""

    new: str = ""
    """What to write in its place: a name under the same module, or (without a dot in front) a built-in one."""
    advice: str = ""
    always: bool = True
    """Whether it is gone from every release that Keras 3 works with."""


def _numpy(names: dict[str, str], *, always: bool) -> dict[str, Gone]:
    return {f"numpy.{old}": Gone(new, always=always) for old, new in names.items()}


_GRAPH: Final = "drop it: there are no sessions and graphs"
_DEVICES: Final = "drop it: `tf.config` sets devices and memory"

GONE: Final[dict[str, Gone]] = {
    **_numpy(
        {"float": "float", "int": "int", "complex": "complex", "object": "object", "str": "str"}, always=True
    ),
    **_numpy(
        {
            "Inf": ".inf", "Infinity": ".inf", "infty": ".inf", "NaN": ".nan", "float_": ".float64",
            "complex_": ".complex128", "product": ".prod", "cumproduct": ".cumprod", "sometrue": ".any",
            "alltrue": ".all", "unicode_": ".str_", "string_": ".bytes_",
        },
        always=False,
    ),
    **{
        f"tensorflow.{old}": Gone(f".{new}")
        for old, new in {
            "set_random_seed": "random.set_seed", "random_normal": "random.normal",
            "random_uniform": "random.uniform", "truncated_normal": "random.truncated_normal", "log": "math.log",
            "log1p": "math.log1p", "ceil": "math.ceil", "is_nan": "math.is_nan", "lgamma": "math.lgamma",
            "matrix_inverse": "linalg.inv", "diag": "linalg.diag", "logging": "compat.v1.logging",
            "random_shuffle": "random.shuffle", "global_norm": "linalg.global_norm",
        }.items()
    },
    **dict.fromkeys(
        ("tensorflow.Session", "tensorflow.InteractiveSession", "tensorflow.get_default_graph",
         "tensorflow.reset_default_graph", "tensorflow.get_default_session",
         "tensorflow.global_variables_initializer", "tensorflow.initialize_all_variables"),
        Gone(advice=_GRAPH),
    ),
    **dict.fromkeys(("tensorflow.ConfigProto", "tensorflow.GPUOptions"), Gone(advice=_DEVICES)),
    "tensorflow.placeholder": Gone(advice="write `keras.Input(...)`, or call the model on the data itself"),
    "tensorflow.get_variable": Gone(advice="write `tf.Variable(...)`, or `add_weight` in a layer"),
    "tensorflow.contrib": Gone(advice="it was removed; most of it is in TensorFlow, Keras or TensorFlow Addons"),
    "tensorflow.layers": Gone(advice="use `keras.layers`"),
    "tensorflow.to_float": Gone(advice="write `tf.cast(x, tf.float32)`"),
    "tensorflow.to_int32": Gone(advice="write `tf.cast(x, tf.int32)`"),
}  # fmt: skip
"""By full name."""
