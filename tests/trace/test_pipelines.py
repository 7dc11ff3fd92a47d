"""`tf.data`, folders of images and generators of Keras, abstractly and for real."""

from pathlib import Path
from typing import Any

import pytest

from kerasfix.keras.shape import ANY
from kerasfix.linter import lint
from kerasfix.registry import select
from kerasfix.source import Source
from kerasfix.trace.values import Array, Object, Sequence, Unknown

HEAD = """
import keras
import numpy as np
import tensorflow as tf
x = np.zeros((10, 4, 3))
y = np.arange(10) % 2
ds = tf.data.Dataset.from_tensor_slices((x, y))
def halved(a, b):
    return tf.cast(a, tf.float32) / 2.0, tf.one_hot(b, 2)
def pairs(n=6):
    for i in range(n):
        yield np.random.rand(4, 3), np.random.randint(0, 2)
def named():
    for i in range(6):
        yield {"a": np.zeros(3), "b": [1, 2]}, [float(i)]
def lines():
    yield "a b"
made = tf.data.Dataset.from_generator
spec = tf.TensorSpec
"""
# What one element is.
ELEMENTS = """
ds
ds.batch(3)
ds.batch(3, drop_remainder=True)
ds.batch(4).prefetch(tf.data.AUTOTUNE)
ds.shuffle(10).repeat(2).take(7).skip(1).cache()
ds.batch(3).unbatch()
ds.map(halved)
ds.map(halved, num_parallel_calls=2).batch(2)
ds.batch(2).map(lambda a, b: (a + 1, b))
ds.map(lambda a, b: a)
ds.map(lambda a, b: {"a": a, "b": b})
ds.map(lambda a, b: (tf.expand_dims(a, -1), b))
ds.map(lambda a, b: (tf.reshape(a, (-1,)), b))
ds.filter(lambda a, b: True)
ds.enumerate()
ds.padded_batch(2)
tf.data.Dataset.from_tensor_slices(x)
tf.data.Dataset.from_tensor_slices([1, 2, 3])
tf.data.Dataset.from_tensor_slices([[1.5, 2], [3, 4]])
tf.data.Dataset.from_tensor_slices({"a": x, "b": y})
tf.data.Dataset.from_tensor_slices((x, {"u": y, "v": [1.0] * 10}))
tf.data.Dataset.from_tensors((x, y))
tf.data.Dataset.from_tensors([1, 2])
tf.data.Dataset.range(5)
tf.data.Dataset.range(5).batch(2)
tf.data.Dataset.zip((ds, ds))
tf.data.Dataset.zip((tf.data.Dataset.from_tensor_slices(x), tf.data.Dataset.from_tensor_slices(y))).batch(5)
made(pairs, output_signature=(spec((4, 3), tf.float32), spec((), tf.int32)))
made(pairs, output_signature=(spec(shape=(None, 3)), spec(shape=(), dtype="int64"))).batch(2)
made(lambda: pairs(3), output_signature=(spec([4, 3], tf.float64), spec([], tf.int32))).map(halved)
made(pairs, (tf.float32, tf.int32))
made(pairs, (tf.float32, tf.int32), ((4, 3), ()))
made(pairs, output_types=(tf.float32, tf.int32), output_shapes=(tf.TensorShape([4, 3]), tf.TensorShape([])))
made(pairs, args=[3], output_signature=(spec((4, 3)), spec((), tf.int32)))
made(named, output_signature=({"a": spec((3,)), "b": spec((2,), tf.int64)}, spec((1,))))
made(named, output_types=({"a": tf.float32, "b": tf.int64}, tf.float32)).batch(3)
made(lines, output_signature=spec((), tf.string))
made(lines, tf.string)
made(lambda: iter(x), output_signature=spec((4, 3)))
made(lambda: zip(x, y), output_signature=(spec((4, 3)), spec((), tf.int32)))
ds.batch(2).flat_map(lambda a, b: tf.data.Dataset.from_tensor_slices((a, b)))
ds.interleave(lambda a, b: tf.data.Dataset.from_tensor_slices(a), cycle_length=2)
ds.map(lambda a, b: (tf.image.resize(a[..., tf.newaxis], (6, 6)), b)).batch(5)
keras.utils.timeseries_dataset_from_array(x, y, sequence_length=3)
keras.utils.timeseries_dataset_from_array(x[:, 0], None, 3, batch_size=None)
keras.utils.timeseries_dataset_from_array(x, x[3:], sequence_length=3, sampling_rate=2, batch_size=4)
keras.utils.split_dataset(ds, left_size=0.5)[0]
keras.utils.split_dataset(x, left_size=3)[1].batch(2)
keras.utils.split_dataset((x, y), right_size=3)[1]
ds.window(2)
ds.batch(2).batch(2)
"""


def expressions(text: str) -> list[str]:
    return text.strip().splitlines()


