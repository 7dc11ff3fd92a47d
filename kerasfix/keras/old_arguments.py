"""Arguments of Keras 1 and 2 that Keras 3 does not take, as tables. `migrations.py` looks them up.

A scope is the family of a class (`Layer`, `Optimizer`) or a full name. An entry counts only where Keras 3 does
not have a parameter of the old name, and has one of the new.
"""

from collections.abc import Mapping
from typing import Final

from kerasfix.light import dataclass

RENAMED: Final[dict[str, dict[str, str]]] = {
    "Layer": {
        "U_regularizer": "recurrent_regularizer",
        "W_constraint": "kernel_constraint embeddings_constraint",
        "W_regularizer": "kernel_regularizer embeddings_regularizer",
        "alpha": "negative_slope",
        "atrous_rate": "dilation_rate",
        "b_constraint": "bias_constraint",
        "b_regularizer": "bias_regularizer",
        "beta_init": "beta_initializer",
        "bias": "use_bias",
        "border_mode": "padding",
        "dim_ordering": "data_format",
        "dims": "target_shape",
        "dropout_U": "recurrent_dropout",
        "dropout_W": "dropout",
        "filter_length": "kernel_size",
        "forget_bias_init": "unit_forget_bias",
        "gamma_init": "gamma_initializer",
        "init": "kernel_initializer embeddings_initializer alpha_initializer",
        "inner_activation": "recurrent_activation",
        "inner_init": "recurrent_initializer",
        "length": "size",
        "nb_filter": "filters",
        "output_dim": "units",
        "p": "rate",
        "pool_length": "pool_size",
        "sigma": "stddev",
        "stride": "strides",
        "subsample": "strides",
        "subsample_length": "strides",
    },
    "Optimizer": {"lr": "learning_rate"},
    "keras.activations.relu": {"alpha": "negative_slope"},
    "keras.callbacks.LambdaCallback": {
        "on_batch_begin": "on_train_batch_begin",
        "on_batch_end": "on_train_batch_end",
    },
    "keras.callbacks.ReduceLROnPlateau": {"epsilon": "min_delta"},
    "keras.constraints.MaxNorm": {"m": "max_value"},
    "keras.constraints.MinMaxNorm": {"low": "min_value", "high": "max_value"},
    "keras.datasets.imdb.load_data": {"nb_words": "num_words"},
    "keras.datasets.reuters.load_data": {"nb_words": "num_words"},
    "keras.models.Model": {"input": "inputs", "output": "outputs"},
    "keras.models.Model.fit": {"nb_epoch": "epochs"},
    "keras.preprocessing.image.ImageDataGenerator": {"dim_ordering": "data_format"},
    "keras.preprocessing.text.Tokenizer": {"nb_words": "num_words"},
    "keras.utils.array_to_img": {"dim_ordering": "data_format"},
    "keras.utils.image_dataset_from_directory": {"smart_resize": "crop_to_aspect_ratio"},
    "keras.utils.img_to_array": {"dim_ordering": "data_format"},
    "keras.utils.load_img": {"grayscale": "color_mode"},
    "keras.utils.normalize": {"a": "x"},
    "keras.utils.to_categorical": {"y": "x", "nb_classes": "num_classes"},
}
"""By scope: the old name, and the new one, or several of which the class has one."""

VALUES: Final[dict[str, dict[str, str]]] = {
    "dim_ordering": {'"tf"': '"channels_last"', '"th"': '"channels_first"', '"default"': "None"},
    "forget_bias_init": {'"one"': "True", '"ones"': "True", '"zero"': "False", '"zeros"': "False"},
    "grayscale": {"True": '"grayscale"', "False": '"rgb"'},
}
"""Renamed arguments whose values are called something else too; other values have no translation."""

PACKED: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("kernel_size", ("nb_row", "nb_col")),
    ("kernel_size", ("kernel_dim1", "kernel_dim2", "kernel_dim3")),
)
"""Arguments of layers that together became one tuple."""


@dataclass(frozen=True)
class Removed:
    """What became of an argument that has no successor."""

    advice: str
    safe: bool = True
    """Whether the program means the same without it."""
    harmless: tuple[str, ...] = ()
    """The only values, as written, without which the program means the same; all, where it is empty."""
    drop: bool = True
    """Whether it can simply be left out."""


