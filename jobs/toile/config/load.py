"""Reads conf/: platform <- environment <- model, every mistake of every file told at once."""

import json
import re
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from toile.config.cross_checks import (
    check_columns,
    check_rows,
    check_suite_columns,
    check_window,
    cross_check,
    suite_references,
    unknown,
    view_references,
)
from toile.config.explain import fit, fit_parts, untold
from toile.config.features import FeatureView, columns_of
from toile.config.model import ModelConfig
from toile.config.platform import Environment, Platform, SourceTable
from toile.config.prices import Prices, Rate, rate_of
from toile.config.problems import InvalidConfig, Path_, Place, Problem, did_you_mean
from toile.config.section import NAME, Section
from toile.config.suites import Suite
from toile.config.training_data import RowsOfTable
from toile.config.yaml_source import Source, read_yaml

Part = TypeVar("Part", bound=Section)
ROWS = ("task", "entity", "training_data", "split", "scoring")
"""What of a model file says which rows there are."""
VISIBLE = "[!.]*.yaml"  # editors and file systems leave hidden files behind


@dataclass(frozen=True)
class ResolvedModel:
    """One model with all that its file refers to."""

    config: ModelConfig
    views: tuple[FeatureView, ...]
    suites: dict[str, Suite]
    platform: Platform
    environment: Environment
    file: Path

    @cached_property
    def feature_columns(self) -> dict[str, str]:
        """Feature -> type: those of the task itself, then those of the views in their order, then those of the rows."""
        return {**self.config.task.columns, **columns_of(self.views), **self.config.training_data.carried}

    @property
    def feature_origins(self) -> list[str]:
        """The views that features come from, and the table that has the model's rows."""
        data = self.config.training_data
        return [view.name for view in self.views] + ([data.table] if isinstance(data, RowsOfTable) else [])

    @cached_property
    def drifting_columns(self) -> dict[str, str]:
        """Those of the features that may drift: what tells the date is bound to change."""
        dated = self.config.task.dated_columns
        return {name: kind for name, kind in self.feature_columns.items() if name not in dated}

    @cached_property
    def shape(self) -> list[tuple[str, dict[str, Any]]]:
        """What shapes the model, by what says it: its configuration with inherited defaults, views, tables, suites."""
        # A budget shapes no model: one that is raised leaves candidates and verdicts as they are.
        config = self.config.model_dump(mode="json", exclude={"budget"})
        data = self.config.training_data
        sources = [view.source for view in self.views] + ([data.table] if isinstance(data, RowsOfTable) else [])
        tables = [(f"table {name}", self.platform.tables[name]) for name in sources]
        views = [(f"view {view.name}", view) for view in self.views]
        suites = [(f"suite {name}", self.suites[name]) for name in sorted(self.suites)]
        parts: list[tuple[str, Section]] = [*views, *tables, *suites]
        return [("model", config), *((name, part.model_dump(mode="json")) for name, part in parts)]

    @cached_property
    def digest(self) -> str:
        """Digest (12 hex digits) of what shapes the model."""
        text = json.dumps([part for _name, part in self.shape], sort_keys=True)
        return sha256(text.encode()).hexdigest()[:12]


