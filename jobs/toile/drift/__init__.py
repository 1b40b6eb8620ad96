"""Whether the data, or the model's performance, is still what the champion was accepted on."""
