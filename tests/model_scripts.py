"""Scripts that build models in every way, each run by real Keras and read by kerasfix."""

HEAD = """\
import keras
import numpy as np
from keras import layers, ops
"""

SCRIPTS = {
    "shared_layer_shows_its_last_call": """
pictures = keras.Input((12, 3))
pool = layers.GlobalMaxPooling1D(keepdims=True)
first = pool(pictures)
wide = layers.Concatenate()([first, first])
last = pool(wide)
model = keras.Model(pictures, [layers.LSTM(2)(last), first])
""",
    "sequential_list": """
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(16, (3, 3), strides=2, padding="same", name="second"),
    layers.BatchNormalization(),
    layers.Flatten(),
    layers.Dropout(0.5),
    layers.Dense(10, activation="softmax"),
], name="digits")
""",
    "sequential_add_and_pop": """
model = keras.Sequential()
model.add(layers.Dense(64, input_shape=(20,)))
model.add(layers.Dense(32))
model.add(layers.Dense(7))
model.pop()
model.add(layers.Dense(3, use_bias=False))
later = keras.Sequential([layers.Dense(4), layers.Dense(5)])
later.build((None, 9))
""",
    "sequential_built_by_data": """
model = keras.Sequential([layers.Dense(6), layers.Reshape((2, 3)), layers.LSTM(4)])
model.compile(loss="mse")
model.fit(np.zeros((8, 5)), np.zeros((8, 4)), verbose=0)
""",
    "nested_sequential": """
inner = keras.Sequential([keras.Input((16,)), layers.Dense(8), layers.Dense(4)])
outer = keras.Sequential([keras.Input((10,)), layers.Dense(16), inner, layers.Dense(2)])
waiting = keras.Sequential([layers.Dense(3), layers.Dense(2)])
model = keras.Sequential([keras.Input((5,)), waiting, layers.Dense(1)])
""",
    "functional_branches": """
a = keras.Input((32,), name="a")
b = keras.Input((16,))
x = layers.Dense(8, activation="relu")(a)
y = layers.Dense(8)(b)
z = layers.concatenate([x, y])
first = layers.Dense(3, name="first")(z)
second = layers.Dense(1, name="second")(layers.add([x, y]))
model = keras.Model(inputs=[a, b], outputs=[first, second])
named = keras.Model({"a": a, "b": b}, {"one": first, "two": second}, name="named")
""",
    "functional_shared": """
left, right = keras.Input((12, 4)), keras.Input((12, 4))
encoder = layers.LSTM(6)
shared = layers.Dense(5)
distance = layers.Subtract()([shared(encoder(left)), shared(encoder(right))])
model = keras.Model([left, right], layers.Dense(1)(distance))
""",
    "functional_operations": """
inputs = keras.Input((6, 4))
x = inputs * 2 + 1
y = ops.mean(x, axis=1)
z = x[:, 0] - y
w = ops.concatenate([z, y], axis=-1)
v = ops.expand_dims(w, 1) / 3
model = keras.Model(inputs, layers.Dense(2)(-v))
""",
    "functional_skips": """
inputs = keras.Input((32, 32, 3))
x = layers.Conv2D(16, 3, padding="same", use_bias=False)(inputs)
x = layers.BatchNormalization()(x)
x = layers.Activation("relu")(x)
for filters in (16, 32, 64):
    skip = layers.Conv2D(filters, 1, strides=2)(x)
    x = layers.SeparableConv2D(filters, 3, padding="same")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = layers.Add()([x, skip])
x = layers.GlobalAveragePooling2D()(x)
model = keras.Model(inputs, layers.Dense(10)(x))
""",
    "nested_functional": """
inputs = keras.Input((8,))
encoder = keras.Model(inputs, layers.Dense(3, name="code")(layers.Dense(5)(inputs)), name="encoder")
code = keras.Input((3,))
decoder = keras.Model(code, layers.Dense(8)(code), name="decoder")
auto = keras.Model(inputs, decoder(encoder(inputs)))
other = keras.Input((8,))
twice = keras.Model(other, layers.add([encoder(other), encoder(layers.Dense(8)(other))]))
""",
    "other_size": """
inputs = keras.Input((None, None, 3))
body = keras.Model(inputs, layers.Conv2D(4, 3, strides=2)(layers.Conv2D(8, 3)(inputs)))
image = keras.Input((64, 48, 3))
model = keras.Model(image, layers.Dense(2)(layers.Flatten()(body(image))))
stack = keras.Sequential([keras.Input((20, 20, 3)), body, layers.Flatten()])
""",
    "features_of_layers": """
base = keras.Sequential([keras.Input((16,)), layers.Dense(8, name="hidden"), layers.Dense(4), layers.Dense(2)])
features = keras.Model(base.inputs, base.layers[-2].output)
hidden = keras.Model(inputs=base.inputs, outputs=base.get_layer("hidden").output)
head = keras.Model(base.inputs, layers.Dense(9)(base.get_layer(index=1).output))
both = keras.Model(base.inputs, [layer.output for layer in base.layers])
again = keras.Sequential([keras.Input((16,)), *base.layers[:2]])
""",
    "recurrent": """
model = keras.Sequential([
    keras.Input((None,), dtype="int32"),
    layers.Embedding(1000, 32),
    layers.Bidirectional(layers.LSTM(16, return_sequences=True)),
    layers.TimeDistributed(layers.Dense(8)),
    layers.GRU(4),
    layers.Dense(1, activation="sigmoid"),
])
cells = keras.Sequential([keras.Input((7, 3)), layers.RNN(layers.LSTMCell(5), return_sequences=True)])
""",
    "states": """
source = keras.Input((None, 12))
_, h, c = layers.LSTM(20, return_state=True)(source)
target = keras.Input((None, 9))
sequence, _, _ = layers.LSTM(20, return_sequences=True, return_state=True)(target, initial_state=[h, c])
model = keras.Model([source, target], layers.Dense(9, activation="softmax")(sequence))
""",
    "transformer": """
def block(x, heads=2, width=16):
    attended = layers.MultiHeadAttention(num_heads=heads, key_dim=width)(x, x)
    x = layers.LayerNormalization(epsilon=1e-6)(x + attended)
    wide = layers.Dense(4 * width, activation="gelu")(x)
    return layers.LayerNormalization()(x + layers.Dropout(0.1)(layers.Dense(x.shape[-1])(wide)))

inputs = keras.Input((10,), dtype="int32")
x = layers.Embedding(50, 32)(inputs)
for _ in range(2):
    x = block(x)
model = keras.Model(inputs, layers.Dense(4)(layers.GlobalAveragePooling1D()(x)))
""",
    "wrapped_model": """
frame = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3), layers.Flatten()])
video = keras.Input((5, 16, 16, 3))
model = keras.Model(video, layers.LSTM(6)(layers.TimeDistributed(frame)(video)))
""",
    "subclassed_model": """
class Net(keras.Model):
    def __init__(self, width=32, classes=10):
        super().__init__()
        self.first = layers.Dense(width, activation="relu")
        self.drop = layers.Dropout(0.2)
        self.hidden = [layers.Dense(width) for _ in range(3)]
        self.heads = {"a": layers.Dense(classes)}

    def features(self, x, training):
        x = self.drop(self.first(x), training=training)
        for layer in self.hidden:
            x = layer(x)
        return x

    def call(self, inputs, training=None):
        return self.heads["a"](self.features(inputs, training))

model = Net(classes=4)
model.compile(loss="mse")
model.fit(np.zeros((8, 12)), np.zeros((8, 4)), verbose=0)
built = Net(8)
built(keras.Input((6,)))
""",
    "own_layers": """
class Linear(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones")
        self.b = self.add_weight(shape=(self.units,))

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b

class Residual(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.one, self.two = Linear(units), layers.Dense(units)

    def call(self, x):
        y = self.two(self.one(x))
        return x + y if x.shape[-1] == y.shape[-1] else y

model = keras.Sequential([keras.Input((6,)), Linear(8, name="start"), Residual(8), Residual(3)])
inputs = keras.Input((5,))
functional = keras.Model(inputs, Linear(2)(Residual(5)(inputs)))
""",
    "own_layers_declared_output": """
class Halve(layers.Layer):
    def call(self, x):
        return x[:, ::2]

    def compute_output_shape(self, shape):
        return (shape[0], (shape[1] + 1) // 2)

inputs = keras.Input((9,))
model = keras.Model(inputs, layers.Dense(2)(Halve()(inputs)))
""",
    "subclass_of_subclass": """
class Base(keras.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.head = layers.Dense(units)

    def call(self, x):
        return self.head(self.body(x))

    def body(self, x):
        return x

class Deep(Base):
    def __init__(self, units, depth):
        super().__init__(units, name="deep")
        self.stack = keras.Sequential([layers.Dense(units) for _ in range(depth)])

    def body(self, x):
        return self.stack(super().body(x))

model = Deep(6, depth=3)
model(np.zeros((2, 7)))
""",
    "functional_subclass": """
class Classifier(keras.Model):
    def __init__(self, size, classes):
        inputs = keras.Input((size,))
        hidden = layers.Dense(16)(inputs)
        super().__init__(inputs=inputs, outputs=layers.Dense(classes)(hidden))

class Stack(keras.Sequential):
    def __init__(self, units):
        super().__init__()
        self.add(keras.Input((4,)))
        for n in units:
            self.add(layers.Dense(n))

model = Classifier(5, 3)
stack = Stack([8, 7])
""",
    "model_in_model": """
class Encoder(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.conv = layers.Conv1D(units, 3, padding="same")
        self.pool = layers.GlobalMaxPooling1D()

    def call(self, x):
        return self.pool(self.conv(x))

class Pair(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder(12)
        self.score = keras.Sequential([layers.Dense(4), layers.Dense(1)])

    def call(self, inputs):
        a, b = inputs
        return self.score(ops.concatenate([self.encoder(a), self.encoder(b)], axis=-1))

model = Pair()
out = model([keras.Input((9, 2)), keras.Input((9, 2))])
""",
    "settings": """
import argparse
from dataclasses import dataclass, field

parser = argparse.ArgumentParser()
parser.add_argument("--hidden-units", type=int, default=24)
parser.add_argument("-c", "--classes", type=int, default=5)
args = parser.parse_args([])
args = parser.parse_known_args([])[0]

@dataclass
class Config:
    size: int
    units: int = 16
    depth: int = 2
    filters: tuple = (4, 8)
    widths: list = field(default_factory=lambda: [9, 3])

def build(config, rate=0.5, **options):
    model = keras.Sequential([keras.Input((config.size, config.size, 3))])
    for n in config.filters:
        model.add(layers.Conv2D(n, **options))
    model.add(layers.Flatten())
    for i in range(config.depth):
        model.add(layers.Dense(config.units, name=f"dense_of_{i}"))
    for n in config.widths:
        model.add(layers.Dense(n))
    return model

model = build(Config(size=12, depth=3), kernel_size=3, padding="same")
SIZES = {"small": 4, "large": 40}
other = keras.Sequential([keras.Input((3,))] + [layers.Dense(n) for n in SIZES.values()])
""",
    "builder_class": """
class Builder:
    activation = "relu"

    def __init__(self, sizes):
        self.sizes = sizes
        self.model = None

    @staticmethod
    def dense(units, activation):
        return layers.Dense(units, activation=activation)

    @property
    def last(self):
        return self.sizes[-1]

    def make(self):
        self.model = keras.Sequential()
        self.model.add(keras.Input(shape=(self.last,)))
        for size in self.sizes:
            self.model.add(self.dense(size, self.activation))
        return self.model

model = Builder([4, 8, 12]).make()
""",
    "several_outputs": """
inputs = keras.Input((16, 16, 1))
x = layers.Conv2D(4, 3, strides=2, padding="same")(inputs)
mean, spread = layers.Dense(2)(layers.Flatten()(x)), layers.Dense(2)(layers.Flatten()(x))
encoder = keras.Model(inputs, [mean, spread, x], name="encoder")
m, s, _ = encoder(inputs)
model = keras.Model(inputs, layers.Concatenate()([m, s]))
""",
    "preprocessing": """
model = keras.Sequential([
    keras.Input((40, 40, 3)),
    layers.Rescaling(1 / 255),
    layers.RandomFlip("horizontal"),
    layers.ZeroPadding2D(2),
    layers.DepthwiseConv2D(3),
    layers.LeakyReLU(),
    layers.UpSampling2D(2),
    layers.Conv2DTranspose(3, 4, strides=2, padding="same"),
    layers.AveragePooling2D(4),
    layers.Permute((3, 1, 2)),
    layers.PReLU(),
    layers.LayerNormalization(),
    layers.UnitNormalization(),
    layers.GlobalMaxPool2D(),
])
""",
    "masks": """
words = keras.Input((7,))
x = layers.Embedding(50, 8, mask_zero=True)(words)
x = layers.Dropout(0.1)(x)
x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
x = layers.GRU(3)(x)
model = keras.Model(words, layers.Dense(1)(x))
steps = keras.Input((5, 3))
y = layers.Masking()(steps)
y = layers.TimeDistributed(layers.Dense(4))(y)
z = layers.Attention()([y, y])
averaged = keras.Model(steps, layers.GlobalAveragePooling1D()(z))
plain = keras.Model(steps, layers.Dense(2)(layers.Flatten()(layers.Masking()(steps))))
""",
    "masks_that_meet": """
a, b = keras.Input((6,)), keras.Input((6,))
embed = layers.Embedding(20, 4, mask_zero=True)
left, right = embed(a), embed(b)
both = keras.Model([a, b], layers.LSTM(3)(layers.Add()([left, right])))
one = keras.Model([a, b], layers.LSTM(3)(layers.Concatenate()([left, layers.Embedding(20, 4)(b)])))
heads = keras.Model([a, b], layers.MultiHeadAttention(2, 4)(left, right))
""",
    "argparse": """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--units", type=int, default=24)
parser.add_argument("--depth", default=3, type=int)
parser.add_argument("--size", type=int, nargs=2, default=[16, 16])
args = parser.parse_args([])
x = inputs = keras.Input((*args.size, 3))
x = layers.Flatten()(x)
for i in range(args.depth):
    x = layers.Dense(args.units, name=f"dense_{i}")(x)
model = keras.Model(inputs, layers.Dense(2)(x))
""",
    "dict_of_layers": """
LAYERS = {"conv": layers.Conv2D, "pool": layers.MaxPooling2D}
PLAN = [
    ("conv", dict(filters=8, kernel_size=3)),
    ("pool", {}),
    ("conv", {"filters": 16, "kernel_size": 3, "padding": "same"}),
]
model = keras.Sequential([keras.Input((32, 32, 3))])
for kind, arguments in PLAN:
    model.add(LAYERS[kind](**arguments))
model.add(layers.GlobalAveragePooling2D())
for units in [64, 32]:
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dropout(0.5))
model.add(layers.Dense(10))
""",
    "closures": """
def block(filters, kernel=3, *, pool=True):
    def apply(x):
        x = layers.Conv2D(filters, kernel, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
        return layers.MaxPooling2D()(x) if pool else x
    return apply
inputs = keras.Input((32, 32, 1))
x = inputs
for f in (8, 16):
    x = block(f)(x)
x = block(32, 1, pool=False)(x)
model = keras.Model(inputs, x)
""",
    "comprehension": """
inputs = [keras.Input((4,), name=f"in_{i}") for i in range(3)]
hidden = [layers.Dense(8 * (i + 1))(t) for i, t in enumerate(inputs)]
x = layers.Concatenate()(hidden)
outputs = {name: layers.Dense(n, name=name)(x) for name, n in zip(["a", "b"], [1, 5])}
model = keras.Model(inputs, outputs)
""",
    "dict_inputs": """
inputs = {"image": keras.Input((8, 8, 3), name="image"), "meta": keras.Input((5,), name="meta")}
x = layers.Flatten()(inputs["image"])
x = layers.concatenate([x, inputs["meta"]])
model = keras.Model(inputs=inputs, outputs={"y": layers.Dense(1)(x)})
""",
    "helpers_in_class": """
class Net(keras.Model):
    def __init__(self, widths=(16, 8), classes=4, **kwargs):
        super().__init__(**kwargs)
        self.blocks = []
        for width in widths:
            self.blocks.append(self.make_block(width))
        self.head = layers.Dense(classes, activation="softmax")

    def make_block(self, width):
        return keras.Sequential([layers.Dense(width, activation="relu"), layers.Dropout(0.1)])

    def features(self, x):
        for block in self.blocks:
            x = block(x)
        return x

    def call(self, inputs, training=False):
        return self.head(self.features(inputs))

model = Net()
model(np.zeros((3, 10)))
other = Net((32,), classes=2)
other(np.zeros((2, 6)))
""",
    "dict_call": """
class Two(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = layers.Dense(4)
        self.b = layers.Dense(5)

    def call(self, inputs):
        x = ops.concatenate([self.a(inputs["left"]), self.b(inputs["right"])], axis=-1)
        return {"sum": ops.sum(x, axis=-1), "all": x}

model = Two()
model({"left": np.zeros((2, 3)), "right": np.zeros((2, 7))})
""",
    "dataclass": """
from dataclasses import dataclass, field
@dataclass
class Config:
    vocabulary: int = 100
    width: int = 16
    heads: int = 2
    hidden: list = field(default_factory=lambda: [32, 16])

    @property
    def per_head(self):
        return self.width // self.heads

config = Config(width=32)
tokens = keras.Input((None,), dtype="int32")
x = layers.Embedding(config.vocabulary, config.width)(tokens)
x = layers.MultiHeadAttention(config.heads, config.per_head)(x, x)
for n in config.hidden:
    x = layers.Dense(n)(x)
model = keras.Model(tokens, x)
""",
    "layer_lists": """
class Stack(layers.Layer):
    def __init__(self, units, depth):
        super().__init__()
        self.parts = [layers.Dense(units, activation="relu") for _ in range(depth)]
        self.norm = layers.LayerNormalization()

    def call(self, x):
        for part in self.parts:
            x = x + part(x)
        return self.norm(x)

inputs = keras.Input((12, 8))
model = keras.Model(inputs, Stack(8, 3)(inputs))
""",
    "build_weights": """
class Linear(layers.Layer):
    def __init__(self, units=4, bias=True):
        super().__init__()
        self.units, self.bias = units, bias

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform")
        if self.bias:
            self.b = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, x):
        x = ops.matmul(x, self.w)
        return x + self.b if self.bias else x

model = keras.Sequential([keras.Input((6,)), Linear(5), Linear(3, bias=False)])
""",
    "pop_and_head": """
base = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(20), layers.Dense(10)])
base.pop()
for layer in base.layers:
    layer.trainable = False
model = keras.Sequential(base.layers + [layers.Dense(3)])
model.build((None, 28, 28))
""",
    "cut_model": """
inputs = keras.Input((16, 16, 3))
x = layers.Conv2D(4, 3, name="first")(inputs)
x = layers.Conv2D(8, 3, name="second")(x)
full = keras.Model(inputs, layers.Flatten()(x))
middle = keras.Model(full.input, full.get_layer("first").output)
last = keras.Model(inputs=full.inputs, outputs=full.layers[-2].output)
both = keras.Model(full.input, [layer.output for layer in full.layers[1:3]])
""",
    "siamese": """
def encoder(shape):
    inputs = keras.Input(shape)
    x = layers.Conv1D(8, 3, padding="causal", dilation_rate=2)(inputs)
    x = layers.GlobalMaxPooling1D()(x)
    return keras.Model(inputs, layers.Dense(6)(x), name="encoder")

enc = encoder((20, 2))
a, b = keras.Input((20, 2)), keras.Input((20, 2))
d = ops.abs(enc(a) - enc(b))
model = keras.Model([a, b], layers.Dense(1, activation="sigmoid")(d))
""",
    "unet": """
def conv(x, n):
    for _ in range(2):
        x = layers.Conv2D(n, 3, padding="same", activation="relu")(x)
    return x
inputs = keras.Input((64, 64, 1))
skips, x = [], inputs
for n in (8, 16):
    x = conv(x, n)
    skips.append(x)
    x = layers.MaxPooling2D()(x)
x = conv(x, 32)
for n, skip in zip((16, 8), reversed(skips)):
    x = layers.Conv2DTranspose(n, 2, strides=2)(x)
    x = layers.concatenate([x, skip])
    x = conv(x, n)
model = keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x))
""",
    "autoencoder": """
class AutoEncoder(keras.Model):
    def __init__(self, latent, shape):
        super().__init__()
        self.encoder = keras.Sequential([layers.Flatten(), layers.Dense(latent)])
        self.decoder = keras.Sequential([layers.Dense(int(np.prod(shape))), layers.Reshape(shape)])

    def call(self, x):
        return self.decoder(self.encoder(x))

model = AutoEncoder(4, (8, 8))
model.compile(loss="mse")
model.fit(np.zeros((8, 8, 8)), np.zeros((8, 8, 8)), verbose=0)
""",
    "vit": """
class Patches(layers.Layer):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def call(self, images):
        shape = ops.shape(images)
        n = (shape[1] // self.size) * (shape[2] // self.size)
        patches = ops.image.extract_patches(images, size=self.size)
        return ops.reshape(patches, (shape[0], n, self.size * self.size * shape[3]))

inputs = keras.Input((32, 32, 3))
x = layers.Dense(16)(Patches(8)(inputs))
for _ in range(2):
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    y = layers.MultiHeadAttention(num_heads=2, key_dim=8, dropout=0.1)(y, y)
    x = layers.Add()([y, x])
model = keras.Model(inputs, layers.Dense(10)(layers.Flatten()(x)))
""",
    "with_while": """
model = keras.Sequential([keras.Input((64, 64, 3))])
size, filters = 64, 4
while size > 8:
    model.add(layers.Conv2D(filters, 3, strides=2, padding="same"))
    size //= 2
    filters *= 2
model.add(layers.Flatten())
assert model.output_shape == (None, 8 * 8 * 16)
model.add(layers.Dense(model.output_shape[-1] // 64))
""",
    "conditional": """
def build(kind="gru", units=8, bidirectional=True):
    cell = {"gru": layers.GRU, "lstm": layers.LSTM}[kind]
    layer = cell(units, return_sequences=False)
    if bidirectional:
        layer = layers.Bidirectional(layer)
    inputs = keras.Input(shape=(None, 5))
    return keras.Model(inputs, layers.Dense(1)(layer(inputs)), name=kind)
model = build()
second = build("lstm", bidirectional=False)
""",
    "inherited": """
class Base(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.first = layers.Dense(units)
        self.rest = self.make()

    def make(self):
        raise NotImplementedError

    def call(self, x):
        return self.rest(self.first(x))

class Small(Base):
    def make(self):
        return layers.Dense(2)

model = Small(7)
model(np.zeros((4, 3)))
""",
    "layers_derived_from_layers": """
class Scaled(layers.Dense):
    def __init__(self, units, scale=2.0, **kwargs):
        super().__init__(units, **kwargs)
        self.scale = scale
    def call(self, x):
        return super().call(x) * self.scale

class Always(layers.Dropout):
    def call(self, x, training=None):
        return super().call(x, training=True)

class Biased(layers.Conv2D):
    def build(self, input_shape):
        super().build(input_shape)
        self.extra = self.add_weight(shape=(self.filters,))
    def call(self, x):
        return super().call(x) + self.extra

class Renamed(layers.MaxPooling2D):
    pass

model = keras.Sequential([
    keras.Input((9, 9, 3)), Biased(4, 3, strides=2), Renamed(), layers.Flatten(),
    Scaled(5, use_bias=False, name="mine"), Always(0.5), Scaled(units=2),
])
inputs = keras.Input((7, 6))
scaled = Scaled(3)
functional = keras.Model(inputs, layers.Dense(scaled.units)(Always(0.1)(scaled(inputs))))
""",
    "clones": """
original = keras.Sequential([keras.Input((6,)), layers.Dense(4), layers.Dense(2, name="out")])
model = keras.models.clone_model(original)
model.add(layers.Dense(3))
""",
    "decorators": """
import functools
BUILDERS = {}
def register(name):
    def decorate(function):
        BUILDERS[name] = function
        return function
    return decorate
def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        print("building")
        return function(*args, **kwargs)
    return wrapper
@register("small")
@logged
def small(inputs, classes=2):
    return layers.Dense(classes)(inputs)
inputs = keras.Input((3,))
for name, build in BUILDERS.items():
    model = keras.Model(inputs, build(inputs, classes=4), name=name)
""",
    "kind_of_input": """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = layers.Dense(3)
    def call(self, inputs):
        if isinstance(inputs, (list, tuple)):
            inputs = inputs[0]
        return self.out(inputs["x"] if isinstance(inputs, dict) else inputs)
model = Net()
model({"x": np.zeros((2, 5))})
""",
    "lambda_layers": """
inputs = keras.Input((10, 4))
x = layers.Lambda(lambda t: t[:, -1, :], output_shape=(4,))(inputs)
y = layers.Lambda(lambda t: ops.mean(t, axis=1))(inputs)
model = keras.Model(inputs, layers.Dense(2)(layers.Add()([x, y])))
""",
    "clone_and_embed": """
def mlp(units, n_in, n_out):
    return keras.Sequential([keras.Input((n_in,)), *[layers.Dense(u, "relu") for u in units], layers.Dense(n_out)])
actor, critic = mlp([32, 32], 4, 2), mlp([64], 6, 1)
state = keras.Input((4,))
action = actor(state)
model = keras.Model(state, critic(layers.concatenate([state, action])))
""",
    "static_and_class_methods": """
class Factory:
    width = 12

    @staticmethod
    def dense(n):
        return layers.Dense(n, use_bias=False)

    @classmethod
    def make(cls, inputs):
        return keras.Sequential([keras.Input(inputs), cls.dense(cls.width), cls.dense(1)])

model = Factory.make((5,))
""",
    "walrus_and_star": """
sizes = [8, 4]
first, *rest = sizes
model = keras.Sequential([keras.Input((n := 6,)), layers.Dense(first), *map(layers.Dense, rest), layers.Dense(n)])
""",
    "functools": """
from functools import partial, reduce
Conv = partial(layers.Conv2D, kernel_size=3, padding="same", activation="relu")
inputs = keras.Input((16, 16, 3))
x = reduce(lambda t, n: Conv(n)(t), (4, 8), inputs)
model = keras.Model(inputs, x)
""",
    "train_step": """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.net = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    def call(self, x):
        return self.net(x)
    def train_step(self, data):
        x, y = data
        return {"loss": 0.0}
model = Net()
model(np.zeros((1, 4)))
""",
    "input_forms": """
a = keras.layers.Input(shape=[6])
b = keras.Input(batch_shape=(None, 6))
c = keras.Input((6,), batch_size=4)
d = keras.Input(shape=(6,), dtype="int32", name="numbers")
e = layers.Embedding(10, 3)(d)
model = keras.Model([a, b], layers.Add()([a, b]))
fixed = keras.Model(c, layers.Dense(2)(c))
numbers = keras.Model(d, layers.Flatten()(e))
f = keras.layers.InputLayer(shape=(7,))
seq = keras.Sequential([f, layers.Dense(2)])
""",
}
