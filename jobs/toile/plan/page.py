"""A plan as people read it: as text in a terminal, as Markdown in a pull request."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from typing import Any

from toile.plan.code import PLATFORM
from toile.plan.differences import Change
from toile.plan.facts import SECTIONS
from toile.plan.plan import EnvironmentPlan, KeyChange, Plan, Reshaped

SIGNS = {"added": "+", "removed": "-", "changed": "!"}
FOLDED_ABOVE, WIDTH, NAMED = 30, 140, 10
MISTAKES = "A model whose files have mistakes has no DAGs but one that says so."
RESHAPED = (
    "Rows that were gated and candidates that were validated with the former configuration are gated and validated "
    "anew; the champion stays until a candidate of the new one replaces it."
)
CODE = "No digest tells of code: jobs run it once it is deployed."
REMOVED = "What goes is no longer made or moved. Nothing is deleted: tables, versions, aliases and the ledger stay."
RENAMED = (
    "Versions, champion, ledger, scores and results are kept under a model's name. Under another one it begins anew, "
    "with a first champion of its own."
)
Line = tuple[str, str]
"""What it is, and its text: title, heading, subheading, note, or a line of a list."""


def render_text(plan: Plan) -> str:
    """Lists are indented below their headings."""
    written = {"title": "{}", "heading": "\n{}", "subheading": "  {}", "note": "  {}", "line": "    {}"}
    return "\n".join(written[kind].format(text) for kind, text in _lines(plan)) + "\n"


def render_markdown(plan: Plan) -> str:
    """Lists are blocks of kind diff, which GitHub and GitLab colour; long ones are folded."""
    written = {"title": "# {}\n", "heading": "## {}\n", "subheading": "**{}**\n", "note": "{}\n"}
    parts: list[str] = []
    for is_list, group in groupby(_lines(plan), key=lambda line: line[0] == "line"):
        if not is_list:
            parts += [written[kind].format(text) for kind, text in group]
            continue
        lines = [text for _kind, text in group]
        block = "\n".join(["```diff", *lines, "```\n"])
        folded = f"<details><summary>{len(lines)} lines</summary>\n\n{block}\n</details>\n"
        parts.append(folded if len(lines) > FOLDED_ABOVE else block)
    return "\n".join(parts)


def _lines(plan: Plan) -> Iterator[Line]:
    yield "title", f"Plan against {plan.against} ({plan.commit[:7]})"
    found = [
        *_mistakes(plan), *_models(plan), *_configuration(plan), *_code(plan), *_unreadable(plan), *_effects(plan)
    ]  # fmt: skip
    yield from found or [("note", "Nothing changes.")]


def _mistakes(plan: Plan) -> Iterator[Line]:
    if plan.mistakes:
        yield "heading", "Mistakes"
        yield "note", MISTAKES
        yield from (("line", f"! {mistake}") for mistake in plan.mistakes)


def _models(plan: Plan) -> Iterator[Line]:
    if plan.added or plan.removed:
        yield "heading", "Models that come and go"
    if plan.removed:
        yield "note", REMOVED
    yield from (("line", f"+ {model}") for model in plan.added)
    yield from (("line", f"- {model}") for model in plan.removed)
    if plan.renamed:
        yield "heading", "Models that look renamed"
        yield "note", RENAMED
    yield from (("line", f"! {one.model} -> {one.now}") for one in plan.renamed)


def _configuration(plan: Plan) -> Iterator[Line]:
    differing = [one for one in plan.environments if one.reshaped]
    if differing:
        yield "heading", "Models with another configuration"
        yield "note", RESHAPED
    for group in _alike(differing, lambda one: [(model.model, model.keys) for model in one.reshaped]):
        yield "subheading", _names(group)
        for model in group[0].reshaped:
            yield "line", f"! {model.model}"
            for change in model.keys:
                yield from _key(change)
        yield from _shared(group[0].reshaped)


def _key(change: KeyChange) -> Iterator[Line]:
    where = change.file or "by default"
    if isinstance(change.before, list) and isinstance(change.after, list):
        yield "line", f"!   {change.key}  ({where})"
        yield from (("line", f"-     {_shown(one)}") for one in change.before)
        yield from (("line", f"+     {_shown(one)}") for one in change.after)
    else:
        yield "line", f"!   {change.key}: {_shown(change.before)} -> {_shown(change.after)}  ({where})"


def _shared(models: list[Reshaped]) -> Iterator[Line]:
    """Whom a shared file reaches: whoever changes a view may not know all models that read it."""
    reached: dict[str, list[str]] = {}
    for model in models:
        for file in sorted({change.file for change in model.keys if change.file and "/models/" not in change.file}):
            reached.setdefault(file, []).append(model.model)
    for file, names in sorted(reached.items()):
        others = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield "line", f"! {file} reaches {', '.join(names[:NAMED])}{others}"


def _code(plan: Plan) -> Iterator[Line]:
    if plan.code or plan.platform_files:
        yield "heading", "Code"
        yield "note", CODE
    yield from (("line", f"! {change.model}: {', '.join(change.files)}") for change in plan.code)
    counts = Counter(next(folder for folder in PLATFORM if folder in file) for file in plan.platform_files)
    yield from (("line", f"! every model: {number} files of {folder}") for folder, number in sorted(counts.items()))


def _unreadable(plan: Plan) -> Iterator[Line]:
    for one in plan.environments:
        if one.unreadable:
            yield "heading", f"Environment {one.environment}"
            yield "note", f"platform.yaml or its own file has mistakes {one.unreadable}, so nothing is compared."


def _effects(plan: Plan) -> Iterator[Line]:
    differing = [one for one in plan.environments if one.changes]
    if differing:
        yield "heading", "Where jobs run"
        yield from (("line", f"  {one.environment}: {one.runs_on}") for one in differing)
    for section in SECTIONS:
        in_section = partial(_in_section, section)
        concerned = list(filter(in_section, differing))
        if concerned:
            yield "heading", section
        for group in _alike(concerned, in_section):
            yield "subheading", _names(group)
            for change in in_section(group[0]):
                yield from _change(change)


def _in_section(section: str, one: EnvironmentPlan) -> list[Change]:
    return [change for change in one.changes if change.section == section]


def _change(change: Change) -> Iterator[Line]:
    sign = SIGNS[change.kind]
    if change.kind != "changed":
        fields = change.after or change.before
        line = f"{sign} {change.item}: " + "; ".join(f"{name} {text}" for name, text in fields.items())
        yield "line", line if len(line) <= WIDTH else f"{sign} {change.item}"
        yield from (("line", f"{sign}   {name}: {text}") for name, text in fields.items() if len(line) > WIDTH)
        return
    yield "line", f"{sign} {change.item}"
    for name in dict.fromkeys([*change.before, *change.after]):
        was, now = change.before.get(name), change.after.get(name)
        if was != now:
            yield "line", f"{sign}   {name}: {_shown(was)} -> {_shown(now)}"


def _alike(plans: list[EnvironmentPlan], key: Callable[[EnvironmentPlan], Any]) -> list[list[EnvironmentPlan]]:
    """Environments in which the same happens, told together."""
    groups: list[list[EnvironmentPlan]] = []
    for one in plans:
        group = next((group for group in groups if key(group[0]) == key(one)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return groups


def _names(group: list[EnvironmentPlan]) -> str:
    return ", ".join(one.environment for one in group)


def _shown(value: Any) -> str:
    """On one line, as YAML would have it, without what is not set."""
    if value is None:
        return "none"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items() if item is not None) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) or "\n" in value else value
