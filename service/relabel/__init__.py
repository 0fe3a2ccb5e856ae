"""Relabelling: files and tables of old tickets → the same rows with predictions beside them."""
