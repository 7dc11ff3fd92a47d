"""NumPy, abstractly and for real."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasfix.keras.shape import ANY
from kerasfix.trace.values import Array

SETUP = """
import numpy as np
a = np.arange(24).reshape(2, 3, 4)
b = np.ones((2, 3, 4), dtype="float32")
c = np.zeros((4, 5))
u = np.random.randint(0, 256, size=(6, 28, 28)).astype("uint8")
v = np.array([1, 2, 3])
w = [1.5, 2, 3]
one = np.zeros((1, 3, 1))
rng = np.random.default_rng(0)
y = np.array([0, 1, 2, 1])
k = a.astype("uint8")
flags = np.array([True, False])
"""

# Everything about these is known: the sizes, or the number.
KNOWN = """
np.zeros((2, 3))
np.zeros(5)
np.ones((2, 3), dtype=int)
np.ones((2, 3), dtype=np.float32)
np.empty(shape=(2, 0), dtype="u1")
np.full((2, 2), 7)
np.full((2, 2), 7.5)
np.zeros_like(u)
np.ones_like(u, dtype="float64")
np.full_like(a, 3)
np.array([1, 2, 3])
np.array([[1, 2.5], [3, 4]])
np.array([True, False])
np.array([])
np.array(3)
np.array([a, a])
np.array([[1, 2], [3, 4]], dtype="float32")
np.array(a, dtype=np.float64)
np.asarray([[1], [0], [1]])
np.array(range(4))
np.array((1, 2))
np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
np.arange(10)
np.arange(2, 10, 3)
np.arange(0, 1, 0.1)
np.arange(5.0)
np.arange(5, dtype="float32")
np.linspace(0, 1)
np.linspace(-1, 1, 7)
np.linspace(0, 1, num=5, dtype="float32")
np.eye(3)
np.eye(3, 4)
np.identity(2)
np.random.rand(2, 3)
np.random.randn(4)
np.random.random((2, 3))
np.random.random(4)
np.random.random_sample((2, 3))
np.random.uniform(size=(2, 3))
np.random.uniform(-1, 1, (2, 3))
np.random.normal(0, 1, (3, 4))
np.random.normal(size=5)
np.random.randint(10, size=(5, 1))
np.random.randint(2, 5, (5,))
np.random.randint(0, 2, 8)
np.random.choice(10, 4)
np.random.choice([1, 2, 3], size=(2, 2))
np.random.permutation(6)
np.random.permutation(a)
rng.random((2, 3))
rng.normal(size=(2, 2))
rng.integers(0, 5, size=7)
rng.standard_normal((2, 3))
rng.uniform(0, 2, size=3)
np.random.RandomState(3).rand(2, 2)
a.astype("float32")
a.astype(np.uint8)
a.astype(float)
a.astype(int)
a.astype(bool)
a.astype(dtype="int32")
u.astype("float32") / 255
u.astype("float32") / 255.0
u / 255
u / 255.0
u * 1.0
u // 2
1 - u.astype("float32")
u + 200
255 - u
1.0 - b
2 / b
b / 2
b + a
b * b
-b
a + 1
a - 0.5
a > 3
(a > 3).astype("float32")
a == 3
v * w
v + [1, 2, 3]
np.expand_dims(a, 0)
np.expand_dims(a, -1)
np.expand_dims(a, axis=1)
np.expand_dims(a, (0, 2))
np.squeeze(one)
np.squeeze(one, 0)
np.squeeze(one, axis=(0, 2))
one.squeeze()
one.squeeze(axis=-1)
a.reshape(6, 4)
a.reshape((6, 4))
a.reshape(-1)
a.reshape(-1, 4)
a.reshape(2, -1)
a.reshape([4, 6])
a.reshape((-1, 2, 2))
np.reshape(a, (4, 6))
np.reshape(a, -1)
np.reshape(a, newshape=(4, 6)) if False else np.reshape(a, shape=(4, 6))
u.reshape(u.shape[0], 784)
u.reshape(len(u), 28, 28, 1)
u.reshape(u.shape[0], -1)
u.reshape(u.shape + (1,))
u.reshape((u.shape[0],) + u.shape[1:] + (1,))
u.reshape((len(u), np.prod(u.shape[1:])))
u.reshape(-1, np.prod(u.shape[1:]))
a.flatten()
a.ravel()
np.ravel(a)
a.T
a.transpose()
a.transpose(1, 0, 2)
a.transpose((2, 0, 1))
np.transpose(a)
np.transpose(a, (0, 2, 1))
np.transpose(a, axes=[2, 1, 0])
np.swapaxes(a, 0, 2)
a.swapaxes(1, 2)
np.moveaxis(a, 0, -1)
np.moveaxis(a, [0, 1], [2, 0])
np.rollaxis(a, 2) if False else np.roll(a, 2)
np.concatenate([a, a])
np.concatenate((a, b), axis=1)
np.concatenate([a, a], axis=-1)
np.concatenate([a, a], axis=None)
np.concatenate([[1, 2], [3]])
np.stack([a, a])
np.stack([a, b], axis=-1)
np.stack((v, v, v), axis=1)
np.vstack([v, v])
np.vstack((c, c))
np.hstack([v, v])
np.hstack([c, c])
np.column_stack([v, v])
np.column_stack((np.zeros((3, 2)), v))
np.append(v, 4)
np.append(v, [4, 5])
np.append(c, c, axis=0)
np.append(c, c)
np.split(a, 2)
np.split(a, [1, 3], axis=2)
np.array_split(v, 2)
np.tile(v, 3)
np.tile(a, (2, 1, 1))
np.tile(v, (2, 2))
np.repeat(v, 2)
np.repeat(a, 3, axis=1)
a.repeat(2, 0)
np.repeat(c[np.newaxis], 4, axis=0)
np.pad(c, 1)
np.pad(c, (1, 2))
np.pad(c, ((0, 0), (1, 2)))
np.pad(c, [(1, 0), (0, 1)], mode="constant")
np.broadcast_to(v, (2, 3))
np.flip(a)
np.fliplr(a)
np.atleast_2d(v)
np.take(a, [0, 2], axis=1)
np.clip(a, 0, 5)
a.clip(0, 5)
np.sort(a)
np.argsort(v)
np.triu(c)
np.where(a > 2, a, 0)
np.where(b > 0.5, 1.0, 0.0)
a.sum()
a.sum(axis=0)
a.sum(0, keepdims=True)
np.sum(a, axis=(0, 2))
np.sum(u, axis=0)
np.mean(a)
np.mean(b, axis=0)
np.mean(u, axis=(0, 1, 2), keepdims=True)
u.mean(axis=0)
b.std()
b.mean(axis=-1, dtype="float64")
np.std(u, axis=0)
np.var(b)
np.median(a, axis=1)
np.average(a, axis=0)
np.max(a, axis=1)
u.max()
a.min(axis=0)
np.amax(b)
np.argmax(a, axis=1)
a.argmax()
a.argmax(-1)
np.argmin(a, axis=0)
np.any(a > 3)
np.all(a > 3, axis=0)
np.linalg.norm(b, axis=1)
np.cumsum(a)
np.cumsum(b, axis=1)
np.exp(a)
np.exp(b)
np.sqrt(u)
np.log(b)
np.abs(a)
np.square(b)
np.isnan(b)
np.tanh(b)
np.floor(b)
np.ceil(a)
np.round(b)
np.round(b, 2)
a.round()
np.maximum(a, 0)
np.maximum(b, 0)
np.minimum(a, b)
np.add(a, 1)
np.multiply(b, 2)
np.divide(u, 255)
np.subtract(a, b)
np.power(b, 2)
b ** 2
np.dot(b, c)
np.dot(v, v)
np.matmul(b, c)
b @ c
np.logical_and(a > 1, a < 3)
np.float32(u)
np.copy(a)
a.copy()
a[0]
a[0, 1]
a[1:]
a[:, 0]
a[:, 1:3]
a[..., 0]
a[..., None]
a[:, np.newaxis]
a[None, :, 0]
a[0, 1, 2]
a[-1]
a[::-1]
a[:, ::2]
a[[0, 1]]
a[:, [0, 2]]
u[:4]
np.prod((2, 3, 4))
np.prod([2, 3.5])
np.prod(u.shape[1:])
np.sum([1, 2])
np.max([1, 5, 2])
np.min((3, 1))
np.ceil(7 / 2)
np.floor(3.5)
np.sqrt(16)
np.log(1)
np.abs(-3)
int(np.ceil(100 / 32))
int(np.sqrt(16))
int(np.max([1, 5]) + 1)
np.max([1, 5]) + 1
np.max(v) * 2
np.zeros((len(v), np.max([1, 5]) + 1))
len(a)
len(np.concatenate([a, a]))
a.shape
a.shape[1:]
a.ndim
np.shape(a)
np.ndim([[1]])
np.size(a)
a.dtype
a.astype(b.dtype)
b.argmax(axis=1).shape
np.array([[1, 2], [3, 4]]).T
np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
np.expand_dims([1, 2, 3], 0)
np.unique([1, 2, 2])
""".strip().splitlines()

# These may be unknown, in part or all; what is said of them must be right.
MAYBE = """
np.random.rand()
np.random.randint(1, 5)
np.random.normal()
np.random.choice(v)
a.tolist()
v.item(0)
a.item(3)
np.nonzero(a)
a[a > 3]
np.unique(a)
np.unique(y, return_counts=True)
np.arange(0, 1, a.mean())
np.einsum("ijk->ik", a)
np.tensordot(a, a, axes=3)
np.meshgrid(v, v)
np.diff(a)
np.diff(v)
np.diff(a, axis=0)
np.delete(a, 0, axis=0)
np.delete(a, [0, 1])
np.insert(v, 0, 1)
np.insert(a, 0, 5, axis=1)
np.setdiff1d(v, [1])
np.flatnonzero(a)
np.frombuffer(b"12345678")
np.frombuffer(b"1234", dtype=np.uint8)
np.frombuffer(b"1234", "u1").reshape(2, 2)
np.logspace(0, 3, 4)
np.geomspace(1, 1000, num=4)
np.linalg.inv(np.eye(3, dtype="float32"))
np.array([a.tolist(), a.tolist()])
np.array(a.tolist())
np.array([list(range(3)) for _ in range(5000)])
np.array(set([1, 2]))
np.array({"a": 1})
np.array("abc")
np.array(None)
np.array(zip([1], [2]))
np.sum([0.1] * 20)
np.mean([0.1, 0.2, 0.3])
np.prod([0.1, 0.3, 0.7])
np.histogram(a)
np.array([[1], [2, 3]], dtype=object)
np.array(["a", "b"])
np.array([None])
np.where(a > 3)
np.percentile(a, 50)
np.outer(v, v)
np.cov(c)
np.corrcoef(c)
np.linalg.inv(np.eye(3))
np.searchsorted(v, 2)
np.bincount(y)
np.eye(3)[y]
np.eye(3)[np.array([0, 1]).reshape(-1)]
np.identity(4)[2]
np.sum([[1, 2], [3, 4]], axis=0)
np.max([[1, 2], [3, 4]])
np.mean([1, 2])
np.std([1, 2])
np.argmax([1, 5, 2])
np.ceil(5)
np.floor([1.5])
np.round(2.567, 1)
np.array([1, 2]) / 0
np.array([200], dtype="uint8") + 100
np.uint8(200) + np.uint8(100)
flags + 1
flags * 1.5
flags.sum()
flags.mean()
np.exp(flags)
a % 2
a ** 2
a ** -1.0
a & 1
~flags
a / a
u / u
u + u
k - a
b.astype("float16") + 1.5
b.astype("float16") + k
b.astype("float16") + a
k.astype("int8") + k
k.astype("uint64") + a
k.astype("int16") * b
np.sqrt(u.astype("int16"))
np.mean(u.astype("float16"))
np.sum(u.astype("int8"))
np.prod(flags)
np.clip(u, 0, 1.5)
np.clip(b, 0, 1)
np.clip(a, None, 5)
np.clip(a, v.min(), 5)
np.take(a, 0)
np.take(a, [[0, 1], [1, 0]])
np.take(a, 1, axis=0)
np.average(a, axis=0, weights=[1, 2])
np.average(a, axis=0, weights=[1, 2], returned=True)
np.linalg.norm(a)
np.linalg.norm(a, 2, (0, 1))
np.ptp(a, axis=0)
np.count_nonzero(a)
np.random.binomial(1, 0.5, size=(3,))
np.random.poisson(3, (2,))
np.random.beta(1, 2, size=3)
np.random.exponential(1.0, (2, 2))
np.random.random_integers(1, 5, 3) if False else 1
rng.choice(5, size=3)
rng.permutation(5)
np.full((2,), [1, 2])
np.full(3, "x")
np.split(v, [1])
np.concatenate([a.astype("int32"), u[:2, :3, :4]])
np.stack([1, 2, 3])
np.vstack([1, 2])
np.hstack([1, 2])
np.reshape([1, 2, 3, 4], (2, 2))
np.squeeze([[1]])
np.array([v.shape[0], 2])
np.array([a.mean(), 1])
np.array([np.float32(1), np.float32(2)])
np.int64(3)
np.float32(3)
np.max(5)
np.zeros(())
np.zeros((2, np.int64(3)))
np.repeat(v, [1, 2, 3])
np.tile(a, 2)
np.tile(5, 3)
np.roll(v, 1)
a.dot(c)
a.take([0, 1])
np.append(a, 1)
np.dot(3, v)
np.minimum([1, 2], 1.5)
np.add([1, 2], 3)
np.add(1, 2)
np.where(True, 1, 2)
np.where([True, False], 1, 2.5)
np.isclose(a, 1)
np.sort(v)[::-1]
np.flipud(a)
np.arange(3)[None]
np.arange(10)[2:8:3]
np.arange(-3, 3)
np.arange(5, 0)
np.arange(1, 2, 0.3)
np.arange(3, dtype=np.uint8)
np.arange(True)
np.linspace(0, 1, 1)
np.linspace(0, 10, 5, dtype=int)
np.linspace(0, 1, 5, retstep=True)
np.linspace(2, 1, 3)
a.sum(axis=None)
a.sum(axis=(0,), keepdims=1)
a.argmax(axis=1, keepdims=True)
np.nan_to_num(b)
np.real(b)
np.sign(u)
np.negative(b)
np.reciprocal(b)
abs(a)
round(3.7)
sum(v)
max(v)
min([v.max(), 3])
v.tolist()[0]
v.max().item()
float(v.mean())
int(v.mean())
int(a.max())
a.max()
""".strip().splitlines()


@pytest.mark.parametrize("expression", KNOWN)
def test_known(compare, expression: str) -> None:
    compare(f"{SETUP}result = {expression}", known=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", MAYBE)
def test_nothing_wrong_is_said(compare, expression: str) -> None:
    compare(f"{SETUP}result = {expression}")


SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def prepared(shape: tuple[int, ...]) -> str:
    return f"import numpy as np\nx = np.zeros({shape})\n"


def indices(rank: int) -> st.SearchStrategy[str]:
    """Indices of up to `rank` axes, as Python text."""
    number = st.integers(-2, 1).map(str)
    end = st.one_of(st.just(""), st.integers(-5, 5).map(str))
    step = st.sampled_from(["", ":1", ":2", ":-1"])
    part = st.tuples(end, end, step).map(lambda parts: f"{parts[0]}:{parts[1]}{parts[2]}")
    picks = st.lists(st.integers(-1, 0), min_size=1, max_size=3).map(str)
    one = st.one_of(number, part, part, st.sampled_from(["None", "...", "np.newaxis"]), picks)
    return st.lists(one, min_size=1, max_size=rank + 1).map(", ".join)


@given(SHAPES, st.data())
def test_indexing(compare, shape: tuple[int, ...], data: st.DataObject) -> None:
    code = f"{prepared(shape)}result = x[{data.draw(indices(len(shape)))}]"
    try:
        exec(code, {})
    except (IndexError, SyntaxError):
        return
    basic = re.search(r"\[[-\d, ]+\][,\]]", code) is None
    compare(code, known=basic)


@given(SHAPES, st.data())
def test_reshape(compare, shape: tuple[int, ...], data: st.DataObject) -> None:
    """Every way to write the same size in other factors, with a -1 in any place."""
    rest, dims = int(np.prod(shape)), []
    while rest > 1 and len(dims) < 4:
        dims.append(data.draw(st.sampled_from([d for d in range(1, rest + 1) if rest % d == 0])))
        rest //= dims[-1]
    dims.append(rest)
    place = data.draw(st.integers(-1, len(dims) - 1))
    if place >= 0:
        dims[place] = -1
    listed = data.draw(st.booleans())
    target = str(tuple(dims)) if listed else ", ".join(map(str, dims))
    compare(f"{prepared(shape)}result = x.reshape({target})", known=True)
    compare(f"{prepared(shape)}result = np.reshape(x, {tuple(dims)})", known=True)


@given(SHAPES, st.data())
def test_reductions(compare, shape: tuple[int, ...], data: st.DataObject) -> None:
    axes = st.integers(-len(shape), len(shape) - 1)
    several = st.lists(axes, min_size=1, unique_by=lambda axis: axis % len(shape)).map(tuple)
    axis = data.draw(st.one_of(st.none(), axes, several))
    function = data.draw(st.sampled_from(["sum", "mean", "max", "min", "std", "prod", "any"]))
    keep = data.draw(st.sampled_from(["", ", keepdims=True", ", keepdims=False"]))
    compare(f"{prepared(shape)}result = np.{function}(x, axis={axis}{keep})", known=True)
    compare(f"{prepared(shape)}result = x.{function}({axis}{keep})", known=True)


@given(SHAPES, SHAPES, st.sampled_from(["+", "*", "/", ">", "@"]))
def test_broadcasting(compare, one: tuple[int, ...], other: tuple[int, ...], operator: str) -> None:
    code = f"{prepared(one)}y = np.ones({other})\nresult = x {operator} y"
    try:
        exec(code, {})
    except ValueError:
        return
    compare(code, known=True)


DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
          "float64"]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@given(
    st.sampled_from(DTYPES),
    st.sampled_from(DTYPES),
    st.sampled_from(["+", "*", "/", "//", "%", "**", "&", ">"]),
)
def test_promotion(compare, one: str, other: str, operator: str) -> None:
    for right in (f"np.ones(2, '{other}')", "2", "1.5", "True"):
        code = f"import numpy as np\nresult = np.ones(2, '{one}') {operator} {right}"
        try:
            exec(code, {})
        except TypeError:
            continue
        compare(code)


@given(SHAPES, st.data())
def test_axes(compare, shape: tuple[int, ...], data: st.DataObject) -> None:
    rank = len(shape)
    axis = data.draw(st.integers(-rank, rank - 1))
    other = data.draw(st.integers(-rank, rank - 1))
    order = tuple(data.draw(st.permutations(range(rank))))
    sections = data.draw(st.integers(1, 4))
    for call in (
        f"np.expand_dims(x, {axis})",
        f"np.swapaxes(x, {axis}, {other})",
        f"np.moveaxis(x, {axis}, {other})",
        f"np.transpose(x, {order})",
        f"x.transpose{order}",
        f"np.concatenate([x, x], {axis})",
        f"np.stack([x, x, x], {axis})",
        f"np.repeat(x, {sections}, axis={axis})",
        f"np.tile(x, {order})",
        f"np.array_split(x, {sections}, axis={axis})",
        "np.squeeze(x[None], 0)",
        f"np.argmax(x, axis={axis})",
        f"np.take(x, [0, 0], axis={axis})",
    ):
        compare(f"{prepared(shape)}result = {call}", known=True)


def test_facts_through_a_pipeline(abstract) -> None:
    load = "import numpy as np\nfrom keras.datasets import mnist\n(x, y), (u, v) = mnist.load_data()\n"
    raw = abstract(load + "result = x.reshape(60000, 784)")
    assert (raw.facts.low, raw.facts.high, raw.facts.dataset) == (0, 255, "keras.datasets.mnist")
    scaled = abstract(load + "x = x.reshape(-1, 784).astype('float32')\nx /= 255\nresult = x[:100]")
    assert (scaled.facts.low, scaled.facts.high, scaled.spec.shape) == (0, 1, (100, 784))
    by_its_maximum = abstract(load + "result = x / np.max(x)")
    assert (by_its_maximum.facts.low, by_its_maximum.facts.high) == (0, 1)
    assert abstract(load + "result = x - x.mean()").facts.low is None
    assert abstract(load + "result = np.concatenate([x, u])").facts == raw.facts
    centred = abstract(load + "result = (x.astype('float32') - 127.5) / 127.5")
    assert (centred.facts.low, centred.facts.high) == (-1, 1)


def test_number_of_classes(abstract) -> None:
    load = "import numpy as np\nfrom keras.datasets import cifar10\n(x, y), (u, v) = cifar10.load_data()\n"
    assert abstract(load + "result = len(np.unique(y))").value == 10
    assert abstract(load + "result = int(np.max(y)) + 1").value == 10
    assert abstract(load + "result = np.zeros((3, y.max() + 1))").spec.shape == (3, 10)
    # A part of the labels may lack a class.
    assert not hasattr(abstract(load + "result = len(np.unique(y[:20]))"), "value")
    assert not hasattr(abstract(load + "result = int(np.max(x[:, 0])) + 1"), "value")


def test_numpy_integers_are_not_ints(abstract) -> None:
    from kerasfix.keras.layers import NumpyInteger
    from kerasfix.trace.library import python_value

    value = python_value(abstract("import numpy as np\nresult = np.max([3, 9]) + 1"))
    assert isinstance(value, NumpyInteger)
    assert value == 10
    assert type(python_value(abstract("import numpy as np\nresult = np.ceil(7 / 2)"))) is float


def test_shaped_is_the_step_that_gave_the_shape(abstract) -> None:
    import libcst as cst

    def shown(code: str) -> str:
        return cst.Module([]).code_for_node(abstract(f"import numpy as np\n{code}").shaped)

    assert shown("x = np.zeros((3, 4))\nresult = x.astype('float32') / 255") == "np.zeros((3, 4))"
    assert shown("x = np.zeros((3, 4)).reshape(12)\nresult = x * 2 + 1") == "np.zeros((3, 4)).reshape(12)"


def test_tensors_of_keras_are_taken_as_keras_ops_would(abstract) -> None:
    code = "import numpy as np\nimport keras\nx = keras.Input((3,))\nresult = np.expand_dims(x, 0)"
    value = abstract(code)
    assert type(value).__name__ == "Tensor"
    assert value.spec.shape == (1, None, 3)


@pytest.mark.parametrize(
    "code",
    [
        "x = np.zeros((10**9,) * 9)\nfor _ in range(200):\n    x = np.tile(x, 10**9)\nresult = x",
        "result = np.zeros((-1, 3))",
        "result = np.zeros((3, 4)).reshape(5, -1)",
        "result = np.zeros((3, 4)).reshape('a')",
        "result = np.zeros((3, 4)).transpose(5)",
        "result = np.expand_dims()",
        "result = np.concatenate(3)",
        "result = np.concatenate([])",
        "result = np.arange('a')",
        "result = np.arange(0, 10, 0)",
        "result = np.split(np.zeros(3), 0)",
        "result = np.split(np.zeros(3), 'x')",
        "result = np.zeros(*[[]], **{'shape': 3})",
        "result = np.sum(np.zeros((2, 2)), axis='a')",
        "result = np.log(0)",
        "result = np.sqrt(-1)",
        "result = np.exp(10000)",
        "result = np.pad(np.zeros(3), 'a')",
        "result = np.linspace('a', 3)",
        "result = np.clip(np.zeros(3), 'a', None)",
        "result = np.full()",
        "result = np.repeat(np.zeros(3), -1)",
        "result = np.moveaxis(np.zeros((2, 3)), [0, 1], 0)",
        "result = np.random.randint()",
        "result = np.eye('a')",
    ],
)
def test_nonsense_is_survived(abstract, code: str) -> None:
    abstract(f"import numpy as np\n{code}")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("start", ["[1]", "(1,)", "['a']", "[np.zeros(3)]", "[[]]"])
@pytest.mark.parametrize(
    "use",
    ["np.array(x)", "np.zeros(x)", "x.index(x)", "elsewhere(x)", "len(x)", "'{}'.format(x)"],
)
def test_lists_that_hold_others_a_hundred_times(abstract, start: str, use: str) -> None:
    """What would be 100 ** 20 items is looked at once."""
    wrap = "(x,) * 100" if start.startswith("(") else "[x] * 100"
    code = f"import numpy as np\nfrom a import elsewhere\nx = {start}\nfor _ in range(20):\n    x = {wrap}\n"
    abstract(f"{code}result = {use}")


def test_a_list_that_holds_itself(abstract) -> None:
    code = "import numpy as np\nfrom a import elsewhere\nx = []\nx.append(x)\n"
    for use in ("np.array(x)", "elsewhere(x)", "np.zeros(x)", "np.concatenate(x)", "x.index(x)"):
        abstract(f"{code}result = {use}")


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("np.array(rows()).reshape(-1, 28, 28, 1).astype('float32') / 255", (ANY, 28, 28, 1)),
        ("np.reshape(rows(), (100, 4))", (100, 4)),
        ("np.array(rows())", None),
        ("np.expand_dims(rows(), 0)", None),
        ("np.vstack([np.zeros((3, 4)), rows()])", (ANY, 4)),
        ("np.concatenate(rows())", None),
        ("np.load('x.npy').reshape(-1, 3)", (ANY, 3)),
        ("np.loadtxt('x.csv')", None),
        ("np.zeros((rows(), 3))", (ANY, 3)),
        ("np.zeros(rows())", None),
        ("np.zeros((4, rows(), 3)).sum(axis=0)", (ANY, 3)),
        ("np.ravel(rows())", (ANY,)),
        ("np.zeros((rows(), 3))[:5]", (ANY, 3)),
        ("np.zeros((rows(), 3))[:, :2]", (ANY, 2)),
        ("np.zeros((20, 3))[rows():]", (ANY, 3)),
        ("np.zeros((20, 3))[rows()]", None),
        ("np.zeros((20, 3))[np.array([True, False] * 10)]", (ANY, 3)),
        ("np.zeros((20, 3)).reshape(rows(), -1)", (ANY, ANY)),
        ("np.zeros((20, 3)) * rows()", None),
        ("np.random.rand(rows(), 4)", (ANY, 4)),
        ("np.zeros((20, 3), **rows())", None),
    ],
)
def test_what_is_known_of_the_unknown(abstract, expression: str, shape: object) -> None:
    code = "import numpy as np\nfrom data import rows\n"
    value = abstract(f"{code}result = {expression}")
    assert isinstance(value, Array)
    assert value.spec.shape == shape


# Of an array x of two or three axes, some sizes of which are hidden; n is a number, m a mask of its first axis.
WITH_HIDDEN_SIZES = """
x.reshape(-1)
x.reshape(x.shape[0], -1)
x.reshape((x.shape[0], x.shape[1], -1))
x.reshape(-1, 1)
x.flatten()
x.T
x.sum(axis=0)
x.sum(axis=-1, keepdims=True)
x.mean()
x.argmax(axis=1)
np.expand_dims(x, -1)
np.squeeze(x)
np.squeeze(x[None], axis=0)
np.transpose(x)
np.swapaxes(x, 0, 1)
np.moveaxis(x, 0, -1)
np.concatenate([x, x])
np.concatenate([x, np.zeros(x.shape)], axis=1)
np.stack([x, x], axis=-1)
np.vstack([x, x])
np.hstack((x, x))
np.append(x, x, axis=0)
np.tile(x, (2, 1))
np.repeat(x, 2, axis=0)
np.repeat(x, n, axis=1)
np.pad(x, 1)
np.split(x, [1])
np.array_split(x, 2, axis=1)
np.take(x, [0, 0], axis=1)
np.zeros(x.shape)
np.zeros((n,) + x.shape[1:])
np.zeros_like(x)
np.ones((len(x), n))
np.arange(len(x))
np.arange(n)
np.linspace(0, 1, n)
np.eye(n)
np.random.rand(n, 3)
np.random.randint(0, n, size=(len(x), 1))
np.random.permutation(len(x))
np.unique(x)
np.where(x > 0, x, n)
np.cumsum(x)
np.sort(x)
np.dot(x, x.T) if x.ndim == 2 else x
np.clip(x, 0, n)
np.broadcast_to(x, (2,) + x.shape)
np.array([x, x])
np.array([n, n])
np.array([[n], [n]])
np.max(x)
np.prod(x.shape)
x[:n]
x[n:]
x[:-1]
x[1:]
x[::2]
x[:, 0]
x[0]
x[-1, :]
x[..., 0]
x[:, None]
x[m]
x[np.random.permutation(len(x))]
x[:, [0, 0]]
x[:int(len(x) * 0.8)]
x[n]
x + n
x * x
x / x.max()
x - x.mean(axis=0)
x + np.zeros((1, 1))
x + x.sum(axis=0)
n * x
x > n
x == 0
-x
len(x)
x.shape
x.ndim
x.shape[1:]
len(x) // 2
list(range(n))
[x, x]
[row for row in x]
sum(x.shape)
min(x.shape[0], 2)
""".strip().splitlines()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", WITH_HIDDEN_SIZES)
@pytest.mark.parametrize("shape", ["a, 3", "3, a", "a, b", "1, a, 4", "a, b, 1", "a, 2, b"])
@pytest.mark.parametrize("sizes", [(1, 1), (1, 5), (4, 2)])
def test_hidden_sizes(compare, expression: str, shape: str, sizes: tuple[int, int]) -> None:
    a, b = sizes
    mask = f"m = np.arange({shape.split(',')[0]}) % 2 == 0"
    code = f"import numpy as np\nx = np.ones(({shape}))\n{mask}\nresult = {expression}"
    hidden = {"a": a, "b": b, "n": 0 if expression.startswith("x[n]") else 2}
    compare(code, hidden=hidden)
