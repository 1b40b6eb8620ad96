"""The part of `toile check` that reads timetables side by side: what is odd is noted, and may be meant."""

from toile.commands.deep_checks import readable
from toile.config import Conf
from toile.config.cron import check_cron, days_in_four_years, times_a_day
from toile.config.problems import Problem
from toile.config.yaml_source import Source

SCORE, MONITOR = ("schedule", "score"), ("schedule", "monitor")


def find_odd_schedules(conf: Conf) -> list[Problem]:
    """Timetables by which a DAG does again what it has done."""
    problems: list[Problem] = []
    for source in readable(conf.model_source, conf.model_ids):
        crons = {stage: _cron(source, stage) for stage in source.keys_at(("schedule",))}
        for stage, cron in crons.items():
            if cron and (times := times_a_day(cron)) > 1:
                message = f"fires {times} times a day, and what a run reads and writes is of a day."
                problems.append(source.problem(("schedule", stage), message, "Once a day is the most that is of use."))
        problems += _idle_monitoring(source, crons.get("score"), crons.get("monitor"))
    return sorted({problem.as_note() for problem in problems})


def _idle_monitoring(source: Source, score: str | None, monitor: str | None) -> list[Problem]:
    if not monitor:
        return []
    if not score and source.get(SCORE):
        return []  # it is one with mistakes
    if not score:
        return [source.problem(MONITOR, "has a timetable, and score has none: scores come by hand alone.")]
    often, seldom = days_in_four_years(monitor), days_in_four_years(score)
    if often <= seldom:
        return []
    message = f"runs on {often // 4} days a year, and score on {seldom // 4}: in between there are no new scores."
    return [source.problem(MONITOR, message, "Monitor after scoring, unless late labels come more often.")]


def _cron(source: Source, stage: str) -> str | None:
    """None where there is none, or one with mistakes, which are told."""
    text = source.get(("schedule", stage))
    try:
        return check_cron(text) if isinstance(text, str) else None
    except ValueError:
        return None
