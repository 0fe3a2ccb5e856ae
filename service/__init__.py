"""The doors: everything around a model that answers people."""
