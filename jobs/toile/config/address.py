"""Addresses, as they may be shown."""

import re

_PASSWORD = re.compile(r"(://[^\s/:@]*):[^\s/]*@")


def masked(text: str) -> str:
    """The text, with *** for the password of each address in it."""
    return _PASSWORD.sub(r"\1:***@", text)


def require_no_password(uri: str) -> str:
    """For pydantic: an address of MLflow that all may read.

    Raises:
        ValueError: there is a password in it.
    """
    if masked(uri) != uri:
        raise ValueError(
            "leave user:password@ out of it, and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD where jobs "
            "run (of a database, the whole as MLFLOW_TRACKING_URI)"
        )
    return uri
