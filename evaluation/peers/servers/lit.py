"""LitServe peer: a transformers pipeline in worker processes, requests joined into batches by the server."""
# mypy: ignore-errors
# Runs in an environment of its own, where this project's packages are missing.

import os

import litserve
import torch
from transformers import pipeline

WORKERS, BATCH = int(os.environ["PEER_WORKERS"]), int(os.environ["PEER_BATCH"])


class Category(litserve.LitAPI):
    def setup(self, device):
        torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // WORKERS))
        self.classify = pipeline(
            "text-classification", model=os.environ["PEER_MODEL"], device=device, top_k=5, truncation=True
        )

    def decode_request(self, request):
        return request["text"]

    def predict(self, texts):
        if isinstance(texts, str):  # without batching LitServe hands over one request
            return self.classify([texts])[0]
        return self.classify(texts, batch_size=len(texts))

    def encode_response(self, output):
        return output


if __name__ == "__main__":
    api = Category(max_batch_size=BATCH, batch_timeout=float(os.environ["PEER_WAIT_MS"]) / 1000)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=WORKERS)
    server.run(host="127.0.0.1", port=int(os.environ["PEER_PORT"]), log_level="warning", generate_client_file=False)
