"""BentoML peer: a transformers pipeline in worker processes, requests joined into batches by the server."""
# mypy: ignore-errors
# Runs in an environment of its own, where this project's packages are missing.

import os

import bentoml
import torch
from transformers import pipeline

WORKERS, BATCH = int(os.environ["PEER_WORKERS"]), int(os.environ["PEER_BATCH"])


@bentoml.service(workers=WORKERS, traffic={"timeout": 120}, logging={"access": {"enabled": False}})
class Category:
    def __init__(self):
        torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // WORKERS))
        self.pipeline = pipeline(
            "text-classification", model=os.environ["PEER_MODEL"], device="cpu", top_k=5, truncation=True
        )

    # BentoML's figure is a limit on the whole wait, which it meets by refusing; ours is ten seconds, as for suqiu.
    @bentoml.api(batchable=True, max_batch_size=BATCH, max_latency_ms=10_000)
    def classify(self, texts: list[str]) -> list[list[dict]]:
        return self.pipeline(texts, batch_size=len(texts))
