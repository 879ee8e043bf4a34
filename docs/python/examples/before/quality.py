"""Checks ratings in batches of 100; a batch with less than 85 % valid records is suspicious."""

import random

LEAST_VALID = 0.85


def make_ratings(count=1_000, seed=11):
    """Ratings as they come from the field: one in eight is broken."""
    chance = random.Random(seed)
    for number in range(count):
        broken = chance.random() < 0.125
        yield {"user": f"u{number % 97}", "film": number % 211, "stars": chance.choice([0, 6, None]) if broken else chance.randint(1, 5)}


def is_valid(rating):
    return isinstance(rating["stars"], int) and 1 <= rating["stars"] <= 5


def check_batch(batch):
    return sum(is_valid(rating) for rating in batch) / len(batch)


def check(ratings, size=100):
    suspicious = 0
    for start in range(0, len(ratings), size):
        share = check_batch(ratings[start : start + size])
        if share < LEAST_VALID:
            suspicious += 1
            print(f"WARNING: rows {start} to {start + size - 1}: only {share:.0%} valid")
    return suspicious


def main():
    ratings = list(make_ratings())
    print(f"{check(ratings)} of {len(ratings) // 100} batches are suspicious")


if __name__ == "__main__":
    main()