_WORKERS: Final = Removed("drop it: `keras.utils.PyDataset` has its own `workers`")
_SHOW_ACCURACY: Final = Removed('ask for it in `compile(metrics=["accuracy"])`', safe=False)
_SET_WEIGHTS: Final = Removed("call `layer.set_weights(...)` once the layer is built", drop=False)
_BATCH_SHAPE: Final = Removed("declare the input with `keras.Input(batch_shape=...)`", drop=False)
_FEED: Final = dict.fromkeys(
    ("workers", "use_multiprocessing", "max_queue_size", "max_q_size", "nb_worker", "pickle_safe"), _WORKERS
)

REMOVED: Final[Mapping[str, Mapping[str, Removed]]] = {
    "Layer": {
        "batch_input_shape": _BATCH_SHAPE,
        "batch_size": Removed("declare the input with `keras.Input(shape=..., batch_size=...)`", drop=False),
        "consume_less": Removed("drop it: it only chose how to compute"),
        "dynamic": Removed("drop it; `compile(run_eagerly=True)` runs a model eagerly"),
        "fused": Removed("drop it: it only chose how to compute"),
        "input_length": Removed("the length belongs into the shape of the input", drop=False),
        "input_dtype": Removed("give it to `keras.Input` as `dtype`", drop=False),
        "time_major": Removed("transpose the input instead", harmless=("False",)),
        "weights": _SET_WEIGHTS,
        "implementation": Removed("drop it: it only chose how to compute"),
    },
    "Optimizer": {
        "jit_compile": Removed("give it to `compile`", harmless=("True", "False")),
        "schedule_decay": Removed("drop it: the schedule of `Nadam` has its own", safe=False),
    },
    "keras.callbacks.ModelCheckpoint": {"options": Removed("drop it", harmless=("None",))},
    "keras.callbacks.ProgbarLogger": dict.fromkeys(("count_mode", "stateful_metrics"), Removed("drop it")),
    "keras.callbacks.TensorBoard": {
        "batch_size": Removed("drop it: histograms are made of the weights only"),
        "embeddings_layer_names": Removed("drop it; `embeddings_freq` writes all embeddings", safe=False),
        "embeddings_data": Removed("drop it", safe=False),
        "write_grads": Removed("drop it: gradients are no longer written", safe=False),
    },
    "keras.layers.Layer.add_loss": {"inputs": Removed("drop it: a loss belongs to the call that adds it")},
    "keras.layers.BatchNormalization": {
        "mode": Removed("it always normalises each feature over the batch", safe=False, harmless=("0",)),
        "adjustment": Removed("drop it", harmless=("None",)),
        "virtual_batch_size": Removed("drop it", harmless=("None",)),
    },
    "keras.layers.Conv2DTranspose": {
        "output_shape": Removed(
            "drop it: strides, padding and `output_padding` decide the size of the output", safe=False
        )
    },
    "keras.layers.Embedding": {
        "dropout": Removed("put a `SpatialDropout1D` behind the layer", safe=False),
        "input_length": Removed("drop it: it has no effect"),
    },
    "keras.models.Model.compile": {
        "class_mode": Removed("drop it: the loss says it"),
        "sample_weight_mode": Removed("drop it: weights of any shape are taken"),
        "target_tensors": Removed("feed the targets to `fit`", harmless=("None",)),
    },
    "keras.models.Model.evaluate": {**_FEED, "show_accuracy": _SHOW_ACCURACY},
    "keras.models.Model.fit": {**_FEED, "show_accuracy": _SHOW_ACCURACY},
    "keras.models.Model.predict": _FEED,
    "keras.models.Model.save_weights": {
        "save_format": Removed("drop it: the suffix of the file decides"),
        "options": Removed("drop it", harmless=("None",)),
    },
    "keras.models.Model.train_on_batch": {
        "reset_metrics": Removed("call `model.reset_metrics()`", harmless=("True",), safe=False)
    },
    "keras.models.Model.test_on_batch": {
        "reset_metrics": Removed("call `model.reset_metrics()`", harmless=("True",), safe=False)
    },
}
"""By scope: arguments that are gone."""

METHODS: Final[dict[str, str]] = {
    "evaluate_generator": "evaluate",
    "fit_generator": "fit",
    "predict_generator": "predict",
    "predict_proba": "predict",
}
"""Methods of models that another one does the work of."""

ELSEWHERE: Final = frozenset(
    {
        ("keras.callbacks.ModelCheckpoint", "period"),
        ("keras.models.Model.evaluate", "generator"),
        ("keras.models.Model.evaluate", "val_samples"),
        ("keras.models.Model.fit", "generator"),
        ("keras.models.Model.fit", "nb_val_samples"),
        ("keras.models.Model.fit", "samples_per_epoch"),
        ("keras.models.Model.predict", "generator"),
        ("keras.models.Model.predict", "val_samples"),
    }
)
"""Arguments that KF606 and KF607 treat together with what they belong to."""

