"""Makes a **challenger** the **champion**, or rolls back to the former one; every move is written to the ledger.

*When*: each challenger that `validate` announces, after a person's approval where the model asks for one; or by hand:
`action` promote with a `version`, or rollback with a `reason` (without a version, to the former champion).

*When the smoke test fails* the former champion is restored by itself, `promote` says REFUSED, `champion` is skipped and
the owner is told. *When scores are bad*, roll back first and look for the reason afterwards.

*When it fails*: clear `promote` once the fault is mended: the alias and the ledger hold the same as after one run.
"""

from toile_airflow.discovery import stage_dags
from toile_airflow.factories.register import build_register_dag

globals().update(stage_dags("register", build_register_dag, __doc__))
