"""What a model is: text in, labels and spans out. Synchronous, without network and without torch."""
