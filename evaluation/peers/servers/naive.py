"""Naive peer: FastAPI around a transformers pipeline on PyTorch, one request one forward; how most people begin."""
# mypy: ignore-errors
# Runs in an environment of its own, where this project's packages are missing.

import os

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline


class Ticket(BaseModel):
    text: str


app = FastAPI()
classify = pipeline("text-classification", model=os.environ["PEER_MODEL"], device="cpu", top_k=5, truncation=True)


@app.get("/health")
def health():
    return {}


@app.post("/classify")
def answer(ticket: Ticket):
    return classify([ticket.text])[0]


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PEER_PORT"]), access_log=False)
