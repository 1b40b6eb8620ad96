"""The light half: turns a model's configuration into DAGs whose tasks submit jobs."""
