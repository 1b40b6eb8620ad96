"""What a model file says about other files, and about itself in other places.

Works on the plain data, so that a mistake elsewhere in the file hides nothing.
"""

from collections.abc import Collection, Iterable, Mapping

from pydantic import TypeAdapter, ValidationError

from toile.config.durations import format_duration
from toile.config.explain import untold
from toile.config.features import FeatureView, columns_of
from toile.config.metrics import METRICS, OF_QUANTILES, REACH
from toile.config.model import ModelConfig
from toile.config.names import EVENT_TIME, TARGET_TIME
from toile.config.problems import Path_, Problem, did_you_mean, tell_most
from toile.config.section import GIVEN_BY_PATH
from toile.config.task import MIN_PERIODS, Forecast, Task
from toile.config.yaml_source import Source

_TASK: TypeAdapter[Task] = TypeAdapter(Task)
SLOPES = ("trainer", "slopes")
TABLE, TIME = ("training_data", "table"), ("training_data", "time")
# Where a model file says which features come with its rows.
CARRIED: tuple[Path_, ...] = (("training_data", "given"), ("training_data", "columns"))
COLUMN_ARGUMENTS = ("column", "column_A", "column_B", "column_list", "column_set")


def view_references(source: Source) -> list[tuple[Path_, str]]:
    """Where the file names feature views."""
    return source.words(("training_data", "features"))


def suite_references(source: Source) -> list[tuple[Path_, str]]:
    """Where the file names expectation suites."""
    return source.words(("training_data", "gate")) + source.words(("scoring", "gate"))


def cross_check(source: Source, teams: Collection[str]) -> list[Problem]:
    """Teams and metrics that do not exist, and keys that the file's path gives."""
    metrics = source.words(("monitoring", "performance", "metric"))
    metrics += [word for path in _gates(source) for word in source.words((*path, "metric"))]
    return [
        *unknown(source, source.words(("owner",)), teams, "team"),
        *_linear_of_classes(source),
        *_search(source),
        *_without_quantiles(source, metrics),
        *unknown(source, metrics, METRICS.get(str(source.get(("task", "kind"))), REACH), "metric"),
        *(
            source.key_problem((key,), "is given by the file's path.", "Delete this line.")
            for key in GIVEN_BY_PATH
            if key in source.data
        ),
    ]


def _naive_rules(source: Source, kinds: Mapping[str, str]) -> list[Problem]:
    problems = []
    for path, rule in source.words(("naive",)):
        if kinds.get(rule.removeprefix("-")) == "string":
            problems.append(source.problem(path, f"{rule!r} is a word: a naive rule is a number.", "Name another."))
        elif rule.startswith("-") and (kind := source.get(("task", "kind"))) in ("regression", "forecast"):
            message = f"the naive rule of a {kind} is a feature's value itself, and takes no '-'."
            problems.append(source.problem(path, message, "Name a feature in the label's unit, or leave the rule out."))
    return problems


def _linear_of_classes(source: Source) -> list[Problem]:
    kinds = (("trainer", "kind"), "linear"), (("task", "kind"), "classification")
    if all(source.get(path) == kind for path, kind in kinds):
        message = "'linear' answers with quantities, and this task is classification."
        hint = "Write {kind: sklearn, estimator: sklearn.linear_model:LogisticRegression}, which is its like."
        return [source.problem(("trainer", "kind"), message, hint)]
    return []


def _without_quantiles(source: Source, metrics: list[tuple[Path_, str]]) -> list[Problem]:
    """Metrics of quantiles where a model, or the reference that it is compared with, answers none."""
    hint = f"Gate another metric than {' and '.join(OF_QUANTILES)}, or give task.quantiles."
    asked = [(path, metric) for path, metric in metrics if metric in OF_QUANTILES]
    if source.get(("task", "quantiles")) == []:
        return [
            source.problem(path, f"task.quantiles is empty, and {metric} judges quantiles.", hint)
            for path, metric in asked
        ]
    return [
        source.problem(
            path, f"the naive rule answers no quantiles, which {metric} judges.", "Compare with baseline or champion."
        )
        for path, metric in asked
        if "naive" in [source.get((*path[:-1], key)) for key in ("beats", "no_worse_than")]
    ]


