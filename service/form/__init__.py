"""Form filling: from what was said to a filled ticket, with the evidence for every field."""
