"""Time: what was said of when → start and end, or a recurrence, in China's time."""
