"""Real clients send more than the server takes at one time: each must see 429 and when to come again, and get through then.

Arguments: the server's address, the path of curl. Writes one line a client: its name, how often it was put off, how many
rows it brought in.
"""

import asyncio
import json
import subprocess
import sys
import threading
import time

import aiohttp
import httpx
import requests

URL = f"http://{sys.argv[1]}/api/v1/ingest"
CURL = sys.argv[2]
LINE = json.dumps({"message": "a record that a client sends " + "x" * 400}) + "\n"
ROWS = 8_000
BODY = (LINE * ROWS).encode()
SENDERS = 6


class Tally:
    def __init__(self):
        self.put_off = 0
        self.rows = 0

    def see(self, status, retry_after, body):
        """True when the body was kept; else waits as long as the server says."""
        if status == 200:
            self.rows += json.loads(body)["accepted"]
            return True
        assert status == 429, (status, body)
        error = json.loads(body)["error"]
        assert error["id"] == "busy" and error["hint"], body
        assert int(retry_after) >= 1, retry_after
        self.put_off += 1
        return False


def in_threads(send):
    tally, failures = Tally(), []

    def sender():
        try:
            while not tally.see(*send()):
                time.sleep(0.2)
        except Exception as failure:
            failures.append(repr(failure))

    threads = [threading.Thread(target=sender) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    return tally


def with_requests():
    session = requests.Session()

    def send():
        answer = session.post(URL, data=BODY, timeout=60)
        return answer.status_code, answer.headers.get("Retry-After"), answer.text

    return in_threads(send)


def with_requests_in_chunks():
    def send():
        chunks = (BODY[at : at + 65_536] for at in range(0, len(BODY), 65_536))
        answer = requests.post(URL, data=chunks, timeout=60)
        return answer.status_code, answer.headers.get("Retry-After"), answer.text

    return in_threads(send)


def with_curl():
    def send():
        command = [CURL, "-sS", "-i", "-H", "Expect: 100-continue", "--data-binary", "@-", URL]
        done = subprocess.run(command, input=BODY, capture_output=True, timeout=60, check=True)
        text = done.stdout.decode().replace("HTTP/1.1 100 Continue\r\n\r\n", "")
        head, body = text.split("\r\n\r\n", 1)
        lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        return int(lines[0].split()[1]), headers.get("retry-after"), body

    return in_threads(send)


async def at_once(send):
    tally = Tally()

    async def sender():
        while not tally.see(*await send()):
            await asyncio.sleep(0.2)

    await asyncio.gather(*(sender() for _ in range(SENDERS)))
    return tally


async def with_aiohttp():
    async with aiohttp.ClientSession() as session:

        async def send():
            async with session.post(URL, data=BODY) as answer:
                return answer.status, answer.headers.get("Retry-After"), await answer.text()

        return await at_once(send)


async def with_httpx():
    async with httpx.AsyncClient(timeout=60) as client:

        async def send():
            answer = await client.post(URL, content=BODY)
            return answer.status_code, answer.headers.get("Retry-After"), answer.text

        return await at_once(send)


for name, client in {
    "requests": with_requests,
    "requests-chunked": with_requests_in_chunks,
    "curl": with_curl if CURL else None,
    "aiohttp": lambda: asyncio.run(with_aiohttp()),
    "httpx": lambda: asyncio.run(with_httpx()),
}.items():
    if client is not None:
        done = client()
        assert done.rows == SENDERS * ROWS, (name, done.rows)
        print(name, done.put_off, done.rows, flush=True)
