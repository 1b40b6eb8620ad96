"""The gates between a candidate and the champion's place; they are closed unless the evidence opens them."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from toile.config.model import FairnessGap, Gate, NonInferiority, Superiority, Threshold
from toile.config.task import MIN_PERIODS
from toile.evaluation.bootstrap import corrected
from toile.evaluation.holdout import CANDIDATE, CHAMPION
from toile.evaluation.interval import Interval, signed
from toile.evaluation.slices import Slice
from toile.tasks.template import Template

# With these, simulated equals are promoted about as seldom as stated (docs/decisions/0003-holdout.md).
MIN_ENTITIES, MIN_BLOCKS = 30, 3
MIN_GROUPS = 2

WAYS_ON = (
    " Give back the feature that it was trained on, roll back to a former champion that answers, or give the model a "
    "new name, whose first candidate needs no champion."
)


class GateOutcome(BaseModel):
    """What one gate said of the candidate, on all held-out rows or on one slice.

    A threshold on all rows is judged on the metric's value, its interval is shown beside it. On slices it refuses where
    the interval, corrected for the number of slices judged (Bonferroni), lies wholly beyond the limit: among many noisy
    values one is always beyond. A comparison is judged on the interval of the candidate's advantage, on each slice as
    if it were the only one: all must show it, so that more slices cannot make a false promotion likelier (the
    intersection-union test, Berger 1982). `limit` is the line that must not be crossed. What is not `judged` counts as
    passed.
    """

    model_config = ConfigDict(frozen=True)

    gate: str
    passed: bool
    reason: str
    judged: bool = True
    metric: str
    reference: str | None = None
    interval: Interval | None = None
    limit: float | None = None
    slice_by: str | None = None
    slice_value: str | None = None
    rows: int


def judge_gates(
    gates: Sequence[Gate], whole: Slice, slices: Sequence[Slice], problems: Mapping[str, str], *, has_champion: bool
) -> list[GateOutcome]:
    """One outcome per gate, or per slice of a gate with `slice_by`.

    `problems` are the models whose predictions are missing or unsound, and why. A gate that lacks the candidate, its
    reference or an interval refuses; only a champion that does not exist yet lets it pass. A champion that cannot
    answer today's rows closes it: its failure says nothing of how good the candidate is, and the cause is often a slip,
    such as a renamed feature, which must not open the way for a worse model. The reason says how to go on.
    """
    outcomes: list[GateOutcome] = []
    for gate in gates:
        if isinstance(gate, FairnessGap):
            outcomes.append(_judge_gap(gate, whole, slices, problems))
            continue
        found = [part for part in slices if part.feature == gate.slice_by] if gate.slice_by else [whole]
        if not found:
            reason = f"The held-out rows cannot be cut by {gate.slice_by}."
            outcomes.append(_outcome(gate, whole, passed=False, reason=reason))
        among = sum(not _why_not_judged(gate, part) for part in found)
        for part in found:
            why_not = _why_not_judged(gate, part)
            outcome = _judge(gate, part, problems, has_champion, max(among, 1))
            shown = {"judged": False, "passed": True, "reason": why_not}
            outcomes.append(outcome.model_copy(update=shown) if why_not else outcome)
    return outcomes


def describe(gate: Gate, task: Template) -> str:
    """The gate in words, such as `ROC AUC is no worse than baseline, within 0.02`."""
    title = task.title(gate.metric)
    if isinstance(gate, Superiority):
        return f"{title} beats {gate.beats}"
    if isinstance(gate, NonInferiority):
        return f"{title} is no worse than {gate.no_worse_than}, within {gate.margin:g}"
    if isinstance(gate, FairnessGap):
        return f"{title} differs by at most {gate.max_gap:g} between groups of {gate.slice_by}"
    bounds = [f"at least {gate.min:g}"] if gate.min is not None else []
    bounds += [f"at most {gate.max:g}"] if gate.max is not None else []
    return f"{title} is {' and '.join(bounds)}"


def _why_not_judged(gate: Gate, part: Slice) -> str:
    """Why a slice is only shown, or an empty string; all rows together are always judged."""
    if part.feature is None:
        return ""
    if part.holdout.rows < gate.min_rows:
        return f"Only {part.holdout.rows:,} rows, fewer than {gate.min_rows:,}: shown, not judged."
    if part.holdout.task.metrics[gate.metric].needs_both_classes and part.holdout.has_one_label:
        return f"All {part.holdout.rows:,} rows have one label, so that the metric is undefined: not judged."
    return ""


def _judge(
    gate: Threshold | Superiority | NonInferiority,
    part: Slice,
    problems: Mapping[str, str],
    has_champion: bool,
    among: int,
) -> GateOutcome:
    reference = _reference(gate)
    if reference == CHAMPION and not has_champion:
        return _outcome(gate, part, passed=True, reason="There is no champion yet.")
    for model in filter(None, (CANDIDATE, reference)):
        problem = problems.get(model) or ("" if model in part.holdout.predictions else "no predictions")
        if problem:
            reason = f"The {model} cannot be judged: {problem}.{WAYS_ON if model == CHAMPION else ''}"
            return _outcome(gate, part, passed=False, reason=reason)
    if isinstance(gate, Threshold):
        return _judge_slice(gate, part, among) if part.feature else _judge_threshold(gate, part)
    return _judge_comparison(gate, part)


def _judge_gap(gate: FairnessGap, whole: Slice, slices: Sequence[Slice], problems: Mapping[str, str]) -> GateOutcome:
    """Judged on the gap itself, its interval is shown: groups that are too small to tell are left out."""
    if CANDIDATE in problems:
        return _outcome(gate, whole, passed=False, reason=f"The candidate cannot be judged: {problems[CANDIDATE]}.")
    found = {
        part: interval.value
        for part in slices
        if part.feature == gate.slice_by
        and not _why_not_judged(gate, part)
        and (interval := part.evaluation.interval(CANDIDATE, gate.metric))
    }
    if len(found) < MIN_GROUPS:
        reason = (
            f"{len(found)} groups of {gate.slice_by} have {gate.min_rows:,} rows or more; a gap needs {MIN_GROUPS}."
        )
        return _outcome(gate, whole, passed=False, reason=reason)
    high, low = max(found, key=found.__getitem__), min(found, key=found.__getitem__)
    interval = high.evaluation.gap(low.evaluation, CANDIDATE, gate.metric)
    passed = found[high] - found[low] <= gate.max_gap
    shown = f"{interval}" if interval else f"{found[high] - found[low]:.3f}"
    reason = f"{high.value} has {found[high]:.3f}, {low.value} {found[low]:.3f}; between them lie {shown}."
    return _outcome(gate, whole, passed=passed, reason=reason, interval=interval)


def _judge_threshold(gate: Threshold, part: Slice) -> GateOutcome:
    interval = part.evaluation.interval(CANDIDATE, gate.metric)
    if interval is None:
        return _undefined(gate, part)
    beyond = _beyond(gate, interval.value, interval.value)
    reason = f"{part.holdout.task.title(gate.metric)} is {interval}{beyond and f', {beyond}'}."
    return _outcome(gate, part, passed=not beyond, reason=reason, interval=interval)


def _judge_slice(gate: Threshold, part: Slice, among: int) -> GateOutcome:
    interval = part.evaluation.interval(CANDIDATE, gate.metric, among=among)
    if interval is None:
        return _undefined(gate, part)
    title, others = part.holdout.task.title(gate.metric), f"among {among} slices " if among > 1 else ""
    level = f"at {100 * corrected(part.evaluation.confidence, among):.4g} %"
    beyond = _beyond(gate, interval.value, interval.value)
    # The interval of a biased metric may lie beside its value: one that is within the limit passes.
    wholly = beyond and _beyond(gate, interval.low, interval.high)
    shown = f"[{interval.low:.3f}, {interval.high:.3f}]"
    if wholly:
        reason = f"{title} is {interval} {level}, wholly {wholly}."
    elif beyond:
        reason = f"{title} {interval.value:.3f} is {beyond}, but {others}chance does that: {shown} {level}."
    else:
        reason = f"{title} is {interval} {level}."
    return _outcome(gate, part, passed=not wholly, reason=reason, interval=interval)


def _beyond(gate: Threshold, low: float, high: float) -> str:
    """Beyond which limit all lies that is between these two, in words; empty where some of it is within."""
    if gate.min is not None and high < gate.min:
        return f"below {gate.min:g}"
    return f"above {gate.max:g}" if gate.max is not None and low > gate.max else ""


def _judge_comparison(gate: Superiority | NonInferiority, part: Slice) -> GateOutcome:
    interval = part.evaluation.advantage(CANDIDATE, str(_reference(gate)), gate.metric)
    if interval is None:
        return _undefined(gate, part)
    if few := _find_too_few(part):
        return _outcome(gate, part, passed=False, reason=few, interval=interval)
    limit = -gate.margin if isinstance(gate, NonInferiority) else 0.0
    passed = interval.low > limit
    where = "wholly above" if passed else "not wholly above"
    line = f"the margin of {limit:g}" if limit else "zero"
    reason = f"The advantage over the {_reference(gate)} is {signed(interval)}, {where} {line}."
    return _outcome(gate, part, passed=passed, reason=reason, interval=interval)


def _find_too_few(part: Slice) -> str:
    """Why no interval of a comparison is to be trusted on these rows, or an empty string."""
    entities, periods, blocks = part.holdout.entities, part.holdout.periods, part.evaluation.blocks
    if entities < MIN_ENTITIES:
        return f"An interval from {entities} entities is not to be trusted; at least {MIN_ENTITIES} are needed."
    if periods is not None and periods < MIN_PERIODS:
        return f"An interval over {periods} periods is not to be trusted; at least {MIN_PERIODS} are needed."
    if blocks < MIN_BLOCKS:
        return (
            f"{periods} periods are {blocks:.1f} blocks of validation.block; an interval needs {MIN_BLOCKS}: "
            "hold out more periods, or shorten the blocks."
        )
    return ""


def _undefined(gate: Gate, part: Slice) -> GateOutcome:
    reason = f"{part.holdout.task.title(gate.metric)} is undefined on these rows, or on too many of their resamples."
    return _outcome(gate, part, passed=False, reason=reason)


def _reference(gate: Gate) -> str | None:
    if isinstance(gate, Threshold | FairnessGap):
        return None
    return gate.beats if isinstance(gate, Superiority) else gate.no_worse_than


def _limit(gate: Gate) -> float | None:
    if isinstance(gate, FairnessGap):
        return gate.max_gap
    if isinstance(gate, Threshold):
        return gate.max if gate.min is None else gate.min
    return -gate.margin if isinstance(gate, NonInferiority) else 0.0


def _outcome(gate: Gate, part: Slice, *, passed: bool, reason: str, interval: Interval | None = None) -> GateOutcome:
    return GateOutcome(
        gate=describe(gate, part.holdout.task), passed=passed, reason=reason, metric=gate.metric,
        reference=_reference(gate), interval=interval, limit=_limit(gate),
        slice_by=gate.slice_by, slice_value=part.value, rows=part.holdout.rows,
    )  # fmt: skip
