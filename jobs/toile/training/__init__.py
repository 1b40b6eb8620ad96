"""From training rows to a candidate and its baseline."""
