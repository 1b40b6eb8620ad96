import pytest
from pyspark.sql import SparkSession

from toile.onboarding import look
from toile.onboarding.look import look_at


def test_all_rows_are_counted_and_every_word_is_seen_however_few_are_sampled(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "MOST_SAMPLED", 100)
    word = "CASE WHEN id = 7 THEN 'rare' WHEN id % 4 > 0 THEN 'usual' END"
    rows = spark.range(2000).selectExpr(f"{word} AS `sold.by`", f"{word} AS `a``b`", "id - 5 AS `at.home`", "id")
    found = look_at(rows, "marketing.leads")
    assert (found.rows, len(found.sample) < 300) == (2000, True)
    assert [found.columns[name].levels for name in ("sold.by", "a`b")] == [("rare", "usual")] * 2
    home = found.columns["at.home"]
    assert (home.low, home.high, found.columns["sold.by"].gaps) == (-5, 1994, 500)
