"""What verification shows of scripts that train."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kerasfix.verify import Verdict

Verify = Callable[..., Verdict]

pytestmark = pytest.mark.keras

DENSE = """
    import keras
    import numpy as np
    x = np.random.rand(100, 4).astype("float32")
    y = np.random.randint(0, 3, 100)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
"""


def test_a_good_network_passes(verify: Verify) -> None:
    verdict = verify("""
        import numpy as np
        from tensorflow import keras
        from tensorflow.keras import layers
        import matplotlib.pyplot as plt

        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
        x_train = x_train.reshape(60000, 28, 28, 1).astype("float32") / 255
        model = keras.Sequential([
            layers.Input((28, 28, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        callbacks = [
            keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True),
            keras.callbacks.EarlyStopping(patience=2),
            keras.callbacks.TensorBoard("logs"),
        ]
        history = model.fit(x_train, y_train, epochs=5, validation_split=0.1, callbacks=callbacks)
        assert len(history.history["val_accuracy"]) == 5
        assert len(model.evaluate(x_test[..., None], y_test)) == 2
        assert model.predict(x_test[..., None]).shape == (10000, 10)
        fig, axes = plt.subplots()
        axes.plot(range(5), history.history["loss"])
        keras.models.load_model("best.keras").summary()
        """)
    assert (verdict.status, verdict.error, verdict.assumed) == ("passed", None, ())
    (model,) = verdict.models
    assert (model.name, model.line, model.built) == ("model", 8, True)
    assert model.output_shape == [None, 10]
    assert model.params == 8 * 9 + 8 + 4 * 8 + 13 * 13 * 8 * 10 + 10
    (fit,) = verdict.fits
    assert (fit.line, fit.finite, fit.depends_on_labels) == (22, True, True)
    assert fit.gradients == {"none": [], "zero": [], "nonfinite": []}
    assert verdict.stubs == ("TensorBoard", "keras.datasets.mnist.load_data", "module matplotlib")
    assert verdict.device == "cpu"
    assert json.loads(json.dumps(verdict.to_json()))["models"][0]["output_shape"] == [None, 10]


def test_an_error_has_its_line_and_clean_text(verify: Verify) -> None:
    verdict = verify(
        DENSE
        + """
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(
        x[:, :3],
        y,
    )
    """
    )
    assert verdict.status == "failed"
    assert verdict.error is not None
    assert (verdict.error.type, verdict.error.line) == ("ValueError", 8)
    assert "incompatible with the layer" in verdict.error.message or "shape" in verdict.error.message
    assert "\x1b" not in verdict.error.message
    assert "Arguments received" not in verdict.error.message
    assert verdict.models[0].built


def test_numpy_in_a_loss_fails_in_the_loss(verify: Verify) -> None:
    verdict = verify(
        DENSE
        + """
    def loss(y_true, y_pred):
        return 10 / (1 + np.exp(100 * y_pred))
    model.compile("adam", loss)
    model.fit(x, y)
    """
    )
    assert verdict.status == "failed"
    assert verdict.error is not None
    assert (verdict.error.type, verdict.error.line) == ("NotImplementedError", 8)


def test_a_loss_without_labels_is_told_and_passes(verify: Verify) -> None:
    verdict = verify(
        DENSE
        + """
    def loss(y_true, y_pred):
        return keras.ops.mean(keras.ops.exp(y_pred))
    model.compile("adam", loss)
    model.fit(x, y)
    """
    )
    assert verdict.status == "passed"
    assert [fit.depends_on_labels for fit in verdict.fits] == [False]


@pytest.mark.parametrize("activation", ["softmax", "linear"])
def test_equal_outputs_hide_no_labels(verify: Verify, activation: str) -> None:
    verdict = verify(f"""
        import keras
        import numpy as np
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, "{activation}", kernel_initializer="zeros")])
        loss = keras.losses.CategoricalCrossentropy(from_logits={activation == "linear"})
        model.compile("adam", loss)
        model.fit(np.random.rand(8, 4), np.eye(5)[np.arange(8) % 5])
    """)
    assert [fit.depends_on_labels for fit in verdict.fits] == [True]


def test_dead_and_missing_gradients_are_named(verify: Verify) -> None:
    verdict = verify("""
        import keras
        import numpy as np
        a = keras.Input((4,))
        below = keras.initializers.Constant(-1)
        dead = keras.layers.Dense(3, "relu", kernel_initializer="zeros", bias_initializer=below, name="dead")
        h = dead(a)
        stopped = keras.layers.Lambda(keras.ops.stop_gradient)(keras.layers.Dense(2, name="cut")(a))
        model = keras.Model(a, keras.layers.Dense(1, name="out")(keras.layers.Concatenate()([h, stopped])))
        model.compile("sgd", "mse")
        model.fit(np.ones((64, 4)), np.arange(64.0))
        """)
    (fit,) = verdict.fits
    assert fit.gradients["none"] == ["cut/kernel", "cut/bias"]
    assert fit.gradients["zero"] == ["dead/kernel", "dead/bias"]
    assert verdict.status == "passed"


def test_a_loss_that_is_not_finite_fails(verify: Verify) -> None:
    verdict = verify(
        DENSE
        + """
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x * np.nan, y)
    """
    )
    assert verdict.status == "failed"
    assert not verdict.fits[0].finite
    assert verdict.to_json()["fits"][0]["loss"] is None


def test_lengths_that_differ_are_not_cut_away(verify: Verify) -> None:
    verdict = verify(
        DENSE
        + """
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y[:-1])
    """
    )
    assert verdict.error is not None
    assert "cardinality" in verdict.error.message.lower()


def test_several_inputs_and_outputs(verify: Verify) -> None:
    verdict = verify("""
        import keras, numpy as np
        from keras import layers
        a, b = keras.Input((4,), name="a"), keras.Input((6,), dtype="int32", name="b")
        words = layers.GlobalAveragePooling1D()(layers.Embedding(50, 3)(b))
        h = layers.concatenate([layers.Dense(3)(a), words])
        p, q = layers.Dense(1, activation="sigmoid", name="p")(h), layers.Dense(2, name="q")(h)
        both = keras.Model([a, b], {"p": p, "q": q})
        both.compile("adam", {"p": "binary_crossentropy", "q": "mse"}, metrics={"p": ["accuracy"]})
        data = {"a": np.random.rand(90, 4), "b": np.random.randint(0, 50, (90, 6))}
        labels = {"p": np.random.randint(0, 2, (90, 1)), "q": np.random.rand(90, 2)}
        both.fit(data, labels, validation_data=(data, labels), epochs=3)
        assert both.predict(data)["q"].shape == (90, 2)
        """)
    assert verdict.status == "passed", verdict.error
    assert verdict.models[0].output_shape == [[None, 1], [None, 2]]
    assert verdict.fits[0].depends_on_labels is True


def test_streams_of_data(verify: Verify) -> None:
    verdict = verify("""
        import keras, numpy as np, tensorflow as tf
        x, y = np.random.rand(64, 4).astype("float32"), np.random.rand(64, 1).astype("float32")
        def batches():
            while True:
                yield x[:8], y[:8]
        class Data(keras.utils.PyDataset):
            def __len__(self):
                return 8
            def __getitem__(self, i):
                return x[8 * i:8 * i + 8], y[8 * i:8 * i + 8]
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(batches(), steps_per_epoch=1000, epochs=50)
        model.fit(Data(workers=2, use_multiprocessing=True), epochs=50)
        stream = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(64).repeat().batch(8)
        model.fit(stream, steps_per_epoch=1000, validation_data=stream, validation_steps=3, epochs=50)
        model.evaluate(stream, steps=100)
        """)
    assert verdict.status == "passed", verdict.error
    assert [fit.depends_on_labels for fit in verdict.fits] == [True, True, True]
    assert verdict.models[0].output_shape == [None, 1]


def test_custom_training_loops_are_cut_and_overheard(verify: Verify) -> None:
    verdict = verify("""
        import tensorflow as tf, keras, numpy as np
        net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        optimizer, loss_of = keras.optimizers.Adam(), keras.losses.MeanSquaredError()
        data = tf.data.Dataset.from_tensor_slices((np.random.rand(999, 4), np.random.rand(999, 2))).batch(2)
        def eager(a, b):
            with tf.GradientTape() as tape:
                loss = loss_of(b, net(a, training=True))
            gradients = tape.gradient(loss, net.trainable_variables)
            optimizer.apply_gradients(zip(gradients, net.trainable_variables))
        @tf.function
        def graph(a, b):
            with tf.GradientTape() as tape:
                loss = loss_of(b, net(a, training=True))
            gradients = tape.gradient(loss, net.trainable_variables)
            optimizer.apply_gradients(zip(gradients, net.trainable_variables))
        rounds = 0
        for step in (eager, graph):
            for epoch in range(10 ** 6):
                for a, b in data:
                    step(a, b)
                    rounds += 1
        count = 0
        while count < 10 ** 9:
            net.predict(np.zeros((1, 4)))
            count += 1
        assert rounds == 8 and count < 20, (rounds, count)
        """)
    assert verdict.status == "passed", verdict.error
    assert [(fit.line, fit.finite, fit.loss is not None) for fit in verdict.fits] == [
        (9, True, True),
        (15, True, True),
    ]
    assert "loops that train or predict (cut after a few rounds)" in verdict.stubs


def test_names_that_are_not_defined_are_assumed_when_allowed(verify: Verify) -> None:
    text = """
        import keras
        model = keras.Sequential([keras.layers.Dense(3, input_shape=(4,), activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(x_train / 255, y_train, epochs=10)
        model.evaluate(x_test, y_test)
        """
    failed = verify(text)
    assert (failed.status, failed.assumed) == ("failed", ())
    assert failed.error is not None
    assert (failed.error.type, failed.error.line) == ("NameError", 4)
    passed = verify(text, ("x_train", "y_train", "x_test", "y_test", "x_val"))
    assert (passed.status, passed.error) == ("passed", None)
    assert passed.assumed == ("x_train", "y_train", "x_test", "y_test")
    assert passed.better_than(failed)


def test_nothing_can_be_assumed_without_a_declared_input(verify: Verify) -> None:
    verdict = verify(
        """
        import keras
        model = keras.Sequential([keras.layers.Dense(3)])
        model.compile("adam", "mse")
        model.fit(x, y)
        """,
        ("x", "y"),
    )
    assert verdict.status == "failed"
    assert verdict.error is not None
    assert "declares no input shape" in verdict.error.message


def test_every_dataset_has_its_true_form(verify: Verify) -> None:
    verdict = verify("""
        from tensorflow.keras import datasets as d
        import keras
        for name, shape, label in (
            ("mnist", (60000, 28, 28), (60000,)),
            ("fashion_mnist", (60000, 28, 28), (60000,)),
            ("cifar10", (50000, 32, 32, 3), (50000, 1)),
            ("cifar100", (50000, 32, 32, 3), (50000, 1)),
        ):
            (x, y), (u, v) = getattr(d, name).load_data()
            assert x.shape == shape and y.shape == label and x.dtype == u.dtype == "uint8"
            assert len(u) == len(v) == 10000
            assert y.max() == (99 if name == "cifar100" else 9) and x.max() > 200
        (x, y), (u, v) = d.imdb.load_data(num_words=5000)
        assert x.shape == u.shape == (25000,) and isinstance(x[0], list)
        assert max(map(max, x)) == 4999 and set(y) == {0, 1}
        (x, y), (u, v) = keras.datasets.reuters.load_data(num_words=1000)
        assert len(x) == 8982 and len(v) == 2246 and y.max() == 45
        (x, y), (u, v) = keras.datasets.boston_housing.load_data()
        assert x.shape == (404, 13) and y.shape == (404,) and len(u) == 102
        (x, y), (u, v) = keras.datasets.california_housing.load_data(version="small")
        assert x.shape == (480, 8) and u.shape == (120, 8) and x.dtype == "float32"
        words = keras.datasets.imdb.get_word_index()
        assert len(words) == 88584 and words["the"] == 1
        try:
            keras.datasets.reuters.load_data(nb_words=3)
        except TypeError:
            pass
        else:
            raise AssertionError("an argument that Keras does not take")
        """)
    assert (verdict.error, verdict.status) == (None, "skipped")


def test_pretrained_weights_plots_and_questions(verify: Verify) -> None:
    verdict = verify("""
        import keras
        import matplotlib.pyplot as plt
        base = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, weights="imagenet", include_top=False)
        base.trainable = False
        model = keras.Sequential([base, keras.layers.Flatten(), keras.layers.Dense(int(input("classes? ")))])
        keras.utils.plot_model(model)
        figure, (left, right) = plt.subplots(1, 2)
        left.imshow([[0]])
        """)
    assert verdict.status == "passed", verdict.error
    assert verdict.stubs == (
        "input()",
        "module matplotlib",
        "plot_model",
        "weights='imagenet' of MobileNetV2 (random instead)",
    )


def test_settings_given_to_a_missing_module_are_read_from_it(verify: Verify) -> None:
    verdict = verify("""
        import os
        import wandb
        import keras
        run = wandb.init(project="demo", config={"units": 8, "lr": 0.1})
        wandb.config.classes = 3
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(wandb.config.units),
                                  keras.layers.Dense(run.config["classes"])])
        model.compile(keras.optimizers.SGD(run.config.lr), "mse")
        model.save(os.path.join(wandb.run.dir, "model.keras"))
        keras.layers.Dense(wandb.config.width)
        """)
    assert verdict.error is not None
    assert verdict.error.line == 10
    assert "<assumed wandb.config.width>" in verdict.error.message
    assert verdict.assumed == ()
    assert verdict.stubs == ("module wandb (not installed)",)
    assert [model.params for model in verdict.models] == [67]


def test_a_module_that_a_mere_folder_lacks_is_missing(verify: Verify) -> None:
    verdict = verify("""
        from google.colab import drive
        drive.mount("/content/drive")
        import keras
        from google.protobuf import no_such_module
        """)
    assert verdict.error is not None
    assert (verdict.error.type, verdict.error.line) == ("ImportError", 4)
    assert verdict.stubs == ("module google.colab (not installed)",)


def test_pools_of_processes_are_threads(verify: Verify) -> None:
    verdict = verify("""
        import concurrent.futures
        import multiprocessing
        import keras
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV

        def square(x):
            return x * x

        with multiprocessing.Pool(multiprocessing.cpu_count()) as pool:
            assert pool.map(square, range(4)) == [0, 1, 4, 9]
        pool = multiprocessing.get_context("spawn").Pool(2, initializer=square, initargs=(1,))
        assert pool.starmap_async(pow, [(2, 3)]).get() == [8]
        pool.close()
        with concurrent.futures.ProcessPoolExecutor(2) as pool:
            assert list(pool.map(square, range(3))) == [0, 1, 4]
        GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, n_jobs=-1).fit([[0.0], [1.0]] * 4, [0, 1] * 4)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        """)
    assert verdict.error is None
    assert verdict.stubs == ("pools of processes (threads instead)",)


def test_data_of_a_missing_module_is_assumed(verify: Verify) -> None:
    verdict = verify("""
        import keras
        from tensorflow_datasets import load
        model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
        model.compile("adam", "mse")
        train, test = load("cats", split=["train", "test"])
        model.fit(train.map(lambda x, y: (x / 255, y)).batch(32), validation_data=test, epochs=3)
        """)
    assert verdict.status == "passed", verdict.error
    assert verdict.assumed == ("tensorflow_datasets",)
    assert verdict.stubs == ("module tensorflow_datasets (not installed)",)


def test_folders_outside_are_there_once_they_are_made(verify: Verify) -> None:
    verdict = verify("""
        import os
        import pathlib
        import numpy as np
        import keras
        os.makedirs("/content/drive/models", exist_ok=True)
        if not os.path.exists("/content/logs"):
            os.mkdir("/content/logs")
        assert os.path.isdir("/content/logs") and pathlib.Path("/content/drive").exists()
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(np.ones((8, 4)), np.ones(8), validation_split=0.5,
                  callbacks=[keras.callbacks.ModelCheckpoint("/content/drive/models/best.keras")])
        assert os.listdir("/content/drive/models") == ["best.keras"]
        keras.models.load_model("/content/drive/models/best.keras")
        os.remove("/content/drive/models/best.keras")
        assert not os.path.isfile("/content/drive/models/best.keras")
        """)
    assert verdict.error is None
    assert verdict.status == "passed"


def test_files_beside_the_script_and_paths_outside(verify: Verify, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "table.csv").write_text("1,2\n3,4\n")
    (tmp_path / "helper.py").write_text("WIDTH = 2\n")
    verdict = verify(f"""
        import keras, numpy as np, os
        from helper import WIDTH
        x = np.loadtxt("data/table.csv", delimiter=",")
        beside = os.path.join(os.path.dirname(__file__), "data", "table.csv")
        assert np.array_equal(x, np.loadtxt(beside, delimiter=","))
        model = keras.Sequential([keras.Input((WIDTH,)), keras.layers.Dense(1)])
        model.save("{tmp_path}/saved/model.keras")
        keras.models.load_model("{tmp_path}/saved/model.keras")
        os.makedirs("{tmp_path}/out", exist_ok=True)
        with open("{tmp_path}/out/notes.txt", "w") as file:
            file.write("kept")
        assert open("{tmp_path}/out/notes.txt").read() == "kept"
        with open("data/table.csv", "a") as file:
            file.write("5,6")
        """)
    assert verdict.status == "passed", verdict.error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "helper.py", "script.py"]
    assert (tmp_path / "data" / "table.csv").read_text() == "1,2\n3,4\n"
    assert any("saved/model.keras" in stub for stub in verdict.stubs)


@pytest.mark.parametrize(
    ("text", "status", "kind", "line"),
    [
        ("print('no Keras here')", "skipped", None, None),
        ("", "skipped", None, None),
        ("import sys\nsys.exit()", "skipped", None, None),
        ("import sys\nsys.exit(3)", "failed", "SystemExit", 2),
        ("import os\nos._exit(0)", "failed", "Crash", None),
        ("x = (\n", "failed", "SyntaxError", 1),
        ("import ctypes\n\nctypes.string_at(0)", "failed", "Crash", 3),
        ("from keras.layers import Dens", "failed", "ImportError", 1),
        ("class A:\n    def f(self): return self.f()\nA().f()", "failed", "RecursionError", 2),
        ("{}['loss']", "failed", "KeyError", 1),
    ],
)
def test_ends(verify: Verify, text: str, status: str, kind: str | None, line: int | None) -> None:
    verdict = verify(text)
    error = verdict.error
    assert (verdict.status, error and error.type, error and error.line) == (status, kind, line)


@pytest.mark.parametrize(
    ("text", "line", "start"),
    [
        ("m.fit(x, y + 90)", 6, "Received a label value of 9"),
        ("@tf.function\ndef f(a):\n    return m(a[:, :2])\nf(x)", 8, "Input 0 with name"),
        ("m.predict(x).history['acc']", 6, "'numpy.ndarray' object has no attribute 'history'"),
        ("x[99999999]", 6, "index 99999999 is out of bounds"),
    ],
)
def test_messages_start_with_what_helps(verify: Verify, text: str, line: int, start: str) -> None:
    verdict = verify(
        "import keras, numpy as np, tensorflow as tf\nfrom keras import layers\n"
        "x, y = np.random.rand(64, 4).astype('float32'), np.random.randint(0, 3, 64)\n"
        "m = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation='softmax')])\n"
        "m.compile('adam', 'sparse_categorical_crossentropy')\n" + text
    )
    assert verdict.error is not None
    assert (verdict.error.line, verdict.error.message[: len(start)]) == (line, start)


def test_whatever_is_done_with_assumed_data_is_an_assumption(verify: Verify) -> None:
    verdict = verify(
        "import numpy as np\nn = len(x_train)\nz = np.mean(y_train)\n", ("x_train", "y_train", "x_test")
    )
    assert (verdict.error, verdict.assumed) == (None, ("x_train", "y_train"))


def test_xla_is_compiled_when_it_is_asked_for(verify: Verify) -> None:
    verdict = verify(
        DENSE
        + """
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=True)
    model.fit(x, y)
    """
    )
    assert verdict.status == "passed", verdict.error


@pytest.mark.parametrize(
    "call",
    [
        "model.fit(x, y, epochs=2.5)",
        "model.fit(x, y, batch_size=8.0)",
        "model.fit(x, y, steps_per_epoch=len(x) / 32)",
        "model.fit(x, y, workers=4)",
        "model.fit(x, y, validation_split=0.999)",
        "model.fit(tf.data.Dataset.from_tensors((x, y)), y)",
        "model.evaluate(x, y, batch_size=8.0)",
        "model.predict(x, batch_size=8.0)",
        "model.predict(x[0])",
    ],
)
def test_arguments_that_keras_refuses_are_not_repaired(verify: Verify, call: str) -> None:
    verdict = verify(
        DENSE
        + f"""
    import tensorflow as tf
    model.compile("adam", "sparse_categorical_crossentropy")
    {call}
    """
    )
    assert verdict.status == "failed"
    assert verdict.error is not None
    assert verdict.error.line == 9


def test_a_single_label_out_of_range_is_found(verify: Verify) -> None:
    verdict = verify(
        DENSE
        + """
    model.compile("adam", "sparse_categorical_crossentropy")
    y[77] = 3
    model.fit(x, y)
    """
    )
    assert verdict.error is not None
    assert "label value of 3" in verdict.error.message


def test_labels_in_order_still_tell_whether_they_matter(verify: Verify) -> None:
    verdict = verify(
        DENSE
        + """
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, np.sort(y))
    model.fit(x, y, batch_size=1)
    """
    )
    assert [fit.depends_on_labels for fit in verdict.fits] == [True, True]


def test_a_declared_batch_size_is_kept(verify: Verify) -> None:
    verdict = verify("""
        import keras, numpy as np
        from keras.layers import LSTM, Dense
        model = keras.Sequential([keras.Input((5, 2), batch_size=4), LSTM(3, stateful=True), Dense(1)])
        model.compile("adam", "mse")
        model.fit(np.random.rand(40, 5, 2), np.random.rand(40), batch_size=4, shuffle=False)
        """)
    assert (verdict.status, verdict.error) == ("passed", None)
    assert verdict.models[0].output_shape == [4, 1]
    assert verdict.fits[0].depends_on_labels is True


def test_a_report_that_was_tampered_with(verify: Verify) -> None:
    for text in ("not JSON", '{"fits": [1], "final": true}', "[]", '{"models": 7, "final": true}'):
        verdict = verify(f"import os\nos.write(3, {text!r}.encode() + b'\\n')\nos._exit(0)")
        assert verdict.status == "failed"
        assert verdict.error is not None
        assert verdict.error.type == "Crash"


def test_a_file_beside_the_script_stands_in_for_its_download(verify: Verify, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("to be or not to be", encoding="utf-8")
    verdict = verify("""
        import keras
        path = keras.utils.get_file("words.txt", origin="https://example.com/words.txt")
        assert open(path).read() == "to be or not to be"
        print(open(keras.utils.get_file("other.bin", origin="https://example.com/other.bin")).read())
    """)
    assert verdict.stubs == ("get_file", "get_file: other.bin (not downloaded)")
    assert verdict.error is not None
    assert (verdict.error.type, verdict.error.line) == ("FileNotFoundError", 4)
