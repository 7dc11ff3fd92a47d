"""What reaches `compile`, `fit`, `evaluate` and `predict`."""

from typing import TYPE_CHECKING, Literal

from kerasfix.keras.layers.base import LayerConfig, flag
from kerasfix.keras.losses import REGRESSION, Meeting, meeting
from kerasfix.keras.shape import ANY, Dim, Shape, TensorSpec, show
from kerasfix.trace import outcome
from kerasfix.trace.custom import follow
from kerasfix.trace.feeding import batch_in, inputs_of, yields_bare
from kerasfix.trace.identifiers import check_identifier
from kerasfix.trace.inputs import check_input, check_inputs
from kerasfix.trace.library.pipelines import element_in
from kerasfix.trace.outputs import check_outputs
from kerasfix.trace.records import (
    Compile,
    Feed,
    MissingFlatten,
)
from kerasfix.trace.validation import check_validation
from kerasfix.trace.values import (
    Argument,
    Array,
    Const,
    Function,
    LayerCall,
    Model,
    Object,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call

_COMPILE = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
_IDENTIFIERS = {"optimizer": "optimizer", "loss": "loss", "metrics": "metric", "weighted_metrics": "metric"}


def compile_model(call: "Call", model: Model) -> None:
    """`model.compile(...)`: identifiers, and the functions that Keras will call."""
    interp = call.interp
    arguments: dict[str, Argument] = {}
    for position, name in enumerate(_COMPILE):
        if (argument := call.argument(name, position)) is not None:
            arguments[name] = argument
    misplaced = _metrics_in_third_place(arguments)
    loss = arguments["loss"].value if "loss" in arguments else None
    record = Compile(model, arguments, call.node, loss, interp.statement, complete=call.complete)
    record.misplaced = misplaced
    interp.journal.touch(model)
    model.compiled = record
    interp.report(record, call.node, model)
    for name, kind in _IDENTIFIERS.items():
        if name in arguments:
            check_identifier(interp, kind, arguments[name].value, arguments[name], "compile")
    record.training = outcome.start(interp, record)
    _resolve_loss(call, record)
    follow(call, record)


def _metrics_in_third_place(arguments: dict[str, Argument]) -> Argument | None:
    """The metrics where Keras 2 took them by position; they are read as what they are from here on."""
    given = arguments.get("loss_weights")
    if given is None or given.keyword is not None or "metrics" in arguments:
        return None
    items = given.value.items if isinstance(given.value, Sequence) else None
    named = [isinstance(item, Function) or (isinstance(item, Const) and isinstance(item.value, str))
             for item in items or ()]  # fmt: skip
    if not named or not all(named):
        return None
    arguments["metrics"] = arguments.pop("loss_weights")
    return given


def _resolve_loss(call: "Call", record: Compile) -> None:
    """A string that names a function of the script is meant to be that function."""
    if isinstance(record.loss, Const) and isinstance(record.loss.value, str):
        scope = call.interp.scope.find(record.loss.value)
        found = scope.names[record.loss.value] if scope is not None else None
        if isinstance(found, Function):
            record.loss = found


def feed(call: "Call", model: Model, method: str) -> Feed:
    """Compare what is given to a model with what it takes, and its labels with what it puts out."""
    interp = call.interp
    generator = call.argument("generator")  # of `fit_generator`
    x = call.argument("x", 0) if generator is None else generator
    alone = method.startswith("predict") or call.name.endswith("_generator")
    y = None if alone else call.argument("y", 1)
    source: Literal["", "pipeline", "generator"] = ""
    bare = False
    streamed = batch_in(call, x)
    if x is not None and streamed is not None:
        source, bare = "generator" if element_in(x.value) is None else "pipeline", yields_bare(x.value)
        x, y = (
            Argument(streamed[0], x.node),
            Argument(streamed[1], x.node) if streamed[1] is not None else None,
        )
    record = Feed(method, model, x, y, call.node, interp.statement, model.compiled)
    weights = {name: call.argument(name) for name in ("class_weight", "sample_weight")}
    record.weights = {name: argument for name, argument in weights.items() if argument is not None}
    held = call.argument("validation_data")
    if held is not None and isinstance(held.value, Sequence):
        record.validation, record.validation_node = tuple(held.value.items or ()), held.node
    record.streamed, record.bare = source, bare
    own = model.overrides(method)
    record.never_compiled = model.compiled is None and model.in_sight and not own
    interp.report(record, call.node, model)
    _needs(call, model, x, y)
    if x is not None and isinstance(x.value, Array):
        model.fed.append(x.value)
    if model.instance is not None:
        from kerasfix.trace.library.subclassing import train

        train(call, model, x.value if x is not None else None, y.value if y is not None else None)
    _compare(call, model, record)
    _note_labels(call, record)
    check_outputs(call, record)
    check_validation(call, record)
    return record


def _compare(call: "Call", model: Model, record: Feed) -> None:
    """Build a model that waited for its data, or compare the data with what it takes."""
    x, y = record.x, record.y
    if x is None or not model.known or model.overrides("train_step") or model.overrides("call"):
        return
    if isinstance(x.value, Array) and x.value.spec.shape is not None:
        batched = TensorSpec(  # Keras casts the data to the dtype of the layers
            (_batch_size(model), *x.value.spec.shape[1:])
        )
        if model.inputs is None and model.kind == "Sequential" and model.steps:
            from kerasfix.trace.library.keras_models import build_with

            build_with(call, model, batched, x.value)
        elif isinstance(model.inputs, TensorSpec):
            check_input(call, model, model.inputs, x, record)
    if (inputs := inputs_of(model)) is not None and not (len(inputs) == 1 and isinstance(x.value, Array)):
        check_inputs(call, record, inputs)
    if y is not None and isinstance(y.value, Array) and y.value.spec.shape is not None:
        _check_labels(call, model, y.value, record)
    elif y is not None and record.method == "fit":
        _suspect_head(call, model, record)


def _batch_size(model: Model) -> Dim:
    """The batch axis of a Sequential model built by its data: in Keras, the size of the first batch.

    Only stateful layers ask for it; for all others it stays None, as for a model that declares its input.
    """
    from kerasfix.trace.library.layers import config

    layers = [config(step.layer) for step in model.steps if step.layer is not None]
    layers += [inner for part in layers if isinstance(inner := part.config.get("layer"), LayerConfig)]
    return ANY if any(flag(part.config, "stateful", False) is not False for part in layers) else None


def _note_labels(call: "Call", record: Feed) -> None:
    """Tell the training that goes on which labels it gets, from here and for validation."""
    training = record.compiled.training if record.compiled is not None else None
    if training is None or record.method.startswith("predict"):
        return
    if record.compiled is not None and record.compiled.outputs:
        outcome.add_labels_of_outputs(
            record.compiled, record, record.y.value if record.y is not None else None
        )
        return
    outcome.add_labels(training, record, record.y.value if record.y is not None else None)
    held = call.argument("validation_data")
    match held.value if held is not None else None:
        case Sequence(items=[_, labels, *_]):
            outcome.add_labels(training, record, labels)
        case _ if (batch := batch_in(call, held)) is not None:
            outcome.add_labels(training, record, batch[1])


def _needs(call: "Call", model: Model, x: Argument | None, y: Argument | None) -> None:
    """Tell undefined data what the model would need."""
    names = call.interp.names
    record = names.data(x.value) if x is not None else None
    if record is not None and isinstance(model.inputs, TensorSpec) and model.known and not record.needs:
        shape = model.inputs.shape
        record.role = "input"
        record.needs = _needed(shape, model.inputs.dtype or "float32")
    record = names.data(y.value) if y is not None else None
    if record is not None and not record.needs:
        record.role = "labels"
        record.needs = _label_needs(model)


def _needed(shape: Shape | None, dtype: str) -> str:
    return f"an array of shape {show(('n', *shape[1:]))}, {dtype}" if shape else ""  # type: ignore[arg-type]


def _label_needs(model: Model) -> str:
    """Which labels the loss wants, in words."""
    compiled = model.compiled
    loss = loss_name(compiled.loss) if isinstance(compiled, Compile) else None
    output = model.output
    last = output.shape[-1] if isinstance(output, TensorSpec) and output.shape and model.known else None
    classes = f" from 0 to {last - 1}" if isinstance(last, int) else ""
    match loss:
        case "sparse_categorical_crossentropy":
            return f"integer class numbers{classes}, one per sample"
        case "categorical_crossentropy" if isinstance(last, int):
            return f"one-hot rows of shape (n, {last})"
        case "binary_crossentropy":
            return "0 or 1 for each sample"
    return "one value per sample" if last == 1 else ""


def loss_name(value: Value | None) -> str | None:
    """The canonical snake-case name of a loss of Keras, by string or object; None for anything else."""
    from kerasfix.keras import api

    match value:
        case Const(value=str(text)):
            full = api.identified("loss", text)
            return outcome.snake(full) if full is not None else None
        case Object(cls=cls):
            return outcome.snake(cls)
    return None


def _check_labels(call: "Call", model: Model, labels: Array, record: Feed) -> None:
    """A feature map at the end of a classifier, though there is one label for each sample."""
    output = model.output
    if not isinstance(output, TensorSpec) or output.shape is None or len(output.shape) <= 2:
        return
    shape = labels.spec.shape
    if shape is None or not _per_sample(labels, output.shape[-1]):
        return
    step = _head(model)
    if step is None or not _loss_compares(record, shape, output.shape):
        return
    spec = step.inputs
    assert isinstance(spec, TensorSpec)
    from kerasfix.trace.library.mending import sequence_before_head

    mismatch = sequence_before_head(step, record, labels)
    if mismatch is not None:
        call.interp.report(mismatch, mismatch.inner.call)
    else:
        call.interp.report(MissingFlatten(model, step, spec, output, record, labels), step.node)
    call.interp.journal.touch(model)
    model.output = TensorSpec((output.shape[0], output.shape[-1]), output.dtype)


_PLACING = frozenset({"RepeatVector", "Reshape", "Permute", "Lambda"})


def _suspect_head(call: "Call", model: Model, record: Feed) -> None:
    """A feature map of another size than the input at the end of a classifier, whatever its labels are.

    Labels for each place of such a map would have to be made for just its size: one for each sample is likelier.
    Not so where a layer makes places of the author's own number.
    """
    output, inputs = model.output, model.inputs
    if not (
        isinstance(output, TensorSpec) and isinstance(inputs, TensorSpec) and output.shape and inputs.shape
    ):
        return
    step, loss = _head(model), loss_name(record.compiled.loss) if record.compiled is not None else None
    if (
        len(output.shape) < 3
        or step is None
        or loss not in _COMPARING
        or len(inputs.shape) != len(output.shape)
        or any(other.layer is None or other.layer.cls in _PLACING for other in model.steps)
    ):
        return
    places, before = output.shape[1:-1], inputs.shape[1:-1]
    known = all(isinstance(size, int) for size in (*places, *before))
    if not known or not all(a < b for a, b in zip(places, before, strict=True)):  # type: ignore[operator]
        return
    spec = step.inputs
    assert isinstance(spec, TensorSpec)
    call.interp.report(MissingFlatten(model, step, spec, output, record, None), step.node)


def _per_sample(labels: Array, width: Dim) -> bool:
    """Whether there is one label for each sample."""
    shape, facts = labels.spec.shape, labels.facts.labels
    if shape is None or len(shape) not in (1, 2):
        return False
    return (
        len(shape) == 1 or shape[1] in (1, width) or (shape[1] is ANY and facts is not None and facts.one_hot)
    )


_RANK_KEEPING = frozenset({"Dense", "Dropout", "Activation", "BatchNormalization", "LeakyReLU", "ReLU", "Softmax",
                           "ELU", "PReLU", "GaussianNoise", "LayerNormalization", "AlphaDropout"})  # fmt: skip


def _head(model: Model) -> LayerCall | None:
    """The first Dense of the layers at a model's end that keep the rank as it is."""
    first: LayerCall | None = None
    for step in reversed(model.steps):
        if (
            step.layer is None
            or step.layer.cls not in _RANK_KEEPING
            or not isinstance(step.inputs, TensorSpec)
        ):
            break
        if step.layer.cls == "Dense":
            first = step
    return first


def _loss_compares(record: Feed, labels: Shape, output: Shape) -> bool:
    """Whether the training is known to compare output and labels sample by sample."""
    compiled = record.compiled
    if compiled is None:
        return False
    loss = loss_name(compiled.loss)
    if loss in _COMPARING:
        return True
    known = loss in REGRESSION and not record.model.repaired  # what was repaired tells nothing of its output
    if known and loss is not None and meeting(loss, labels, output) is Meeting.BROADCASTS:
        return True
    metrics = compiled.arguments.get("metrics")
    named = metrics.value.items if metrics is not None and isinstance(metrics.value, Sequence) else None
    return any(isinstance(item, Const) and _is_accuracy(item.value) for item in named or ())


def _is_accuracy(metric: object) -> bool:
    """Whether a metric is accuracy by its name, or would be if it were spelt right."""
    if not isinstance(metric, str) or metric in {"accuracy", "acc"}:
        return metric in {"accuracy", "acc"}
    from kerasfix.keras import api

    return not api.is_identifier("metric", metric) and api.closest("metric", metric)[:1] == ["accuracy"]


_COMPARING = frozenset({"sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"})
