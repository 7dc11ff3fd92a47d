"""Calls written for Keras 1 or 2, read as what they meant: the trace goes on as if they were brought up to date."""

from ast import literal_eval
from functools import cache

from kerasfix.trace.values import Argument, Const, Sequence, Unknown, Value


def present_name(name: str, via: str) -> str:
    """Where a class or function that has moved is now; names that have not, and those that are gone, as they are."""
    if not name.startswith("?"):
        return name
    from kerasfix.keras import api, migrations

    found = migrations.successor(name[1:], migrations.as_via(via))
    if found is None or found.kind not in {"module", "class"} or not found.name:
        return name
    return api.canonical(found.name.removeprefix("tensorflow."))


def modernised(name: str, via: str, arguments: list[Argument]) -> list[Argument]:
    """The arguments of a call by their present names, and the sizes of a kernel as one tuple."""
    keywords = {argument.keyword for argument in arguments if argument.keyword is not None}
    layer = "keras.layers." in name
    if not (keywords & _old_keywords()) and not (layer and len(arguments) > 2):
        return arguments
    from kerasfix.keras import migrations

    exists = not name.startswith("?")
    sizes = kernel_sizes(name.lstrip("?"), exists, via, arguments)
    if sizes:
        place = arguments.index(sizes[0])
        kernel = Sequence("tuple", [size.value for size in sizes], sizes[0].value.origin)
        behind = place + len(sizes) + len(output_shape(name, sizes, arguments))
        arguments = [*arguments[:place], Argument(kernel, sizes[0].node), *arguments[behind:]]
    target = migrations.call_target(name.lstrip("?"), via)
    result: list[Argument] = []
    for argument in arguments:
        keyword = argument.keyword
        if keyword is not None and keyword in _old_keywords():
            if (packed := migrations.packed_argument(target, keyword)) is not None:
                parts = [other for part in packed[1] for other in arguments if other.keyword == part]
                if keyword == packed[1][0] and len(parts) == len(packed[1]):
                    value = Sequence("tuple", [part.value for part in parts], argument.value.origin)
                    result.append(Argument(value, argument.node, packed[0]))
                continue
            new = migrations.renamed_argument(target, keyword)
            if new is not None and new not in keywords:
                argument = Argument(_translated(keyword, argument.value), argument.node, new)
        result.append(argument)
    return result


def kernel_sizes(name: str, exists: bool, via: str, arguments: list[Argument]) -> list[Argument]:
    """The sizes of a kernel that stand one by one, as in Keras 1; none where a stride may be meant."""
    from kerasfix.keras import migrations, old_arguments

    rank = old_arguments.KERAS_1_KERNELS.get(migrations.call_target(name, via))
    if rank is None:
        return []
    keywords = {argument.keyword for argument in arguments}
    sizes = [argument for argument in arguments if argument.keyword is None][1 : rank + 1]
    if len(sizes) < rank or keywords & {"kernel_size", "strides", "padding"}:
        return []
    certain = bool(keywords & old_arguments.KERAS_1_KEYWORDS)
    numbers = [size.value.value if isinstance(size.value, Const) else None for size in sizes]
    if not all(type(number) is int for number in numbers):
        guess = certain and not any(isinstance(number, (str, float, tuple)) for number in numbers)
        return sizes if guess else []
    if set(numbers) == {1}:  # a stride of 1 is no stride
        return []
    # A stride as large as the kernel cuts an image into patches: 2 and 4 are common, odd ones are not.
    odd = len(set(numbers)) == 1 and numbers[0] in {3, 5, 7, 9, 11}
    old_name = "olution" in name or not exists
    return sizes if certain or old_name or odd else []


def output_shape(name: str, sizes: list[Argument], arguments: list[Argument]) -> list[Argument]:
    """The shape that the `Deconvolution2D` of Keras 1 took behind the sizes of its kernel."""
    behind = [argument for argument in arguments if argument.keyword is None][len(sizes) + 1 :]
    return behind[:1] if "Deconv" in name else []


def _translated(keyword: str, value: Value) -> Value:
    """A value that is called something else under the new name."""
    from kerasfix.keras.old_arguments import VALUES

    if keyword not in VALUES:
        return value
    if not isinstance(value, Const):
        return Unknown(value.origin)
    old = f'"{value.value}"' if isinstance(value.value, str) else str(value.value)
    new = VALUES[keyword].get(old)
    return Unknown(value.origin) if new is None else Const(literal_eval(new), value.origin)


@cache
def _old_keywords() -> frozenset[str]:
    from kerasfix.keras import old_arguments

    packed = {part for _, parts in old_arguments.PACKED for part in parts}
    return frozenset(packed.union(*old_arguments.RENAMED.values())) - {"alpha", "epsilon"}
