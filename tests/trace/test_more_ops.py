"""`keras.ops` over its whole public list: shapes as Keras gives them, eagerly and on symbolic tensors."""

import pytest

from kerasfix.keras.shape import ANY
from kerasfix.trace.values import Array, Const, Sequence, Tensor, Value

pytestmark = pytest.mark.keras

# x (batch, 3, 4), y (batch, 1, 4), v (batch, 3), n (batch, 6) integers, m (batch, 4, 4), i (batch, 8, 8, 3).
EXPRESSIONS = """
ops.cbrt(x)
ops.reciprocal(x)
ops.hard_tanh(x)
ops.soft_shrink(x)
ops.threshold(x, 0.5, 0.0)
ops.squareplus(x)
ops.sparsemax(x)
ops.angle(x)
ops.fabs(x)
ops.trunc(x)
ops.conjugate(x)
ops.bitwise_not(n)
ops.isposinf(x)
ops.signbit(x)
ops.fmax(x, y)
ops.fmod(x, y)
ops.hypot(x, x)
ops.heaviside(x, y)
ops.logaddexp(x, x)
ops.divide_no_nan(x, y)
ops.bitwise_and(n, n)
ops.left_shift(n, n)
ops.gcd(n, n)
ops.isin(n, [1, 2])
ops.digitize(x, np.array([0.0, 1.0]))
ops.saturate_cast(x, "int32")
ops.nanmean(x, axis=1)
ops.nansum(x, axis=-1, keepdims=True)
ops.nanmax(x)
ops.ptp(x, axis=1)
ops.average(x, axis=1)
ops.average(x)
ops.count_nonzero(x, axis=1)
ops.trapezoid(x)
ops.nanargmax(x, axis=1)
ops.cumprod(x, axis=1)
ops.fliplr(x)
ops.tril(x)
ops.triu(x, k=1)
ops.dstack([x, x])
ops.empty_like(x)
ops.diagonal(x, axis1=1, axis2=2)
ops.diagonal(x, offset=1, axis1=1, axis2=2)
ops.trace(x, axis1=1, axis2=2)
ops.diff(x)
ops.diff(x, n=2, axis=1)
ops.rot90(x, axes=(1, 2))
ops.rot90(x, k=2, axes=(1, 2))
ops.quantile(x, 0.5, axis=1)
ops.quantile(x, [0.1, 0.9], axis=-1)
ops.percentile(x, 50, axis=2, keepdims=True)
ops.top_k(x, 2)
ops.take_along_axis(x, ops.argsort(x, axis=1), axis=1)
ops.det(m)
ops.logdet(m)
ops.slogdet(m)
ops.inv(m)
ops.pinv(x)
ops.eigh(m)
ops.matrix_rank(m)
ops.qr(x)
ops.qr(x, mode="complete")
ops.svd(x)
ops.svd(x, full_matrices=False)
ops.svd(x, compute_uv=False)
ops.solve(m, m)
ops.outer(v, v)
ops.inner(v, v)
ops.kron(x, y)
ops.tensordot(x, np.ones((4, 5), "float32"), axes=1)
ops.tensordot(x, np.ones((3, 4, 5), "float32"), axes=2)
ops.tensordot(x, np.ones((5, 3), "float32"), axes=[[1], [1]])
ops.cross(v, v)
ops.cdist(x, x)
ops.einsum("bij,bkj->bik", x, x)
ops.einsum("...j,jk->...k", x, np.ones((4, 5), "float32"))
ops.einsum("bij->b", x)
ops.einsum("bij,bij->bi", x, x)
ops.array_split(x, 2, axis=1)
ops.hsplit(x, 3)
ops.dsplit(x, 2)
ops.unstack(x, axis=1)
ops.meshgrid(np.ones(3), np.ones(4))
ops.moments(x, axes=[1])
ops.moments(x, axes=[1, 2], keepdims=True)
ops.slice(x, [0, 0, 0], [2, 2, 3])
ops.rfft(x)
ops.irfft(ops.rfft(x))
ops.fft((x, x))
ops.extract_sequences(x, 2, 1)
ops.conv(i, np.ones((3, 3, 3, 5), "float32"))
ops.conv(i, np.ones((3, 3, 3, 5), "float32"), strides=2, padding="same")
ops.conv(x, np.ones((2, 4, 5), "float32"), padding="same")
ops.conv_transpose(i, np.ones((3, 3, 5, 3), "float32"), strides=2)
ops.depthwise_conv(i, np.ones((3, 3, 3, 2), "float32"))
ops.separable_conv(i, np.ones((3, 3, 3, 2), "float32"), np.ones((1, 1, 6, 7), "float32"))
ops.max_pool(i, 2)
ops.max_pool(i, (2, 3), strides=1, padding="same")
ops.average_pool(x, 2)
ops.layer_normalization(x)
ops.rms_normalization(x)
ops.batch_normalization(x, np.zeros(4, "float32"), np.ones(4, "float32"), -1)
ops.normalize(x)
ops.dot_product_attention(i, i, i)
ops.binary_crossentropy(v, v)
ops.categorical_crossentropy(x, x)
ops.sparse_categorical_crossentropy(ops.argmax(x, axis=-1), x)
ops.multi_hot(n, 7)
ops.in_top_k(ops.argmax(v, axis=-1), v, 2)
ops.image.resize(i, (4, 5))
ops.image.resize(i, size=(16, 16), interpolation="nearest")
ops.image.rgb_to_grayscale(i)
ops.image.rgb_to_hsv(i)
ops.image.gaussian_blur(i)
ops.image.pad_images(i, 1, 2, 3, 4)
ops.image.pad_images(i, 1, 1, target_height=12, target_width=13)
ops.image.crop_images(i, 1, 1, 1, 1)
ops.image.extract_patches(i, 4)
ops.image.extract_patches(i, (3, 3), strides=2)
ops.image.extract_patches(i, (3, 3), strides=1, padding="same")
ops.space_to_depth(i, 2)
ops.depth_to_space(ops.space_to_depth(i, 2), 2)
""".strip().splitlines()

