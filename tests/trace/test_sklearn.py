"""scikit-learn, abstractly and for real."""

import pytest

from kerasfix.trace.values import Array

pytest.importorskip("sklearn")

SETUP = """
import numpy as np
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.utils import shuffle
x = np.random.default_rng(0).normal(size=(60, 4))
y = np.arange(60) % 3
t = y[:, None]
iris = load_iris()
digits = load_digits()
"""
IMPORTS = """
from sklearn.datasets import load_iris, load_wine, load_breast_cancer, load_digits, load_diabetes, load_linnerud
from sklearn.datasets import make_classification, make_blobs, make_moons, make_circles, make_regression
from sklearn.datasets import make_friedman1, make_swiss_roll, make_s_curve, make_gaussian_quantiles
from sklearn.preprocessing import StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler, Normalizer, LabelEncoder
from sklearn.preprocessing import LabelBinarizer, OneHotEncoder, OrdinalEncoder, scale, minmax_scale, normalize
from sklearn.preprocessing import PolynomialFeatures, MultiLabelBinarizer
"""
KNOWN = """
train_test_split(x, y)
train_test_split(x, y, test_size=0.33, random_state=7)
train_test_split(x, y, test_size=0.2, stratify=y)
train_test_split(x, y, train_size=0.7)
train_test_split(x, test_size=10)
train_test_split(x, y, test_size=0.15, train_size=0.5, shuffle=False)
train_test_split(x.astype("float32"), t, test_size=1 / 3)
StandardScaler().fit_transform(x)
StandardScaler().fit(x).transform(x.astype("float32"))
MinMaxScaler().fit_transform(x)
MinMaxScaler(feature_range=(-1, 1)).fit_transform(x)
MinMaxScaler((0, 2)).fit(x).transform(x)
RobustScaler().fit_transform(y.reshape(-1, 1))
MaxAbsScaler().fit_transform(x)
Normalizer().fit_transform(x)
StandardScaler().fit(x).inverse_transform(x)
scale(x)
minmax_scale(x)
normalize(x)
LabelEncoder().fit_transform(y)
LabelEncoder().fit(y).transform(y)
OrdinalEncoder().fit_transform(t)
PCA(n_components=2).fit_transform(x)
PCA(2).fit(x).transform(x)
LabelEncoder().fit_transform(iris.target)
LabelBinarizer().fit_transform(iris.target)
LabelBinarizer().fit_transform(load_breast_cancer().target)
OneHotEncoder(sparse_output=False).fit_transform(iris.target.reshape(-1, 1))
OneHotEncoder().fit_transform(iris["target"][:, np.newaxis]).toarray()
iris.data
iris["target"]
load_iris(return_X_y=True)
load_wine(return_X_y=True)
load_breast_cancer(return_X_y=True)
load_digits(return_X_y=True)
digits.images
digits.images.reshape((len(digits.images), -1))
load_diabetes(return_X_y=True)
load_linnerud(return_X_y=True)
load_iris(return_X_y=True, as_frame=True)[1]
make_classification(n_samples=50, n_features=6, n_informative=4, n_classes=3)
make_classification()
make_blobs(n_samples=40, centers=4, n_features=3)
make_blobs(40)
make_blobs(n_samples=40, centers=[[0, 0], [1, 1]])
make_moons(30, noise=0.1)
make_circles(n_samples=30)
make_regression(n_samples=20, n_features=3)
make_regression(20, 3, n_targets=2, noise=0.1)
make_friedman1(30)
make_swiss_roll(30)
make_s_curve(30)
make_gaussian_quantiles(n_samples=30, n_features=3, n_classes=2)
shuffle(x, y, random_state=0)
"""
MAYBE = """
train_test_split(x, y, test_size=70 / 100, train_size=None)
train_test_split([1, 2, 3, 4], list(y[:4]))
LabelBinarizer().fit_transform(y)
LabelBinarizer().fit_transform(iris.target[:100])
LabelEncoder().fit_transform(iris.target[50:])
LabelEncoder().fit_transform(["a", "b", "a"])
OneHotEncoder().fit_transform(t)
OneHotEncoder().fit_transform(x.round())
OneHotEncoder().fit_transform(iris.target[:100].reshape(-1, 1))
MultiLabelBinarizer().fit_transform([[1], [1, 2]])
PolynomialFeatures().fit_transform(x)
iris.target[:100]
iris.target[[0, 1]]
iris.target[iris.target < 2]
iris.feature_names
load_digits(n_class=3).target
load_digits(n_class=3)
load_iris(as_frame=True).data
make_regression(20, 3, coef=True)
make_classification(n_samples=50, n_classes=len(set("ab")))
PCA(0.9).fit_transform(x)
PCA().fit_transform(x)
"""


def expressions(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", expressions(KNOWN))
def test_known(compare, expression: str) -> None:
    compare(f"{IMPORTS}{SETUP}result = {expression}", known=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", expressions(MAYBE))
def test_nothing_wrong_is_said(compare, expression: str) -> None:
    compare(f"{IMPORTS}{SETUP}result = {expression}")


def test_labels_stay_labels(compare) -> None:
    value = compare(f"{IMPORTS}{SETUP}result = train_test_split(x, load_digits().target[:60])[2]")
    assert isinstance(value, Array)
    assert value.facts.labels is not None
    assert value.facts.labels.classes == 10


def test_parts_of_sorted_data_are_no_labels_of_all_classes(compare) -> None:
    value = compare(f"{IMPORTS}{SETUP}result = iris.target[:100]", known=True)
    assert isinstance(value, Array)
    assert value.facts.labels is None


def test_every_table_is_as_large_as_it_is_said_to_be() -> None:
    from sklearn import datasets

    from kerasfix.trace.library.sklearn import _TABLES

    for name, (rows, features, (shape, dtype, facts)) in _TABLES.items():
        if name.startswith("fetch") or name == "load_boston":  # downloaded; gone
            continue
        data, target = getattr(datasets, name)(return_X_y=True)
        assert data.shape == (rows, features)
        assert target.shape == (rows, *shape)
        assert str(target.dtype) == dtype
        assert facts.low is None or (facts.low, facts.high) == (target.min(), target.max())
