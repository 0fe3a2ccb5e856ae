"""Jobs: files that are relabelled behind the service's back, their state in a database that outlives any restart."""
