"""Files, folders and downloads that are not there: made up from their use, named, and never called proof."""

import importlib.util
from collections.abc import Callable

import pytest

from kerasfix.verify import Verdict
from kerasfix.verify.child import tables, usage

Verify = Callable[..., Verdict]


def test_what_the_data_of_a_script_is_like() -> None:
    found = usage.read("Dense(8, input_dim=4)\nDense(3)\n")
    assert (found.units, found.classes, found.inputs) == (3, 3, 4)
    assert usage.read("this is no python") == usage.Usage()
    assert usage.is_label("target")
    assert usage.is_label("is_churn")
    assert not usage.is_label("year")


def columns(text: str) -> dict[str, tables.Column]:
    found = tables.read("df = pd.read_csv('x.csv')\n" + text).columns
    return {name: column for name, column in found.items() if not name.startswith(".")}


def test_columns_are_those_that_are_asked_for() -> None:
    asked = columns(
        "y = df.pop('target')\nx = df[['age', 'height']]\nz = df.drop(columns=['name'])\n"
        "more = ['a', 'b']\nkey = 'c'\ndf[more + ['d']], df[key], df.loc[:, 'e']\n"
    )
    assert set(asked) == {"target", "age", "height", "name", "a", "b", "c", "d", "e"}
    made = columns("df['new'] = df['old'] + 1\ndf['new'].mean()\ndf['same'] = df['same'].fillna(0)\n")
    listed = columns(
        "feature_keys = ['p', 'T']\nclass_names = ['cat', 'dog']\ndf[[feature_keys[i] for i in [0]]]\n"
    )
    assert set(listed) == {"p", "T"}, "which of a list are used may be computed"
    assert set(made) == {"old", "same"}, "what the script makes itself is not in the file"
    other = columns(
        "h = model.fit(x, y)\nh.history['loss']\nplain = {'k': 1}\nplain['k']\nos.environ['HOME']\n"
    )
    assert not other, "subscripts of other things"
    assert tables.read("df = pd.read_csv('x.csv')\ny = df['Exited']\n").labels == {"Exited"}
    assert tables.read("df = pd.read_csv('x.csv')\nx = df['Exited']\n").labels == set()


def test_where_columns_are() -> None:
    found = tables.read("X = df.iloc[:, 3:-1].values\ny = df.iloc[:, 1].values\nz = df.iloc[:, 2]\n")
    assert (found.before, found.behind, found.label_at) == (3, 1, {1})


def test_what_columns_hold() -> None:
    found = columns(
        "df['sex'].map({'male': 0, 'female': 1})\ndf[df['country'] == 'DE']\ndf.replace({'own': {'yes': 1, 'no': 0}})\n"
        "tokenizer.fit_on_texts(df['review'])\ndf['title'].str.split(' ')\nx = df['mail']\n"
        "a, b, c, d = train_test_split(x, y)\nvectorize.adapt(a.values)\ndf['n'].apply(lambda n: n + 1)\n"
        "df['w'].apply(lambda w: w.strip())\npd.to_datetime(df['day'])\n"
    )
    assert {name: (column.kind, *column.values) for name, column in found.items()} == {
        "sex": ("words", "male", "female"),
        "country": ("words", "DE"),
        "own": ("words", "yes", "no"),
        "review": ("text",),
        "title": ("text",),
        "mail": ("text",),
        "n": ("number",),
        "w": ("text",),
        "day": ("time",),
    }


@pytest.mark.parametrize(
    ("text", "width", "pixels", "rows"),
    [
        ("X, y = data[:, 0:8], data[:, 8]", 9, 0, 0),
        ("X = df.iloc[:, 3:-1].values", 0, 0, 0),
        ("SIZE = 28\nx = x.values.reshape(-1, SIZE, SIZE, 1)", 0, 784, 0),
        ("x = np.reshape(x, (x.shape[0], 28 * 28))", 0, 0, 0),
        ("x = np.reshape(x, (x.shape[0], x.shape[1], 1))", 0, 0, 0),
        ("train, test = df[:800], df[800:]", 0, 0, 1000),
        ("N = 2000\nfor i in range(60, N): pass", 0, 0, 2500),
        ("small = df.head(400)\nbig = x[:10 ** 9]", 0, 0, 500),
    ],
)
def test_how_large_tables_are(text: str, width: int, pixels: int, rows: int) -> None:
    found = tables.read(text)
    assert (found.width, found.pixels, found.rows) == (width, pixels, rows)


