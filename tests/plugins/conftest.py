from tests.airflow_home import airflow_database, conf, jobs, parse, run

__all__ = ["airflow_database", "conf", "jobs", "parse", "run"]
