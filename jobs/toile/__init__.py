"""Toile: one YAML file onboards one model."""
