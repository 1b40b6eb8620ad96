"""The reference window in figures: what the champion was accepted on, small enough to travel with it."""

import math
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- Spark's own convention

from toile.drift.counting import NUMERIC, Binning, collect_counts, require_columns

BINS = 10
RANK_ACCURACY = 1000  # A decile is off by at most a thousandth of the rows.
MAX_CATEGORIES = 100


class FeatureProfile(BaseModel):
    """One feature's rows in the reference window.

    A numeric feature has `edges`, and one count per bin between and beyond them; a categorical one has its most
    frequent categories and, as `rest`, the rows of all others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    edges: list[float] = []
    counts: dict[str, int]
    rest: int = 0
    nulls: int = 0

    @property
    def is_numeric(self) -> bool:
        return self.type in NUMERIC

    @property
    def rows(self) -> int:
        return sum(self.counts.values()) + self.rest + self.nulls


class ReferenceProfile(BaseModel):
    """The reference window, by feature."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    features: dict[str, FeatureProfile]

    @property
    def columns(self) -> dict[str, str]:
        """Feature -> type."""
        return {name: feature.type for name, feature in self.features.items()}


def build_profile(frame: DataFrame, columns: Mapping[str, str]) -> ReferenceProfile:
    """Profiles the frame in two passes: one for the deciles of all numeric features, one to count.

    `columns` are feature -> double, long, string or boolean. Equal deciles are merged, so that a feature may have fewer
    than ten bins.

    Raises:
        DataError: a feature is missing, or there are no rows.
    """
    require_columns(frame, columns)
    edges = _deciles(frame, [name for name, kind in columns.items() if kind in NUMERIC])
    rows, counts = collect_counts(frame, Binning(columns, edges, known={}, listed=MAX_CATEGORIES))
    features = {}
    for name, kind in columns.items():
        found = counts[name]
        bins = {str(number): found.bins.get(str(number), 0) for number in range(len(edges.get(name, [])) + 1)}
        kept = bins if kind in NUMERIC else dict(sorted(found.bins.items(), key=lambda item: (-item[1], item[0])))
        features[name] = FeatureProfile(
            type=kind, edges=edges.get(name, []), counts=kept, rest=found.rest, nulls=found.nulls
        )
    return ReferenceProfile(rows=rows, features=features)


def _deciles(frame: DataFrame, names: Sequence[str]) -> dict[str, list[float]]:
    if not names:
        return {}
    shares = [number / BINS for number in range(1, BINS)]
    values = [F.nullif(F.col(name).cast("double"), F.lit(float("nan"))).alias(name) for name in names]
    deciles = [F.percentile_approx(name, shares, RANK_ACCURACY).alias(name) for name in names]
    [row] = frame.select(*values).agg(*deciles).collect()
    return {name: sorted({edge for edge in row[name] or () if math.isfinite(edge)}) for name in names}
