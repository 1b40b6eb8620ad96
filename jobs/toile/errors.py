"""Every error that Toile raises on purpose; each says where, what, and how to mend it."""

import re


class ToileError(Exception):
    """The root of Toile's own errors: `str(error)` is fit to be shown to a user without a traceback."""


class ConfigError(ToileError):
    """The author's mistake: a file under `conf/`, an argument or a piece of squad code must be changed."""


class DataError(ToileError):
    """The data is not what the job was promised: a table, column, partition or source file is missing or wrong."""


class InfrastructureError(ToileError):
    """A service or a file system failed; the same call may go through later, so the job is worth a retry."""


_WORKERS_LAST_WORDS = re.compile(rf"^{__name__}\.(ConfigError|DataError): (.+)$", re.MULTILINE)


def raised_by_worker(error: Exception) -> ToileError | None:
    """The mistake that a worker of Spark's raised, which reaches the driver as the text of Spark's own exception."""
    found = _WORKERS_LAST_WORDS.search(str(error))
    return {"ConfigError": ConfigError, "DataError": DataError}[found[1]](found[2]) if found else None