MODEL = """
import keras
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(3, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
"""
PICTURES = """
import keras
SIZE = (32, 32)
model = keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(4, 3), keras.layers.Flatten(),
                          keras.layers.Dense(2, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
"""


@pytest.mark.keras
@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (
            MODEL
            + "import numpy as np\nd = np.loadtxt('pima.csv', delimiter=',')\nX, y = d[:, 0:8], d[:, 8]\n"
            "assert X.shape[1] == 8\nmodel.fit(X, y)",
            "pima.csv",
        ),
        (
            "import keras, numpy as np\nx, y = np.load('/data/x.npy'), np.load('/data/y.npy')\nx = x / 255.0\n"
            "model = keras.Sequential([keras.Input((7, 5)), keras.layers.LSTM(3), keras.layers.Dense(2)])\n"
            "model.compile('adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True))\nmodel.fit(x, y)",
            "/data/x.npy",
        ),
        (
            PICTURES
            + "ds = keras.utils.image_dataset_from_directory('data/train', image_size=SIZE, batch_size=4,\n"
            "    validation_split=0.5, subset='training', seed=1)\nassert len(ds.class_names) == 2\nmodel.fit(ds)",
            "data/train",
        ),
        (
            PICTURES + "import zipfile\nfrom urllib.request import urlretrieve\n"
            "urlretrieve('https://a.org/flowers.zip', 'flowers.zip')\n"
            "with zipfile.ZipFile('flowers.zip') as z:\n    z.extractall('flowers')\n"
            "ds = keras.utils.image_dataset_from_directory('flowers', image_size=SIZE)\nmodel.fit(ds)",
            "flowers",
        ),
        (
            PICTURES
            + "import pathlib\npath = keras.utils.get_file('flowers', 'https://a.org/f.tgz', untar=True)\n"
            "ds = keras.utils.image_dataset_from_directory(pathlib.Path(path), image_size=SIZE)\nmodel.fit(ds)",
            "flowers",
        ),
        (
            "import keras\npath = keras.utils.get_file('shakespeare.txt', 'https://a.org/s.txt')\n"
            "text = open(path).read()\nassert len(text) > 1000\n"
            "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])",
            "shakespeare.txt",
        ),
        (
            "import keras\nds = keras.utils.text_dataset_from_directory('aclImdb/train', batch_size=2)\n"
            "layer = keras.layers.TextVectorization(output_sequence_length=9)\nlayer.adapt(ds.map(lambda x, y: x))\n"
            "model = keras.Sequential([layer, keras.layers.Embedding(50, 4), keras.layers.Flatten(),\n"
            "    keras.layers.Dense(1, 'sigmoid')])\nmodel.compile('adam', 'binary_crossentropy')\nmodel.fit(ds)",
            "aclImdb/train",
        ),
    ],
    ids=["loadtxt", "npy", "pictures", "zip", "download", "text", "texts"],
)
def test_what_is_missing_is_made_up(verify: Verify, text: str, missing: str) -> None:
    verdict = verify(text)
    assert verdict.error is None
    assert verdict.status == "passed"
    assert any(missing in name for name in verdict.assumed)
    assert any(missing in stub for stub in verdict.stubs)
    assert not verdict.evidence


