#!/usr/bin/env bash
# Before Airflow's services start: its tables, one administrator, the pool that keeps Spark jobs from crowding.
set -euo pipefail
airflow=$TOILE_HOME/venvs/airflow/bin/airflow

"$airflow" db migrate
# A user who exists already stays as it is.
"$airflow" users create --role Admin --username admin --firstname Toile --lastname Admin --email admin@localhost \
  --password "$AIRFLOW_ADMIN_PASSWORD"
"$airflow" pools set toile_spark "$TOILE_SPARK_SLOTS" "Spark jobs at a time"
