"""The public API: the committed data, and the look-ups."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

import pytest

from kerasfix.keras import api


def keras_version():
    try:
        return installed_version("keras")
    except PackageNotFoundError:
        return "no"


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.skipif(
    keras_version() != api.version(),
    reason=f"api.json describes Keras {api.version()}; Keras {keras_version()} is installed",
)
def test_committed_data_are_what_the_generator_gives():
    from kerasfix.keras.generate import generate, render

    fresh, committed = render(generate()), api.DATA.read_text(encoding="utf-8")
    # Line by line: the difference of two 300 kB texts would take pytest minutes to explain.
    lines, known = set(fresh.splitlines()), set(committed.splitlines())
    assert (sorted(lines - known)[:5], sorted(known - lines)[:5]) == ([], [])
    assert fresh == committed, "the order of the lines differs"


@pytest.mark.keras
@pytest.mark.slow
def test_committed_data_of_keras_2_are_what_the_generator_gives():
    tf_keras = pytest.importorskip("tf_keras")
    from kerasfix.keras.generate import generate_keras_2, render

    committed = api.KERAS_2.read_text(encoding="utf-8")
    if f'"{tf_keras.__version__}"' not in committed:
        pytest.skip(f"keras2.json describes another version than {tf_keras.__version__}")
    lines, known = set(render(generate_keras_2()).splitlines()), set(committed.splitlines())
    assert (sorted(lines - known)[:5], sorted(known - lines)[:5]) == ([], [])


def test_keras_2_is_told_apart_from_what_never_was():
    assert api.in_keras_2("keras.layers.LocallyConnected1D")
    assert api.in_keras_2("keras.layers.experimental")
    assert not api.in_keras_2("keras.layers.Unheard")
    signature = api.keras_2_signature("keras.callbacks.ModelCheckpoint")
    assert signature is not None
    assert signature.parameter("options")
    assert api.keras_2_signature("keras.layers.Unheard") is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("keras", "module"),
        ("keras.layers", "module"),
        ("keras.layers.Dense", "class"),
        ("keras.layers.Convolution2D", "class"),
        ("keras.Sequential", "class"),
        ("keras.Input", "function"),
        ("keras.losses.mse", "function"),
        ("keras.__version__", "constant"),
        ("keras.layers.core", None),
        ("keras.layers.Dense.fit", None),
        ("numpy.zeros", None),
    ],
)
def test_kind(name, kind):
    assert api.kind(name) == kind


@pytest.mark.parametrize(
    ("name", "in_keras", "in_tensorflow"),
    [
        ("keras.layers.Dense", True, True),
        ("keras.preprocessing.image.ImageDataGenerator", False, True),
        ("keras.preprocessing.text", False, True),
        ("keras.preprocessing.text.Tokenizer", False, True),
        ("keras.backend.mean", False, True),
        ("keras.losses.mse", False, True),
        ("keras.losses.mean_squared_error", True, False),
        ("keras.saving.load_model", True, True),
        ("keras.datasets.text", False, False),
        ("keras.utils.np_utils", False, False),
        ("keras.models.Model.fit", True, True),
        ("keras.Sequential.fit", True, True),
        ("keras.Model.fit_generator", False, False),
        ("keras.Model.trainable_weights", True, True),
        ("keras.layers.Dense.__init__", True, True),
        ("keras.src.layers.anything", True, True),
    ],
)
def test_exists(name, in_keras, in_tensorflow):
    assert api.exists(name) is in_keras
    assert api.exists(name, "tensorflow.keras") is in_tensorflow


def test_canonical():
    assert api.canonical("keras.Model") == "keras.models.Model"
    assert api.canonical("keras.layers.Convolution2D") == "keras.layers.Conv2D"
    assert api.canonical("keras.metrics.mse") == "keras.losses.mean_squared_error"
    assert api.canonical("keras.Sequential.fit") == "keras.models.Sequential.fit"
    assert api.canonical("keras.optimizers.legacy.Adam") == "keras.optimizers.legacy.Adam"
    assert api.canonical("keras.nothing") == "keras.nothing"


def test_family():
    families = {
        "keras.layers.LSTM": "Layer",
        "keras.Sequential": "Model",
        "keras.optimizers.Adam": "Optimizer",
        "keras.losses.Huber": "Loss",
        "keras.metrics.AUC": "Metric",
        "keras.initializers.HeNormal": "Initializer",
        "keras.regularizers.l2": "Regularizer",
        "keras.constraints.MaxNorm": "Constraint",
        "keras.callbacks.EarlyStopping": "Callback",
        "keras.optimizers.schedules.ExponentialDecay": "LearningRateSchedule",
        "keras.utils.Progbar": "other",
        "keras.losses.huber": None,
    }
    assert {name: api.family(name) for name in families} == families


@pytest.mark.parametrize(
    ("bare", "best"),
    [
        ("Dense", ["keras.layers.Dense"]),
        ("Adam", ["keras.optimizers.Adam"]),
        ("Sequential", ["keras.models.Sequential", "keras.Sequential"]),
        ("mnist", ["keras.datasets.mnist"]),
        ("to_categorical", ["keras.utils.to_categorical"]),
        ("l2", ["keras.regularizers.l2"]),
        ("EarlyStopping", ["keras.callbacks.EarlyStopping"]),
        ("ops", ["keras.ops"]),
        ("layers", ["keras.layers"]),
        ("Tokenizer", []),
        ("np", []),
    ],
)
def test_homes(bare, best):
    assert api.homes(bare) == best


def test_homes_under_tensorflow():
    assert api.homes("Tokenizer", "tensorflow.keras") == ["keras.preprocessing.text.Tokenizer"]
    assert api.homes("mean_squared_error", "tensorflow.keras") == []


def test_members():
    assert {"Dense", "LSTM", "Input"} <= set(api.members("keras.layers"))
    assert "text" not in api.members("keras.preprocessing")
    assert "text" in api.members("keras.preprocessing", "tensorflow.keras")


def test_unusable_names_exist():
    assert api.exists("keras.optimizers.legacy.Adam")
    assert not api.usable("keras.optimizers.legacy.Adam")
    assert api.usable("keras.optimizers.Adam")
    assert api.signature("keras.optimizers.legacy.Adam") is None


def test_signature_of_a_layer():
    dense = api.signature("keras.layers.Dense")
    assert dense.parameters[0] == api.Parameter("units", "either", required=True)
    assert dense.parameter("kernel_initializer").default == "glorot_uniform"
    assert dense.takes("name")
    assert dense.takes("input_shape")
    assert not dense.takes("batch_input_shape")
    assert not dense.takes("weights")
    assert dense.warns == {"input_dim", "input_shape"}


def test_signature_of_methods_and_functions():
    assert api.signature("keras.Sequential.fit").parameter("epochs").default == 1
    assert not api.signature("keras.models.Model.fit").takes("nb_epoch")
    assert not api.signature("keras.models.Model.evaluate").takes("workers")
    assert api.signature("keras.datasets.imdb.load_data").takes("nb_words")  # swallowed in silence
    assert not api.signature("keras.datasets.reuters.load_data").takes("nb_words")
    assert api.signature("keras.nothing") is None
    assert api.signature("keras.layers") is None


@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [
        (
            "keras.layers.Conv2D",
            "filters kernel_size input_shape name",
            "nb_filter subsample border_mode init",
        ),
        ("keras.layers.LSTM", "implementation input_dim", "inner_activation consume_less batch_input_shape"),
        ("keras.layers.Embedding", "weights input_length", "batch_input_shape dropout"),
        ("keras.layers.LeakyReLU", "alpha negative_slope", "batch_input_shape"),
        ("keras.layers.BatchNormalization", "axis", "mode fused"),
        ("keras.optimizers.SGD", "learning_rate decay", "lr"),
        ("keras.models.Model", "inputs outputs name", "input output"),
        ("keras.models.Sequential.fit", "epochs", "nb_epoch workers use_multiprocessing max_queue_size"),
        ("keras.models.Sequential.predict", "steps", "workers"),
        ("keras.models.Sequential.compile", "loss", "sample_weight_mode"),
        ("keras.callbacks.ModelCheckpoint", "save_freq", "period"),
    ],
)
def test_keywords_taken_and_refused(name, taken, refused):
    signature = api.signature(name)
    assert [word for word in taken.split() if not signature.takes(word)] == []
    assert [word for word in refused.split() if signature.takes(word)] == []


def test_bind():
    binding = api.signature("keras.layers.Dense").bind([1, 2], {"input_shape": 3, "init": 4, "units": 5})
    assert binding.arguments == {"units": 1, "activation": 2, "input_shape": 3}
    assert binding.unknown == ("init",)
    assert binding.duplicate == ("units",)
    assert binding.warns == ("input_shape",)
    assert (binding.missing, binding.surplus) == ((), ())


def test_bind_counts():
    layer = api.signature("keras.layers.Flatten")
    assert layer.bind(["channels_last", 1, 2], {}).surplus == (1, 2)
    assert api.signature("keras.layers.Dense").bind([], {"activation": 1}).missing == ("units",)
    assert api.signature("keras.ops.einsum").bind([1, 2, 3, 4], {}).surplus == ()


def test_every_signature_reads():
    data = api._data()
    for name in (*data["classes"], *data["functions"], *data["methods"]):
        if api.usable(name) and data["classes"].get(name, {}).get("init", "") is not None:
            signature = api.signature(name)
            assert signature is not None, name
            assert len({p.name for p in signature.parameters}) == len(signature.parameters)


def test_aliases_lead_to_what_is_described():
    data = api._data()
    described = data["classes"].keys() | data["functions"].keys()
    assert {target for target in data["aliases"].values() if target not in described} == set()
    assert not data["aliases"].keys() & described


def test_identifiers():
    assert {"mse", "MSE", "mean_squared_error", "MeanSquaredError", "kld"} <= api.identifiers("loss")
    assert not {"logcosh", "cosine_proximity", "kullback_leibler_divergence"} & api.identifiers("loss")
    assert {"accuracy", "acc", "auc", "mae"} <= api.identifiers("metric")
    assert {"crossentropy", "ce"} <= api.identifiers("loss") - api.identifiers("metric")
    assert {"uniform", "normal", "one", "zero", "he_normal", "HeNormal"} <= api.identifiers("initializer")
    assert "l1_l2" not in api.identifiers("regularizer")
    assert {"relu", "leaky_relu", "swish"} <= api.identifiers("activation")
    assert "max_norm" in api.identifiers("constraint")
    assert api.is_identifier("optimizer", "aDaM")
    assert not api.is_identifier("loss", "Mse")
    assert api.is_identifier("metric", "ACC")
    assert api.identified("loss", "mse") == "keras.losses.mean_squared_error"
    assert api.identified("optimizer", "RMSProp") == "keras.optimizers.RMSprop"
    assert api.identified("metric", "acc") is None
    assert api.identified("loss", "nothing") is None


@pytest.mark.keras
def test_compile_takes_its_own_strings():
    import keras
    import numpy as np

    def fit(loss, metric):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
        model.compile(loss=loss, metrics=[metric])
        model.fit(np.zeros((4, 2)), np.zeros((4, 1)), verbose=0)

    for loss, metric in (("ce", "acc"), ("crossentropy", "accuracy"), ("CE", "ACC")):
        assert api.is_identifier("loss", loss)
        assert api.is_identifier("metric", metric)
        fit(loss, metric)
    for loss, metric in (("ce", "ce"), ("acc", "acc"), ("entropy", "acc")):
        assert not (api.is_identifier("loss", loss) and api.is_identifier("metric", metric))
        with pytest.raises(ValueError, match="Could not interpret"):
            fit(loss, metric)


def test_closest():
    assert api.closest("keras.callbacks", "EarlyStoping") == ["EarlyStopping"]
    assert api.closest("keras.layers", "dense")[0] == "Dense"
    assert api.closest("loss", "categorical_cross_entropy")[0] == "categorical_crossentropy"
    assert api.closest("keras.models.Sequential", "sumary") == ["summary"]
    assert api.closest("keras.layers", "xyzzy") == []


@pytest.mark.keras
def test_layers_that_lack_an_argument_are_those_that_keras_refuses() -> None:
    keras = pytest.importorskip("keras")
    for name, cls in vars(keras.layers).items():
        if not isinstance(cls, type) or not issubclass(cls, keras.layers.Layer):
            continue
        signature = api.signature(f"keras.layers.{name}")
        assert signature is not None, name
        try:
            cls()
            lacks = False
        except Exception as error:
            lacks = isinstance(error, TypeError) and "missing" in str(error)
        assert bool(signature.bind([], {}).missing) == lacks, name
