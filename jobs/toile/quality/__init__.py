"""Data gates: Great Expectations judges each expectation, severities decide."""

import os

# Read when Great Expectations is imported, which the modules of this package do.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