@dataclass
class Conf:
    """The folder conf/, as one environment sees it. Files are read when they are asked for, each once."""

    root: Path
    environment_name: str = "local"
    _read: dict[Path, Source] = field(default_factory=dict, repr=False)
    _views: dict[str, FeatureView] = field(default_factory=dict, repr=False)
    _suites: dict[str, Suite] = field(default_factory=dict, repr=False)

    @cached_property
    def platform(self) -> Platform:
        return self._require(Platform, self._source("platform.yaml"))

    @cached_property
    def environment(self) -> Environment:
        return self._require(Environment, self.environment_source(), name=self.environment_name)

    @cached_property
    def prices(self) -> Prices | None:
        """The price table, where there is one."""
        there = (self.root / "prices.yaml").is_file()
        return self._require(Prices, self._source("prices.yaml")) if there else None

    @cached_property
    def rate(self) -> Rate | None:
        """What jobs cost here; None where that is nothing, or there is no price table.

        Raises:
            InvalidConfig: the price table or the environment's file has mistakes.
            ConfigError: the table has no price for the environment's compute.
        """
        rate = rate_of(self.environment.backend, self.prices) if self.prices else None
        return rate if rate and rate.per_hour else None

    @cached_property
    def model_ids(self) -> list[str]:
        """`<domain>.<model>` of every model file, sorted, whether or not it can be read."""
        return sorted(self._model_files)

    def model_file(self, model_id: str) -> Path:
        """The file of a model that exists.

        Raises:
            InvalidConfig: there is no such model.
        """
        domain, _, name = model_id.partition(".")
        file = self.root / "models" / domain / f"{name}.yaml"
        # A worker asks for one of thousands: it lists none of the others.
        if re.match(NAME, domain) and re.match(NAME, name) and file.is_file():
            return file
        if model_id not in self._model_files:
            place = Place(self._shown(self.root / "models"), 1, 1)
            raise InvalidConfig([place.problem("", f"no model {model_id!r}.", did_you_mean(model_id, self.model_ids))])
        return self._model_files[model_id]

    def load_model(self, model_id: str) -> ResolvedModel:
        """Reads one model's file and the views and suites that it names, nothing else.

        Raises:
            InvalidConfig: any of these files has mistakes, or the model does not exist.
        """
        file, source = self.model_file(model_id), self.model_source(model_id)
        config, problems = fit(ModelConfig, source, domain=file.parent.name, name=file.stem)
        views, view_problems = self._views_of(source)
        suites, suite_problems = self._parts(
            "expectations", source, suite_references(source), self._suites, self.load_suite
        )
        problems += [*view_problems, *suite_problems, *cross_check(source, self._platform_keys("teams"))]
        rows = config or fit_parts(ModelConfig, source, ROWS, domain=file.parent.name, name=file.stem)
        problems += check_rows(source, self._platform_keys("tables"))
        problems += check_window(source, rows) if rows else []
        if len(views) == len({name for _, name in view_references(source)}):  # else not every column is known
            columns = check_columns(source, views)
            problems += columns
            if rows and not columns:  # any of them may be the cause of what would be found here
                problems += check_suite_columns(rows, views, {name: self.suite_source(name) for name in suites})
        if config is None or problems:
            raise InvalidConfig(problems)
        platform = _with_own_table(self.platform, config)
        return ResolvedModel(config, tuple(views.values()), suites, platform, self.environment, self._shown(file))

    def load_view(self, name: str) -> FeatureView:
        source = self._source(f"features/{name}.yaml")
        problems = unknown(source, source.words(("owner",)), self._platform_keys("teams"), "team")
        problems += unknown(source, source.words(("source",)), self._platform_keys("tables"), "table")
        filled = [(("fill", column), column) for column in source.keys_at(("fill",))]
        problems += unknown(source, filled, source.keys_at(("columns",)), "column")
        return self._require(FeatureView, source, problems, name=name)

    def load_suite(self, name: str) -> Suite:
        source = self._source(f"expectations/{name}.yaml")
        problems = unknown(source, source.words(("owner",)), self._platform_keys("teams"), "team")
        return self._require(Suite, source, problems, name=name)

    def model_source(self, model_id: str) -> Source:
        """The model file laid over the environment's and the platform's defaults."""
        path = self.model_file(model_id)
        if path not in self._read:
            self._read[path] = read_yaml(path, self._shown(path))
        return self._read[path].over(self._defaults)

    def suite_source(self, name: str) -> Source:
        """The places of a suite's values, for checks that know more than the schema does."""
        return self._source(f"expectations/{name}.yaml")

    def view_source(self, name: str) -> Source:
        return self._source(f"features/{name}.yaml")

    def load_all(self) -> tuple[dict[str, ResolvedModel], dict[str, InvalidConfig]]:
        """Every model that can be read, and for every other one what is wrong with it.

        Raises:
            InvalidConfig: platform.yaml or the environment's file has mistakes; then no model can be read.
        """
        self.require_foundation()
        models: dict[str, ResolvedModel] = {}
        broken: dict[str, InvalidConfig] = {}
        for model_id in self.model_ids:
            try:
                models[model_id] = self.load_model(model_id)
            except InvalidConfig as error:
                broken[model_id] = error
            # What was read of thousands of files would weigh on every garbage collection of a parse.
            self._read.pop(self._model_files[model_id], None)
        return models, broken

    def require_foundation(self) -> None:
        """Raises one InvalidConfig with the mistakes of platform.yaml and the environment's file together."""
        problems: list[Problem] = []
        for part in ("platform", "environment"):
            try:
                getattr(self, part)
            except InvalidConfig as error:
                problems += error.problems
        if problems:
            raise InvalidConfig(problems)

    def environment_names(self) -> list[str]:
        return sorted(path.stem for path in (self.root / "environments").glob(VISIBLE))

    def view_names(self) -> list[str]:
        return list(self._files["features"])

    def suite_names(self) -> list[str]:
        return list(self._files["expectations"])

    def _views_of(self, source: Source) -> tuple[dict[str, FeatureView], list[Problem]]:
        """The views that a model file names; of one with mistakes what can be told of its columns."""
        views, problems = self._parts("features", source, view_references(source), self._views, self.load_view)
        for name in {problem.file.stem for problem in problems} & set(self.view_names()) - set(views):
            with suppress(InvalidConfig):
                if view := fit_parts(FeatureView, self.view_source(name), ("entity", "columns"), name=name):
                    views[name] = view
        return views, problems

    def _parts(
        self,
        folder: str,
        source: Source,
        references: Iterable[tuple[Path_, str]],
        loaded: dict[str, Part],
        load: Callable[[str], Part],
    ) -> tuple[dict[str, Part], list[Problem]]:
        """The views or suites that a model file refers to, by name, and what is wrong; each is loaded once."""
        parts: dict[str, Part] = {}
        problems: list[Problem] = []
        known = self._files[folder]
        for path, name in references:
            if name not in known:
                message = f"there is no {self._shown(self.root / folder / name)}.yaml."
                problems.append(source.problem(path, message, did_you_mean(name, known)))
                continue
            try:
                parts[name] = loaded[name] = loaded.get(name) or load(name)
            except InvalidConfig as error:
                problems += error.problems
        return parts, problems

    def _require(self, kind: type[Part], source: Source, found: Iterable[Problem] = (), **given: str) -> Part:
        """The part, where it fits and nothing else was `found` to be wrong with it."""
        part, problems = fit(kind, source, **given)
        problems += untold(list(found), problems)
        if part is None or problems:
            raise InvalidConfig(problems)
        return part

    @cached_property
    def _files(self) -> dict[str, dict[str, Path]]:
        """Folder -> name -> file, sorted, for the parts that models name."""
        folders = ("features", "expectations")
        return {folder: {path.stem: path for path in sorted((self.root / folder).glob(VISIBLE))} for folder in folders}

    @cached_property
    def _model_files(self) -> dict[str, Path]:
        return {f"{path.parent.name}.{path.stem}": path for path in (self.root / "models").glob(f"[!.]*/{VISIBLE}")}

    def _platform_keys(self, key: str) -> Collection[str]:
        """Read from the plain data, so that a mistake elsewhere in platform.yaml hides none of other files."""
        return self.platform_source().keys_at((key,))

    def platform_source(self) -> Source:
        """The places of platform.yaml's values."""
        return self._source("platform.yaml")

    def environment_source(self) -> Source:
        """The places of the environment's values."""
        file = f"environments/{self.environment_name}.yaml"
        if not (self.root / file).is_file():
            place = Place(self._shown(self.root / "environments"), 1, 1)
            hint = did_you_mean(self.environment_name, self.environment_names())
            raise InvalidConfig([place.problem("", f"there is no environment {self.environment_name!r}.", hint)])
        return self._source(file)

    def _source(self, file: str) -> Source:
        path = self.root / file
        if path not in self._read:
            self._read[path] = read_yaml(path, self._shown(path))
        return self._read[path]

    @cached_property
    def _defaults(self) -> Source:
        """What every model file inherits: the environment's over the platform's."""
        return self.environment_source().below("defaults").over(self.platform_source().below("defaults"))

    def _shown(self, path: Path) -> Path:
        return path.relative_to(self.root.parent)


def _with_own_table(platform: Platform, config: ModelConfig) -> Platform:
    """The platform with the table that this model alone reads, as its file tells of it."""
    data = config.training_data
    if not isinstance(data, RowsOfTable) or data.time is None:
        return platform
    own = SourceTable(event_time=data.time, description=config.description)
    return platform.model_copy(update={"tables": {**platform.tables, data.table: own}})
