"""Searches films in a service like TMDB's; the service itself is a stub in this file."""

import json
import logging
import random
import time

import bongsu

log = logging.getLogger("tmdb")


class RateLimited(Exception):
    pass


class TmdbStub:
    """Answers as the service would: mostly well, sometimes slowly, not at all, or with "too many requests"."""

    def __init__(self, seed=7):
        self._chance = random.Random(seed)

    def get(self, path, params):
        chance = self._chance.random()
        if params["api_key"] != "demo-key-1":
            raise PermissionError(f"401 for {path} with key {params['api_key']}")
        if chance < 0.1:
            raise TimeoutError(f"no answer from {path} in 5 s")
        if chance < 0.2:
            raise RateLimited("429: 40 requests in 10 s")
        return json.dumps({"results": [{"id": 438631, "title": params["query"].title()}]})


class TmdbConnector:
    def __init__(self, api_key, service):
        self.api_key = api_key
        self.service = service

    @bongsu.log_api_call(api_name="TMDB search")
    def search(self, query, api_key):
        return json.loads(self.service.get("/search/movie", {"query": query, "api_key": api_key}))

    def find(self, query, attempts=3):
        for attempt in range(1, attempts + 1):
            try:
                return self.search(query, self.api_key)["results"]
            except (TimeoutError, RateLimited) as error:
                log.warning("attempt %d for %r failed: %s", attempt, query, error)
                time.sleep(0.01 * attempt)
        return []


def main():
    bongsu.start(console_level="WARNING")
    connector = TmdbConnector("demo-key-1", TmdbStub())
    found = sum(bool(connector.find(title)) for title in ["dune", "parasite", "oldboy", "her", "up", "heat", "alien", "ran"])
    print(f"{found} of 8 titles found")


if __name__ == "__main__":
    main()
