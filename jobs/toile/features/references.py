"""Resolves the functions that configuration names: `package.module:function`."""

from collections.abc import Callable, Iterable
from importlib import import_module
from inspect import signature
from typing import Any

from toile.config.problems import did_you_mean
from toile.errors import ConfigError


def resolve(reference: str) -> Callable[..., Any]:
    """The function that a reference names.

    Raises:
        ConfigError: there is no such module or function, or the module does not import.
    """
    module_name, _, name = reference.partition(":")
    try:
        module = import_module(module_name)
    except ImportError as error:
        raise ConfigError(f"{reference}: {error}. Is the module under jobs/domains/ spelled so?") from error
    except Exception as error:  # a squad's module may raise anything while it is imported
        raise ConfigError(f"{reference}: importing it raises {type(error).__name__}: {error}.") from error
    function = getattr(module, name, None)
    if not callable(function):
        known = [word for word, value in vars(module).items() if callable(value) and not word.startswith("_")]
        raise ConfigError(f"{reference}: {module_name} has no function {name!r}. {did_you_mean(name, known)}")
    return function  # type: ignore[no-any-return]


def require_parameters(reference: str, *names: str, settings: Iterable[str] = ()) -> None:
    """Raises a ConfigError unless the function can be called with these arguments, by position and of these names.

    The names tell a function that is meant for another place, such as scoring, from the right one. An underscore before
    a name says that the function does not use it. `settings` are arguments that it is given by name besides.
    """
    function = resolve(reference)
    try:
        found = signature(function)
    except ValueError:  # some builtins have none
        return
    try:
        taken = found.bind(*names, **dict.fromkeys(settings)).arguments
    except TypeError:
        taken = {}
    # What *args collect comes as a tuple, and has no names of its own.
    if not taken or any(isinstance(name, str) and word.lstrip("_") != name for word, name in taken.items()):
        asked = ", ".join((*names, *settings))
        raise ConfigError(f"{reference} must take ({asked}), but takes ({', '.join(found.parameters)}).")
