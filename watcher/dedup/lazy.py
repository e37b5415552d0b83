"""Attributes that are worked out when they are first asked for."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801  used like `property`
    """A `functools.cached_property` without the lock that it takes before Python 3.12."""

    def __init__(self, function: Callable[[Any], T]) -> None:
        self._function, self._name, self.__doc__ = function, function.__name__, function.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> T:
        """Work the value out and put it in the place of this."""
        value: T = self._function(instance)
        instance.__dict__[self._name] = value
        return value