SIZES = {"x": (3, 4), "y": (1, 4), "v": (3,), "n": (6,), "m": (4, 4), "i": (8, 8, 3)}


def pairs(value: Value, real: object) -> list[tuple[Value, object]]:
    """The single results, ours and Keras's."""
    if not isinstance(real, list | tuple):
        return [(value, real)]
    assert isinstance(value, Sequence), value
    assert value.items is not None
    assert len(value.items) == len(real)
    return [pair for ours, theirs in zip(value.items, real, strict=True) for pair in pairs(ours, theirs)]


def check(abstract, setup: str, expression: str, kind: type[Value]) -> None:
    code = f"import numpy as np\nimport keras\nfrom keras import ops\n{setup}result = {expression}"
    names: dict[str, object] = {}
    exec(code, names)
    for value, real in pairs(abstract(code), names["result"]):
        if isinstance(value, Const):
            assert real.shape == ()
            continue
        assert isinstance(value, Array if "meshgrid" in expression else kind), value
        assert value.spec.shape is not None
        assert ANY not in value.spec.shape
        assert value.spec.shape == tuple(real.shape)
        assert value.spec.dtype in (None, str(getattr(real.dtype, "name", real.dtype)))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_on_symbolic_tensors(abstract, expression: str) -> None:
    setup = "".join(
        f"{name} = keras.Input({size}{', dtype=' + repr('int32') if name == 'n' else ''})\n"
        for name, size in SIZES.items()
    )
    check(abstract, setup, expression, Tensor)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_on_arrays(abstract, expression: str) -> None:
    setup = "".join(
        f"{name} = np.{'eye(4)[None].repeat(2, 0)' if name == 'm' else f'ones({(2, *size)})'}.astype("
        f"'{'int32' if name == 'n' else 'float32'}')\n"
        for name, size in SIZES.items()
    )
    check(abstract, setup, expression, Array)


# Functions that run code of the script's own, whose result depends on the values, or that give no tensor.
OPEN = """
adaptive_average_pool adaptive_max_pool allclose associative_scan bartlett bincount blackman cond convert_to_numpy
corrcoef correlate ctc_decode custom_gradient dtype erfinv fold fori_loop geomspace get_item glu hamming hanning
histogram image.elastic_transform image.sobel_edges image.ssim imag is_tensor istft jvp kaiser logspace lstsq map
nonzero polar psnr rearrange scan segment_max segment_min segment_prod segment_sum select stft switch tri unfold
unique unravel_index vander vectorize vectorized_map view view_as_complex view_as_real while_loop
"""


def test_the_whole_public_list_is_known_or_named() -> None:
    import keras

    from kerasfix.trace import library

    found = {
        prefix + name
        for module, prefix in ((keras.ops, ""), (keras.ops.image, "image."))
        for name in dir(module)
        if callable(getattr(module, name)) and not name.startswith("_")
    }
    unknown = {name for name in found if library.find(f"keras.ops.{name}") is None}
    assert unknown <= set(OPEN.split()), unknown
