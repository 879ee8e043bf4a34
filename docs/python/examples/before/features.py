"""Computes features of films from ratings and writes them to a small feature store (a folder of JSON files)."""

import json
import logging
import statistics
import sys
from pathlib import Path

log = logging.getLogger("features")


def read_ratings():
    return [(film, 1 + (film * user) % 5) for film in range(20) for user in range(1, 30)]


def compute(ratings):
    stars = {}
    for film, given in ratings:
        stars.setdefault(film, []).append(given)
    return {film: {"mean": round(statistics.mean(given), 3), "count": len(given)} for film, given in stars.items()}


def write(features, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for film, values in features.items():
        (folder / f"film-{film}.json").write_text(json.dumps(values))


def job(folder):
    ratings = read_ratings()
    log.info("%d ratings read", len(ratings))
    features = compute(ratings)
    write(features, folder)
    log.info("features of %d films written to %s", len(features), folder.name)


def main():
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(message)s")
    job(Path("feature-store"))


if __name__ == "__main__":
    main()
