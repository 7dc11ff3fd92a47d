"""The `merge` function and the `Merge` layer of Keras 1, by the functions of Keras 3 for each mode."""

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.keras import old_arguments
from kerasfix.light import dataclass
from kerasfix.repairs.calls import given, has_comments
from kerasfix.syntax.edits import insert_statement_after, replace
from kerasfix.syntax.imports import imports
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import remove_line, spell_new
from kerasfix.syntax.references import parent, parents, reads, statement_of
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Argument, Const, Function, Model, Sequence

Edits = tuple[Edit, ...]

MERGE_LAYERS = frozenset(
    f"keras.{home}.Merge" for home in ("layers", "engine", "engine.topology", "layers.core")
)
"""The layer, where Keras 1 had it."""
_PARAMETERS = (
    "inputs",
    "mode",
    "concat_axis",
    "dot_axes",
    "output_shape",
    "output_mask",
    "arguments",
    "name",
)
_IGNORED = frozenset({"mode", "concat_axis", "dot_axes"})


@dataclass(frozen=True)
class Merged:
    """What takes the place of `merge(...)` or `Merge(...)`."""

    function: str
    """What computes it: `concatenate`, `Lambda`; empty where that is not known."""
    text: str = ""
    """The new call; empty where there is none."""
    imported: Edits = ()


def merged(module: Module, record: KerasCall, inputs: str | None = None) -> Merged:
    """The call for the mode of an old one; `inputs` is the text of the tensors, where it is not the first argument."""
    positional = [argument for argument in record.arguments if argument.keyword is None]
    mode = given(record, "mode") or (positional[1] if len(positional) > 1 else None)
    value = "sum" if mode is None else mode.value.value if isinstance(mode.value, Const) else None
    function = old_arguments.MERGE_MODES.get(value, "") if isinstance(value, str) else ""
    if mode is not None and isinstance(mode.value, Function):
        function = "Lambda"
    texts = _texts(module, record)
    spelled = _spell(module, record, f"keras.layers.{function}") if function else None
    if texts is None or spelled is None:
        return Merged(function)
    texts["inputs"] = inputs or texts["inputs"]
    text = _lambda(texts) if function == "Lambda" else _call(texts, str(value), function)
    return Merged(function, text and spelled[0] + text, spelled[1])


def _texts(module: Module, record: KerasCall) -> dict[str, str] | None:
    """The text of each argument, by its name; None where that cannot be told."""
    if has_comments(module, record.node):
        return None
    texts: dict[str, str] = {}
    positional = iter(_PARAMETERS)
    for argument in record.arguments:
        name = argument.keyword or next(positional, "")
        name = "inputs" if name == "layers" else name
        if argument.node not in record.node.args or argument.node.star or name not in _PARAMETERS:
            return None
        texts[name] = module.code(argument.node.value)
    return texts if "inputs" in texts else None


def _call(texts: dict[str, str], mode: str, function: str) -> str:
    """The arguments that the new function takes; empty where one of the old has no place."""
    kept = {"inputs": "", "name": "name="}
    if function == "concatenate":
        kept["concat_axis"] = "axis="
    if function == "dot":
        kept["dot_axes"] = "axes="
    if texts.keys() - kept.keys() - _IGNORED:
        return ""
    parts = [kept[name] + text for name, text in texts.items() if name in kept]
    if function == "dot" and "dot_axes" not in texts:
        parts.append("axes=-1")
    if mode == "cos":
        parts.append("normalize=True")
    return f"({', '.join(parts)})"


def _lambda(texts: dict[str, str]) -> str:
    """A layer with the function, called on the inputs; Keras 3 finds out the shape by itself."""
    if "output_mask" in texts:
        return ""
    parts = [texts["mode"], *(f"{name}={texts[name]}" for name in ("arguments", "name") if name in texts)]
    return f"({', '.join(parts)})({texts['inputs']})"


def _spell(module: Module, record: KerasCall, name: str) -> tuple[str, Edits] | None:
    func = record.node.func
    if isinstance(func, cst.Attribute) and record.name in {"keras.layers.merge", "keras.layers.Merge"}:
        return f"{module.code(func.value)}.{name.rpartition('.')[2]}", ()
    named = any(item.written.endswith("keras.layers") and item.bound != "*" for item in imports(module))
    return spell_new(module, name, bare=named) or spell_new(module, name)


def functional(module: Module, record: KerasCall) -> Edits | None:
    """A Sequential model that begins with `Merge([...])`, as a functional model of its branches.

    None where the model, its layers and its branches are not all in sight.
    """
    found = _model_of(module, record.node)
    branches = given(record, "layers") or next((a for a in record.arguments if a.keyword is None), None)
    inputs = _inputs(module, branches) if branches is not None else None
    if found is None or inputs is None or f"{found.name}_output" in module.bound_names:
        return None
    name, output = found.name, f"{found.name}_output"
    new = merged(module, record, inputs[0])
    model = spell_new(module, "keras.models.Model")
    if not new.text or model is None:
        return None
    edits: list[Edit] = [*new.imported, *model[1]]
    value, last = f"{output} = {new.text}", f"{name} = {model[0]}({inputs[1]}, {output})"
    if not found.added:  # Sequential([...])
        layers = _listed(found.made) or []
        lines = [value, *(f"{output} = {module.code(layer)}({output})" for layer in layers[1:]), last]
        margin = module.newline + _margin(module, found.made)
        return (*edits, Edit(*module.span(found.made.body[0]), margin.join(lines)))
    first = found.added[0]
    if statement_of(module, record.node) is not first.statement:  # what is merged has a name of its own
        edits.append(replace(module, record.node, new.text))
        value = f"{output} = {module.code(first.layer)}"
    edits += (remove_line(module, found.made), replace(module, first.statement.body[0], value))
    for added in found.added[1:]:
        begin, end = module.span(added.statement.body[0])
        start, behind = module.span(added.layer)
        if "#" in module.text[behind:end]:
            return None
        edits += (Edit(begin, start, f"{output} = "), Edit(behind, end, f"({output})"))
    line = insert_statement_after(module, found.added[-1].statement, last)
    return None if line is None else (*edits, line)


