"""Names that are bound nowhere: a forgotten import, data that was never loaded, or a typo."""

import re
from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.trace.imports import reference
from kerasfix.trace.records import MissingImport, UndefinedData, UndefinedName
from kerasfix.trace.values import Model, Unknown, Value

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter

# Names under which everybody knows a library, and where they come from.
_CONVENTIONAL = {
    "np": "numpy",
    "numpy": "numpy",
    "pd": "pandas",
    "pandas": "pandas",
    "plt": "matplotlib.pyplot",
    "tf": "tensorflow",
    "tensorflow": "tensorflow",
    "keras": "keras",
    "sns": "seaborn",
    "cv2": "cv2",
    "os": "os",
    "sys": "sys",
    "math": "math",
    "random": "random",
    "time": "time",
    "datetime": "datetime",
    "json": "json",
    "glob": "glob",
    "pickle": "pickle",
    "shutil": "shutil",
    "train_test_split": "sklearn.model_selection.train_test_split",
    "StandardScaler": "sklearn.preprocessing.StandardScaler",
    "MinMaxScaler": "sklearn.preprocessing.MinMaxScaler",
    "LabelEncoder": "sklearn.preprocessing.LabelEncoder",
    "OneHotEncoder": "sklearn.preprocessing.OneHotEncoder",
    "LabelBinarizer": "sklearn.preprocessing.LabelBinarizer",
    "confusion_matrix": "sklearn.metrics.confusion_matrix",
    "classification_report": "sklearn.metrics.classification_report",
    "accuracy_score": "sklearn.metrics.accuracy_score",
    "mean_squared_error": "sklearn.metrics.mean_squared_error",
}
_DATA = re.compile(
    r"^(x|y|X|Y|xs|ys|df)$|(^|_)(x|y)(_|$)|train|test|valid|(^|_)val($|_)|data|label|image|img|target|sample|"
    r"feature|input|sequence|text|corpus|batch",
    re.IGNORECASE,
)


class UnboundNames:
    """The names of one script that are used without being bound, one record each."""

    def __init__(self, interp: "Interpreter") -> None:
        self.interp = interp
        self.values: dict[str, Value] = {}
        self.records: dict[str, MissingImport | UndefinedData | UndefinedName] = {}

    def resolve(self, name: str, node: cst.CSTNode, attribute: str | None, called: bool) -> Value:
        """What a name that is not bound stands for; the script goes on as if it had been defined."""
        interp = self.interp
        if record := self.records.get(name):
            record.nodes.append(node)
            record.unreached = record.unreached and interp.unreached
            return self.values[name]
        if interp.open_names or interp.guarded:
            return Unknown(node)
        if name in interp.module.bound_names:
            return self._bound_elsewhere(name, node)
        home = _home(name, attribute, called)
        if home is not None:
            return self._add(name, MissingImport(name, home, [node]), reference(home, node, self._via(home)))
        if _DATA.search(name) and not called:
            return self._add(name, UndefinedData(name, [node]), Unknown(node))
        record = UndefinedName(name, [node], near=self._near(name))
        if (
            attribute == "add" and not record.near
        ):  # `model.add(...)`: the line that makes the model is missing
            model = Model("Sequential", node)
            self.interp.note(model)
            return self._add(name, record, model)
        return self._add(name, record, Unknown(node))

    def _bound_elsewhere(self, name: str, node: cst.CSTNode) -> Value:
        """The file binds it somewhere: at fault only where module-level code runs before that."""
        interp = self.interp
        if not interp.in_module() or interp.scope is not interp.globals or interp.loops:
            return Unknown(node)
        if re.search(rf"\b(global|nonlocal)\b[^\n]*\b{re.escape(name)}\b|\bdel\b[^\n]*\b{re.escape(name)}\b|"
                     r"\bexec\(|\bglobals\(\)|\bvars\(\)|\blocals\(\)", interp.module.text):  # fmt: skip
            return Unknown(node)
        return self._add(name, UndefinedName(name, [node], later=True), Unknown(node))

    def _add(self, name: str, record: MissingImport | UndefinedData | UndefinedName, value: Value) -> Value:
        record.unreached = self.interp.unreached
        self.records[name] = record
        self.values[name] = value
        self.interp.report(record, record.nodes[0])
        return value

    def _via(self, home: str) -> str:
        """Keras names come from where the script takes its Keras from."""
        if home.partition(".")[0] != "keras":
            return ""
        return "tensorflow.keras" if "tensorflow" in self.interp.module.text else "keras"

    def _near(self, name: str) -> tuple[str, ...]:
        from difflib import get_close_matches

        return tuple(get_close_matches(name, sorted(self.interp.globals.names), n=1, cutoff=0.75))

    def data(self, value: Value) -> UndefinedData | None:
        """The record of undefined data that a value is, if it is."""
        for name, record in self.records.items():
            if isinstance(record, UndefinedData) and self.values[name] is value:
                return record
        return None

    def settle(self) -> None:
        """At the end: which uses of a forgotten `np` go away once NumPy is out of the graph."""
        from kerasfix.trace.custom_records import NumpyInGraph

        for record in self.records.values():
            if isinstance(record, MissingImport) and record.home == "numpy":
                uses = [use for use in self.interp.program.records if isinstance(use, NumpyInGraph)]
                rewritten = {use.name_node for use in uses}
                if all(node in rewritten for node in record.nodes):
                    record.replaced = uses


def _home(name: str, attribute: str | None, called: bool) -> str | None:
    """Where a well-known name comes from; lower-case words must be used as a module or a function is."""
    from kerasfix.keras import api

    if name in _CONVENTIONAL:
        return _CONVENTIONAL[name] if name[:1].isupper() or attribute or called else None
    homes = api.homes(name)
    if not homes:
        return None
    if name[:1].isupper() or (called and api.kind(homes[0]) in {"function", "class"}):
        return homes[0]
    modules = [home for home in homes if api.kind(home) == "module"]
    if attribute and modules and api.exists(f"{modules[0]}.{attribute}"):
        return modules[0]
    return None
