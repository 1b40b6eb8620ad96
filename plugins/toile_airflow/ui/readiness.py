"""How ready a model is for production: bronze, silver or gold, and what it lacks for the next (docs/models_page.md)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from toile.config import ResolvedModel
from toile.config.model import Gate
from toile_airflow.ui.configured import Configured
from toile_airflow.ui.tracking import Known

LEVELS = ("bronze", "silver", "gold")


@dataclass(frozen=True)
class Point:
    """One thing that a level asks for, and what is said where it is missing."""

    level: str
    missing: str
    met: bool | None
    """None where it cannot be known; then no level waits for it."""


@dataclass(frozen=True)
class Case:
    """All that the points are judged by."""

    model: ResolvedModel
    known: Known
    configured: Configured

    def gate_blocks(self, suite: str) -> bool:
        return any(expectation.severity == "block" for expectation in self.model.suites[suite].expectations)

    def compares(self, reference: str) -> bool:
        gates = [gate for gate in self.model.config.gates if not gate.slice_by]
        return reference in {_reference(gate) for gate in gates}

    def verdict(self, fact: str) -> str | None:
        found = self.known.fact(fact)
        return found.verdict if found else None

    def told(self, holds: bool) -> bool | None:
        """Whether something holds that MLflow tells; None where it does not answer."""
        return None if self.known.silent else holds

    @property
    def is_tested(self) -> bool | None:
        config, tests = self.model.config, self.configured.tests
        if not self.has_own_code:
            return True
        if tests is None:
            return None
        return not tests.isdisjoint({f"test_{config.name}", f"test_{config.domain}_{config.name}"})

    @property
    def has_own_code(self) -> bool:
        config = self.model.config
        parts = (config.training_data, config.scoring, config.trainer, *self.model.views)
        named = (getattr(part, key, None) for part in parts for key in ("entities", "estimator", "build", "transform"))
        return any(name.startswith("domains.") for name in named if name)

    @property
    def is_timed(self) -> bool:
        schedule = self.model.config.schedule
        return not self.model.environment.schedules or None not in {schedule.score, schedule.monitor}


Rule = tuple[str, str, Callable[[Case], bool | None]]
# Level, what is missing where the rule does not hold, the rule. A point that does not apply counts as met.
RULES: tuple[Rule, ...] = (
    ("bronze", "the card has no limits: say in the file what it must not be used for",
     lambda case: bool(case.model.config.limits.strip())),
    ("bronze", "no expectation of the training data's gate blocks",
     lambda case: case.gate_blocks(case.model.config.training_data.gate)),
    ("bronze", "no gate compares it with the naive rule", lambda case: case.compares("naive")),
    ("bronze", "there is no champion", lambda case: case.told(case.known.champion is not None)),
    ("silver", "no gate compares it with the baseline", lambda case: case.compares("baseline")),
    ("silver", "no gate looks at slices", lambda case: any(gate.slice_by for gate in case.model.config.gates)),
    ("silver", "no expectation of the scoring data's gate blocks",
     lambda case: case.gate_blocks(case.model.config.scoring.gate)),
    ("silver", "late labels have no limits: monitoring.performance",
     lambda case: case.model.config.monitoring.performance is not None),
    ("silver", "scoring or monitoring has no timetable: schedule", lambda case: case.is_timed),
    ("silver", "its scores were never monitored", lambda case: case.told(case.known.fact("drift") is not None)),
    ("silver", "the last data gate refused",
     lambda case: case.told("refused" not in {case.verdict("gate.training"), case.verdict("gate.scoring")})),
    ("gold", "promotions wait for nobody: approval", lambda case: case.model.config.approval == "required"),
    ("gold", "nothing asks for retraining: schedule.train or monitoring.retrain_when",
     lambda case: bool(case.model.config.monitoring.retrain_when or case.model.config.schedule.train)),
    ("gold", "it has no budget: budget.per_month",
     lambda case: not case.configured.costs_money or case.model.config.budget is not None),
    ("gold", "the squad's code has no test: test_<model>.py", lambda case: case.is_tested),
    ("gold", "the last drift report warned", lambda case: case.told(case.verdict("drift") in {None, "passed"})),
    ("gold", "late labels do not show it within its limits",
     lambda case: case.told(case.verdict("performance") == "passed")),
)  # fmt: skip


def judge(case: Case) -> list[Point]:
    """Every point, in the order of the levels."""
    name = case.model.config.name
    return [Point(level, missing.replace("<model>", name), holds(case)) for level, missing, holds in RULES]


def level_of(points: Iterable[Point]) -> str:
    """The highest level of which, and of those below it, no point is missing; empty where bronze is not reached."""
    lacking = {point.level for point in points if point.met is False}
    reached = ""
    for level in LEVELS:
        if level in lacking:
            break
        reached = level
    return reached


def _reference(gate: Gate) -> str | None:
    return getattr(gate, "beats", None) or getattr(gate, "no_worse_than", None)
