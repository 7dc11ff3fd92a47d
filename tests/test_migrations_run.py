"""Old programs, fixed, run under the installed Keras: what they compute is compared with what it must be."""

import textwrap
from typing import Any

import pytest

from kerasfix.finding import Applicability, Finding, Fix
from kerasfix.fixing import fix_source
from kerasfix.linter import lint
from kerasfix.registry import default_rules
from kerasfix.source import Source

pytestmark = pytest.mark.keras

RULES = tuple(rule for rule in default_rules() if rule.code.startswith(("KF10", "KF6", "KF504")))


def applicable(finding: Finding) -> Fix | None:
    levels = (Applicability.SAFE, Applicability.UNSAFE)
    return finding.fix if finding.fix and finding.fix.applicability in levels else None


def run(text: str) -> dict[str, Any]:
    """Run an old program after all fixes; its names."""
    import keras

    result = fix_source(Source("old.py", textwrap.dedent(text)), RULES, applicable, lint)
    assert result.error is None
    keras.utils.set_random_seed(0)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(result.text, "old.py", "exec"), names)
    return names


def close(one: Any, other: Any) -> bool:
    import numpy as np

    return bool(np.allclose(np.asarray(one), np.asarray(other), rtol=1e-5, atol=1e-6))


def test_gradients_and_functions_of_the_graph() -> None:
    names = run("""
        import numpy as np
        from keras import backend as K
        from keras.layers import Input, Dense
        from keras.models import Model
        a = Input((3,))
        b = Dense(2, kernel_initializer='ones')(a)
        model = Model(a, b)
        loss = K.variable(0.)
        loss = loss + K.sum(K.square(b[:, 0]))
        grads = K.gradients(loss, model.input)[0]
        grads /= 2.
        fetch = K.function([model.input, K.learning_phase()], [loss, grads])
        x = np.array([[1., 2., 3.]])
        value, gradient = fetch([x, 0])
    """)
    assert close(names["value"], 36.0)
    assert close(names["gradient"], [[6.0, 6.0, 6.0]])
    assert type(names["gradient"]).__name__ == "ndarray"


def test_the_size_of_a_tensor_whose_shape_comes_with_the_data() -> None:
    names = run("""
        import numpy as np
        from keras import backend as K
        from keras.layers import Input
        from keras.models import Model
        model = Model(*[Input((None, 3))] * 2)
        x = model.output
        loss = K.variable(0.)
        loss = loss + 2. * K.sum(K.square(x)) / K.prod(K.cast(K.shape(x), 'float32'))
        grads = K.gradients(loss, model.input)[0]
        fetch = K.function([model.input], [loss, grads])
        value, gradient = fetch([np.ones((2, 4, 3))])
    """)
    assert close(names["value"], 2.0)
    assert close(names["gradient"], 4.0 / 24)


def test_gradients_of_a_layer_between() -> None:
    """Class activation maps: the gradient for what a layer in the middle puts out."""
    names = run("""
        import numpy as np
        from keras import backend as K
        from keras.layers import Input, Dense
        from keras.models import Model
        a = Input((2,))
        h = Dense(3, kernel_initializer='ones', name='h')(a)
        model = Model(a, Dense(1, kernel_initializer='ones')(h))
        layer = model.get_layer('h')
        grads = K.gradients(model.output[:, 0], layer.output)[0]
        pooled = K.mean(grads, axis=0)
        iterate = K.function([model.input], [pooled, layer.output[0]])
        pooled_value, output = iterate([np.ones((4, 2))])
    """)
    assert close(names["pooled_value"], [1, 1, 1])
    assert close(names["output"], [2, 2, 2])


@pytest.mark.parametrize("reduction", ["K.mean(K.square(x - y))", "K.sum(K.abs(x - y))"])
def test_a_symbolic_loss_is_what_is_trained(reduction: str) -> None:
    import numpy as np

    names = run(f"""
        import numpy as np
        from keras import backend as K
        from keras.layers import Input, Dense
        from keras.models import Model
        x = Input((3,))
        y = Dense(3, kernel_initializer='ones')(x)
        model = Model(x, y)
        loss = {reduction}
        model.add_loss(loss)
        model.compile('sgd')
        data = np.random.RandomState(0).rand(8, 3).astype('float32')
        value = model.evaluate(data, verbose=0)
        before = model.get_weights()[0]
        model.fit(data, epochs=1, verbose=0)
        after = model.get_weights()[0]
    """)
    data = names["data"]
    error = data - data.sum(axis=1, keepdims=True)
    assert close(names["value"], np.mean(error**2) if "mean" in reduction else np.sum(np.abs(error)))
    assert not close(names["before"], names["after"])