GENERATOR_POSITIONS: Final[dict[str, tuple[str, ...]]] = {
    "evaluate_generator": ("steps", "callbacks"),
    "fit_generator": (
        "steps_per_epoch",
        "epochs",
        "verbose",
        "callbacks",
        "validation_data",
        "validation_steps",
    ),
    "predict_generator": ("steps", "callbacks"),
}
"""The parameters behind the generator, in the order of Keras 2."""

SAMPLES: Final[dict[str, tuple[str, str]]] = {
    "nb_val_samples": ("validation_steps", "validation_data"),
    "samples_per_epoch": ("steps_per_epoch", "x"),
    "val_samples": ("steps", "x"),
}
"""Counts of samples that became counts of batches, and the argument that makes the batches."""

NODES: Final[dict[str, str]] = {
    "get_input_at": "input",
    "get_input_shape_at": "input.shape",
    "get_output_at": "output",
    "get_output_shape_at": "output.shape",
}
"""Methods of layers that asked for one of their calls, and what the first of them is called."""

ATTRIBUTES: Final[dict[str, dict[str, str]]] = {
    "Layer": {
        "inbound_nodes": "_inbound_nodes",
        "outbound_nodes": "_outbound_nodes",
    },
    "Optimizer": {"lr": "learning_rate", "weights": "variables"},
    "Sequential": {"input": "inputs[0]", "output": "outputs[0]"},
}
"""Attributes by the kind of their owner, and what to write now. Those of a Sequential model are there again once
it has been called on a symbolic tensor."""

_NO_SUCCESSOR: Final = "it was removed without a successor"

METHOD_ADVICE: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("aggregate_gradients", "assert_input_compatibility", "autotune_steps_per_execution",
         "compute_output_signature", "create_input_layer", "finalize_state", "get_input_mask_at",
         "get_output_mask_at", "get_weight_paths", "merge_state", "save_spec"),
        _NO_SUCCESSOR,
    ),
    "add_inbound_node": "call the layer: Keras keeps its nodes itself",
    "add_update": "assign to the variable in `call`",
    "get_gradients": "compute them with `tf.GradientTape`",
    "get_losses_for": "read `losses`",
    "get_output_shape_for": "call `compute_output_shape`",
    "get_updates": "call `apply(gradients, variables)`",
    "get_updates_for": "drop it: there are no update operations",
    "get_weights": "read `variables`",
    "minimize": "compute the gradients with `tf.GradientTape` and call `apply`",
    "set_weights": "assign to `variables`",
    "to_yaml": "call `to_json`",
}  # fmt: skip
"""What to do instead of other methods that are gone."""

KERAS_1_KERNELS: Final[dict[str, int]] = {
    "keras.layers.Conv2D": 2,
    "keras.layers.Conv2DTranspose": 2,
    "keras.layers.Conv3D": 3,
    "keras.layers.Conv3DTranspose": 3,
    "keras.layers.ConvLSTM2D": 2,
    "keras.layers.SeparableConv2D": 2,
}
"""Layers that took the sizes of the kernel one by one behind the filters, and how many."""

KERAS_1_KEYWORDS: Final = frozenset(
    {"W_constraint", "W_regularizer", "atrous_rate", "b_constraint", "b_regularizer", "bias", "border_mode",
     "dim_ordering", "init", "inner_init", "nb_filter", "subsample"}
)  # fmt: skip
"""Keywords that only Keras 1 had: who writes one means all of the call so."""

DEFAULTS: Final[dict[str, dict[str, str]]] = {
    "keras.layers.ConvLSTM2D": {"recurrent_activation": '"hard_sigmoid"'},
    "keras.layers.GRU": {"recurrent_activation": '"hard_sigmoid"', "reset_after": "False"},
    "keras.layers.LSTM": {"recurrent_activation": '"hard_sigmoid"'},
    "keras.optimizers.Adadelta": {"learning_rate": "1.0"},
    "keras.optimizers.Adagrad": {"learning_rate": "0.01"},
    "keras.optimizers.Adamax": {"learning_rate": "0.002"},
    "keras.optimizers.Nadam": {"learning_rate": "0.002"},
}
"""Arguments whose default was another one in Keras 2.3, and that old default."""

MERGE_MODES: Final[dict[str, str]] = {
    "ave": "average",
    "concat": "concatenate",
    "cos": "dot",
    "dot": "dot",
    "max": "maximum",
    "mul": "multiply",
    "sum": "add",
}
"""The `mode` of Keras 1's `merge`, and the function of `keras.layers` that does it."""
