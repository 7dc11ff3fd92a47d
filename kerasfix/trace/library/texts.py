"""What becomes of texts: `Tokenizer`, `pad_sequences` and what else turns words into numbers."""

from kerasfix.keras.shape import ANY, Dim, Shape, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.library import models, python_value
from kerasfix.trace.library.arguments import Arguments, as_array, facts_of, register
from kerasfix.trace.values import Array, Const, Facts, Object, Sequence, Unknown, Value

TOKENIZER = "keras.preprocessing.text.Tokenizer"


def _pad_sequences(args: Arguments) -> Value:
    """Lists of different lengths to one matrix; what the items of the lists are stays as it is."""
    width = args.constant("maxlen")
    width = width if isinstance(width, int) else ANY
    shape: Shape | None = None
    match args.value("x"):
        case Sequence(items=list(items)) if items:
            samples = [as_array(item) for item in items]
            first = next((s for s in samples if s is None or s.spec.shape != (0,)), samples[0])
            if first is not None and first.spec.shape:
                shape = (len(items), width, *first.spec.shape[1:])
        case Sequence(items=None, element=Sequence(items=None, element=Array(spec=TensorSpec(shape=())))):
            shape = (ANY, width)
        case Array(spec=TensorSpec(shape=(rows,), dtype="object"), facts=Facts(dataset=str())):
            shape = (rows, width)
        case Array(spec=TensorSpec(shape=(rows, _, *rest))):
            shape = (rows, width, *rest)
    return args.give(shape, args.dtype("int32"), facts=Facts(dataset=facts_of(args.value("x")).dataset))


for _prefix in ("keras.utils.", "keras.preprocessing.sequence."):
    _signature = "x=sequences maxlen dtype padding truncating value"
    register("numpy", _prefix, {"pad_sequences": (_pad_sequences, _signature)})


@models(TOKENIZER)
def _make_tokenizer(call: Call) -> Value:
    words = call.get("num_words", 0)
    return Object(TOKENIZER, {"num_words": words} if words is not None else {}, call.node)


@models(f"{TOKENIZER}.fit_on_texts", f"{TOKENIZER}.fit_on_sequences")
def _fit(call: Call) -> Value:
    return Const(None, call.node)


def _rows(value: Value | None) -> Dim:
    """How many texts there are."""
    match value:
        case Sequence(items=list(items)):
            return len(items)
        case Array(spec=TensorSpec(shape=(rows, *_))):
            return rows
    return ANY


@models(f"{TOKENIZER}.texts_to_sequences")
def _sequences(call: Call) -> Value:
    """Lists of word numbers, each as long as its text."""
    word = Array(TensorSpec((), "int64"), call.node, Facts(low=1))
    return Sequence("list", None, call.node, element=Sequence("list", None, call.node, element=word))


@models(f"{TOKENIZER}.texts_to_matrix", f"{TOKENIZER}.sequences_to_matrix")
def _matrix(call: Call) -> Value:
    """One row for each text, one column for each of `num_words`, or for all the words there are."""
    assert isinstance(call.owner, Object)
    words = call.owner.arguments.get("num_words")
    count = python_value(words) if words is not None else None
    width: Dim = count if isinstance(count, int) and count > 0 else ANY
    mode = call.constant("mode", 1, "binary")
    facts = Facts(0, 1) if mode in ("binary", "freq") else Facts(low=0)
    return Array(TensorSpec((_rows(call.get("texts", 0)), width), "float64"), call.node, facts)


@models(f"{TOKENIZER}.*")
def _other(call: Call) -> Value:
    return call.unknown()


@models("keras.preprocessing.text.text_to_word_sequence", "keras.preprocessing.text.one_hot")
def _words(call: Call) -> Value:
    """A list of words, or of numbers in their place."""
    part: Value = Unknown(call.node)
    if call.name.endswith("one_hot"):
        part = Array(TensorSpec((), "int64"), call.node)
    return Sequence("list", None, call.node, element=part)


@models("keras.preprocessing.sequence.make_sampling_table")
def _table(call: Call) -> Value:
    size = call.constant("size", 0)
    return Array(TensorSpec((size if isinstance(size, int) else ANY,), None), call.node)