def _search(source: Source) -> list[Problem]:
    """A search for what the trainer does not have, or by a metric that its trials do not have."""
    if source.get(("search",)) is None:
        return []
    problems = []
    if source.get(("trainer", "kind")) == "linear":
        message, hint = "'linear' has no params to look for.", "Leave search out, or take another trainer."
        problems.append(source.key_problem(("search",), message, hint))
    first = ("gates", 0, "metric")
    if source.get(first) in OF_QUANTILES:
        message = "search goes by the first gate's metric, and its trials have no quantiles yet."
        problems.append(source.problem(first, message, "Begin with another gate, such as one of wape."))
    return problems


def check_columns(source: Source, views: Mapping[str, FeatureView]) -> list[Problem]:
    """Features that do not exist, views of another entity, and columns that are claimed twice."""
    carried = {path[-1]: source.get(path) for path in _carried(source)}
    ours = _task_columns(source)
    if source.get(("task", "kind")) == "forecast" and not ours:  # what else is a feature is not known
        return _other_entities(source, views)
    kinds = {**ours, **columns_of(views.values()), **carried}
    slices = source.words(("slices",)) + [word for path in _gates(source) for word in source.words((*path, "slice_by"))]
    naive = [(path, rule.removeprefix("-")) for path, rule in source.words(("naive",))]
    return [
        *_no_features(source),
        *unknown(source, naive, kinds, "feature"),
        *_naive_rules(source, kinds),
        *unknown(source, slices, kinds, "feature"),
        *_slopes(source, kinds),
        *_other_entities(source, views),
        *_claimed_twice(source, views, ours),
    ]


def _carried(source: Source) -> list[tuple[str, ...]]:
    """Where each feature is named that comes with the rows."""
    return [(*map(str, path), name) for path in CARRIED for name in source.keys_at(path)]


def _task_columns(source: Source) -> dict[str, str]:
    """What the task itself computes; nothing where the task has mistakes, which are told at their own places."""
    try:
        return _TASK.validate_python(source.get(("task",))).columns
    except ValidationError:
        return {}


def _no_features(source: Source) -> list[Problem]:
    named = source.words(("training_data", "features")) or source.keys_at(CARRIED[1])
    if named or source.get(("task", "kind")) not in ("classification", "regression"):
        return []
    hint = "Name columns of the table." if source.words(TABLE) else "List feature views of conf/features."
    return [source.problem(("training_data",), "names no features to learn from.", hint)]


def check_rows(source: Source, tables: Collection[str]) -> list[Problem]:
    """A model of one table that says too much or too little, and one of functions that does not say whom to score."""
    data, entities = source.get(("training_data",)), ("scoring", "entities")
    if not isinstance(data, dict) or "table" not in data:
        told = source.get(entities) is not None or not isinstance(source.get(("scoring",)), dict)
        return [] if told else [source.problem(entities, "is required but not given.")]
    problems = []
    if source.get(("task", "kind")) == "forecast":
        message = "a forecast takes no rows of one table."
        hint = "Give entities, a function that returns [entity, event_time, label]."
        problems.append(source.key_problem(TABLE, message, hint))
    if source.get(entities) is not None:
        message = "training_data.table says whom to score: its rows whose label is not due yet."
        problems.append(source.key_problem(entities, message, "Delete this."))
    for _, table in source.words(TABLE):
        if table in tables and source.words(TIME):
            message = f"conf/platform.yaml says when rows of {table} came to be known."
            problems.append(source.key_problem(TIME, message, "Delete this."))
        elif table not in tables and source.get(TIME) is None:
            hint = f"Give training_data.time, the column that says so. {did_you_mean(table, tables)}"
            message = f"conf/platform.yaml does not list {table!r}, so nobody knows when its rows came to be known."
            problems.append(source.problem(TABLE, message, hint))
    return problems


