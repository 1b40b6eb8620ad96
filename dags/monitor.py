"""Compares the current window with the champion's reference window, and tells performance once labels are known.

*When*: after each scored date, by its timetable, or by hand with a date (`as_of`).

*When it warns*: the link **Report** at `monitor` shows which features drifted. `retrain` green means that retraining
was asked for and `train` runs by itself; skipped means that nothing was asked.

*When it fails*: scores are not affected. Red after retries means a fault of the platform: clear the task once it is
mended.
"""

from toile_airflow.discovery import stage_dags
from toile_airflow.factories.monitor import build_monitor_dag

globals().update(stage_dags("monitor", build_monitor_dag, __doc__))
