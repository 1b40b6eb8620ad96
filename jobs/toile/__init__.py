"""Toile: one YAML file onboards one model."""

import os

# Nobody is told over the network what a job does, on any backend. The libraries read these while they are imported, and
# nothing of Toile that imports them comes before this file.
os.environ |= {"DO_NOT_TRACK": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "GX_ANALYTICS_ENABLED": "false"}