def check_window(source: Source, config: ModelConfig) -> list[Problem]:
    """A holdout too short to compare forecasts on, or a window in which no label is known before the holdout begins."""
    holdout, delay, task = config.split.holdout, config.task.label_delay, config.task
    if isinstance(task, Forecast) and (periods := holdout // task.every + task.horizon) < MIN_PERIODS:
        message = f"holds {periods} periods, and a comparison of forecasts needs {MIN_PERIODS}."
        return [source.problem(("split", "holdout"), message, f"Hold out {format_duration(MIN_PERIODS * task.every)}.")]
    if config.training_data.window > holdout + delay:
        return []
    needed = f"split.holdout {format_duration(holdout)} and task.label_delay {format_duration(delay)} together"
    return [source.problem(("training_data", "window"), f"leaves no row to train on: it must be longer than {needed}.")]


def check_suite_columns(
    config: ModelConfig, views: Mapping[str, FeatureView], suites: Mapping[str, Source]
) -> list[Problem]:
    """Columns that a suite speaks of and its gate's rows do not have, each once though both gates may use the suite."""
    features = {*config.task.columns, *columns_of(views.values()), *config.training_data.carried}
    scored = {config.entity, EVENT_TIME, "as_of", *config.task.row_keys, *features}
    trained = {*scored, config.task.label, "split"}
    problems: list[Problem] = []
    for name, rows, known in (
        (config.training_data.gate, "training", trained),
        (config.scoring.gate, "scoring", scored),
    ):
        if name not in suites:  # what is wrong with it is told
            continue
        found = unknown(suites[name], _columns(suites[name]), known, "column", f" in the {rows} rows of {config.id}")
        problems += untold(found, problems)
    return problems


def unknown(
    source: Source, words: Iterable[tuple[Path_, str]], known: Collection[str], noun: str, where: str = ""
) -> list[Problem]:
    """One problem for each word that is not known, with the nearest known one."""
    wrong = [(path, word) for path, word in words if word not in known]
    return tell_most(
        wrong,
        lambda found: source.problem(
            found[0], f"there is no {noun} {found[1]!r}{where}.", did_you_mean(found[1], known)
        ),
    )


def _columns(suite: Source) -> list[tuple[Path_, str]]:
    named = [
        ("expectations", index, "arguments", name)
        for index, item in enumerate(suite.get(("expectations",)))
        for name in COLUMN_ARGUMENTS
        if name in item.get("arguments", ())
    ]
    return [word for path in named for word in suite.words(path)]


def _gates(source: Source) -> list[Path_]:
    gates = source.get(("gates",))
    return [("gates", index) for index in range(len(gates))] if isinstance(gates, list) else []


def _other_entities(source: Source, views: Mapping[str, FeatureView]) -> list[Problem]:
    return [
        source.problem(path, f"{name!r} describes {views[name].entity!r}, but this model's entity is {entity!r}.")
        for _, entity in source.words(("entity",))
        for path, name in view_references(source)
        if views[name].entity != entity
    ]


def _slopes(source: Source, kinds: Mapping[str, str]) -> list[Problem]:
    """Slopes of what is no number, or by what is no word."""
    words = [name for name, kind in kinds.items() if kind == "string"]
    numbers = [name for name in kinds if name not in words]
    paths = [(*SLOPES, number) for number in source.keys_at(SLOPES)]
    return [
        source.key_problem(
            path, f"there is no number {path[-1]!r} among the features.", did_you_mean(path[-1], numbers)
        )
        for path in paths
        if path[-1] not in numbers
    ] + unknown(source, [word for path in paths for word in source.words(path)], words, "word", " among the features")


def _claimed_twice(source: Source, views: Mapping[str, FeatureView], ours: Collection[str]) -> list[Problem]:
    label = source.get(("task", "label"))
    taken = {EVENT_TIME: "the event time"}
    taken |= {word: "the entity" for _, word in source.words(("entity",))}
    taken |= {word: "the label" for _, word in source.words(("task", "label"))}
    taken |= {"split": "the split", "as_of": "the date of the rows"}
    problems = [
        source.problem(path, f"{word!r} is taken: it is {taken[word]}.", "Rename it.")
        for path, word in source.words(("task", "groups"))
        if word in taken
    ]
    if isinstance(label, str) and label in ours and not problems:
        problems.append(source.problem(("task", "label"), f"{label!r} is a column of the task.", "Rename it."))
    taken |= dict.fromkeys((*ours, TARGET_TIME), "a column of the task")
    taken |= {word: "the time of the rows" for _, word in source.words(TIME)}
    for path, name in view_references(source):
        clashes = [f"{column!r} (also {taken[column]})" for column in views[name].columns if column in taken]
        if clashes:
            shown = ", ".join(clashes[:3]) + (f" and {len(clashes) - 3} more" if len(clashes) > 3 else "")
            problems.append(source.problem(path, f"{name!r} brings columns that are taken: {shown}.", "Rename them."))
        taken |= dict.fromkeys(views[name].columns, f"a column of {name!r}")
    return problems + [
        source.key_problem(path, f"{path[-1]!r} is taken: it is {taken[path[-1]]}.", "Rename it.")
        for path in _carried(source)
        if path[-1] in taken
    ]
