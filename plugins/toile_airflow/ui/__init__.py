"""The Models page in Airflow's UI: what is in production, how it does, and what its next step is."""