@pytest.mark.keras
@pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed")
@pytest.mark.parametrize(
    "text",
    [
        "df = pd.read_csv('a.csv')\ny = df.pop('species')\nx = df[['length', 'width']]\nassert set(y) == {0, 1, 2}\n"
        "model.fit(x, y)",
        "df = pd.read_csv('a.csv', header=None)\nx, y = df.iloc[:, :4].values, df.iloc[:, 4]\nassert x.shape[1] == 4\n"
        "model.fit(x, y)",
        "df = pd.read_csv('a.csv')\ndf['sex'] = df['sex'].map({'m': 0, 'f': 1})\nassert df['sex'].notna().all()\n"
        "x = pd.get_dummies(df[['sex', 'town', 'size']], columns=['town'])\nassert 3 < x.shape[1] < 20\n"
        "x['age'] = 2022 - df['year']\nassert 'age' not in df\n"
        "from sklearn.model_selection import train_test_split\n"
        "a, b, c, d = train_test_split(x, df['target'], test_size=0.25, stratify=df['target'])\n"
        "assert len(a) == 3 * len(b)\nmodel.fit(a.astype(float), c, validation_data=(b.astype(float), d))\ndf.plot()",
        "df = pd.read_csv('a.csv')\nx, y = df.drop(labels=['label'], axis=1), df.label\n"
        "x = x.values.reshape(-1, 28, 28, 1)\nother = pd.read_csv('a.csv')\n"
        "model.pop()\nmodel.add(keras.layers.Flatten())\nmodel.add(keras.layers.Dense(3, 'softmax'))\n"
        "model.fit(x, y)\nmodel.predict(other.values.reshape(-1, 28, 28, 1))",
        "df = pd.read_csv('a.csv', parse_dates=['day'], index_col='day')\nassert len(df.resample('W').mean()) > 30\n"
        "train, test = df[['a', 'b']][:900], df[['a', 'b']][900:]\nassert len(test)\n"
        "model.fit(train, (10 * train['a']).astype(int) % 3, validation_data=(test, test['b'] * 0))",
        "df = pd.read_csv('a.csv')\nX, y = df.iloc[:, 2:].values, df.iloc[:, 1].values\n"
        "model.build((None, X.shape[1]))\nassert set(y) == {0, 1, 2}\nmodel.fit(X, y)",
        "df = pd.read_csv('a.csv', names=['a', 'b', 'label'])\nmodel.fit(df[['a', 'b']].to_numpy(), df['label'])",
    ],
)
def test_tables_have_the_columns_that_are_asked_for(verify: Verify, text: str) -> None:
    verdict = verify(MODEL + "import pandas as pd\n" + text)
    assert verdict.error is None
    assert verdict.assumed == ("a.csv",)


@pytest.mark.keras
@pytest.mark.parametrize(
    "text",
    [
        "import os\ncats = os.listdir('/data/train/cats')\nassert len(cats) == 8\n"
        "ds = keras.utils.image_dataset_from_directory('/data/train', image_size=SIZE)\n"
        "assert ds.class_names == ['cats', 'class_0']\nmodel.fit(ds)",
        "import os, numpy as np\nx, y = [], []\nfor label, name in enumerate(sorted(os.listdir('train'))):\n"
        "    for file in os.listdir(os.path.join('train', name)):\n"
        "        picture = keras.utils.load_img(os.path.join('train', name, file), target_size=SIZE)\n"
        "        x.append(keras.utils.img_to_array(picture)), y.append(label)\n"
        "assert len(x) == 16\nmodel.fit(np.array(x), np.array(y))",
        "import glob, os, tensorflow as tf\nfiles = glob.glob('/data/*/*.png')\nassert len(files) == 16\n"
        "names = sorted({file.split(os.sep)[-2] for file in files})\nassert len(names) == 2\n"
        "x = tf.stack([tf.image.resize(tf.io.decode_png(tf.io.read_file(file)), SIZE) for file in files])\n"
        "y = tf.constant([names.index(file.split(os.sep)[-2]) for file in files])\nmodel.fit(x, y)",
    ],
    ids=["listed", "walked", "globbed"],
)
def test_folders_that_are_listed_have_pictures(verify: Verify, text: str) -> None:
    pytest.importorskip("PIL")
    verdict = verify(PICTURES + text)
    assert verdict.error is None
    assert verdict.status == "passed"
    assert verdict.assumed
    assert verify("import os\nos.listdir('nowhere')").status == "failed", "it reads no pictures"


@pytest.mark.keras
def test_files_that_are_there_are_read(verify: Verify) -> None:
    verdict = verify("""
        import pkgutil
        import numpy as np
        list(pkgutil.iter_modules())
        np.save("x.npy", [1, 2])
        assert list(np.load("x.npy")) == [1, 2]
        """)
    assert (verdict.error, verdict.assumed) == (None, ())
    assert not verdict.stubs


