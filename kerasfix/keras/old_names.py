"""Names of Keras 1, Keras 2 and tf.keras that Keras 3 lacks, as tables. `migrations.py` looks them up."""

from typing import Final

_LAYER_MODULES: Final = (
    "advanced_activations attention convolutional convolutional_recurrent core cudnn_recurrent dense_attention"
    " embeddings experimental experimental.preprocessing local merge merging noise normalization pooling preprocessing"
    " recurrent recurrent_v2 regularization reshaping rnn wrappers"
)
_UTIL_MODULES: Final = (
    "conv_utils data_utils dataset_utils generic_utils image_utils io_utils layer_utils losses_utils np_utils"
    " tf_utils training_utils vis_utils visualize_util"
)
_ENGINE_MODULES: Final = (
    "base_layer functional input_layer input_spec keras_tensor network saving sequential topology training"
)
_OPTIMIZER_MODULES: Final = (
    "adadelta adagrad adam adamax adamw experimental ftrl legacy nadam optimizer_v2 optimizers rmsprop sgd"
    " optimizer_experimental gradient_descent"
)
_PREFIXED: Final = (
    ("keras.layers", _LAYER_MODULES, ("keras.layers",)),
    ("keras.utils", _UTIL_MODULES, ("keras.utils", "keras.saving")),
    ("keras.engine", _ENGINE_MODULES, ("keras.layers", "keras.models", "keras")),
    ("keras.optimizers", _OPTIMIZER_MODULES, ("keras.optimizers", "keras.optimizers.schedules")),
)

MODULES: Final[dict[str, tuple[str, ...]]] = {
    **{f"{parent}.{name}": homes for parent, names, homes in _PREFIXED for name in names.split()},
    "keras.callbacks.callbacks": ("keras.callbacks",),
    "keras.callbacks.experimental": ("keras.callbacks",),
    "keras.engine": ("keras.layers", "keras.models", "keras"),
    "keras.experimental": ("keras.optimizers.schedules", "keras.layers"),
    "keras.initializations": ("keras.initializers",),
    "keras.initializers.initializers_v1": ("keras.initializers",),
    "keras.initializers.initializers_v2": ("keras.initializers",),
    "keras.objectives": ("keras.losses",),
    "keras.preprocessing.text": ("tensorflow.keras.preprocessing.text",),
    "keras.preprocessing.image": ("tensorflow.keras.preprocessing.image",),
    "keras.preprocessing.sequence": ("tensorflow.keras.preprocessing.sequence",),
    "keras.optimizer_v1": ("keras.optimizers",),
    "keras.optimizer_v2": ("keras.optimizers",),
    "keras.wrappers.scikit_learn": ("keras.wrappers",),
}
"""Modules that are gone, and where to look for what they held, best first.

The three modules of `keras.preprocessing` are there, but have lost most of what they held.
"""

CLASSES: Final[dict[str, str]] = {
    "keras.constraints.maxnorm": "keras.constraints.MaxNorm",
    "keras.constraints.nonneg": "keras.constraints.NonNeg",
    "keras.constraints.unitnorm": "keras.constraints.UnitNorm",
    "keras.initializers.normal": "keras.initializers.RandomNormal",
    "keras.initializers.one": "keras.initializers.Ones",
    "keras.initializers.uniform": "keras.initializers.RandomUniform",
    "keras.initializers.zero": "keras.initializers.Zeros",
    "keras.layers.AtrousConv1D": "keras.layers.Conv1D",
    "keras.layers.AtrousConv2D": "keras.layers.Conv2D",
    "keras.layers.AtrousConvolution1D": "keras.layers.Conv1D",
    "keras.layers.AtrousConvolution2D": "keras.layers.Conv2D",
    "keras.layers.CuDNNGRU": "keras.layers.GRU",
    "keras.layers.CuDNNLSTM": "keras.layers.LSTM",
    "keras.layers.Deconv2D": "keras.layers.Conv2DTranspose",
    "keras.layers.Deconv3D": "keras.layers.Conv3DTranspose",
    "keras.layers.Deconvolution2D": "keras.layers.Conv2DTranspose",
    "keras.layers.Deconvolution3D": "keras.layers.Conv3DTranspose",
    "keras.layers.PreprocessingLayer": "keras.layers.Layer",
    "keras.layers.TimeDistributedDense": "keras.layers.Dense",
    "keras.optimizers.adadelta": "keras.optimizers.Adadelta",
    "keras.optimizers.adagrad": "keras.optimizers.Adagrad",
    "keras.optimizers.adam": "keras.optimizers.Adam",
    "keras.optimizers.adamax": "keras.optimizers.Adamax",
    "keras.optimizers.nadam": "keras.optimizers.Nadam",
    "keras.optimizers.rmsprop": "keras.optimizers.RMSprop",
    "keras.optimizers.sgd": "keras.optimizers.SGD",
    "keras.regularizers.ActivityRegularizer": "keras.regularizers.L1L2",
    "keras.regularizers.L1L2Regularizer": "keras.regularizers.L1L2",
    "keras.regularizers.WeightRegularizer": "keras.regularizers.L1L2",
}

