"""Where source data comes from, and how it lands in tables."""
