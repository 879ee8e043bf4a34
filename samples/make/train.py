"""A nightly training job that logs with Loguru: one run of it."""

import random
import sys

from loguru import logger

hour = int(sys.argv[1])
dice = random.Random(hour)
logger.remove()
logger.add("/var/log/app/train.log", level="DEBUG", backtrace=False, diagnose=False)


def load(rows):
    if hour == 9:
        raise ConnectionError("feature store refused the connection")
    logger.debug("{} rows read from the feature store", rows)
    return rows


def fit(rows):
    loss = 1.0
    for epoch in range(1, 6):
        loss *= dice.uniform(0.7, 0.95)
        logger.info("epoch {} of 5, loss {:.4f}", epoch, loss)
    if hour == 15:
        raise MemoryError("out of memory while fitting {} rows".format(rows))
    return loss


@logger.catch(level="ERROR", message="추천 모델 학습에 실패했습니다: {record[exception].type.__name__}")
def main():
    logger.info("추천 모델 학습을 시작합니다 (run {:02d})", hour)
    rows = load(dice.randrange(20_000, 60_000))
    valid = dice.uniform(0.78, 0.99)
    if valid < 0.85:
        logger.warning("only {:.1%} of {} rows are valid", valid, rows)
    loss = fit(rows)
    logger.success("model saved, loss {:.4f}", loss)


main()
if hour == 15:
    logger.critical("no model younger than 12 hours is left")