def test_a_loss_of_the_models_tensors() -> None:
    import numpy as np

    names = run("""
        import numpy as np
        from keras.layers import Input, Dense
        from keras.models import Model
        from keras import backend as K, objectives
        x = Input(batch_shape=(4, 3))
        z = Dense(2, kernel_initializer='ones')(x)
        y = Dense(3, kernel_initializer='ones')(z)
        def own_loss(a, b):
            return objectives.mean_squared_error(a, b) + K.sum(K.square(z), axis=-1)
        model = Model(x, y)
        model.compile(optimizer='sgd', loss=own_loss)
        data = np.random.RandomState(0).rand(4, 3).astype('float32')
        history = model.fit(data, data, nb_epoch=1, batch_size=4, verbose=0)
        value = history.history['loss'][0]
    """)
    z = names["data"].sum(axis=1, keepdims=True) * np.ones((1, 2))
    expected = np.mean((names["data"] - z.sum(axis=1, keepdims=True)) ** 2, axis=1) + np.sum(z**2, axis=1)
    assert close(names["value"], expected.mean())


def test_weights_are_set() -> None:
    names = run("""
        import numpy as np
        from keras.models import Sequential, Model
        from keras.layers import Dense, Input, Convolution2D
        kernel, bias = np.arange(12.).reshape(4, 3), np.array([1., 2., 3.])
        a = Input((4,))
        b = Dense(3, weights=[kernel, bias])(a)
        later = Dense(3, weights=[kernel, bias])
        c = later(a)
        model = Model(a, [b, c])
        other = Sequential()
        other.add(Dense(3, input_dim=4, weights=[kernel, bias]))
        listed = Sequential([Input((4,)), Dense(3, weights=[kernel, bias])])
        x = np.ones((1, 4))
        values = [*model.predict(x, verbose=0), other.predict(x, verbose=0), listed.predict(x, verbose=0)]
    """)
    assert len(names["values"]) == 4
    assert all(close(value, [[19.0, 24.0, 29.0]]) for value in names["values"])


def test_merge_with_a_function() -> None:
    names = run("""
        import numpy as np
        from keras.layers import Input, merge
        from keras.models import Model
        from keras import backend as K
        def distance(tensors):
            x, y = tensors
            return K.sqrt(K.sum(K.square(x - y), axis=1, keepdims=True))
        a, b = Input((2,)), Input((2,))
        d = merge([a, b], mode=distance, output_shape=lambda shapes: (shapes[0][0], 1))
        e = merge([a, b], mode=lambda x: x[0] - x[1], output_shape=(2,))
        f = merge([d, e], mode='concat', concat_axis=1)
        value = Model(input=[a, b], output=f).predict([np.array([[3., 0.]]), np.array([[0., 4.]])], verbose=0)
    """)
    assert close(names["value"], [[5.0, 3.0, -4.0]])


def test_decay_is_the_schedule_it_was() -> None:
    names = run("""
        import numpy as np
        from keras.optimizers import SGD
        optimizer = SGD(lr=0.5, decay=0.1)
        plain = SGD(decay=0.1)
        rates = [float(optimizer.learning_rate)]
        for step in (1, 4):
            optimizer.iterations.assign(step)
            rates.append(float(optimizer.learning_rate))
        first = float(plain.learning_rate)
    """)
    assert close(names["rates"], [0.5, 0.5 / 1.1, 0.5 / 1.4])
    assert close(names["first"], 0.01)


def test_counts_of_samples_become_counts_of_batches() -> None:
    names = run("""
        import numpy as np
        from keras.models import Sequential
        from keras.layers import Dense
        def batches(x, y, batch_size):
            seen = 0
            while True:
                for start in range(0, len(x), batch_size):
                    yield x[start:start + batch_size], y[start:start + batch_size]
        x, y = np.zeros((40, 3)), np.zeros((40, 1))
        model = Sequential()
        model.add(Dense(1, input_dim=3))
        model.compile('sgd', 'mse')
        model.fit_generator(batches(x, y, 8), samples_per_epoch=40, nb_epoch=2, verbose=0)
        steps = int(model.optimizer.iterations)
    """)
    assert names["steps"] == 10


def test_merged_sequential_models() -> None:
    """Branches that are merged twice have their inputs once, in the order of Keras 1."""
    names = run("""
        import numpy as np
        from keras.models import Sequential
        from keras.layers import Dense, Merge, Embedding, Flatten, Activation
        left = Sequential()
        left.add(Dense(2, input_dim=3, init='one'))
        right = Sequential()
        right.add(Embedding(5, 2, input_length=1, init='one'))
        right.add(Flatten())
        pair = Sequential()
        pair.add(Merge([left, right], mode='sum'))
        pair.add(Activation('linear'))
        last = Merge([pair, left], mode='concat', concat_axis=-1)
        whole = Sequential()
        whole.add(last)
        whole.add(Dense(1, init='one'))
        whole.compile('sgd', 'mse')
        value = whole.predict([np.array([[1., 2., 3.]]), np.array([[4]])], verbose=0)
        listed = Sequential([Merge([left, left], mode=lambda x: x[0] - 2 * x[1]), Activation('linear')])
        other = listed.predict(np.array([[1., 2., 3.]]), verbose=0)
    """)
    assert close(names["value"], [[26.0]])
    assert close(names["other"], [[-6.0, -6.0]])


