"""How a script uses data that is not there, read from its text: classes, features, options of its command line."""

import ast
from dataclasses import dataclass

LABELS = ("label", "target", "class", "y", "outcome", "species", "survived", "quality", "diagnosis", "churn")
FEATURES = 8
"""How many a table has of which nothing is known."""
MOST_COLUMNS = 5000
READERS = frozenset(
    (
        "open",
        "load_img",
        "imread",
        "load",
        "loadtxt",
        "read_csv",
        "load_model",
        "listdir",
        "range",
        "int",
        "float",
    )
)
"""Functions that `None` as the first argument is of no use to."""


@dataclass
class Usage:
    """What a script's text tells of its data.

    Attributes:
        units: of the last `Dense` layer; 1 where there is none.
        inputs: how many features the first declared input has; None where it has more than one axis.
    """

    units: int = 1
    inputs: int | None = None

    @property
    def classes(self) -> int:
        """How many classes labels have."""
        return max(2, self.units)


def read(text: str) -> Usage:
    """Read the text of a script; nothing is found in one that does not parse."""
    usage = Usage()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return usage
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if getattr(node.func, "attr", getattr(node.func, "id", "")) == "Dense":
                usage.units = _units(node) or usage.units
            _inputs(node, usage)
    return usage


def _is_size(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value < MOST_COLUMNS


def _units(node: ast.Call) -> int | None:
    units = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "units")]
    return units[0].value if units and _is_size(units[0]) else None  # type: ignore[attr-defined]


def _inputs(node: ast.Call, usage: Usage) -> None:
    """The features of a declared input: `input_dim=8`, `input_shape=(8,)`, `Input((8,))`."""
    if usage.inputs is not None:
        return
    for keyword in node.keywords:
        if keyword.arg == "input_dim" and _is_size(keyword.value):
            usage.inputs = keyword.value.value  # type: ignore[attr-defined]
        elif keyword.arg in ("input_shape", "shape"):
            usage.inputs = _single(keyword.value)
    if getattr(node.func, "attr", getattr(node.func, "id", "")) == "Input" and node.args:
        usage.inputs = _single(node.args[0])


def _single(node: ast.expr) -> int | None:
    alone = isinstance(node, ast.Tuple | ast.List) and len(node.elts) == 1 and _is_size(node.elts[0])
    return node.elts[0].value if alone else None  # type: ignore[attr-defined]


def is_label(name: str) -> bool:
    """Whether a column has the name of a label."""
    words = name.lower().replace("-", "_").split("_")
    return any(label in words or (len(label) > 1 and name.lower().endswith(label)) for label in LABELS)


def options(text: str) -> frozenset[str]:
    """Options of the command line that have no default, and that the script uses without a look at `None`.

    Their names as they are in the namespace; `None` would be of no use to what the script does with them: a
    picture is opened, a number counted with, a prefix put before a name.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return frozenset()
    found, nodes = set[str](), list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument":
            flags = [each.value for each in node.args if isinstance(each, ast.Constant)]
            long = next((flag for flag in flags if str(flag).startswith("--")), flags[0] if flags else "")
            given = {each.arg for each in node.keywords}
            if not given & {"default", "action", "required", "nargs", "dest"}:
                found.add(str(long).lstrip("-").replace("-", "_"))
    names = {option: {option} for option in found}  # of variables and attributes that hold the value
    for node in nodes:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr in found
        ):
            names[node.value.attr] |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    for parameter, value in _passed(nodes):
        for known in names.values():
            known |= {parameter} if value in known else set()
    tested = {name for node in nodes for test in _tests(node) for name in [held(test)] if name}
    used = {name for node in nodes for use in _uses(node) for name in [held(use)] if name}
    return frozenset(option for option in found if not names[option] & tested and names[option] & used)


def _passed(nodes: list[ast.AST]) -> list[tuple[str, str | None]]:
    """The parameters of the file's own functions, with the names of what they get."""
    own = {node.name: node.args.args for node in nodes if isinstance(node, ast.FunctionDef)}
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return [
        (parameter.arg, held(value))
        for call in calls
        for parameter, value in zip(own.get(held(call.func) or "", ()), call.args, strict=False)
    ]


def held(node: ast.AST) -> str | None:
    """The name of a variable or attribute."""
    return getattr(node, "attr", getattr(node, "id", None))


def _tests(node: ast.AST) -> list[ast.expr]:
    """What a statement or expression takes to be absent, possibly."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            return [test]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [operand]
        case ast.BoolOp(values=values):
            return values
        case ast.Compare(left=left, comparators=comparators):
            return [left, *comparators]
    return []


def _uses(node: ast.AST) -> list[ast.expr]:
    """What must be there: what is counted with, and what readers get."""
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Call(func=func, args=args) if held(func) in READERS:
            return args[:1]
    return []
