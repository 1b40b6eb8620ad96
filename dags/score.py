"""Gates the scoring data, scores it with the champion, and replaces exactly one partition (`as_of`) of the scores.

*When*: by its timetable, whenever the champion changes, or by hand with a date (`as_of`).

*When it fails*: `gate` red at the first try means that the data was refused; its log names each expectation and its
link **Report** shows the rows: mend the source or the suite, then clear the task. Scores of other dates are untouched,
and readers keep the last good partition.
"""

from toile_airflow.discovery import stage_dags
from toile_airflow.factories.score import build_score_dag

globals().update(stage_dags("score", build_score_dag, __doc__))