def test_initializers_are_functions_of_a_shape() -> None:
    names = run("""
        import numpy as np
        from keras.models import Sequential
        from keras.layers import Dense
        from keras.initializations import normal, identity, one
        from keras import backend as K
        def own(shape, name=None):
            return K.variable(np.full(shape, 3.0), name=name)
        model = Sequential()
        model.add(Dense(4, input_dim=4, init=lambda shape, name: identity(shape, scale=2.0, name=name)))
        model.add(Dense(4, init=own, bias_initializer=lambda shape: one(shape)))
        model.add(Dense(400, init=lambda shape, name: normal(shape, scale=0.001, name=name)))
        weights = model.get_weights()
    """)
    import numpy as np

    assert close(names["weights"][0], 2 * np.eye(4))
    assert close(names["weights"][2], np.full((4, 4), 3.0))
    assert close(names["weights"][3], np.ones(4))
    assert 0.0008 < names["weights"][4].std() < 0.0012


def test_generators_yield_tuples() -> None:
    names = run("""
        import numpy as np
        from keras.models import Model, Sequential
        from keras.layers import Input, Dense, add
        def pairs(x, y, batch_size=4):
            while True:
                yield [x[:batch_size], x[:batch_size]], [y[:batch_size]]
        def singles(x, y):
            while True:
                yield [x, y]
        x, y = np.zeros((8, 3)), np.zeros((8, 1))
        a, b = Input((3,)), Input((3,))
        model = Model(input=[a, b], output=Dense(1)(add([a, b])))
        model.compile('sgd', 'mse')
        model.fit_generator(pairs(x, y), samples_per_epoch=8, nb_epoch=1, verbose=0)
        steps = int(model.optimizer.iterations)
        other = Sequential([Dense(1, input_dim=3)])
        other.compile('sgd', 'mse')
        other.fit_generator(singles(x, y), steps_per_epoch=3, epochs=1, verbose=0)
    """)
    assert names["steps"] == 2
    assert int(names["other"].optimizer.iterations) == 3


def test_wrappers_for_scikit_learn() -> None:
    pytest.importorskip("sklearn", reason="the wrappers are for scikit-learn")
    names = run("""
        import numpy as np
        from keras.models import Sequential
        from keras.layers import Dense
        from keras.wrappers.scikit_learn import KerasClassifier, KerasRegressor
        from sklearn.model_selection import cross_val_score, GridSearchCV

        calls = []
        def create(units=4, outputs=1):
            calls.append((units, outputs))
            model = Sequential()
            model.add(Dense(units, input_dim=2, activation='relu'))
            model.add(Dense(outputs, activation='sigmoid' if outputs == 1 else 'softmax'))
            model.compile(loss='binary_crossentropy' if outputs == 1 else 'categorical_crossentropy',
                          optimizer='adam')
            return model

        def regress():
            model = Sequential()
            model.add(Dense(1, input_dim=2, init='zero'))
            model.compile(loss='mse', optimizer='sgd')
            return model

        x = np.random.RandomState(0).rand(24, 2)
        y = np.where(x[:, 0] > 0.5, 'yes', 'no')
        model = KerasClassifier(build_fn=create, nb_epoch=3, batch_size=8, verbose=0)
        scores = cross_val_score(model, x, y, cv=2)
        model.fit(x, y)
        epochs = len(model.history.history['loss'])
        labels = model.predict(x)
        grid = GridSearchCV(KerasClassifier(create, verbose=0), {'units': [2, 3], 'epochs': [1], 'outputs': [2]}, cv=2)
        grid.fit(x, np.eye(2)[(y == 'yes').astype(int)])
        best = grid.best_estimator_.model
        regressor = KerasRegressor(build_fn=regress, epochs=1, verbose=0, batch_size=24)
        loss = -regressor.fit(x, np.ones(24)).score(x, np.ones(24))
        values = regressor.predict(x)
    """)
    assert len(names["scores"]) == 2
    assert names["epochs"] == 3
    assert set(names["labels"]) <= {"yes", "no"}
    assert {(2, 2), (3, 2), (4, 1)} == set(names["calls"])
    assert names["best"].output_shape == (None, 2)
    assert names["values"].shape == (24,)
    assert close(names["loss"], ((names["values"] - 1) ** 2).mean())
