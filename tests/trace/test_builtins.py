"""Built-in functions and methods of lists, dicts and strings, abstractly and for real."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

KNOWN = """
len([1, 2, 3])
len("abc")
len({"a": 1})
len((1,))
len(range(10))
range(3)
range(2, 10, 3)
range(5, 0, -1)
list(range(4))
tuple([1, 2])
list((1, 2))
list("ab")
list({"a": 1, "b": 2})
set([1, 1, 2])
dict(a=1, b=2)
dict({"a": 1}, b=2)
dict([("a", 1), ("b", [2])])
dict()
list(zip([1, 2], "ab"))
list(zip([1, 2], [3]))
list(enumerate(["a", "b"]))
list(enumerate("ab", 1))
list(enumerate("ab", start=5))
list(map(lambda x: x + 1, [1, 2]))
list(map(int, ["1", "2"]))
list(map(str, [1, 2]))
list(map(lambda x, y: x * y, [1, 2], [3, 4]))
[x * 2 for x in range(3)]
[a + b for a, b in zip([1, 2], [3, 4])]
{k: v for k, v in {"a": 1}.items()}
{k: i for i, k in enumerate("ab")}
sorted([3, 1, 2])
sorted([3, 1, 2], reverse=True)
sorted("cab")
sorted({"c", "a", "b"})
max({1, 5, 3})
len({1, 2})
len({1, 1})
len({x % 2 for x in range(4)})
len(set("aab"))
set({"a", "b"})
list(reversed([1, 2]))
list(range(9))[slice(3)]
list(range(9))[slice(2, 5)]
list(range(9))[slice(1, None, 3)]
"abcd"[slice(-2, None)]
min(3, 1)
max([1, 5, 2])
min("b", "a")
sum([1, 2, 3])
sum([1.5, 2])
sum(range(5))
abs(-3)
abs(2.5)
round(2.567, 2)
round(2.5)
round(7)
int(3.7)
int("12")
int()
float(3)
float("1.5")
str(5)
str("a")
bool(0)
bool([])
bool("a")
divmod(7, 3)
all([True, 1])
any([0, False])
isinstance(3, int)
isinstance("a", str)
isinstance([1], list)
isinstance((1,), list)
isinstance({"a": 1}, dict)
isinstance([1], (dict, list, tuple))
isinstance("a", (list, tuple))
isinstance({"a": 1}, str)
isinstance(3, str)
print("x")
math.ceil(7 / 2)
math.floor(-1.5)
math.sqrt(16)
math.prod([2, 3])
math.log2(8)
"a{}c".format(1)
"{name}-{}".format(2, name="x")
"{0}{0}".format("a")
"a,b".split(",")
"a b".split()
"-".join(["a", "b"])
"ABC".lower()
"abc".upper()
"abc".replace("a", "b")
" a ".strip()
"abc".startswith("a")
"abc".endswith(("b", "c"))
"model.h5".rsplit(".", 1)
"abc".find("c")
"abc".count("b")
"abc"[1]
"abc".isdigit()
"a" + "b"
[1, 2].index(2)
[1, 2, 1].count(1)
[1, 2].copy()
{"a": 1}.get("a")
{"a": 1}.get("b")
{"a": 1}.get("b", 2)
list({"a": 1}.keys())
list({"a": 1}.values())
list({"a": 1}.items())
{"a": 1}.copy()
len({"a": 1}.items())
""".strip().splitlines()

MAYBE = """
round(2.5, None)
round(True)
int("0x10", 16)
int(True)
abs(True)
sum([[1], [2]], [])
sum([1], 5)
min([3, 1], key=lambda x: -x)
max(3, 1, key=lambda x: -x)
max([], default=3)
sorted([3, 1], key=lambda x: -x)
str(1.5)
str([1])
"{:.2f}".format(1.5)
"{!r}".format("a")
"{0[0]}".format([1])
"{{}}".format()
"%d" % 3
"%3d" % 3
"a" * 3
[1] * 3
3 * [1]
(1,) + (2,)
list(filter(None, [0, 1]))
list(zip())
list(iter([1]))
type(3)
getattr("a", "upper")()
{1: 2}.get(True)
{True: 1}.get(1)
set("aab")
list({"a", "b", "c", "d"})
len(list({"a", "b"}))
[x for x in {"a", "b", "c"}]
tuple({"c", "b", "a"})
list(enumerate({"a", "b", "c"}))
frozenset([1])
complex(1, 2)
bytes(3)
hash(1)
ord("a")
chr(97)
bin(3)
pow(2, 3)
slice(1)
tuple("ab")
dict(zip("ab", [1, 2]))
dict.fromkeys("ab", 0)
[1, 2, 3][-1]
[1, 2, 3][::2]
"abc".encode()
"a".zfill(3)
"a".center(9)
"x".join([])
math.pi
math.inf
math.fsum([0.1] * 10)
math.gcd(4, 6)
isinstance(True, int)
isinstance(None, int)
isinstance(3, (int, float))
isinstance(3.0, int)
len(set([1, 1.0]))
set([1, True])
[x for x in enumerate([1])]
""".strip().splitlines()

# In place: (what is done, whether all is known afterwards)
STEPS = [
    ("x = [1]\nx.append(2)", True),
    ("x = [1]\nx.extend([2, 3])", True),
    ("x = [1]\nx.extend('ab')", True),
    ("x = [1, 2]\nx.insert(0, 5)", True),
    ("x = [1, 2]\ny = x.pop()\nx = (x, y)", True),
    ("x = [1, 2]\ny = x.pop(0)\nx = (x, y)", True),
    ("x = [1, 2]\nx.clear()", True),
    ("x = [1, 2]\nx.reverse()", True),
    ("x = [2, 1]\nx.sort()", True),
    ("x = [2, 1, 3]\nx.sort(reverse=True)", True),
    ("x = [1, 2, 1]\nx.remove(1)", True),
    ("x = [1]\ny = x\ny.append(2)", True),
    ("x = [1]\ny = x.copy()\ny.append(2)", True),
    ("x = []\nfor i in range(3):\n    x.append(i)", True),
    ("x = []\nfor i in range(1000):\n    x.append(i)", False),
    ("x = []\nfor a, b in zip([1, 2], [3, 4]):\n    x.append(a * b)", True),
    ("x = {}\nfor i, k in enumerate('ab'):\n    x[k] = i", True),
    ("x = {'a': 1}\nx.update(b=2)", True),
    ("x = {'a': 1}\nx.update({'a': 3})", True),
    ("x = {'a': 1}\nx.update([('a', 3)])", False),
    ("x = {'a': 1}\ny = x.pop('a')\nx = (x, y)", True),
    ("x = {'a': 1}\ny = x.pop('b', 7)\nx = (x, y)", True),
    ("x = {}\ny = x.setdefault('a', [])\ny.append(1)", True),
    ("x = {'a': 1}\nx.clear()", True),
    ("x = {'a': 1}\nx.popitem()", False),
    ("x = {1}\nx.add(2)", False),
    ("x = [3, 1, 2]\nx.sort(key=lambda v: -v)", False),
    ("x = []\nif len(str(id(x))) > 3:\n    x.append(1)", False),
    ("x = []\nif len(str(id(x))) > 3:\n    x.append(1)\nelse:\n    x.append(1)", False),
    ("x = {}\nif len(str(id(x))) > 3:\n    x.update(a=1)", False),
    ("x = [1]\nx += [2]", True),
    ("x = [[]] * 2\nx[0].append(1)", True),
    ("x = [1, 2]\nx.append(x.pop(0))", True),
]


@pytest.mark.parametrize("expression", KNOWN)
def test_known(compare, expression: str) -> None:
    compare(f"import math\nresult = {expression}", known=True)


@pytest.mark.parametrize("expression", MAYBE)
def test_nothing_wrong_is_said(compare, expression: str) -> None:
    compare(f"import math\nresult = {expression}")


@pytest.mark.parametrize(("steps", "known"), STEPS)
def test_in_place(compare, steps: str, known: bool) -> None:
    compare(f"{steps}\nresult = x", known=known)


def test_arrays_have_the_length_of_their_first_axis(compare) -> None:
    compare(
        "import numpy as np\nx = np.zeros((7, 2))\nresult = len(x), x.shape[0] // 2, range(len(x))",
        known=True,
    )


@given(st.lists(st.integers(-5, 5), max_size=6), st.lists(st.integers(-3, 3), max_size=8))
def test_lists_of_any_history(compare, start: list[int], steps: list[int]) -> None:
    """A list after a random series of changes."""
    lines = [f"x = {start}"]
    methods = [
        "x.append({})",
        "x.insert({}, 9)",
        "x.extend([{}])",
        "x.reverse()",
        "x.sort()",
        "x = x[{}:]",
        "x *= 2",
    ]
    for position, step in enumerate(steps):
        lines.append(methods[(position + step) % len(methods)].format(step))
    compare("\n".join([*lines, "result = x"]))


@pytest.mark.parametrize(
    ("call", "opens"),
    [("exec('x = 1')", True), ("eval('x')", True), ("vars()", True), ("vars(object())", False)],
)
def test_code_in_strings_may_bind_any_name(call: str, opens: bool) -> None:
    from kerasfix.source import Source
    from kerasfix.syntax.module import Module
    from kerasfix.trace.interpreter import Interpreter

    interpreter = Interpreter(Module.parse(Source("test.py", call)))
    interpreter.run()
    assert interpreter.open_names is opens


@pytest.mark.parametrize(
    "expression",
    [
        "range(10 ** 12)",
        "list(range(10 ** 9))",
        "sum(range(10 ** 9))",
        "math.exp(10000)",
        "math.sqrt(-1)",
        "math.log(0)",
        "int('x')",
        "int('9' * 4000)",
        "float('inf')",
        "round(1.5, 10 ** 9)",
        "int(float('nan'))",
        "'ab'.replace('', 'x' * 200)",
        "'{:>1000000000}'.format(1)",
        "'{' .format()",
        "''.join([1])",
        "'a'.split('')",
        "len()",
        "len(5)",
        "range()",
        "range('a')",
        "range(1, 2, 0)",
        "zip(1)",
        "dict(1)",
        "dict([1])",
        "sorted([1, 'a'])",
        "min()",
        "max([])",
        "[].pop()",
        "[1].index(2)",
        "[].remove(1)",
        "{}.pop('a')",
        "{}.get()",
        "[].append()",
        "map()",
        "enumerate()",
        "divmod(1, 0)",
        "divmod(10 ** 12, 3)",
        "math.prod([10 ** 12] * 4000)",
        "'a' * 10 ** 12",
        "10 ** 12 * 'a'",
        "'%1000000000d' % 3",
        "list(map(lambda x: x(x), [lambda x: x(x)]))",
        "{}.setdefault([], 1)",
        "isinstance()",
        "'a'.center(10 ** 12)",
        "'a'.zfill(10 ** 12)",
    ],
)
def test_nonsense_is_survived(abstract, expression: str) -> None:
    abstract(f"import math\nresult = {expression}")
