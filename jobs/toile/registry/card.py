"""The model card: what a model is, what it was made from, how good it is, and what it is not for."""

from toile.config import Names, ResolvedModel
from toile.config.durations import format_duration
from toile.config.model import ModelConfig
from toile.evaluation.report import ValidationReport
from toile.provenance import code_commit
from toile.registry.versions import DISTRIBUTED, Version
from toile.tasks import template_of

MOST_SLICES = 10


def find_gaps(config: ModelConfig) -> list[str]:
    """What the card of this model lacks: without it nobody should trust the model, and it is not promoted."""
    told = {"description": config.description, "limits": config.limits}
    return [
        f"the model card has no {name}: say in the model file {hint}"
        for name, hint in (("description", "what the model is for"), ("limits", "what it must not be used for"))
        if not told[name].strip()
    ]


def render_card(model: ResolvedModel, version: Version, report: ValidationReport) -> str:
    """The card as Markdown."""
    config, tags, given = model.config, version.tags, model.config.training_data.given
    confidence = f"{report.confidence:.0%}"
    return "\n".join([
        f"# {config.id} v{version.number}",
        "",
        config.description,
        "",
        f"Owner: **{config.owner}** ({model.platform.teams[config.owner].contact}). Verdict: **{report.verdict}**.",
        "",
        "## Limits",
        config.limits or "None stated.",
        "",
        "## Data",
        f"- Trained as of {version.trained_as_of}, on labels known by then ({format_duration(config.task.label_delay)} "
        f"after the event); features from {', '.join(model.feature_origins)}, joined point in time"
        + (f"; given by the squad: {', '.join(given)}." if given else "."),
        f"- Held out: {report.rows:,} rows of {report.entities:,} entities, event times {report.first:%Y-%m-%d} to "
        f"{report.last:%Y-%m-%d}, {_labels(report)}; "
        f"{config.split.unseen_entities:.0%} of the entities are never trained on.",
        f"- Training rows: Delta version {version.rows_version} of {Names(config.id).training_rows}.",
        *([f"- Distributed training: {tags[DISTRIBUTED]}."] if tags.get(DISTRIBUTED) else []),
        "",
        f"## Metrics on held-out rows, with {confidence} intervals",
        *_metrics(report),
        "",
        "## Gates",
        *_gates(report),
        *(["", "## Notes", *(f"- {note}" for note in report.notes)] if report.notes else []),
        "",
        "## Slices",
        *_slices(report),
        "",
        "## Origin",
        f"- Trained by code {tags['toile.code_commit']} with configuration {tags['toile.config_digest']} and libraries "
        f"{tags['toile.lock_digest']}; trainer `{tags['toile.trainer']}`.",
        f"- Validated by code {code_commit(model.environment)} with configuration {model.digest}, "
        f"seed {config.validation.seed}.",
        "",
    ])  # fmt: skip


def _labels(report: ValidationReport) -> str:
    told = template_of(report.task).describe_labels(report.mean_label)
    return ", ".join(f"{name.lower()} {value}" for name, value in told.items())


def _gates(report: ValidationReport) -> list[str]:
    judged = [gate for gate in report.gates if gate.judged]
    lines = [
        f"- {'passed' if gate.passed else '**refused**'}: {gate.gate}"
        f"{f' for {gate.slice_by} {gate.slice_value}' if gate.slice_value else ''}. {gate.reason}"
        for gate in judged
    ]
    shown = len(report.gates) - len(judged)
    return [*lines, f"- {shown} slices are too small to be judged."] if shown else lines


def _metrics(report: ValidationReport) -> list[str]:
    models = list(report.metrics)
    names = list(dict.fromkeys(name for metrics in report.metrics.values() for name in metrics))
    lines = [f"| metric | {' | '.join(models)} |", f"|---|{'---|' * len(models)}"]
    for name in names:
        cells = [str(report.metrics[who].get(name, "undefined")) for who in models]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _slices(report: ValidationReport) -> list[str]:
    metric = report.primary_metric
    lines = [f"| slice | rows | {metric} |", "|---|---|---|"]
    largest = sorted(report.slices, key=lambda part: -part.rows)
    for part in largest[:MOST_SLICES]:
        value = part.metrics.get("candidate", {}).get(metric, "undefined")
        lines.append(f"| {part.feature} = {part.value} | {part.rows:,} | {value} |")
    if len(largest) > MOST_SLICES:
        lines.append(
            f"| {len(largest) - MOST_SLICES} smaller ones | {sum(p.rows for p in largest[MOST_SLICES:]):,} | |"
        )
    return lines
