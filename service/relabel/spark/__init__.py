"""Spark engine: files and tables → the same rows with predictions beside them, answered by a cluster."""
