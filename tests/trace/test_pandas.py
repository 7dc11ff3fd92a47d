"""pandas, abstractly and for real."""

import io

import pytest

pytest.importorskip("pandas")

SETUP = """
import numpy as np
import pandas as pd
df = pd.read_csv(file(), names=["a", "b", "c", "y"])
raw = pd.read_csv(file())
made = pd.DataFrame({"a": [1, 2, 3], "b": [4.0, 5.0, 6.0]})
array = pd.DataFrame(np.zeros((5, 2)), columns=["u", "v"])
"""
TEXT = "1,2.5,3,x\n4,5,6,y\n7,8,9,x\n0,1,2,z\n"
KNOWN = """
made
array
made.values
array.to_numpy()
array["u"]
array[["v", "u"]]
array.shape
array.drop("u", axis=1)
array.drop(columns=["u", "v"])
array.copy()
array.fillna(0)
array.astype("float32")
array["u"].values
array.u
array.iloc[:, 0]
array.iloc[:, 0:1]
array.iloc[1:3]
array.iloc[:, [0, 1]].values
array.loc[:, "u"]
array.loc[:, ["u"]]
array.reset_index(drop=True)
array.sort_values("u")
array / 255
array > 0
array * np.ones((5, 2))
np.log(array + 1)
np.array(array)
len(array)
list(array.columns)
array.T
array.values.reshape(-1, 1)
pd.DataFrame(np.zeros((3, 2)))
pd.DataFrame(np.zeros(3))
pd.Series([1, 2, 3])
pd.Series(np.zeros(4))
array.mean()
array.max(axis=0)
array - array.mean()
array / array.std()
array["u"] - array["u"].mean()
(array["u"] - array["u"].min()) / array["u"].std()
df.columns
"""
MAYBE = """
(array - array.min()) / (array.max() - array.min())
df[["a", "b", "c"]] - df[["a", "b", "c"]].mean()
df[["a", "b"]] - df[["a", "b", "c"]].mean()
array - array["u"]
array.mean(axis=1)
array.mean(numeric_only=True)
df["a"].mean()
df["a"].max() + 1
df["y"].unique()
df["y"].nunique()
len(df["y"].unique())
np.zeros((len(df), df["y"].nunique()))
np.arange(len(df))
np.arange(len(df) - 1) * 2
df.values[np.arange(len(df) - 1)]
df["a"].values[np.expand_dims(np.arange(2), 0) + np.expand_dims(np.arange(len(df) - 1), 0).T]
df.shape[0] // 2
df
raw
df.values
df["a"]
df[["a", "b"]]
df[["a", "b"]].values
df[df["a"] > 1]
df[df.a > 1]
df.drop("y", axis=1)
df.drop(["y", "a"], axis=1)
df.drop(columns="y")
df.drop(0)
df.drop([0, 1], axis=0)
df.drop(index=0)
df.iloc[0]
df.iloc[0, 1]
df.iloc[:, 0:3]
df.iloc[:, :-1].values
df.iloc[:, -1]
df.iloc[1:, 1:]
df.iloc[:2]
df.loc[df.a > 1, "b"]
df.loc[:, "a":"c"]
df.loc[0]
df.loc[0, "a"]
df.loc[:, ["b", "c"]].values
df["y"].map({"x": 0})
df["y"].unique()
df["y"].value_counts()
df["a"].mean()
df[["a", "b"]].mean()
np.mean(df["a"])
np.mean(df[["a", "b"]])
np.mean(array)
df.head()
df.sample(frac=1)
df.dropna()
df.dropna(axis=1)
df.rename(columns={"a": "z"})
df.set_index("a")
df.reset_index()
df.describe()
df.groupby("y").mean()
df.select_dtypes("number")
df[["a", "b"]] - df[["a", "b"]].mean()
(array - array.mean()) / (array.std() + 1)
(array - array.min()).values
df["a"] + df["b"]
df["a"] > 3
(df["a"] > 3) & (df["b"] > 3)
pd.get_dummies(df["y"])
pd.get_dummies(df["y"]).values
pd.get_dummies(df["y"], drop_first=True)
pd.get_dummies(df)
pd.get_dummies(df["a"], dtype=int)
pd.concat([df, df])
pd.concat([array, array], axis=1)
pd.factorize(df["y"])
pd.read_csv(file(), header=None)
pd.read_csv(file(), header=None).iloc[:, 0:3]
pd.read_csv(file(), header=None)[0]
pd.read_csv(file(), names=list("abcd"), usecols=["a", "d"])
pd.read_csv(file(), names=["p", "q"])
pd.read_csv(file(), index_col=0)
pd.read_csv(file(), usecols=[0, 2], header=None)
array.pop("u")
array.values.mean()
np.argmax(array, axis=1)
np.concatenate([array, array])
np.vstack([array, array])
np.unique(df["y"])
df["a"].astype(int)
df["a"].tolist()
df.T
"""
CHANGES = [
    "array.drop('u', axis=1, inplace=True)\nresult = array",
    "array.dropna(inplace=True)\nresult = array",
    "array['w'] = 1\nresult = array",
    "array['u'] = array['u'] * 500\nresult = array",
    "array[['u', 'w']] = 1\nresult = array",
    "array.pop('u')\nresult = array",
    "array.loc[9] = 1\nresult = array",
    "array.iloc[0] = 1\nresult = array",
    "del array['u']\nresult = array",
    "if len(raw) > 1:\n    array.pop('u')\nresult = array",
    "if len(raw) > 1:\n    array['w'] = 2\nresult = array",
    "array.columns = ['p', 'q']\nresult = array",
    "array.insert(0, 'w', 1)\nresult = array",
    "df['y'] = df['y'].map({'x': 0})\nresult = df",
    "d = pd.get_dummies(df['y'])\nd *= 3\nresult = d",
    "other = array\nother.pop('u')\nresult = array",
    "for name in ['u', 'v']:\n    array[name] = array[name] + 300\nresult = array",
]


def expressions(text: str) -> list[str]:
    return text.strip().splitlines()


def file() -> io.StringIO:
    return io.StringIO(TEXT)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", expressions(KNOWN))
def test_known(compare, expression: str) -> None:
    compare(f"{SETUP}result = {expression}", known=True, hidden={"file": file})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", expressions(MAYBE))
def test_nothing_wrong_is_said(compare, expression: str) -> None:
    compare(f"{SETUP}result = {expression}", hidden={"file": file})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("code", CHANGES)
def test_changes_in_place_are_seen(compare, code: str) -> None:
    compare(f"{SETUP}{code}", hidden={"file": file})


def test_columns_are_counted(abstract) -> None:
    value = abstract(f"from x import file\n{SETUP}result = df.drop('y', axis=1).values")
    assert value.spec.shape[1] == 3
    assert value.facts.raw == "pandas.read_csv"
