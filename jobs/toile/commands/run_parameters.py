"""The parameters of each job, known without loading it: a mistake is told before anything starts."""

import argparse
from collections.abc import Mapping

NUMBER, TRAINED = "<number>", "trained"
"""A version by its number, or the one that `toile run train` made with the same date, window and identity."""
TEXT = "<text>"
KNOWN: dict[str, dict[str, tuple[str, ...]]] = {
    "gate": {"purpose": ("training", "scoring"), "trigger": ("scheduled", "asset")},
    "train": {},
    "validate": {"version": (NUMBER, TRAINED)},
    "promote": {"version": (NUMBER, TRAINED), "action": ("promote", "rollback")},
    "reproduce": {"mlflow_run": (TEXT,)},
    "score": {},
    "monitor": {"force": ("true",)},
}
# Whoever asks may say so: it is kept beside what the job logs, and in the ledger.
OF_ANY_JOB: dict[str, tuple[str, ...]] = {"reason": (TEXT,), "actor": (TEXT,)}


def parse_pair(text: str) -> tuple[str, str]:
    """For argparse: NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not (name and equals and value.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=VALUE")
    return name, value


def mistake(job: str, parameters: Mapping[str, str]) -> str:
    """What is wrong with the parameters of a job, with what to write instead; empty where nothing is."""
    known = KNOWN[job] | OF_ANY_JOB
    for name, value in parameters.items():
        if name not in known:
            return f"job {job} has no parameter {name!r}. Known: {', '.join(known)}."
        if not _fits(value, known[name]):
            return f"{name}={value} does not fit. Write {_shown(name, known[name])}."
    for name in _required(job, parameters):
        if name not in parameters:
            return f"job {job} needs {name}. Write {_shown(name, known[name])}."
    return ""


def describe_parameters() -> str:
    """A table of jobs and their parameters; optional ones in brackets."""
    lines = {job: _usage(known, _required(job, {})) for job, known in KNOWN.items()}
    lines["any job"] = _usage(OF_ANY_JOB, ())
    return "\n".join(f"  {job:<10} {usage or '-'}" for job, usage in lines.items())


def _required(job: str, parameters: Mapping[str, str]) -> tuple[str, ...]:
    if job == "promote":
        return ("reason",) if parameters.get("action") == "rollback" else ("version",)
    if job == "monitor" and "force" in parameters:
        return ("reason",)
    return {"gate": ("purpose",), "reproduce": ("mlflow_run",), "validate": ("version",)}.get(job, ())


def _fits(value: str, allowed: tuple[str, ...]) -> bool:
    return allowed == (TEXT,) or value in allowed or (NUMBER in allowed and value.isdecimal())


def _shown(name: str, allowed: tuple[str, ...]) -> str:
    return f"{name}={'|'.join(allowed)}"


def _usage(known: Mapping[str, tuple[str, ...]], required: tuple[str, ...]) -> str:
    shown = {name: _shown(name, allowed) for name, allowed in known.items()}
    return " ".join(text if name in required else f"[{text}]" for name, text in shown.items())
