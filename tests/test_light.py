"""The light data classes behave as those of `dataclasses`."""

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from kerasfix import light


def _classes(module: Any) -> tuple[type[Any], type[Any]]:
    @module.dataclass(frozen=True)
    class Point:
        """A point."""

        x: int
        y: int = 2
        kind: ClassVar[str] = "point"

    @module.dataclass
    class Path:
        """Points."""

        name: str
        points: list[int] = module.field(default_factory=list)
        closed: bool = False

    return Point, Path


@pytest.mark.parametrize("module", [dataclasses, light])
def test_they_do_as_dataclasses_do(module: Any) -> None:
    point, path = _classes(module)
    assert point(1) == point(1, 2) == point(y=2, x=1) != point(1, 3)
    assert hash(point(1)) == hash(point(1, 2))
    assert repr(point(1)).endswith("Point(x=1, y=2)")
    assert dataclasses.replace(point(1), y=5) == point(1, 5)
    assert [(made.name, made.default) for made in dataclasses.fields(point)][1:] == [("y", 2)]
    assert dataclasses.asdict(path("a")) == {"name": "a", "points": [], "closed": False}
    assert point.__match_args__ == ("x", "y")
    with pytest.raises(AttributeError):
        point(1).x = 3
    assert path("a").points is not path("a").points
    assert path("a") == path("a") != path("a", [1])
    with pytest.raises(TypeError):
        hash(path("a"))


@pytest.mark.parametrize("module", [dataclasses, light])
@pytest.mark.parametrize(
    "wrong", [lambda c: c(), lambda c: c(1, 2, 3), lambda c: c(1, z=1), lambda c: c(y=1)]
)
def test_wrong_arguments_are_refused(module: Any, wrong: Callable[[type], object]) -> None:
    with pytest.raises(TypeError):
        wrong(_classes(module)[0])


@light.dataclass(eq=False, repr=False)
class Base:
    """Without equality."""

    a: int
    b: list[int] = light.field(default_factory=list)


@light.dataclass(eq=False, repr=False)
class Derived(Base):
    """Fields of its base come first."""

    c: int = 3


def test_classes_derive_and_travel() -> None:
    assert Base(1) != Base(1)
    made = Derived(1, c=4)
    assert (made.a, made.b, made.c) == (1, [], 4)
    again = pickle.loads(pickle.dumps(made))
    assert (again.a, again.b, again.c) == (1, [], 4)
