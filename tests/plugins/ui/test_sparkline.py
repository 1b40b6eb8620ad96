from toile.contract import Fact
from toile_airflow.ui.sparkline import draw_history


def test_versions_of_another_metric_than_the_newest_are_not_in_its_drawing() -> None:
    history = [
        Fact(version="1", verdict="passed", metric="rmse", figures={"candidate": (120.0, 110.0, 130.0)}),
        Fact(version="2", verdict="refused", metric="mae", figures={"candidate": (0.5, 0.4, 0.6)}),
        Fact(version="3", verdict="passed", metric="mae", figures={"candidate": (0.4, 0.3, 0.5)}),
    ]

    drawn = str(draw_history(history, champion="3"))

    assert "v1" not in drawn
    assert drawn.count("<circle") == 2
    assert "mae of 2 validated versions, the last 0.400 [0.300, 0.500]" in drawn
