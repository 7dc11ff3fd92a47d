"""`itertools` and `random`, abstractly and for real."""

import pytest

HEAD = "import itertools\nimport random\nimport numpy as np\nx = np.arange(12).reshape(3, 4)\n"
KNOWN = """
list(itertools.product([1, 2], "ab"))
list(itertools.product([0, 1], repeat=3))
list(itertools.product())
list(itertools.combinations([1, 2, 3], 2))
list(itertools.combinations(range(4), r=3))
list(itertools.permutations([1, 2, 3]))
list(itertools.permutations([1, 2, 3], 2))
list(itertools.combinations_with_replacement("ab", 2))
list(itertools.chain([1], (2, 3), "a"))
list(itertools.chain.from_iterable([[1, 2], [3]]))
list(itertools.zip_longest([1, 2], [3]))
list(itertools.zip_longest([1, 2], [3], fillvalue=0))
list(itertools.islice([1, 2, 3], 2))
list(itertools.islice(range(9), 2, 7, 2))
list(itertools.islice(range(9), 2, None))
list(itertools.islice(itertools.repeat(5), 3))
list(itertools.repeat("a", 3))
list(itertools.starmap(lambda a, b: a * b, [(2, 3), (3, 2)]))
list(itertools.accumulate([1, 2, 3]))
list(itertools.accumulate([1, 2, 3], lambda a, b: a * b))
list(itertools.accumulate([1, 2, 3], initial=10))
list(itertools.pairwise([1, 2, 3]))
[list(part) for part in itertools.tee([1, 2])]
[a + b for a, b in itertools.product([1, 2], [10, 20])]
[(i, u, d) for i, (u, d) in enumerate(itertools.product([(8,), (4, 4)], [0, 0.2]))]
list(itertools.product(x, x))[4]
np.array([random.random() for _ in range(5)])
np.array([random.randint(0, 3) for _ in range(5)])
np.array([[random.uniform(-1, 1) for _ in range(3)] for _ in range(4)])
np.array([random.gauss(0, 1) for _ in range(4)])
np.array([random.choice([1, 2, 3]) for _ in range(9)])
np.array(random.sample(range(10), 4))
np.array(random.choices([0, 1], k=5))
np.array(random.sample([0.5, 1.5], 2))
"""
MAYBE = """
list(itertools.product(range(99), range(99)))
list(itertools.islice(itertools.cycle([1, 2]), 3))
list(itertools.islice(itertools.count(), 3))
list(itertools.takewhile(lambda n: n < 2, [1, 2, 3]))
list(itertools.groupby([1, 1, 2]))
list(itertools.chain({1, 2}, {3}))
list(itertools.permutations(range(9)))
list(itertools.accumulate("ab"))
list(zip([1, 2], itertools.count()))
list(zip("ab", itertools.cycle([0])))
random.random()
random.randrange(5)
random.randint(2, 3) * x
random.choice(["a", "b"])
random.choice(x)
random.choice("abc")
random.seed(1)
random.sample(["a", "b", "c"], 2)
random.choices("ab", weights=[1, 2], k=3)
"""


@pytest.mark.parametrize("expression", KNOWN.strip().splitlines())
def test_known(compare, expression: str) -> None:
    compare(f"{HEAD}result = {expression}", known=True)


@pytest.mark.parametrize("expression", MAYBE.strip().splitlines())
def test_nothing_wrong_is_said(compare, expression: str) -> None:
    compare(f"{HEAD}result = {expression}")


def test_shuffled_lists_have_no_order(compare) -> None:
    for items in ("[1, 2, 3]", "[x, x]", "['a', 'b']", "[]", "list(range(99))"):
        compare(f"{HEAD}result = {items}\nrandom.shuffle(result)")
        compare(f"{HEAD}a = {items}\nrandom.shuffle(a)\nresult = [i for i in a]\nlen(a)")


def test_numbers_drawn_one_by_one_are_labels(abstract) -> None:
    value = abstract(f"{HEAD}result = np.array([random.randint(0, 3) for _ in range(50)])")
    assert (value.spec.dtype, value.facts.low, value.facts.high, value.facts.drawn) == (
        "int64",
        0,
        3,
        "integers",
    )
    value = abstract(f"{HEAD}result = np.array([np.random.rand() for _ in range(50)])")
    assert value.facts.continuous
