"""Is it good: metrics, reports, the gate between a candidate and the current bundle, the load benchmark."""
