"""`tf.data` pipelines, image folders and generators of Keras: what comes out of them, one element at a time.

A pipeline is an `Object` whose `element` is one of its elements: an array, or a tuple or dict of arrays, with the
batch axis where there is one.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from kerasfix.keras.shape import ANY, Dim, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.library import UNKNOWN, models, python_value
from kerasfix.trace.library.arguments import as_array
from kerasfix.trace.values import (
    NO_FACTS,
    Argument,
    Array,
    Const,
    Facts,
    Frame,
    Labels,
    Mapping,
    Object,
    Sequence,
    Unknown,
    Value,
)

DATASET: Final = "tensorflow.data.Dataset"
GENERATOR: Final = "keras.preprocessing.image.Iterator"


def pipeline(call: Call, element: Value, cls: str = DATASET) -> Object:
    """A pipeline of such elements."""
    return Object(cls, {"element": element}, call.node)


def element_in(value: Value | None) -> Value | None:
    """One element of a pipeline; None for all else."""
    return (
        value.arguments["element"]
        if isinstance(value, Object) and value.cls in {DATASET, GENERATOR}
        else None
    )


def each(value: Value, change: Callable[[Array], Value]) -> Value:
    """The same structure with each array changed; what is unknown in it stays so."""
    match value:
        case Array():
            return change(value)
        case Sequence(kind="tuple" | "list", items=list(items)):
            return Sequence(value.kind, [each(item, change) for item in items], value.origin)
        case Mapping(items=dict(items)):
            return Mapping({key: each(item, change) for key, item in items.items()}, value.origin)
    return Unknown(value.origin)


def _resized(array: Array, shape: tuple[Dim, ...] | None) -> Array:
    return Array(TensorSpec(shape, array.spec.dtype), array.origin, array.facts, array.shaped, array.taint)


def _without_first(array: Array) -> Array:
    shape = array.spec.shape
    return _resized(array, shape[1:] if shape else None)


# --- tf.data --------------------------------------------------------------------------------------------


def tensors(value: Value, node: Any) -> Value:
    """A structure as tensors; lists are read as arrays."""
    if isinstance(value, Sequence) and value.kind == "tuple" and value.items is not None:
        return Sequence("tuple", [tensors(part, node) for part in value.items], node)
    if isinstance(value, Mapping) and value.items is not None:
        return Mapping({key: tensors(part, node) for key, part in value.items.items()}, node)
    array = as_array(value, node)
    if not isinstance(array, Array):
        return Unknown(node)
    if isinstance(array, Frame):  # its columns in one dtype, whichever takes them all
        return Array(TensorSpec(array.spec.shape, None), node, array.facts, array.shaped)
    short = {"int64": "int32", "float64": "float32"}.get(array.spec.dtype or "")
    dtype = array.spec.dtype if isinstance(value, Array) else short
    return Array(TensorSpec(array.spec.shape, dtype), node, array.facts, array.shaped)


@models(f"{DATASET}.from_tensor_slices", f"{DATASET}.from_tensors")
def _from_tensors(call: Call) -> Value:
    given = call.get("tensors", 0)
    if given is None:
        return call.unknown()
    if call.name.endswith("from_tensors"):
        return pipeline(call, tensors(given, call.node))
    return pipeline(call, each(tensors(given, call.node), _without_first))


# --- more sources, and steps ----------------------------------------------------------------------------


@models("tensorflow.data.TextLineDataset", "tensorflow.data.TFRecordDataset", f"{DATASET}.list_files")
def _strings(call: Call) -> Value:
    """Lines, records or names of files, one by one."""
    return pipeline(call, Array(TensorSpec((), None), call.node, Facts(text=True)))


@models(f"{DATASET}.range")
def _range(call: Call) -> Value:
    return pipeline(call, Array(TensorSpec((), "int64"), call.node))


@models(f"{DATASET}.zip")
def _zip(call: Call) -> Value:
    """`Dataset.zip((a, b))`, `Dataset.zip(a, b)`."""
    given: list[Value] | None = call.positional
    if len(call.positional) == 1 and isinstance(call.positional[0], Sequence):
        given = call.positional[0].items
    elements = [element_in(value) for value in given or ()]
    known = [element for element in elements if element is not None]
    if not elements or len(known) < len(elements):
        return call.unknown()
    return pipeline(call, Sequence("tuple", known, call.node))


def _own_element(call: Call) -> Value:
    element = element_in(call.owner)
    return element if element is not None else call.unknown()  # `Dataset.take(data, 3)`, by its class


def _kept(call: Call) -> Value:
    """The same elements, fewer, more, or in another order."""
    return pipeline(call, _own_element(call))


for _name in ("shuffle", "prefetch", "cache", "repeat", "take", "skip", "filter", "shard", "with_options",
              "concatenate", "ignore_errors", "take_while", "snapshot", "as_numpy_iterator"):  # fmt: skip
    models(f"{DATASET}.{_name}")(_kept)


@models(f"{DATASET}.batch", f"{DATASET}.padded_batch")
def _batch(call: Call) -> Value:
    """A new first axis; its size is sure where what is left over at the end is dropped."""
    count, dropped = call.constant("batch_size", 0), call.constant("drop_remainder", 1, False)
    size: Dim = count if dropped is True and isinstance(count, int) else ANY
    padded = call.name.endswith("padded_batch")

    def batched(array: Array) -> Array:
        shape = array.spec.shape
        if shape is not None and padded:
            shape = (ANY,) * len(shape)
        return _resized(array, (size, *shape) if shape is not None else None)

    return pipeline(call, each(_own_element(call), batched))


@models(f"{DATASET}.unbatch")
def _unbatch(call: Call) -> Value:
    return pipeline(call, each(_own_element(call), _without_first))


@models(f"{DATASET}.enumerate")
def _enumerate(call: Call) -> Value:
    place = Array(TensorSpec((), "int64"), call.node)
    return pipeline(call, Sequence("tuple", [place, _own_element(call)], call.node))


@models(f"{DATASET}.map")
def _map(call: Call) -> Value:
    """What the function makes of an element; a tuple is its arguments."""
    function, element = call.get("map_func", 0), _own_element(call)
    if function is None:
        return call.unknown()
    given = element.items if isinstance(element, Sequence) and element.kind == "tuple" else [element]
    if given is None:
        return pipeline(call, Unknown(call.node))
    node = call.node.args[0]
    result = call.interp.call(function, [Argument(value, node) for value in given], True, call.node)
    if isinstance(result, Sequence) and result.kind == "list":  # packed into one tensor
        result = as_array(result, call.node) or Unknown(call.node)
    return pipeline(call, result)


@models(f"{DATASET}.flat_map", f"{DATASET}.interleave")
def _flat_map(call: Call) -> Value:
    """The elements of all the pipelines that the function makes."""
    made = element_in(_map(call))
    inner = element_in(made) if made is not None else None
    return pipeline(call, inner) if inner is not None else call.unknown()


@models(f"{DATASET}.*")
def _other(call: Call) -> Value:
    """Of the other methods nothing is known."""
    return call.unknown()


@models("keras.utils.timeseries_dataset_from_array", "keras.preprocessing.timeseries_dataset_from_array")
def _timeseries(call: Call) -> Value:
    """Batches of windows over an array, with the targets that go with them."""
    data, targets = call.get("data", 0), call.get("targets", 1)
    length, batch = call.constant("sequence_length", 2), call.constant("batch_size", 5, 128)
    x = as_array(data, call.node) if data is not None else None
    if not isinstance(x, Array) or x.spec.shape is None or batch is UNKNOWN or not call.complete:
        return call.unknown()
    window: Dim = length if isinstance(length, int) else ANY
    rows: tuple[Dim, ...] = () if batch is None else (ANY,)
    windows = _resized(x, (*rows, window, *x.spec.shape[1:]))
    if targets is None or (isinstance(targets, Const) and targets.value is None):
        return pipeline(call, windows)
    y = as_array(targets, call.node)
    labels: Value = call.unknown()
    if isinstance(y, Array) and y.spec.shape:
        labels = _resized(y, (*rows, *y.spec.shape[1:]))
    return pipeline(call, Sequence("tuple", [windows, labels], call.node))


@models("keras.utils.split_dataset")
def _split(call: Call) -> Value:
    """Two pipelines of the same elements, one by one."""
    given = call.get("dataset", 0)
    element = element_in(given)
    if element is None and given is not None:
        element = each(tensors(given, call.node), _without_first)
    if element is None:
        return call.unknown()
    return Sequence("tuple", [pipeline(call, element), pipeline(call, element)], call.node)


# --- folders of images ----------------------------------------------------------------------------------

_CHANNELS: Final = {"rgb": 3, "grayscale": 1, "rgba": 4}


def _images(call: Call, rows: Dim | None, size: Any, colour: Any, facts: Facts) -> Array:
    """Images of a size in floats; `rows` is None where they come one by one."""
    sides = size if isinstance(size, (tuple, list)) and len(size) == 2 else (ANY, ANY)
    dims = [side if isinstance(side, int) else ANY for side in sides]
    channels = _CHANNELS.get(colour, ANY) if isinstance(colour, str) else ANY
    batch: tuple[Dim, ...] = () if rows is None else (rows,)
    return Array(TensorSpec((*batch, *dims, channels), "float32"), call.node, facts)


@models("keras.utils.image_dataset_from_directory", "keras.preprocessing.image_dataset_from_directory")
def _image_dataset(call: Call) -> Value:
    """Images from 0 to 255 with labels as `label_mode` says; two pipelines where `subset` is both."""
    colour, batch = call.constant("color_mode", 4, "rgb"), call.constant("batch_size", 5, 32)
    size, mode = call.constant("image_size", 6, (256, 256)), call.constant("label_mode", 2, "int")
    if batch is UNKNOWN or not call.complete:
        return call.unknown()
    rows: Dim | None = None if batch is None else ANY
    images = _images(call, rows, _sizes(call, "image_size", size), colour, _pixels(call.name))
    named = call.constant("class_names", 3)
    element: Value = images
    if call.constant("labels", 1, "inferred") is not None and mode is not None:
        element = Sequence("tuple", [images, _labels(call, mode, rows, named, "int32")], call.node)
    made = pipeline(call, element)
    subset = call.constant("subset", 10)
    if subset == "both":
        return Sequence("tuple", [made, pipeline(call, element)], call.node)
    return made if subset is not UNKNOWN else call.unknown()


def _sizes(call: Call, name: str, known: Any) -> Any:
    """The sides of the images, of which one may not be known."""
    given = call.get(name)
    if known is UNKNOWN and isinstance(given, Sequence) and given.items is not None:
        return [python_value(item) for item in given.items]
    return known


def _pixels(reader: str) -> Facts:
    return Facts(0, 255, raw=reader)


def _labels(call: Call, mode: Any, rows: Dim | None, names: Any, integers: str) -> Value:
    """Labels as a mode says: class numbers, one-hot rows, or 0 and 1."""
    classes = len(names) if isinstance(names, (list, tuple)) else None
    batch: tuple[Dim, ...] = () if rows is None else (rows,)
    match mode:
        case "int" | "sparse":
            facts = Facts(0, classes - 1 if classes else None, Labels(classes))
            return Array(TensorSpec(batch, integers), call.node, facts)
        case "categorical":
            width: Dim = ANY if classes is None else classes
            facts = Facts(0, 1, Labels(classes, one_hot=True))
            return Array(TensorSpec((*batch, width), "float32"), call.node, facts)
        case "binary":
            shape = (*batch, 1) if integers == "int32" else batch
            return Array(TensorSpec(shape, "float32"), call.node, Facts(0, 1, Labels(2)))
    return Unknown(call.node)


@models("keras.utils.text_dataset_from_directory", "keras.preprocessing.text_dataset_from_directory")
def _text_dataset(call: Call) -> Value:
    """Texts with their labels."""
    batch, mode = call.constant("batch_size", 4, 32), call.constant("label_mode", 2, "int")
    if batch is UNKNOWN or not call.complete or call.constant("subset", 8) in ("both", UNKNOWN):
        return call.unknown()
    rows: Dim | None = None if batch is None else ANY
    texts: Value = Array(TensorSpec(() if rows is None else (rows,), None), call.node)
    if call.constant("labels", 1, "inferred") is not None and mode is not None:
        texts = Sequence(
            "tuple", [texts, _labels(call, mode, rows, call.constant("class_names", 3), "int32")]
        )
    return pipeline(call, texts)


# --- ImageDataGenerator ---------------------------------------------------------------------------------

IMAGE_GENERATOR: Final = "keras.preprocessing.image.ImageDataGenerator"
_CHANGING: Final = (
    "rescale", "preprocessing_function", "featurewise_center", "samplewise_center",
    "featurewise_std_normalization", "samplewise_std_normalization", "zca_whitening",
)  # fmt: skip


@models(IMAGE_GENERATOR)
def _make_generator(call: Call) -> Value:
    arguments = {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
    if call.positional or not call.complete:
        arguments["preprocessing_function"] = call.unknown()
    return Object(IMAGE_GENERATOR, arguments, call.node)


def _after_generator(generator: Value | None, facts: Facts) -> Facts:
    """What is known of images after the changes that a generator makes to their values."""
    assert isinstance(generator, Object)
    given = {
        name: python_value(generator.arguments[name]) for name in _CHANGING if name in generator.arguments
    }
    active = {name: value for name, value in given.items() if value not in (None, False)}
    if not active:
        return facts
    scale = active.get("rescale")
    if len(active) > 1 or not isinstance(scale, (int, float)) or facts.low is None or facts.high is None:
        return NO_FACTS
    return Facts(facts.low * scale, facts.high * scale)


@models(f"{IMAGE_GENERATOR}.flow_from_directory", f"{IMAGE_GENERATOR}.flow_from_dataframe")
def _flow_from(call: Call) -> Value:
    """Batches of images of one size, with labels as `class_mode` says."""
    frame = call.name.endswith("dataframe")
    places = (5, 6, 8, 7) if frame else (1, 2, 4, 3)
    size = call.constant("target_size", places[0], (256, 256))
    colour, mode = (
        call.constant("color_mode", places[1], "rgb"),
        call.constant("class_mode", places[2], "categorical"),
    )
    names = call.constant("classes", places[3])
    if not call.complete:
        return call.unknown()
    facts = _after_generator(call.owner, _pixels("ImageDataGenerator"))
    images = _images(call, ANY, _sizes(call, "target_size", size), colour, facts)
    match mode:
        case None:
            return pipeline(call, images, GENERATOR)
        case "input":
            return pipeline(call, Sequence("tuple", [images, images], call.node), GENERATOR)
    labels = _labels(call, mode, ANY, names, "float32")
    return pipeline(call, Sequence("tuple", [images, labels], call.node), GENERATOR)


@models(f"{IMAGE_GENERATOR}.flow")
def _flow(call: Call) -> Value:
    """Batches of arrays."""
    x, y = call.get("x", 0), call.get("y", 1)
    if not isinstance(x, Array) or not call.complete or call.argument("sample_weight", 4):
        return call.unknown()

    def part(array: Array, dtype: str | None, facts: Facts) -> Array:
        shape = array.spec.shape
        spec = TensorSpec((ANY, *shape[1:]) if shape else None, dtype)
        return Array(spec, call.node, facts, array.shaped)

    facts = _after_generator(call.owner, x.facts)
    images = part(x, "float32", facts if facts.low is not None else replace(facts, dataset=None))
    if y is None or (isinstance(y, Const) and y.value is None):
        return pipeline(call, images, GENERATOR)
    labels = part(y, y.spec.dtype, y.facts) if isinstance(y, Array) else call.unknown()
    return pipeline(call, Sequence("tuple", [images, labels], call.node), GENERATOR)


@models(f"{GENERATOR}.next", f"{GENERATOR}.__next__")
def _next(call: Call) -> Value:
    return _own_element(call)


@models(f"{IMAGE_GENERATOR}.fit")
def _fit(call: Call) -> Value:
    return Const(None, call.node)


@models("keras.utils.load_img", "keras.preprocessing.image.load_img")
def _load_img(call: Call) -> Value:
    """A picture: its size is known where it is asked for."""
    size = _sizes(call, "target_size", call.constant("target_size", 2))
    colour = call.constant("color_mode", 1, "rgb")
    grey = call.constant("grayscale", None, False)
    made = _images(call, None, size, "grayscale" if grey is True else colour, _pixels("load_img"))
    return Object("PIL.Image.Image", {"array": made}, call.node)


@models("keras.utils.img_to_array", "keras.preprocessing.image.img_to_array")
def _img_to_array(call: Call) -> Value:
    match call.get("img", 0):
        case Object(cls="PIL.Image.Image", arguments={"array": Array() as array}):
            return Array(array.spec, call.node, array.facts)
        case Array(spec=TensorSpec(shape=(_, _) as shape)):
            return Array(TensorSpec((*shape, 1), "float32"), call.node)
        case Array(spec=TensorSpec(shape=(_, _, _) as shape)):
            return Array(TensorSpec(shape, "float32"), call.node)
    return Array(TensorSpec((ANY, ANY, ANY), "float32"), call.node)