def one(value: Any) -> Any:
    """A real element as tuples, dicts and arrays."""
    if isinstance(value, dict):
        return {key: one(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return tuple(map(one, value))
    if not hasattr(value, "numpy"):
        return value
    content = value.numpy()
    if isinstance(content, bytes):  # a single string
        import numpy as np

        return np.asarray(content)
    return content


@pytest.mark.keras
@pytest.mark.parametrize("expression", expressions(ELEMENTS))
def test_elements(abstract, wrong_in, expression: str) -> None:
    names: dict[str, Any] = {}
    exec(f"{HEAD}result = {expression}", names)
    value = abstract(f"{HEAD}result = {expression}")
    if not isinstance(value, Object):
        assert "window" in expression
        return
    for real in names["result"]:
        assert wrong_in(value.arguments["element"], one(real)) is None, value


@pytest.mark.keras
def test_going_through_a_data_set(compare) -> None:
    compare(f"{HEAD}for a, b in ds.batch(5).take(1):\n    result = a.numpy()")
    compare(f"{HEAD}a, b = next(iter(ds.batch(10)))\nresult = b.numpy()")


@pytest.mark.keras
def test_batches_put_together(compare) -> None:
    compare(f"{HEAD}result = np.concatenate([b for _, b in ds.batch(4)], axis=0)")
    compare(f"{HEAD}result = np.concatenate([b.numpy() for a, b in ds.map(halved).batch(4)])")
    compare(f"{HEAD}result = np.vstack([a for a, b in ds.batch(4)])")
    compare(f"{HEAD}result = np.stack([a for a, b in ds])")
    compare(f"{HEAD}result = np.hstack([b for _, b in ds.batch(4)])")
    compare(f"{HEAD}result = np.array([a.numpy() for a, b in ds])")
    compare(f"{HEAD}result = np.array(list(ds.map(lambda a, b: a)))")
    compare(f"{HEAD}result = tf.concat([b for _, b in ds.batch(4)], axis=0)")
    value = compare(f"{HEAD}result = np.concatenate([b for _, b in ds.map(halved).batch(4)])")
    assert value.spec.rank == 2
    assert value.facts.labels.one_hot


@pytest.mark.keras
def test_a_pipeline_is_no_array() -> None:
    names: dict[str, Any] = {}
    exec(HEAD, names)
    pipelines = (names["ds"], names["ds"].batch(2), names["ds"].map(lambda a, b: a).prefetch(1).cache())
    for ds in pipelines:
        with pytest.raises(TypeError, match="not subscriptable"):
            ds[0]
        with pytest.raises(AttributeError):
            _ = ds.shape


FOLDERS = """
keras.utils.image_dataset_from_directory(folder)
keras.utils.image_dataset_from_directory(folder, image_size=(20, 30), batch_size=2)
keras.utils.image_dataset_from_directory(folder, label_mode="categorical", batch_size=None)
keras.utils.image_dataset_from_directory(folder, label_mode="binary", color_mode="grayscale")
keras.utils.image_dataset_from_directory(folder, label_mode=None)
keras.utils.image_dataset_from_directory(folder, labels=None)
keras.utils.image_dataset_from_directory(folder, class_names=["a", "b"], label_mode="categorical")
keras.utils.image_dataset_from_directory(folder, seed=1, validation_split=0.5, subset="both")[1]
flow(rescale=1 / 255).flow_from_directory(folder, target_size=(10, 20))
flow().flow_from_directory(folder, class_mode="binary", batch_size=3)
flow().flow_from_directory(folder, class_mode="sparse", color_mode="grayscale")
flow(horizontal_flip=True).flow_from_directory(folder, class_mode=None)
flow().flow_from_directory(folder, class_mode="input")
flow().flow_from_directory(folder, classes=["a", "b"])
flow(rescale=2.0).flow(np.ones((5, 8, 8, 1)), np.arange(5))
flow().flow(np.ones((5, 8, 8, 3)), keras.utils.to_categorical([0, 1, 2, 0, 1], 3), batch_size=2)
flow().flow(np.ones((5, 8, 8, 3), "uint8"))
flow(samplewise_center=True).flow(np.ones((5, 8, 8, 3)), np.arange(5))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    import keras
    import numpy as np

    root = tmp_path_factory.mktemp("photos")
    for number in range(6):
        place = root / "ab"[number % 2]
        place.mkdir(exist_ok=True)
        image = np.random.default_rng(number).integers(0, 256, (9, 9, 3))
        keras.utils.save_img(place / f"{number}.png", image.astype("uint8"), scale=False)
    return root


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", expressions(FOLDERS))
def test_folders_and_generators(abstract, wrong_in, folder: Path, expression: str) -> None:
    head = "import keras\nimport numpy as np\n"
    flow = "from tensorflow.keras.preprocessing.image import ImageDataGenerator as flow\n"
    names: dict[str, Any] = {"folder": str(folder)}
    exec(f"{head}{flow}result = {expression}", names)
    value = abstract(f"from x import folder\n{head}{flow}result = {expression}")
    assert isinstance(value, Object), value
    real = one(next(iter(names["result"])))
    assert wrong_in(value.arguments["element"], real) is None, value


@pytest.mark.keras
def test_pictures(compare, folder: Path) -> None:
    path = str(next(folder.glob("a/*.png")))
    head = "import keras\nfrom keras.utils import img_to_array, load_img\n"
    value = compare(
        f"{head}result = img_to_array(load_img(path, target_size=(4, 5)))", known=True, hidden={"path": path}
    )
    assert value.facts.high == 255
    compare(f"{head}result = img_to_array(load_img(path, color_mode='grayscale'))", hidden={"path": path})


TRAINING = """
import keras
import tensorflow as tf
(x, y), _ = keras.datasets.mnist.load_data()
ds = tf.data.Dataset.from_tensor_slices((x / 255.0, y)).shuffle(1000).batch(32)
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(ds)
"""


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("", "", None),
        ('"sparse_categorical_crossentropy"', '"categorical_crossentropy"', "KF304"),
        ("Dense(10,", "Dense(9,", "KF305"),
        ("(28, 28)", "(28, 27)", "KF204"),
        (".batch(32)", "", "KF209"),
        ("x / 255.0", "x", "KF501"),
        ("model.fit(ds)", "model.fit(ds, validation_data=ds)", None),
        ("model.fit(ds)", "model.evaluate(ds)\nmodel.predict(ds)", None),
    ],
)
def test_pipelines_are_fed_to_models(old: str, new: str, code: str | None) -> None:
    text = TRAINING.replace(old, new) if old else TRAINING
    found = [finding.code for finding in lint(Source("x.py", text), select(("KF2", "KF3", "KF501")))]
    assert found == ([code] if code else [])


def test_generators_of_old_code_are_fed_to_models(abstract) -> None:
    text = """
from keras.preprocessing.image import ImageDataGenerator
from keras.models import Sequential
from keras.layers import Dense, Flatten
model = Sequential([Flatten(input_shape=(8, 8, 3)), Dense(1, activation="sigmoid")])
model.compile(loss="categorical_crossentropy", optimizer="sgd")
flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory("x", target_size=(8, 8), class_mode="binary")
model.fit_generator(flow, steps_per_epoch=3)
"""
    assert "KF307" in [finding.code for finding in lint(Source("x.py", text), select(("KF3",)))]
    element = abstract(text + "result = next(flow)")
    assert isinstance(element, Sequence)
    assert element.items is not None
    assert isinstance(element.items[0], Array)


TABLES = """
tf.data.Dataset.from_tensor_slices(df)
tf.data.Dataset.from_tensor_slices(df["a"])
tf.data.Dataset.from_tensor_slices((df, df["b"])).batch(2)
tf.data.Dataset.from_tensor_slices(df[["a", "b"]].astype("float32")).batch(4)
tf.data.Dataset.from_tensor_slices(dict(df))
tf.data.Dataset.from_tensor_slices((dict(df[["a", "c"]]), df["b"])).batch(2)
tf.data.Dataset.from_tensors(df)
tf.data.Dataset.from_tensor_slices((df.values, df.pop("c")))
"""


@pytest.mark.keras
@pytest.mark.parametrize("expression", expressions(TABLES))
def test_tables(abstract, wrong_in, expression: str) -> None:
    head = f"{HEAD}import pandas as pd\ndf = pd.DataFrame({{'a': [1, 2, 3], 'b': [0, 1, 0], 'c': [0.5, 1, 2]}})\n"
    names: dict[str, Any] = {}
    exec(f"{head}result = {expression}", names)
    value = abstract(f"{head}result = {expression}")
    for real in names["result"]:
        assert wrong_in(value.arguments["element"], one(real)) is None, value


FEATURES = """
import keras
import numpy as np
import tensorflow as tf
space = keras.utils.FeatureSpace(
    features={"age": keras.utils.FeatureSpace.float_discretized(num_bins=4), "sex": "string_categorical"},
    output_mode=MODE,
)
ds = tf.data.Dataset.from_tensor_slices({"age": np.random.rand(8), "sex": ["m", "f"] * 4})
space.adapt(ds)
result = space.get_encoded_features()
"""


@pytest.mark.keras
def test_a_feature_space(abstract, compare) -> None:
    value = compare(
        FEATURES.replace("MODE", '"concat"').replace("result =", "encoded =") + "result = len(encoded.shape)"
    )
    assert abstract(FEATURES.replace("MODE", '"concat"')).spec.shape == (None, ANY)
    assert value.value == 2
    assert isinstance(abstract(FEATURES.replace("MODE", '"dict"')), Unknown)
    names: dict[str, Any] = {}
    exec(FEATURES.replace("MODE", '"concat"'), names)
    assert (names["result"].shape[0], names["result"].dtype) == (None, "float32")
