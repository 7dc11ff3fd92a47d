"""`@dataclass` and `field` as in `dataclasses`, with methods that all classes share.

`dataclasses` compiles methods for each class, which costs as much as all else that importing such a module does,
and a check of one script is mostly imports. For what is made a hundred thousand times, or has slots, use that one.
"""

from collections.abc import Callable
from typing import Any, ClassVar, NoReturn, TypeVar, dataclass_transform, get_origin, overload

T = TypeVar("T")


class _Made:
    """The default of a field that is made anew for each object."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], T]) -> T:
    """A field whose default is made anew for each object."""
    return _Made(default_factory)  # type: ignore[return-value]


class _Fields:
    """What `dataclasses.fields` and `replace` ask a class for: found when they do, by the real thing."""

    def __get__(self, _: object, cls: Any) -> dict[str, Any]:
        import dataclasses

        def described(name: str) -> Any:
            if name in cls.__factories__:
                return dataclasses.field(default_factory=cls.__factories__[name])
            return (
                dataclasses.field()
                if name in cls.__required__
                else dataclasses.field(default=getattr(cls, name))
            )

        names = cls.__match_args__
        twin: Any = dataclasses.make_dataclass(cls.__name__, [(name, Any, described(name)) for name in names])
        fields: dict[str, Any] = twin.__dataclass_fields__
        cls.__dataclass_fields__ = fields  # the next time they are there
        return fields


@overload
@dataclass_transform(field_specifiers=(field,))
def dataclass(cls: type[T], /) -> type[T]: ...
@overload
@dataclass_transform(field_specifiers=(field,))
def dataclass(
    *, eq: bool = True, repr: bool = True, frozen: bool = False
) -> Callable[[type[T]], type[T]]: ...
def dataclass(
    cls: type[T] | None = None, /, *, eq: bool = True, repr: bool = True, frozen: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Give a class the methods of a data class; the options mean what they do in `dataclasses`."""

    def complete(cls: Any) -> Any:
        names = {
            name: None for base in reversed(cls.__mro__) for name in base.__dict__.get("__match_args__", ())
        }
        names |= {name: None for name, kind in cls.__annotations__.items() if get_origin(kind) != ClassVar}
        cls.__match_args__ = tuple(names)  # type: ignore[misc]
        cls.__names__ = frozenset(names)
        cls.__factories__ = dict(getattr(cls, "__factories__", {}))
        for name in names:
            if isinstance(default := cls.__dict__.get(name), _Made):
                cls.__factories__[name] = default.make
                delattr(cls, name)
        cls.__required__ = {
            name for name in names if name not in cls.__factories__ and not hasattr(cls, name)
        }
        cls.__dataclass_fields__ = _Fields()
        cls.__init__ = _init
        cls.__getstate__ = _state
        if repr:
            cls.__repr__ = _repr
        if eq:
            cls.__eq__ = _eq
            cls.__hash__ = _hash if frozen else None
        if frozen:
            cls.__setattr__ = cls.__delattr__ = _refuse
        return cls

    return complete if cls is None else complete(cls)


def _init(self: Any, /, *args: Any, **kwargs: Any) -> None:
    values, names = self.__dict__, self.__match_args__
    values.update(zip(names, args, strict=False), **kwargs)
    for name, make in self.__factories__.items():
        if name not in values:
            values[name] = make()
    if (
        len(args) > len(names)
        or not self.__required__ <= values.keys()
        or not values.keys() <= self.__names__
    ):
        raise TypeError(f"{type(self).__name__} takes {', '.join(names)}: not {args} and {kwargs}")


def _state(self: Any) -> dict[str, Any]:
    """For copies and other processes: the fields, not what was derived from them."""
    return {name: value for name, value in self.__dict__.items() if name in self.__names__}


def _values(thing: Any) -> tuple[Any, ...]:
    return tuple(getattr(thing, name) for name in thing.__match_args__)


def _repr(self: Any) -> str:
    fields = (f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({', '.join(fields)})"


def _eq(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _refuse(self: Any, name: str, *value: Any) -> NoReturn:
    raise AttributeError(f"{name} of a frozen {type(self).__name__} cannot be changed")
