#!/usr/bin/env bash
# Runs once, when the volume is new: MLflow's own user and database beside Airflow's.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --set "password=$MLFLOW_DB_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE USER mlflow PASSWORD :'password';
CREATE DATABASE mlflow OWNER mlflow;
SQL
