"""Branches for a Python that cannot run Keras 3 are no part of the script."""

import pytest

from kerasfix.linter import lint
from kerasfix.registry import default_rules
from kerasfix.source import Source

OLD = (
    "import sys\nif sys.version_info[0] < 3:\n    text = unicode\n",
    "import sys\nif sys.version_info >= (3, 0):\n    text = str\nelse:\n    text = unicode\n",
    "import sys\nPY3 = sys.version_info.major == 3\nif not PY3:\n    text = unicode\n",
    "import six\nif six.PY2:\n    text = unicode\n",
    "from sys import version_info\nif version_info < (3,):\n    text = unicode\n",
)
OPEN = (
    "import sys\nif sys.version_info >= (3, 13):\n    text = unicode\n",
    "import sys\nif sys.version_info < (3, 12):\n    text = unicode\n",
    "import sys\nif sys.version_info[0] >= 3:\n    text = unicode\n",
)


def codes(text: str) -> list[str]:
    return [finding.code for finding in lint(Source("x.py", f"import keras\n{text}"), default_rules())]


@pytest.mark.parametrize("text", OLD)
def test_branches_for_old_pythons_are_left_out(text):
    assert codes(text) == []


@pytest.mark.parametrize("text", OPEN)
def test_other_branches_are_followed(text):
    assert codes(text) == ["KF105"]
