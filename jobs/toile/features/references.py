"""Resolves the functions that configuration names: `package.module:function`."""

from collections.abc import Callable
from importlib import import_module
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
