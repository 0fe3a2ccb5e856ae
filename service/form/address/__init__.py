"""Address: what was said of where → divisions, community, point, road and number, ambiguity shown."""
