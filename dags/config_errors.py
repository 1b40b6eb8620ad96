"""Shows a model whose files have mistakes as one DAG `<domain>.<model>.config_error`; other models are untouched.

Mend the file at the line that the DAG's page names (`toile check` tells the same): the model's own DAGs come back by
themselves.
"""

from toile_airflow.discovery import config_error_dags

globals().update(config_error_dags())
