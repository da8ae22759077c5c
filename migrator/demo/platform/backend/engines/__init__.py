"""The engines: one package and one process each."""
