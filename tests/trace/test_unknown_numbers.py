"""Numbers that only a run knows: sizes from the environment, positions in loops."""

import pytest

from kerasfix.keras.shape import ANY

HIDDEN = {"text": "12", "k": 3, "table": None}
HEAD = """
import numpy as np
n = int(text)
r = float(text)
x = np.random.rand(n, 4, 3)
"""
EXPRESSIONS = """
np.random.rand(n, 5)
np.random.randint(0, 3, n)
np.random.randint(0, n, 8)
np.random.rand(n)
np.zeros(n)
np.zeros(x.shape[0])
np.ones((x.shape[0], 2))
np.arange(n)
np.random.permutation(n)
np.random.permutation(len(x))
np.random.choice(n, 5)
np.random.choice(n, size=n)
x[np.random.permutation(n)]
x[n - 1]
x[n - 1, 0]
x[:n // 2]
x[n // 2:]
x[-1:]
x[2:3]
x * n
x / r
x + r * n
x.astype("float32") * r
np.float32(3) * r
[0] * n
[0, 1] * (n // 2)
np.array([0, 1] * (n // 2))
"ab" * n
"%d" % n
(3,) * k
n + 1
n * 2
-n
n / 2
n > 3
max(n, 3)
n % 2 == 0
[n, 3]
np.array([n, 3])
np.array([n, r])
np.full(4, n)
np.full((2, n), r)
np.linspace(0, n, 5)
np.repeat([0, 1], n)
np.tile(x, (n, 1, 1))
x.reshape(n, -1)
x.reshape(len(x), 12)
x.reshape((x.shape[0], x.shape[1] * x.shape[2]))
x.reshape(x.shape[0], 4, 3, 1)
[i for i in range(n)]
np.array([x[i] for i in range(n)])
np.array([x[i, 0] for i in range(n)])
np.array([x[i:i + 2] for i in range(n - 2)])
np.array([x[i - 2:i, 0] for i in range(2, n)])
np.array([x[i + 1:i + 4] for i in range(0, n - 4, 2)])
np.array([x[i:i + k] for i in range(n - k)])
[x[i:i + 5] for i in range(n)]
np.array([x[i:i + 5] for i in range(n)], dtype=object)
np.array([[i, i + 1] for i in range(n)])
np.array([i for i in range(n)])
np.array([int(i) for i in "0" * n])
np.array([float(i) for i in range(n)])
np.array([len(w) for w in text.split()])
list(enumerate(x))
x[[i for i in range(n)]]
np.eye(3)[np.random.randint(0, 3, n)]
np.zeros((len(text), 3))
isinstance(n, int)
n if n > 3 else 5
n is None
str(n)
f"{n}"
int(r)
round(r)
range(n)
len(range(n))
np.arange(n - 1)
np.arange(0, n, 2)
np.arange(r)
np.arange(r, 20)
np.arange(n) + 0.5
n - len(x)
n * n
r * 2
r - 1
np.linspace(x.min(), x.max(), 7)
np.linspace(x[0, 0] , x[1, 0], 7)
np.linspace(r, n, num=n)
x[np.expand_dims(np.arange(2), 0) + np.expand_dims(np.arange(len(x) - 1), 0).T]
sum(range(n))
"""


@pytest.mark.parametrize("expression", EXPRESSIONS.strip().splitlines())
def test_what_is_said_holds(compare, expression: str) -> None:
    compare(f"{HEAD}result = {expression}", hidden=HIDDEN)


def test_shapes_with_a_size_that_is_not_known(abstract) -> None:
    head = f"from elsewhere import text\n{HEAD}"
    for code, shape in (
        ("np.random.randint(0, 3, n)", (ANY,)),
        ("x[n - 1]", (4, 3)),
        ("x / r", (ANY, 4, 3)),
        ("np.array([x[i:i + 2] for i in range(n - 2)])", (ANY, 2, 4, 3)),
        ("np.array([x[i - 2:i, 0] for i in range(2, n)])", (ANY, 2, 3)),
    ):
        assert abstract(f"{head}result = {code}").spec.shape == shape


def test_tables_of_text_have_two_axes(compare, tmp_path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("1,2,3\n4,5,6\n")
    head = "import numpy as np\n"
    for code, rank in (
        ("np.loadtxt(path, delimiter=',')[:, 0:2]", 2),
        ("np.loadtxt(path, delimiter=',')[:, 2]", 1),
        ("np.genfromtxt(path, delimiter=',')[1:, -1]", 1),
        ("np.loadtxt(path, delimiter=',')[0, 1]", 0),
        ("np.loadtxt(path, delimiter=',', usecols=1)[..., None]", None),
        ("np.loadtxt(path, delimiter=',', usecols=1)[:, None]", None),
        ("np.loadtxt(path, delimiter=',')[1:]", None),
    ):
        assert compare(f"{head}result = {code}", hidden={"path": str(path)}).spec.rank == rank


WINDOWS = """
def windows(data, steps):
    xs, ys = [], []
    for i in range(len(data) - steps):
        xs.append(data[i:i + steps])
        ys.append(data[i + steps, 0])
    return np.array(xs), np.array(ys)
result = windows(np.random.rand({rows}, 2), {steps})
"""


@pytest.mark.parametrize(("rows", "steps"), [("n", "k"), ("400", "30"), ("n", "3"), ("60", "k"), ("20", "5")])
def test_windows_over_a_series(compare, rows: str, steps: str) -> None:
    value = compare(HEAD + WINDOWS.format(rows=rows, steps=steps), hidden=HIDDEN)
    assert value.items[0].spec.rank == 3
    if steps != "k":
        assert value.items[0].spec.shape[1:] == (int(steps), 2)


def test_a_long_loop_is_in_no_round_in_particular(compare) -> None:
    compare("result = 'a'\nfor i in range(1000):\n    if i == 5:\n        result = 'b'")
    compare("result = []\nfor i in range(1000):\n    result.append(i)")
    compare("result = 0\nfor i in range(1000):\n    result = i")
