"""Features and labels, joined point in time: a row holds what was known at its moment and nothing later."""