INEXACT: Final[dict[str, str]] = {
    "keras.layers.CuDNNGRU": "the old class had `reset_after=True`, and so has `GRU` now",
    "keras.layers.Deconv2D": "`output_shape` is gone: the size of the output follows from strides and padding",
    "keras.layers.Deconv3D": "`output_shape` is gone: the size of the output follows from strides and padding",
    "keras.layers.Deconvolution2D": "`output_shape` is gone: the size of the output follows from strides and padding",
    "keras.layers.Deconvolution3D": "`output_shape` is gone: the size of the output follows from strides and padding",
}
"""Renamed classes that are not quite what they were, and why."""

_LOSSES: Final = {
    "mse": "mean_squared_error",
    "MSE": "mean_squared_error",
    "mae": "mean_absolute_error",
    "MAE": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "MAPE": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "MSLE": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "KLD": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "cosine": "cosine_similarity",
    "cosine_proximity": "cosine_similarity",
    "logcosh": "log_cosh",
    "huber_loss": "huber",
}

FUNCTIONS: Final[dict[str, str]] = {
    **{f"keras.losses.{old}": f"keras.losses.{new}" for old, new in _LOSSES.items()},
    **{f"keras.metrics.{old}": f"keras.losses.{new}" for old, new in _LOSSES.items() if old != "huber_loss"},
    "keras.metrics.cosine_similarity": "keras.losses.cosine_similarity",
    "keras.optimizers.optimizer_from_config": "keras.optimizers.deserialize",
    "keras.regularizers.activity_l1": "keras.regularizers.L1",
    "keras.regularizers.activity_l1l2": "keras.regularizers.L1L2",
    "keras.regularizers.activity_l2": "keras.regularizers.L2",
    "keras.regularizers.l1l2": "keras.regularizers.L1L2",
    "keras.utils.plot": "keras.utils.plot_model",
    "keras.utils.visualize_plots": "keras.utils.plot_model",
}
"""Functions under another name that take the same arguments and give the same values."""

DEFINED: Final[dict[str, str]] = {
    f"keras.wrappers.{name}": f"`keras.wrappers.{new}` has another contract (its model function gets `X` and `y`, its"
    " arguments are no parameters): write a small wrapper, or use SciKeras"
    for name, new in (("KerasClassifier", "SKLearnClassifier"), ("KerasRegressor", "SKLearnRegressor"))
}
"""Classes that a file has to define for itself, since Keras 3 has none that does the same."""

