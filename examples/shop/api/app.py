import os

from fastapi import FastAPI

app = FastAPI()
DATABASE_URL = os.environ["DATABASE_URL"]
SESSION_SECRET = os.environ["SESSION_SECRET"]


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
