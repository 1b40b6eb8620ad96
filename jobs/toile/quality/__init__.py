"""Data gates: Great Expectations judges each expectation, severities decide."""