@pytest.mark.keras
@pytest.mark.skipif(importlib.util.find_spec("tensorflow_datasets") is not None, reason="it is installed")
def test_layers_and_models_take_what_stands_in_for_data(verify: Verify) -> None:
    verdict = verify("""
        import keras
        import tensorflow_datasets as tfds
        model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
        for images, labels in tfds.load("cats_vs_dogs", split="train").take(1):
            flipped = keras.layers.RandomFlip("horizontal")(images[0])
            assert model(flipped).shape[1] == 2
        """)
    assert verdict.error is None
    assert verdict.assumed == ("tensorflow_datasets",)


def test_options_that_a_script_cannot_do_without() -> None:
    text = """
parser.add_argument("--picture")
parser.add_argument("--mask", type=str)
parser.add_argument("--labels", "-l", type=int)
parser.add_argument("--out-prefix")
parser.add_argument("--content")
parser.add_argument("--weights")
parser.add_argument("--rate", default=None)
args = parser.parse_args()
picture, content = args.picture, args.content
mask, content = args.mask, args.content
def read(path):
    return load_img(path)
read(args.mask), load_img(args.picture), range(args.labels), args.out_prefix + ".png", args.rate * 2
if content is not None:
    read(content)
if args.content:
    read(args.content)
model = VGG16(weights=args.weights)
"""
    assert usage.options(text) == {"picture", "mask", "labels", "out_prefix"}
    assert usage.options("(") == set()


@pytest.mark.keras
@pytest.mark.skipif(importlib.util.find_spec("PIL") is None, reason="Pillow is not installed")
def test_pictures_of_the_command_line(verify: Verify) -> None:
    verdict = verify("""
        import argparse
        import keras
        from PIL import Image
        from keras.utils import load_img, img_to_array
        from scipy.optimize import fmin_l_bfgs_b
        parser = argparse.ArgumentParser()
        parser.add_argument("picture")
        parser.add_argument("--mask")
        args = parser.parse_args()
        rows, columns, channels = img_to_array(load_img(args.picture)).shape
        assert (channels, load_img(args.mask, target_size=(20, 30)).size) == (3, (30, 20))
        assert Image.open("photo.jpg").size == (columns, rows)
        calls = []
        def square(x):
            calls.append(1)
            return float(x @ x)
        for _ in range(10):
            fmin_l_bfgs_b(square, [4.0], fprime=lambda x: 2 * x)
        assert len(calls) < 20
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        """)
    assert verdict.error is None
    assert verdict.assumed == ("1", "photo.jpg")


@pytest.mark.keras
@pytest.mark.skipif(importlib.util.find_spec("cv2") is not None, reason="it is installed")
def test_pictures_of_opencv(verify: Verify) -> None:
    verdict = verify("""
        import cv2
        import keras
        picture = cv2.imread("photo.jpg")
        assert picture.dtype == "uint8" and picture.shape[2] == 3
        small = cv2.resize(picture, (40, 30), interpolation=cv2.INTER_AREA)
        assert small.shape == (30, 40, 3)
        assert cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).shape == (30, 40)
        assert (cv2.cvtColor(small, cv2.COLOR_BGR2RGB)[..., 0] == small[..., 2]).all()
        assert cv2.imread("photo.jpg", cv2.IMREAD_GRAYSCALE).ndim == 2
        model = keras.Sequential([keras.Input((30, 40, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
        model.predict(small[None])
        """)
    assert verdict.error is None
    assert verdict.assumed == ("photo.jpg",)


@pytest.mark.keras
def test_arguments_of_the_command_line(verify: Verify) -> None:
    verdict = verify("""
        import argparse, sys
        import keras
        parser = argparse.ArgumentParser()
        parser.add_argument("data")
        parser.add_argument("--units", type=int, required=True)
        parser.add_argument("--kind", choices=["relu", "tanh"], required=True)
        parser.add_argument("--epochs", type=int, default=3)
        args = parser.parse_args()
        assert (args.data, args.units, args.kind, args.epochs) == ("1", 1, "relu", 3)
        assert int(sys.argv[1]) == 1 and len(sys.argv) == 1
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(args.units, args.kind)])
        """)
    assert verdict.error is None
    assert verdict.stubs == (
        "argument data ('1')",
        "argument kind ('relu')",
        "argument units (1)",
        'sys.argv[1] ("1")',
    )