@dataclass(frozen=True)
class _Added:
    """The statement `owner.add(layer)`."""

    statement: cst.SimpleStatementLine
    owner: str
    layer: cst.BaseExpression


@dataclass(frozen=True)
class _Stack:
    """A Sequential model as it is written."""

    name: str
    made: cst.SimpleStatementLine
    added: list[_Added]
    """Empty where its layers stand in a list."""


def _model_of(module: Module, call: cst.Call) -> _Stack | None:
    """The model that begins with a `Merge`; None where it is not written in one piece."""
    statement = statement_of(module, call)
    match statement:
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
        ):
            if (_listed(statement) or [value])[0] is call:
                plain = "#" not in module.text[slice(*module.span(statement))]
                return _Stack(name, statement, []) if plain else None
            uses = reads(module, name) if value is call else None
            if uses is None or len(uses) != 1:
                return None
            statement = statement_of(module, uses[0])
    first = _added(statement)
    if first is None:
        return None
    made = [
        statement_of(module, node)
        for node in parents(module)
        if isinstance(node, cst.Assign)
        and isinstance(node.value, cst.Call)
        and not node.value.args
        and module.code(node.targets[0].target) == first.owner
        and module.code(node.value.func).endswith("Sequential")
    ]
    uses = reads(module, first.owner)
    if len(made) != 1 or made[0] is None or not uses:
        return None
    found = [_added(statement_of(module, use)) for use in uses]
    steps = [step if step is not None and step.owner == first.owner else None for step in found]
    while steps and steps[-1] is None:
        steps.pop()
    added = [step for step in steps if step is not None]
    same = {parent(module, one) for one in (made[0], *(step.statement for step in added))}
    if len(added) < len(steps) or not added or added[0].statement is not statement or len(same) != 1:
        return None  # it is used for something else before it is complete
    return _Stack(first.owner, made[0], added)


def _added(statement: cst.SimpleStatementLine | None) -> _Added | None:
    match statement:
        case cst.SimpleStatementLine(
            body=[
                cst.Expr(
                    value=cst.Call(
                        func=cst.Attribute(value=cst.Name(value=owner), attr=cst.Name(value="add")),
                        args=[cst.Arg(keyword=None, star="", value=layer)],
                    )
                )
            ]
        ):
            return _Added(statement, owner, layer)
    return None


def _listed(statement: cst.SimpleStatementLine) -> list[cst.BaseExpression] | None:
    """The layers in the list of `model = Sequential([...])`."""
    match statement.body:
        case [cst.Assign(value=cst.Call(args=[cst.Arg(value=cst.List(elements=elements))]))]:
            return [element.value for element in elements]
    return None


def _margin(module: Module, statement: cst.SimpleStatementLine) -> str:
    start = module.span(statement)[0]
    return module.text[start - module.source.row_column(start)[1] : start]


def _inputs(module: Module, branches: Argument) -> tuple[str, str] | None:
    """The text of the tensors that branches put out, and of what they take in; None where one is not built."""
    models = branches.value.items if isinstance(branches.value, Sequence) else None
    match branches.node.value:
        case cst.List(elements=elements) | cst.Tuple(elements=elements):
            names = [module.code(element.value) for element in elements]
            built = [_leaves(module, name, 0) for name in names]
            if not all(name.isidentifier() for name in names) or models is None or len(models) != len(names):
                return None
            for name, leaves, model in zip(names, built, models, strict=True):
                if leaves == [name] and (not isinstance(model, Model) or model.entry is None):
                    return None
            tensors = ", ".join(f"{name}.outputs[0]" for name in names)
            inputs = dict.fromkeys(leaf for leaves in built for leaf in leaves)
            return f"[{tensors}]", " + ".join(f"{leaf}.inputs" for leaf in inputs)
        case cst.Name(value=name) if not {"branch", "tensor"} & module.bound_names:
            if models is not None and not all(isinstance(model, Model) and model.entry for model in models):
                return None
            return (
                f"[branch.outputs[0] for branch in {name}]",
                f"[tensor for branch in {name} for tensor in branch.inputs]",
            )
    return None


def _leaves(module: Module, name: str, depth: int) -> list[str]:
    """The models whose inputs a branch has: itself, or those that it was merged of."""
    for node in parents(module):
        if isinstance(node, cst.Assign) and module.code(node.targets[0].target) == name:
            text = module.code(node.value)
            if ".inputs" in text and "Model(" in text:  # merged already
                parts = text.partition("(")[2].partition(",")[0].split(" + ")
                return [part.removesuffix(".inputs") for part in parts]
    for node in parents(module):
        match node:
            case cst.Call(
                func=func,
                args=[cst.Arg(value=cst.List(elements=elements) | cst.Tuple(elements=elements)), *_],
            ) if depth < 9 and module.code(func).endswith("Merge"):
                found = _model_of(module, node)
                if found is not None and found.name == name:
                    names = [module.code(element.value) for element in elements]
                    return [leaf for one in names for leaf in _leaves(module, one, depth + 1)]
    return [name]