ADVICE: Final[dict[str, str]] = {
    "keras.callbacks.BaseLogger": "drop it: `fit` itself keeps the averages",
    "keras.layers.AbstractRNNCell": "derive the cell from `keras.layers.Layer` and give it a `state_size`",
    "keras.layers.DenseFeatures": "use the preprocessing layers (`Normalization`, `StringLookup`, `CategoryEncoding`)",
    "keras.layers.Highway": "write it with `Dense` layers: `t * h(x) + (1 - t) * x`",
    "keras.layers.LocallyConnected1D": "it was removed without a successor: copy its code into the project",
    "keras.layers.LocallyConnected2D": "it was removed without a successor: copy its code into the project",
    "keras.layers.MaxoutDense": "write `Dense(features * units)`, `Reshape((features, units))` and a maximum",
    "keras.layers.ParametricSoftplus": "it was removed without a successor: write a layer of your own",
    "keras.layers.RandomFourierFeatures": "it was removed without a successor: copy its code into the project",
    "keras.layers.Recurrent": "use `keras.layers.RNN` with a cell",
    "keras.layers.SReLU": "it was removed without a successor: write a layer of your own",
    "keras.layers.ThresholdedReLU": "write `keras.layers.ReLU(threshold=theta)`",
    "keras.losses.Reduction": 'give `reduction` as a string: `"sum_over_batch_size"`, `"sum"` or `None`',
    "keras.metrics.accuracy": "write `keras.metrics.Accuracy()`",
    "keras.metrics.f1score": "write `keras.metrics.F1Score()`",
    "keras.metrics.fbeta_score": "write `keras.metrics.FBetaScore()`",
    "keras.metrics.fmeasure": "write `keras.metrics.F1Score()`",
    "keras.metrics.matthews_correlation": "it was removed without a successor: write a metric of your own",
    "keras.metrics.precision": "write `keras.metrics.Precision()`",
    "keras.metrics.recall": "write `keras.metrics.Recall()`",
    "keras.models.model_from_config": "write `keras.Model.from_config(config)`",
    "keras.models.model_from_yaml": "Keras 3 reads no YAML: save with `to_json` and use `model_from_json`",
    "keras.optimizers.TFOptimizer": "use an optimizer of `keras.optimizers`",
    "keras.utils.GeneratorEnqueuer": "derive from `keras.utils.PyDataset`, which has workers of its own",
    "keras.utils.HDF5Matrix": "read the data with `h5py`, or derive from `keras.utils.PyDataset`",
    "keras.utils.OrderedEnqueuer": "derive from `keras.utils.PyDataset`, which has workers of its own",
    "keras.utils.categorical_probas_to_classes": "write `np.argmax(probabilities, axis=-1)`",
    "keras.utils.count_params": "write `layer.count_params()`",
    "keras.utils.multi_gpu_model": "build and compile the model under `keras.distribution.DataParallel`",
    "keras.utils.print_summary": "write `model.summary()`",
    "keras.utils.probas_to_classes": "write `np.argmax(probabilities, axis=-1)`",
}
"""What to write instead of a name that has no successor to put in its place."""

GRAPH: Final[dict[str, str]] = {
    "keras.backend.Function": "write `keras.Function(inputs, outputs)`",
    "keras.backend.clear_learning_phase": "drop it, and pass `training=` to the call",
    "keras.backend.control_dependencies": "drop it: code runs in the order in which it stands",
    "keras.backend.eager": "drop it: Keras 3 runs eagerly outside of `fit`",
    "keras.backend.function": "write `keras.Model(inputs, outputs)` and call it on arrays",
    "keras.backend.get_graph": "drop it: there is no global graph",
    "keras.backend.get_session": "drop it: there are no sessions; `keras.ops.convert_to_numpy` gives the values",
    "keras.backend.gradients": "compute them with `tf.GradientTape` around the call of the model",
    "keras.backend.in_test_phase": "give the layer's `call` an argument `training` and branch on it",
    "keras.backend.in_train_phase": "give the layer's `call` an argument `training` and branch on it",
    "keras.backend.learning_phase": "give the layer's `call` an argument `training`, or call `model(x, training=True)`",
    "keras.backend.learning_phase_scope": "drop it, and pass `training=` to the call",
    "keras.backend.manual_variable_initialization": "drop it: variables are initialised when they are made",
    "keras.backend.set_learning_phase": "drop it, and pass `training=` to the call",
    "keras.backend.set_session": "drop it: there are no sessions; `tf.config` sets devices and memory",
    "keras.backend.symbolic": "drop it",
    "keras.layers.Merge": "make it a functional model with `keras.layers.concatenate`, `add` ... of the branches",
}
"""What belongs to the static graph of Keras 1 and 2, and what to write instead."""
