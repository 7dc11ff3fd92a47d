"""The backends and devices that are not everywhere: each test says why it is skipped."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kerasfix.verify import CannotVerify, Options, Verifier
from kerasfix.verify.parent import named_backend

pytestmark = pytest.mark.keras

SCRIPT = """\
import keras
import numpy as np

assert keras.backend.backend() == {backend!r}
x = np.random.rand(64, 12).astype("float32")
y = np.random.randint(0, 3, 64)
inputs = keras.Input((12,))
hidden = keras.layers.Dropout(0.2)(keras.layers.Dense(8, "relu")(inputs))
dead = keras.layers.Dense(2, "relu", kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(-1),
                          name="dead")(inputs)
outputs = keras.layers.Dense(3, "softmax")(keras.layers.Concatenate()([hidden, dead]))
model = keras.Model(inputs, outputs)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=4, validation_split=0.25)
assert len(history.history["val_loss"]) == 4
assert model.predict(x).shape == (64, 3)
assert len(model.evaluate(x, y)) == 2
"""


def missing(backend: str) -> pytest.MarkDecorator:
    there = importlib.util.find_spec(backend) is not None
    return pytest.mark.skipif(not there, reason=f"{backend} is not installed")


@pytest.fixture(scope="module")
def several() -> Iterator[Verifier]:
    """A verifier for all backends."""
    with Verifier(Options(timeout=90, device="cpu")) as verifier:
        yield verifier


@pytest.mark.parametrize(
    "backend", [pytest.param(name, marks=missing(name)) for name in ("tensorflow", "jax", "torch")]
)
def test_every_backend_shows_the_same(several: Verifier, backend: str) -> None:
    text = f'import os\nos.environ["KERAS_BACKEND"] = "{backend}"\n' + SCRIPT.format(backend=backend)
    verdict = several.verify(text, "a.py")
    assert verdict.error is None
    assert (verdict.status, verdict.backend, verdict.device) == ("passed", backend, "cpu")
    (fit,) = verdict.fits
    assert fit.gradients == {"none": [], "zero": ["dead/kernel", "dead/bias"], "nonfinite": []}
    assert fit.depends_on_labels
    assert [(model.built, model.output_shape) for model in verdict.models] == [(True, [None, 3])]


JAX_LOOP = """
import os
os.environ["KERAS_BACKEND"] = "jax"
import jax
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="head")])
optimizer = keras.optimizers.Adam()
optimizer.build(model.trainable_variables)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

def compute_loss(trainable, fixed, x, y):
    y_pred, fixed = model.stateless_call(trainable, fixed, x)
    return loss_fn(y, y_pred), fixed

gradients = jax.value_and_grad(compute_loss, has_aux=True)

@jax.jit
def step(state, x, y):
    trainable, fixed, variables = state
    (loss, fixed), grads = gradients(trainable, fixed, x, y)
    trainable, variables = optimizer.stateless_apply(variables, grads, trainable)
    return loss, (trainable, fixed, variables)

state = ([v.value for v in model.trainable_variables], [], [v.value for v in optimizer.variables])
steps = 0
for epoch in range(1000):
    for _ in range(1000):
        loss, state = step(state, np.ones((8, 4), "float32"), np.arange(8) % 3)
        steps += 1
assert steps < 20
"""


@missing("jax")
def test_loops_in_jax_are_cut_and_overheard(several: Verifier) -> None:
    verdict = several.verify(JAX_LOOP, "a.py")
    assert verdict.error is None
    assert "loops that train or predict (cut after a few rounds)" in verdict.stubs
    (fit,) = verdict.fits
    assert not any(fit.gradients.values())


@missing("jax")
def test_arrays_that_lie_on_a_mesh_are_looked_at_on_one_device() -> None:
    """Some functions of JAX cannot be differentiated on a mesh unless they are compiled."""
    import jax

    from kerasfix.verify.child import of_jax

    mesh = jax.sharding.Mesh(jax.devices(), ("batch",))
    array = jax.device_put(np.ones(4), jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec()))
    assert isinstance(of_jax._array(array).sharding, jax.sharding.SingleDeviceSharding)
    assert of_jax._array("text") == "text"


TORCH_LOOP = """
import os
os.environ["KERAS_BACKEND"] = "torch"
import torch
import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="head")])
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
loss_fn = torch.nn.CrossEntropyLoss()
data = torch.utils.data.TensorDataset(torch.ones(640, 4), torch.arange(640) % 3)
loader = torch.utils.data.DataLoader(data, batch_size=8, num_workers=2)
steps = 0
for epoch in range(1000):
    for x, y in loader:
        loss = loss_fn(model(x), y)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        steps += 1
