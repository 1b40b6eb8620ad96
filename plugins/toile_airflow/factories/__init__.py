"""One module per stage: a model's configuration becomes its DAG."""
