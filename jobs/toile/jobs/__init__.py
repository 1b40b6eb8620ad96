"""The jobs, one thin module each: `run(context) -> JobResult`."""