assert steps < 20
"""


@missing("torch")
def test_loops_in_torch_are_cut_and_overheard(several: Verifier) -> None:
    verdict = several.verify(TORCH_LOOP, "a.py")
    assert verdict.error is None
    (fit,) = verdict.fits
    assert fit.line == 18
    assert fit.loss is not None
    assert not any(fit.gradients.values())


def test_the_backend_that_a_script_names() -> None:
    assert named_backend("import os\nos.environ['KERAS_BACKEND'] = 'jax'\nimport keras") == "jax"
    assert named_backend('os.environ.setdefault("KERAS_BACKEND", "torch")') == "torch"
    assert named_backend('os.environ["KERAS_BACKEND"] = "numpy"') == "tensorflow"
    assert named_backend("import keras") == "tensorflow"


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed")
def test_a_backend_that_is_not_there(several: Verifier) -> None:
    for _ in range(2):
        with pytest.raises(CannotVerify) as caught:
            several.verify('import os\nos.environ["KERAS_BACKEND"] = "torch"\nimport keras', "a.py")
        assert "has no usable Keras 3 on torch" in str(caught.value)


GPUS = ("/dev/nvidia0", "/dev/kfd", "/dev/dxg")
"""What the drivers of NVIDIA, of AMD, and of the Linux in Windows put there."""


gpu = pytest.mark.skipif(not any(Path(gpu).exists() for gpu in GPUS), reason="this machine has no GPU")


@pytest.fixture(scope="module", params=["tensorflow", "jax", "torch"])
def on_gpu(request: pytest.FixtureRequest) -> Iterator[Verifier]:
    """A verifier that insists on a GPU; needs a backend built for it, as those of development are not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CUDA_VISIBLE_DEVICES", raising=False)  # .ci/test hides GPUs from all other tests
        with Verifier(Options(device="gpu", backend=request.param, timeout=200)) as verifier:
            try:
                verifier.verify("x = 1", "a.py")
            except CannotVerify as error:
                pytest.skip(str(error))
            yield verifier


@gpu
def test_a_gpu_is_used_where_there_is_one(on_gpu: Verifier) -> None:
    verdict = on_gpu.verify(SCRIPT.format(backend=on_gpu.options.backend), "a.py")
    assert verdict.error is None
    assert verdict.device not in {"cpu", ""}
    (fit,) = verdict.fits
    assert fit.finite
    assert fit.gradients == {"none": [], "zero": ["dead/kernel", "dead/bias"], "nonfinite": []}
    assert fit.depends_on_labels


ESCAPES = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
assert libc.open(outside.encode(), os.O_WRONLY | os.O_CREAT, 0o644) < 0
assert libc.open(b"/etc/shadow", os.O_RDONLY) < 0
assert libc.open(b"/dev/mem", os.O_RDWR) < 0
assert libc.socket(2, 1, 0) < 0
assert libc.fork() < 0
assert libc.execv(b"/bin/true", None) < 0
assert libc.kill(os.getppid(), 0) < 0
"""


@gpu
def test_a_gpu_opens_no_way_out(on_gpu: Verifier, tmp_path: Path) -> None:
    outside = tmp_path / "new"
    text = SCRIPT.format(backend=on_gpu.options.backend) + f"outside = {str(outside)!r}" + ESCAPES
    assert on_gpu.verify(text, "a.py").error is None
    assert not outside.exists()


@gpu
def test_memory_is_bounded_beside_a_gpu(on_gpu: Verifier) -> None:
    """CUDA reserves more addresses than there are, so that no limit on them can be set."""
    flood = "kept = []\nwhile True:\n    kept.append(b'x' * (1 << 27))\n"
    verdict = on_gpu.verify(SCRIPT.format(backend=on_gpu.options.backend) + flood, "a.py")
    assert verdict.error is not None
    assert verdict.error.type == "MemoryError"
