"""Compares each **candidate** with the naive rule, the baseline and the champion on the same held-out rows.

*When*: each candidate that `train` announces, or by hand with a `version`.

*When a candidate is refused* the run stays green: `validate` says REFUSED with its reasons, `challenger` is skipped,
the owner is told, and the champion stays. Nothing is to be done at night.

*When it fails*: red at once means a mistake in the model file; red after retries means a fault of the platform. Clear
the task once it is mended: the same work is never done twice.
"""

from toile_airflow.discovery import stage_dags
from toile_airflow.factories.validate import build_validate_dag

globals().update(stage_dags("validate", build_validate_dag, __doc__))
